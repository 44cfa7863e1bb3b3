//! Which of a user's browsers can ring.

use std::sync::{Mutex, PoisonError};

use domain::id::UserId;
use domain::time::UnixMillis;
use hashlink::LruCache;
use sqlx::query;

use crate::row::moment;
use crate::{Error, Store};

/// Most users of whom is kept that a phone of theirs can ring.
const MOST: usize = 4096;

/// How long that is kept, in milliseconds. For so long a phone that has left another server is still rung; one that has left
/// this server is not.
const KEPT: i64 = 1_000;

/// Users with a phone that could ring a moment ago: a busy number asks once for many calls.
#[derive(Debug)]
pub(crate) struct Ringing(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Grows whenever a phone leaves: what was read before is not kept then.
    left: u64,
    users: LruCache<UserId, Live>,
}

#[derive(Clone, Copy, Debug)]
struct Live {
    until: UnixMillis,
    since: UnixMillis,
}

impl Default for Ringing {
    fn default() -> Self {
        Self(Mutex::new(State {
            left: 0,
            users: LruCache::new(MOST),
        }))
    }
}

impl Ringing {
    /// Whether a phone of theirs is known to ring; else what has to be said when it is found that one does.
    fn knows(&self, user: UserId, now: UnixMillis) -> Result<(), u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.users.get(&user) {
            Some(live) if (0..KEPT).contains(&now.since(live.since)) && now < live.until => Ok(()),
            _ => Err(state.left),
        }
    }

    fn keep(&self, left: u64, user: UserId, live: Live) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.left == left {
            state.users.insert(user, live);
        }
    }

    fn forget(&self, user: UserId) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.left += 1;
        state.users.remove(&user);
    }
}

impl Store {
    /// The phone on that device can ring until then, unless it says so again. Leases that have run out go.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew_phone_lease(
        &self,
        user: UserId,
        device: &str,
        busy: bool,
        until: UnixMillis,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        query("DELETE FROM phone_leases WHERE user_id = $1 AND lease_until <= $2")
            .bind(user.to_string())
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        query(
            "INSERT INTO phone_leases (user_id, device, busy, lease_until) VALUES ($1, $2, $3, $4)
             ON CONFLICT (user_id, device) DO UPDATE SET busy = excluded.busy, lease_until = excluded.lease_until",
        )
        .bind(user.to_string())
        .bind(device)
        .bind(i64::from(busy))
        .bind(until.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// The phone on that device cannot ring any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_phone_lease(&self, user: UserId, device: &str) -> Result<(), Error> {
        query("DELETE FROM phone_leases WHERE user_id = $1 AND device = $2")
            .bind(user.to_string())
            .bind(device)
            .execute(&mut *self.writer().await?)
            .await?;
        self.ringing().forget(user);
        Ok(())
    }

    /// Whether one of the user's phones can ring.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_live_phone(&self, user: UserId, now: UnixMillis) -> Result<bool, Error> {
        let Err(left) = self.ringing().knows(user, now) else {
            return Ok(true);
        };
        let row = query("SELECT MAX(lease_until) AS lease_until FROM phone_leases WHERE user_id = $1")
            .bind(user.to_string())
            .fetch_one(self.pool())
            .await?;
        let until = moment(&row, "lease_until")?.filter(|until| now < *until);
        if let Some(until) = until {
            self.ringing().keep(left, user, Live { until, since: now });
        }
        Ok(until.is_some())
    }
}
