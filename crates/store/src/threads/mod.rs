//! Everybody whom a user writes to or speaks with, a row each, kept up to date with every text and call.

mod list;
mod timeline;

pub use list::{ThreadCursor, ThreadFilter, ThreadPage};
pub use timeline::{Entry, Timeline};

use std::collections::{BTreeMap, BTreeSet, btree_map};

use domain::id::UserId;
use domain::time::UnixMillis;
use serde::Serialize;
use sqlx::{AnyConnection, query};
use uuid::Uuid;

use crate::bulk::{Bulk, Unit, bulk};
use crate::calls::only_digits;
use crate::messages::folded;
use crate::news::News;
use crate::row::{get, number, parsed};
use crate::{Call, Engine, Error, FeedKind, Message, Store, feed};

/// Somebody, as a line in the list of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// A number, a short code or a name.
    pub peer: String,
    /// How the user calls him.
    pub name: Option<String>,
    /// When something last happened.
    pub last_at: Option<UnixMillis>,
    /// The newest of texts and calls.
    pub last: Option<Entry>,
    /// Texts that came in since the user last looked.
    pub unread: u32,
    /// What the user has begun to write.
    pub draft: Option<String>,
}

impl Store {
    /// The user has looked at the thread, up to that moment; tells whether anything was unread.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_thread_seen(
        &self,
        user: UserId,
        peer: &str,
        until: UnixMillis,
        now: UnixMillis,
    ) -> Result<bool, Error> {
        let looked = query("SELECT unread FROM threads WHERE user_id = $1 AND peer = $2 AND unread > 0")
            .bind(user.to_string())
            .bind(peer)
            .fetch_optional(self.pool())
            .await?;
        if looked.is_none() {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        lock(&mut tx, user, peer).await?;
        let seen = query(
            "UPDATE threads SET unread = (SELECT COUNT(*) FROM messages
                 WHERE messages.user_id = $1 AND messages.peer = $2 AND placed_at > $3 AND direction = 'inbound')
             WHERE user_id = $1 AND peer = $2 AND unread > 0 RETURNING last_kind, last_id",
        )
        .bind(user.to_string())
        .bind(peer)
        .bind(until.0)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(seen) = seen else {
            tx.rollback().await?;
            return Ok(false);
        };
        // The user's other pages see it by the thread's last line.
        let kind = parsed(&seen, "last_kind", FeedKind::from_word)?;
        let line = feed::note(&mut tx, user, kind, get::<String>(&seen, "last_id")?, now).await?;
        tx.tell(News::Feed { user, line });
        tx.commit().await?;
        Ok(true)
    }

    /// How many texts came in that the user has not looked at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unread_messages(&self, user: UserId) -> Result<u32, Error> {
        let row = query(
            "SELECT CAST(COALESCE(SUM(unread), 0) AS BIGINT) AS unread FROM threads WHERE user_id = $1 AND unread > 0",
        )
        .bind(user.to_string())
        .fetch_one(self.pool())
        .await?;
        Ok(number(&row, "unread")?.unwrap_or_default())
    }

    /// Keeps what the user has begun to write, or forgets it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_draft(&self, user: UserId, peer: &str, draft: Option<&str>, now: UnixMillis) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        appear(&mut tx, user, peer, draft.is_some().then_some(now)).await?;
        query("UPDATE threads SET draft = $1 WHERE user_id = $2 AND peer = $3")
            .bind(draft)
            .bind(user.to_string())
            .bind(peer)
            .execute(&mut *tx)
            .await?;
        forget_if_empty(&mut tx, user, peer).await?;
        tx.commit().await
    }

    /// Gives somebody a name, or takes it away.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_thread_name(
        &self,
        user: UserId,
        peer: &str,
        name: Option<&str>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        appear(&mut tx, user, peer, name.is_some().then_some(now)).await?;
        query("UPDATE threads SET name = $1, folded_name = $2 WHERE user_id = $3 AND peer = $4")
            .bind(name)
            .bind(name.map(folded))
            .bind(user.to_string())
            .bind(peer)
            .execute(&mut *tx)
            .await?;
        forget_if_empty(&mut tx, user, peer).await?;
        tx.commit().await
    }
}

/// Locks the thread's row until the end of the transaction; makes one that is in no list where there is none.
pub(crate) async fn lock(db: &mut AnyConnection, user: UserId, peer: &str) -> Result<(), Error> {
    appear(db, user, peer, None).await
}

/// The same; the row has its place in the list since then, where it had none.
async fn appear(db: &mut AnyConnection, user: UserId, peer: &str, since: Option<UnixMillis>) -> Result<(), Error> {
    query(
        "INSERT INTO threads (user_id, peer, digits, last_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, peer) DO UPDATE SET last_at = COALESCE(threads.last_at, excluded.last_at)",
    )
    .bind(user.to_string())
    .bind(peer)
    .bind(only_digits(peer))
    .bind(since.map(|at| at.0))
    .execute(db)
    .await?;
    Ok(())
}

/// Locks rows in the order of users and people, so that of two servers none waits for the other while the other waits for it.
/// SQLite has one writer anyway.
const LOCK: Bulk = Bulk {
    sqlite: "",
    postgres: bulk!(
        "INSERT INTO threads (user_id, peer, digits) SELECT value ->> 'user', value ->> 'peer', value ->> 'digits' FROM " rows
        " ON CONFLICT (user_id, peer) DO UPDATE SET last_at = threads.last_at"
    )
    .postgres,
};

#[derive(Serialize)]
struct Locked<'a> {
    user: UserId,
    peer: &'a str,
    digits: String,
}

/// Locks many threads' rows at once.
pub(crate) fn lock_all(unit: &mut Unit<'_>, threads: BTreeSet<(UserId, &str)>) -> Result<(), Error> {
    if unit.engine() == Engine::Sqlite {
        return Ok(());
    }
    let rows = threads.into_iter().map(|(user, peer)| Locked {
        user,
        peer,
        digits: only_digits(peer),
    });
    unit.later(&LOCK, &rows.collect::<Vec<_>>())
}

/// A row that says nothing of anybody goes.
async fn forget_if_empty(db: &mut AnyConnection, user: UserId, peer: &str) -> Result<(), Error> {
    query(
        "DELETE FROM threads WHERE user_id = $1 AND peer = $2 AND last_kind IS NULL AND name IS NULL AND draft IS NULL",
    )
    .bind(user.to_string())
    .bind(peer)
    .execute(db)
    .await?;
    Ok(())
}

/// What becomes of a thread that is there already.
macro_rules! touched {
    () => {
        " ON CONFLICT (user_id, peer) DO UPDATE SET unread = threads.unread + excluded.unread,
             last_kind = CASE WHEN threads.last_kind IS NULL OR threads.last_at <= excluded.last_at
                 THEN excluded.last_kind ELSE threads.last_kind END,
             last_id = CASE WHEN threads.last_kind IS NULL OR threads.last_at <= excluded.last_at
                 THEN excluded.last_id ELSE threads.last_id END,
             last_at = CASE WHEN threads.last_at IS NULL OR threads.last_at <= excluded.last_at
                 THEN excluded.last_at ELSE threads.last_at END"
    };
}

/// The text, which is to be sent, is the thread's newest line.
pub(crate) async fn touch_by_message(db: &mut AnyConnection, message: &Message) -> Result<(), Error> {
    query(concat!(
        "INSERT INTO threads (user_id, peer, digits, last_at, last_kind, last_id, unread) VALUES ($1, $2, $3, $4, $5, $6, 0)",
        touched!()
    ))
    .bind(message.user_id.to_string())
    .bind(message.peer())
    .bind(only_digits(message.peer()))
    .bind(message.created_at.0)
    .bind(FeedKind::Message.as_str())
    .bind(message.id.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// Each call is its thread's newest line, unless a newer one is there. Who withholds his number has no thread.
pub(crate) fn touch_by_calls(unit: &mut Unit<'_>, calls: &[&Call]) -> Result<(), Error> {
    let touches = calls.iter().filter_map(|call| {
        let digits = only_digits(call.peer());
        if digits.is_empty() || call.peer().strip_prefix('+') != Some(digits.as_str()) {
            return None;
        }
        Some(Touch {
            user: call.user_id,
            peer: call.peer(),
            digits,
            at: call.started_at,
            kind: FeedKind::Call.as_str(),
            id: call.id.0,
            unread: 0,
        })
    });
    touch_all(unit, touches)
}

/// Each text that came in is its thread's newest line, unless a newer one is there, and unread.
pub(crate) fn touch_by_messages(unit: &mut Unit<'_>, messages: &[Message]) -> Result<(), Error> {
    let touches = messages.iter().map(|message| Touch {
        user: message.user_id,
        peer: message.peer(),
        digits: only_digits(message.peer()),
        at: message.created_at,
        kind: FeedKind::Message.as_str(),
        id: message.id.0,
        unread: 1,
    });
    touch_all(unit, touches)
}

/// In the order of users and people, so that of two servers none waits for the other while the other waits for it.
fn touch_all<'a>(unit: &mut Unit<'_>, touches: impl Iterator<Item = Touch<'a>>) -> Result<(), Error> {
    let mut newest = BTreeMap::<(UserId, &str), Touch<'_>>::new();
    for touch in touches {
        match newest.entry((touch.user, touch.peer)) {
            btree_map::Entry::Vacant(place) => {
                place.insert(touch);
            }
            btree_map::Entry::Occupied(mut place) => {
                let unread = place.get().unread + touch.unread;
                if place.get().at <= touch.at {
                    place.insert(touch);
                }
                place.get_mut().unread = unread;
            }
        }
    }
    unit.later(&TOUCH, &newest.into_values().collect::<Vec<_>>())
}

#[derive(Serialize)]
struct Touch<'a> {
    user: UserId,
    peer: &'a str,
    digits: String,
    at: UnixMillis,
    kind: &'static str,
    /// The call's, or the text's.
    id: Uuid,
    unread: u32,
}

const TOUCH: Bulk = bulk!(
    "INSERT INTO threads (user_id, peer, digits, last_at, last_kind, last_id, unread)
     SELECT value ->> 'user', value ->> 'peer', value ->> 'digits', CAST(value ->> 'at' AS BIGINT), value ->> 'kind',
         value ->> 'id', CAST(value ->> 'unread' AS BIGINT)
     FROM " rows " WHERE true" (touched!())
);
