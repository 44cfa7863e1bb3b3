//! What the user and somebody else have told each other: calls and texts in one line, a page at a time. Each page costs the
//! same, however much came before.

use domain::id::UserId;
use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::query;
use uuid::Uuid;

use crate::calls::{Cursor, call_of, only_digits, select_calls};
use crate::messages::{message_of, select_messages};
use crate::{Call, Error, Message, Store};

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// They spoke, or tried to.
    Call(Box<Call>),
    /// One wrote to the other.
    Message(Box<Message>),
}

impl Entry {
    /// Its place.
    #[must_use]
    pub fn at(&self) -> UnixMillis {
        match self {
            Self::Call(call) => call.started_at,
            Self::Message(message) => message.at,
        }
    }

    fn id(&self) -> Uuid {
        match self {
            Self::Call(call) => call.id.0,
            Self::Message(message) => message.id.0,
        }
    }
}

/// Some lines, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// Newest first.
    pub entries: Vec<Entry>,
    /// For the older ones, where there are any.
    pub next: Option<Cursor>,
}

impl Store {
    /// A page of what the user and that person have told each other, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn timeline(
        &self,
        user: UserId,
        peer: &str,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Timeline, Error> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
        let messages = select_messages!(
            "WHERE user_id = $1 AND peer = $2 AND placed_at <= $3 AND (placed_at < $3 OR id < $4)
             ORDER BY placed_at DESC, id DESC LIMIT $5"
        );
        let rows = self.page_of(messages, user, peer, cursor, limit).await?;
        let messages = rows.iter().map(|row| Ok(Entry::Message(Box::new(message_of(row)?))));
        let mut entries = messages.collect::<Result<Vec<_>, Error>>()?;

        let digits = only_digits(peer);
        if peer.strip_prefix('+') == Some(digits.as_str()) && !digits.is_empty() {
            let calls = select_calls!(
                "WHERE user_id = $1 AND digits = $2 AND started_at <= $3 AND (started_at < $3 OR id < $4)
                 ORDER BY started_at DESC, id DESC LIMIT $5"
            );
            for row in &self.page_of(calls, user, &digits, cursor, limit).await? {
                entries.push(Entry::Call(Box::new(call_of(row)?)));
            }
        }
        entries.sort_by_key(|entry| std::cmp::Reverse((entry.at(), entry.id())));
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| more).map(|entry| Cursor {
            at: entry.at(),
            id: entry.id(),
        });
        Ok(Timeline { entries, next })
    }

    /// One more than fit tell whether there is a next page.
    async fn page_of(
        &self,
        sql: &'static str,
        user: UserId,
        key: &str,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<AnyRow>, Error> {
        let (at, id) = Cursor::place(cursor);
        let rows = query(sql)
            .bind(user.to_string())
            .bind(key)
            .bind(at)
            .bind(id)
            .bind(i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX))
            .fetch_all(self.pool())
            .await?;
        Ok(rows)
    }
}
