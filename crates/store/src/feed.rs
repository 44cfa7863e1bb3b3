//! What changed for a user, in order, and the news of it for those who wait.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::id::{CallId, MessageId, UserId};
use domain::time::UnixMillis;
use serde::Serialize;
use sqlx::{AnyConnection, query};
use tokio::sync::watch;
use uuid::Uuid;

use crate::bulk::{Bulk, Unit, bulk};
use crate::row::{get, parsed};
use crate::{Engine, Error, Store};

/// How long a reader waits at most where another server may have written: a net for news that were lost on the way.
const POLL: Duration = Duration::from_secs(15);

/// What a line of the feed is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedKind {
    /// A call.
    Call,
    /// A text.
    Message,
}

impl FeedKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Message => "message",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Call, Self::Message]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// One line of a user's feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedItem {
    /// Its number: one more than the line's before.
    pub seq: i64,
    /// What it is about.
    pub kind: FeedKind,
    /// The id of the call or text that changed.
    pub id: Uuid,
    /// When it was noted.
    pub at: UnixMillis,
}

impl FeedItem {
    /// The call that changed, if it was one.
    #[must_use]
    pub fn call(&self) -> Option<CallId> {
        (self.kind == FeedKind::Call).then_some(CallId(self.id))
    }

    /// The text that changed, if it was one.
    #[must_use]
    pub fn message(&self) -> Option<MessageId> {
        (self.kind == FeedKind::Message).then_some(MessageId(self.id))
    }
}

/// Those who wait for news, by user.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<HashMap<UserId, watch::Sender<i64>>>);

impl Waiting {
    fn subscribe(&self, user: UserId) -> watch::Receiver<i64> {
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.retain(|_, sender| sender.receiver_count() > 0);
        senders.entry(user).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    pub(crate) fn wake(&self, user: UserId, seq: i64) {
        let senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = senders.get(&user) {
            // What was heard before is no news: this server's own come back from the database.
            sender.send_if_modified(|newest| {
                let is_news = seq > *newest;
                *newest = seq.max(*newest);
                is_news
            });
        }
    }

    /// Has everybody look: news may have been missed.
    pub(crate) fn wake_all(&self) {
        let senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in senders.values() {
            sender.send_modify(|_| {});
        }
    }
}

/// News of a user's feed. Subscribe first, then read the feed, then wait.
#[derive(Debug)]
pub struct Changes {
    news: watch::Receiver<i64>,
    polls: bool,
    /// Keeps the sender's place while this waits.
    _waiting: Arc<Waiting>,
}

impl Changes {
    /// Returns when there may be something new.
    pub async fn wait(&mut self) {
        if self.polls {
            // Either outcome is a reason to look.
            drop(tokio::time::timeout(POLL, self.news.changed()).await);
        } else if self.news.changed().await.is_err() {
            // The sender lives as long as this does; were it gone, polling would do.
            self.polls = true;
        }
    }
}

impl Store {
    /// News of the user's feed, from now on.
    #[must_use]
    pub fn changes(&self, user: UserId) -> Changes {
        Changes {
            news: self.waiting().subscribe(user),
            polls: self.engine() == Engine::Postgres,
            _waiting: Arc::clone(self.waiting()),
        }
    }

    /// The number of the newest line of the user's feed; 0 before the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed_position(&self, user: UserId) -> Result<i64, Error> {
        let row = query("SELECT feed_seq FROM users WHERE id = $1")
            .bind(user.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.map_or(Ok(0), |row| get(&row, "feed_seq"))
    }

    /// The lines after that one, oldest first. Where the first is not the next in number, older ones were forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed_after(&self, user: UserId, seq: i64, limit: u32) -> Result<Vec<FeedItem>, Error> {
        let rows =
            query("SELECT seq, kind, ref_id, noted_at FROM feed WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3")
                .bind(user.to_string())
                .bind(seq)
                .bind(i64::from(limit))
                .fetch_all(self.pool())
                .await?;
        rows.iter()
            .map(|row| {
                Ok(FeedItem {
                    seq: get(row, "seq")?,
                    kind: parsed(row, "kind", FeedKind::from_word)?,
                    id: parsed(row, "ref_id", |text| text.parse().ok())?,
                    at: UnixMillis(get(row, "noted_at")?),
                })
            })
            .collect()
    }
}

/// Adds a line. The user's row stays locked until the transaction ends, so that no later number is seen before this one.
pub(crate) async fn note(
    db: &mut AnyConnection,
    user: UserId,
    kind: FeedKind,
    id: impl Display,
    now: UnixMillis,
) -> Result<i64, Error> {
    let id = id.to_string();
    let row = query("UPDATE users SET feed_seq = feed_seq + 1 WHERE id = $1 RETURNING feed_seq")
        .bind(user.to_string())
        .fetch_one(&mut *db)
        .await?;
    let seq: i64 = get(&row, "feed_seq")?;
    query("INSERT INTO feed (user_id, seq, kind, ref_id, noted_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(user.to_string())
        .bind(seq)
        .bind(kind.as_str())
        .bind(id)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(seq)
}

/// A line to be added.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) user: UserId,
    pub(crate) kind: FeedKind,
    pub(crate) id: Uuid,
    pub(crate) at: UnixMillis,
}

/// Users in the order of their ids, so that of two servers none waits for the other while the other waits for it. SQLite has one
/// writer anyway.
const COUNT: Bulk = Bulk {
    sqlite: bulk!(
        "UPDATE users SET feed_seq = feed_seq + CAST(value ->> 'lines' AS BIGINT) FROM " rows
        " WHERE users.id = value ->> 'user' RETURNING users.id, users.feed_seq"
    )
    .sqlite,
    postgres: bulk!(
        "WITH locked AS (SELECT id FROM users WHERE id IN (SELECT value ->> 'user' FROM " rows ") ORDER BY id" locked ")
         UPDATE users SET feed_seq = feed_seq + CAST(value ->> 'lines' AS BIGINT) FROM locked, " rows
        " WHERE users.id = locked.id AND locked.id = value ->> 'user' RETURNING users.id, users.feed_seq"
    )
    .postgres,
};

const ADD: Bulk = bulk!(
    "INSERT INTO feed (user_id, seq, kind, ref_id, noted_at)
     SELECT value ->> 'user', CAST(value ->> 'seq' AS BIGINT), value ->> 'kind', value ->> 'id',
         CAST(value ->> 'at' AS BIGINT)
     FROM " rows
);

#[derive(Serialize)]
struct Count {
    user: UserId,
    lines: i64,
}

#[derive(Serialize)]
struct Line {
    user: UserId,
    seq: i64,
    kind: &'static str,
    id: Uuid,
    at: UnixMillis,
}

/// Adds many lines at once; returns their numbers in the same order.
pub(crate) async fn note_all(unit: &mut Unit<'_>, notes: &[Note]) -> Result<Vec<i64>, Error> {
    let mut counts = BTreeMap::<UserId, i64>::new();
    for note in notes {
        *counts.entry(note.user).or_default() += 1;
    }
    let rows: Vec<_> = counts
        .iter()
        .map(|(user, lines)| Count {
            user: *user,
            lines: *lines,
        })
        .collect();
    let mut next = HashMap::new();
    for row in unit.fetch(&COUNT, &rows).await? {
        let user = parsed(&row, "id", |text| text.parse().ok())?;
        let last: i64 = get(&row, "feed_seq")?;
        let lines = counts.get(&user).copied().unwrap_or_default();
        next.insert(user, last - lines + 1);
    }
    let mut added = Vec::with_capacity(notes.len());
    for note in notes {
        let seq = next.get_mut(&note.user).ok_or(sqlx::Error::RowNotFound)?;
        added.push(Line {
            user: note.user,
            seq: *seq,
            kind: note.kind.as_str(),
            id: note.id,
            at: note.at,
        });
        *seq += 1;
    }
    unit.later(&ADD, &added)?;
    Ok(added.iter().map(|line| line.seq).collect())
}
