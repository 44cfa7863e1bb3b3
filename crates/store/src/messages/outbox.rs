//! What is to be sent next: the heads of the lanes, in turn for every user, so that one who sends much delays no other.

use std::sync::{Mutex, PoisonError};

use domain::id::{MessageId, UserId};
use domain::message::MessageStatus;
use domain::time::UnixMillis;
use sqlx::{AnyConnection, query};
use tokio::task::JoinSet;

use super::events::note;
use super::lane::join;
use super::marks::become_unknown;
use super::row::{lock, message_columns, message_of, update};
use super::{Claiming, Message};
use crate::error::Kind;
use crate::group::{Write, Written};
use crate::row::{moment, number, parsed};
use crate::{Engine, Error, FeedKind, Store, feed};

/// The user who was last in turn.
#[derive(Debug, Default)]
pub(crate) struct Served(Mutex<Option<UserId>>);

impl Served {
    /// The users, beginning with the one after him who was last in turn.
    fn in_turn(&self, mut users: Vec<UserId>) -> Vec<UserId> {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last {
            let next = users.partition_point(|user| *user <= last);
            users.rotate_left(next);
        }
        users
    }

    fn remember(&self, user: UserId) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(user);
    }
}

#[derive(Clone)]
struct Claim {
    claiming: Claiming,
    /// In the order of their turns.
    users: Vec<UserId>,
    engine: Engine,
    now: UnixMillis,
}

/// A scheduled text's time has come.
#[derive(Clone)]
struct Wake {
    id: MessageId,
    now: UnixMillis,
}

/// A lease has run out.
#[derive(Clone)]
struct Expire {
    id: MessageId,
    now: UnixMillis,
}

impl Store {
    /// Claims texts that may be sent now: one of each user, then a second of each, and so on. Those whose time has come by
    /// their schedule are put in line first.
    ///
    /// # Errors
    /// When the database fails; what was claimed until then comes back once its lease has run out.
    pub async fn claim_due(&self, claiming: &Claiming, now: UnixMillis) -> Result<Vec<Message>, Error> {
        let scheduled =
            "SELECT id FROM messages WHERE status = 'scheduled' AND send_at <= $1 ORDER BY send_at LIMIT $2";
        let ids = self.ids_until(scheduled, now, claiming.limit).await?;
        self.write_each(ids, |id| Wake { id, now }).await?;
        let users = self.served().in_turn(self.users_with_due(now).await?);
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let (claimed, last) = self
            .write(&Claim {
                claiming: claiming.clone(),
                users,
                engine: self.engine(),
                now,
            })
            .await?;
        if let Some(last) = last {
            self.served().remember(last);
        }
        Ok(claimed)
    }

    /// The users who have something due. However much one has, it costs one look.
    async fn users_with_due(&self, now: UnixMillis) -> Result<Vec<UserId>, Error> {
        let rows = query(
            "WITH RECURSIVE pending (user_id) AS (
                 SELECT MIN(user_id) FROM messages WHERE due_at IS NOT NULL
                 UNION ALL
                 SELECT (SELECT MIN(messages.user_id) FROM messages
                         WHERE due_at IS NOT NULL AND messages.user_id > pending.user_id)
                 FROM pending WHERE pending.user_id IS NOT NULL)
             SELECT user_id FROM pending WHERE user_id IS NOT NULL
                 AND EXISTS (SELECT 1 FROM messages WHERE messages.user_id = pending.user_id AND due_at <= $1)",
        )
        .bind(now.0)
        .fetch_all(self.pool())
        .await?;
        let users = rows.iter().map(|row| parsed(row, "user_id", |text| text.parse().ok()));
        let mut users = users.collect::<Result<Vec<UserId>, _>>()?;
        users.sort_unstable();
        Ok(users)
    }

    /// When [`Store::claim_due`] is next worth a call; in the past when what is due waits for its user's limit only.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_due(&self) -> Result<Option<UnixMillis>, Error> {
        let row = query(
            "SELECT (SELECT MIN(due_at) FROM messages WHERE due_at IS NOT NULL) AS due,
                 (SELECT MIN(send_at) FROM messages WHERE status = 'scheduled') AS scheduled",
        )
        .fetch_one(self.pool())
        .await?;
        let times = [moment(&row, "due")?, moment(&row, "scheduled")?];
        Ok(times.into_iter().flatten().min())
    }

    /// Gives back what was claimed and of which the provider was not asked; tells how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_claims(&self, lease: &str, now: UnixMillis) -> Result<u64, Error> {
        let released = query(
            "UPDATE messages SET lease_token = NULL, lease_until = NULL, due_at = $1
             WHERE lease_until > 0 AND lease_token = $2 AND status = 'queued'",
        )
        .bind(now.0)
        .bind(lease)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(released.rows_affected())
    }

    /// Ends the wait for answers of the provider that a worker should have had by now: it may have ended in between. Whether
    /// those texts were sent is unknown; they are told.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_claims(&self, now: UnixMillis, limit: u32) -> Result<Vec<Message>, Error> {
        let expired =
            "SELECT id FROM messages WHERE lease_until <= $1 AND status <> 'queued' ORDER BY lease_until LIMIT $2";
        let ids = self.ids_until(expired, now, limit).await?;
        let expired = self.write_each(ids, |id| Expire { id, now }).await?;
        Ok(expired.into_iter().flatten().collect())
    }

    /// The ids that a query finds, given a moment and how many at most.
    async fn ids_until(&self, sql: &'static str, until: UnixMillis, limit: u32) -> Result<Vec<MessageId>, Error> {
        let rows = query(sql)
            .bind(until.0)
            .bind(i64::from(limit))
            .fetch_all(self.pool())
            .await?;
        rows.iter()
            .map(|row| parsed(row, "id", |text| text.parse().ok()))
            .collect()
    }

    /// Writes something about each of them, by itself.
    async fn write_each<W: Write>(
        &self,
        ids: Vec<MessageId>,
        write_of: impl Fn(MessageId) -> W,
    ) -> Result<Vec<W::Done>, Error> {
        let mut writes = JoinSet::new();
        for id in ids {
            let (store, write) = (self.clone(), write_of(id));
            writes.spawn(async move { store.write(&write).await });
        }
        let mut done = Vec::new();
        while let Some(written) = writes.join_next().await {
            done.push(written.map_err(|_| Error::from(Kind::Interrupted))??);
        }
        Ok(done)
    }
}

macro_rules! claim_heads {
    ($locking:literal) => {
        concat!(
            "UPDATE messages SET lease_token = $1, lease_until = $2, due_at = $2
             WHERE id IN (SELECT id FROM messages WHERE user_id = $3 AND due_at <= $4 ORDER BY due_at, id LIMIT $5",
            $locking,
            ") AND due_at <= $4 RETURNING ",
            message_columns!()
        )
    };
}

impl Write for Claim {
    type Done = (Vec<Message>, Option<UserId>);

    async fn write(&self, db: &mut AnyConnection) -> Result<Written<Self::Done>, Error> {
        let mut open = Vec::new();
        for user in &self.users {
            if open.len() >= as_count(self.claiming.limit) {
                break;
            }
            let room = as_count(self.claiming.per_user).saturating_sub(self.in_flight(db, *user).await?);
            if room > 0 {
                open.push((*user, room, Vec::new()));
            }
        }
        let (mut left, mut hungry): (_, Vec<usize>) = (as_count(self.claiming.limit), (0..open.len()).collect());
        while left > 0 && !hungry.is_empty() {
            let share = (left / hungry.len()).max(1);
            let mut still = Vec::new();
            for at in hungry {
                let (user, room, claimed) = &mut open[at];
                let wanted = share.min(*room).min(left);
                let found = if wanted > 0 {
                    self.heads(db, *user, wanted).await?
                } else {
                    Vec::new()
                };
                left -= found.len();
                *room -= found.len();
                if found.len() == wanted && *room > 0 && left > 0 {
                    still.push(at);
                }
                claimed.extend(found);
            }
            hungry = still;
        }
        let served = open.iter().filter(|(_, _, claimed)| !claimed.is_empty());
        let last = served.map(|(user, ..)| *user).next_back();
        let claimed = one_by_one(open.into_iter().map(|(_, _, claimed)| claimed).collect());
        Ok(if claimed.is_empty() {
            Written::void((claimed, last))
        } else {
            Written::kept((claimed, last))
        })
    }
}

impl Claim {
    async fn in_flight(&self, db: &mut AnyConnection, user: UserId) -> Result<usize, Error> {
        let row = query("SELECT COUNT(*) AS texts FROM messages WHERE user_id = $2 AND lease_until > $1")
            .bind(self.now.0)
            .bind(user.to_string())
            .fetch_one(db)
            .await?;
        Ok(number(&row, "texts")?.unwrap_or_default())
    }

    /// Takes the user's first ones, longest due first.
    async fn heads(&self, db: &mut AnyConnection, user: UserId, count: usize) -> Result<Vec<Message>, Error> {
        let sql = match self.engine {
            Engine::Sqlite => claim_heads!(""),
            // What another worker is just taking is not waited for.
            Engine::Postgres => claim_heads!(" FOR UPDATE SKIP LOCKED"),
        };
        let rows = query(sql)
            .bind(&self.claiming.lease)
            .bind(self.claiming.until.0)
            .bind(user.to_string())
            .bind(self.now.0)
            .bind(i64::try_from(count).unwrap_or(i64::MAX))
            .fetch_all(db)
            .await?;
        let mut heads = rows.iter().map(message_of).collect::<Result<Vec<_>, _>>()?;
        heads.sort_by_key(|message| (message.at, message.id));
        Ok(heads)
    }
}

impl Write for Wake {
    type Done = ();

    async fn write(&self, db: &mut AnyConnection) -> Result<Written<()>, Error> {
        let text = lock(db, self.id, self.now).await?;
        let Some(mut text) = text.filter(|text| text.message.status == MessageStatus::Scheduled) else {
            return Ok(Written::void(()));
        };
        text.message.status = MessageStatus::Queued;
        join(db, &mut text, self.now).await?;
        update(db, &text).await?;
        let line = feed::note(db, text.message.user_id, FeedKind::Message, self.id, self.now).await?;
        Ok(Written::told((), text.message.user_id, line))
    }
}

impl Write for Expire {
    type Done = Option<Message>;

    async fn write(&self, db: &mut AnyConnection) -> Result<Written<Self::Done>, Error> {
        let text = lock(db, self.id, self.now).await?;
        let has_ended = |until: Option<UnixMillis>| until.is_some_and(|until| until <= self.now);
        let Some(mut text) =
            text.filter(|text| has_ended(text.lease_until) && text.message.status != MessageStatus::Queued)
        else {
            return Ok(Written::void(None));
        };
        let Some(event) = become_unknown(db, &mut text, self.now).await? else {
            return Ok(Written::kept(None));
        };
        note(db, self.id, &event).await?;
        let user = text.message.user_id;
        let line = feed::note(db, user, FeedKind::Message, self.id, self.now).await?;
        Ok(Written::told(Some(text.message), user, line))
    }
}

/// The first of each, then the second of each, and so on.
fn one_by_one(each: Vec<Vec<Message>>) -> Vec<Message> {
    let mut each: Vec<_> = each.into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(each.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
    }
}

fn as_count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
