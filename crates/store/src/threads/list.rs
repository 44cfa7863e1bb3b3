//! The list of people, a page at a time, the newest first.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use domain::id::{CallId, MessageId, UserId};
use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::query;
use uuid::Uuid;

use super::{Entry, Thread};
use crate::calls::only_digits;
use crate::messages::folded;
use crate::row::{get, moment, number, parsed_if_any};
use crate::{Error, FeedKind, NoCursor, Store};

/// Which people are listed: those that all of this holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadFilter {
    /// Words that stand in the name, in the number, or in what was lately written.
    pub search: Option<String>,
    /// Only those with something unread.
    pub unread: bool,
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadCursor {
    last_at: UnixMillis,
    peer: String,
}

impl Display for ThreadCursor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.last_at.0)?;
        self.peer.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for ThreadCursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (last_at, peer) = text.split_at_checked(16).ok_or(NoCursor)?;
        if peer.len() % 2 != 0 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoCursor);
        }
        let bytes = (0..peer.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&peer[at..at + 2], 16));
        let bytes = bytes.collect::<Result<Vec<u8>, _>>().map_err(|_| NoCursor)?;
        let peer = String::from_utf8(bytes).ok().filter(|peer| !peer.contains('\0'));
        Ok(Self {
            last_at: UnixMillis(i64::from_str_radix(last_at, 16).map_err(|_| NoCursor)?),
            peer: peer.ok_or(NoCursor)?,
        })
    }
}

/// Some people, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadPage {
    /// The newest first.
    pub threads: Vec<Thread>,
    /// For the next page, where there is one.
    pub next: Option<ThreadCursor>,
}

macro_rules! select_threads {
    ($rest:literal) => {
        concat!(
            "SELECT peer, name, last_at, last_kind, last_id, unread, draft FROM threads WHERE user_id = $1 AND ",
            $rest
        )
    };
}

/// A list of its own for each index. What was written is searched as far back as 20,000 texts.
macro_rules! list_where {
    ($condition:literal) => {
        concat!(
            select_threads!(""),
            $condition,
            " AND last_at <= $2 AND (last_at < $2 OR peer < $3)
              AND ($4 IS NULL OR folded_name LIKE $4 ESCAPE '\\' OR digits LIKE $5 OR peer LIKE $4 ESCAPE '\\' OR peer IN
                  (SELECT peer FROM (SELECT peer, folded FROM messages WHERE user_id = $1
                       ORDER BY placed_at DESC, id DESC LIMIT 20000) AS lately WHERE folded LIKE $4 ESCAPE '\\'))
              ORDER BY last_at DESC, peer DESC LIMIT $6"
        )
    };
}

impl Store {
    /// A page of the people whom the user writes to or speaks with, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn threads(
        &self,
        user: UserId,
        filter: &ThreadFilter,
        cursor: Option<&ThreadCursor>,
        limit: u32,
    ) -> Result<ThreadPage, Error> {
        let sql = if filter.unread {
            list_where!("last_at IS NOT NULL AND unread > 0")
        } else {
            list_where!("last_at IS NOT NULL")
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
        let (at, peer) = cursor.map_or((i64::MAX, ""), |cursor| (cursor.last_at.0, &cursor.peer));
        let search = filter.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
        // Only what looks like a number is looked for in numbers: "call me at 7" is not.
        let digits = search.filter(|text| !text.chars().any(char::is_alphabetic));
        let digits = digits.map(only_digits).filter(|digits| !digits.is_empty());
        let rows = query(sql)
            .bind(user.to_string())
            .bind(at)
            .bind(peer)
            .bind(search.map(|text| format!("%{}%", escaped(&folded(text)))))
            .bind(digits.map(|digits| format!("%{digits}%")))
            // One more tells whether there is a next page.
            .bind(i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX))
            .fetch_all(self.pool())
            .await?;
        let threads = self.threads_of(user, &rows[..rows.len().min(limit)]).await?;
        let last = threads.last().filter(|_| rows.len() > limit);
        let next = last.and_then(|thread| {
            Some(ThreadCursor {
                last_at: thread.last_at?,
                peer: thread.peer.clone(),
            })
        });
        Ok(ThreadPage { threads, next })
    }

    /// Somebody whom the user writes to or speaks with.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn thread(&self, user: UserId, peer: &str) -> Result<Option<Thread>, Error> {
        let rows = query(select_threads!("peer = $2"))
            .bind(user.to_string())
            .bind(peer)
            .fetch_all(self.pool())
            .await?;
        Ok(self.threads_of(user, &rows).await?.pop())
    }

    /// How the user calls these people, as far as he has given them names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn thread_names(&self, user: UserId, peers: &[String]) -> Result<Vec<(String, String)>, Error> {
        let select =
            format!("SELECT peer, name FROM threads WHERE user_id = '{user}' AND name IS NOT NULL AND peer IN ");
        let rows = self.rows_of(&select, "", peers).await?;
        rows.iter()
            .map(|row| Ok((get(row, "peer")?, get(row, "name")?)))
            .collect()
    }

    /// The rows, with their newest lines.
    async fn threads_of(&self, user: UserId, rows: &[AnyRow]) -> Result<Vec<Thread>, Error> {
        let mut threads = Vec::with_capacity(rows.len());
        let (mut calls, mut messages, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let kind = parsed_if_any(row, "last_kind", FeedKind::from_word)?;
            let id: Option<Uuid> = parsed_if_any(row, "last_id", |text| text.parse().ok())?;
            match (kind, id) {
                (Some(FeedKind::Call), Some(id)) => calls.push(CallId(id)),
                (Some(FeedKind::Message), Some(id)) => messages.push(MessageId(id)),
                _ => {}
            }
            lines.push(id);
            threads.push(Thread {
                peer: get(row, "peer")?,
                name: get(row, "name")?,
                last_at: moment(row, "last_at")?,
                last: None,
                unread: number(row, "unread")?.unwrap_or_default(),
                draft: get(row, "draft")?,
            });
        }
        let mut entries: HashMap<Uuid, Entry> = HashMap::new();
        for call in self.calls_by_ids(user, &calls).await? {
            entries.insert(call.id.0, Entry::Call(Box::new(call)));
        }
        for message in self.messages_by_ids(user, &messages).await? {
            entries.insert(message.id.0, Entry::Message(Box::new(message)));
        }
        for (thread, line) in threads.iter_mut().zip(lines) {
            thread.last = line.and_then(|id| entries.remove(&id));
        }
        Ok(threads)
    }
}

/// The text as a pattern that stands for itself.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
