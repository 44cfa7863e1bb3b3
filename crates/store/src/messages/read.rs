//! Reading texts. Requests reach theirs through the user.

use domain::call::Direction;
use domain::id::{MessageId, UserId};
use sqlx::query;

use super::Message;
use super::row::{message_columns, message_of, select_messages};
use crate::calls::Cursor;
use crate::row::{get, parsed};
use crate::{Error, Store};

/// Which texts are listed: those that all of this holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// The other party.
    pub peer: Option<String>,
    /// Who wrote to whom.
    pub direction: Option<Direction>,
}

/// Some texts, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePage {
    /// Newest first.
    pub messages: Vec<Message>,
    /// For the next page, where there is one.
    pub next: Option<Cursor>,
}

/// A list of its own for each index.
macro_rules! list_where {
    ($peer:literal) => {
        concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages WHERE user_id = $1 AND ",
            $peer,
            " AND ($3 IS NULL OR direction = $3) AND placed_at <= $4 AND (placed_at < $4 OR id < $5)
              ORDER BY placed_at DESC, id DESC LIMIT $6"
        )
    };
}

impl Store {
    /// One of the user's texts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message(&self, user: UserId, id: MessageId) -> Result<Option<Message>, Error> {
        let row = query(select_messages!("WHERE id = $1 AND user_id = $2"))
            .bind(id.to_string())
            .bind(user.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(message_of).transpose()
    }

    /// The user's text that goes by that id of the provider's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_by_sid(&self, user: UserId, sid: &str) -> Result<Option<Message>, Error> {
        // By the id alone, so that SQLite does not look through all of the user's.
        let rows = query(select_messages!("WHERE provider_sid = $1"))
            .bind(sid)
            .fetch_all(self.pool())
            .await?;
        let found = rows.iter().map(message_of).collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().find(|message| message.user_id == user))
    }

    /// Whose text that is, and by which account it goes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_owner(&self, id: MessageId) -> Result<Option<(UserId, String)>, Error> {
        let row = query("SELECT user_id, account_sid FROM messages WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| {
            Ok((
                parsed(&row, "user_id", |text| text.parse().ok())?,
                get(&row, "account_sid")?,
            ))
        })
        .transpose()
    }

    /// Those of the texts that are the user's, in no order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn messages_by_ids(&self, user: UserId, ids: &[MessageId]) -> Result<Vec<Message>, Error> {
        let rows = self.rows_of(select_messages!("WHERE id IN "), "", ids).await?;
        let mut messages = rows.iter().map(message_of).collect::<Result<Vec<_>, _>>()?;
        messages.retain(|message| message.user_id == user);
        Ok(messages)
    }

    /// A page of the user's texts, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_messages(
        &self,
        user: UserId,
        filter: &MessageFilter,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<MessagePage, Error> {
        let sql = match &filter.peer {
            Some(_) => list_where!("peer = $2"),
            None => list_where!("$2 IS NULL"),
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
        let (at, id) = Cursor::place(cursor);
        let rows = query(sql)
            .bind(user.to_string())
            .bind(&filter.peer)
            .bind(filter.direction.map(Direction::as_str))
            .bind(at)
            .bind(id)
            // One more tells whether there is a next page.
            .bind(i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX))
            .fetch_all(self.pool())
            .await?;
        let more = rows.len() > limit;
        let messages = rows.iter().take(limit).map(message_of).collect::<Result<Vec<_>, _>>()?;
        let next = messages.last().filter(|_| more).map(|message| Cursor {
            at: message.at,
            id: message.id.0,
        });
        Ok(MessagePage { messages, next })
    }
}
