//! Counts of calls, and those that stand out.

use domain::id::UserId;
use domain::time::UnixMillis;
use sqlx::query;

use super::Call;
use super::row::{call_of, select_calls};
use crate::row::{get, number};
use crate::{Error, Store};

/// How far back the people are looked for that the user spoke to lately, in calls.
const RECENT: i64 = 200;

impl Store {
    /// The newest call with each other party, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recent_peers(&self, user: UserId, count: usize) -> Result<Vec<Call>, Error> {
        let rows = query(select_calls!(
            "WHERE user_id = $1 ORDER BY started_at DESC, id DESC LIMIT $2"
        ))
        .bind(user.to_string())
        .bind(RECENT)
        .fetch_all(self.pool())
        .await?;
        let mut newest: Vec<Call> = Vec::new();
        for row in &rows {
            if newest.len() == count {
                break;
            }
            let call = call_of(row)?;
            if !newest.iter().any(|known| known.peer() == call.peer()) {
                newest.push(call);
            }
        }
        Ok(newest)
    }

    /// How many calls the user has at this moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_calls(&self, user: UserId) -> Result<u32, Error> {
        let row = query("SELECT COUNT(*) AS calls FROM calls WHERE user_id = $1 AND live = 1")
            .bind(user.to_string())
            .fetch_one(self.pool())
            .await?;
        Ok(number(&row, "calls")?.unwrap_or_default())
    }

    /// How many seconds the user's own calls of that time have lasted, those that still last included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outbound_seconds(&self, user: UserId, since: UnixMillis, now: UnixMillis) -> Result<u64, Error> {
        let row = query(
            "SELECT CAST(COALESCE(SUM(COALESCE(ended_at, $1) - answered_at), 0) AS BIGINT) AS millis
             FROM calls WHERE user_id = $2 AND direction = 'outbound' AND started_at >= $3 AND answered_at IS NOT NULL",
        )
        .bind(now.0)
        .bind(user.to_string())
        .bind(since.0)
        .fetch_one(self.pool())
        .await?;
        let millis: i64 = get(&row, "millis")?;
        Ok(u64::try_from(millis).unwrap_or_default() / 1000)
    }

    /// How many calls were missed since the user last looked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn missed_since(&self, user: UserId) -> Result<u32, Error> {
        let row = query(
            "SELECT COUNT(*) AS calls FROM calls
             WHERE user_id = $1 AND missed = 1 AND ended_at > (SELECT calls_seen_at FROM users WHERE users.id = $1)",
        )
        .bind(user.to_string())
        .fetch_one(self.pool())
        .await?;
        Ok(number(&row, "calls")?.unwrap_or_default())
    }

    /// The user has looked at his calls.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_calls_seen(&self, user: UserId, now: UnixMillis) -> Result<(), Error> {
        query("UPDATE users SET calls_seen_at = $1 WHERE id = $2 AND calls_seen_at < $1")
            .bind(now.0)
            .bind(user.to_string())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Calls that have not ended and of which nothing was heard since, longest silent first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stale_calls(&self, silent_since: UnixMillis, limit: u32) -> Result<Vec<Call>, Error> {
        let rows = query(select_calls!(
            "WHERE live = 1 AND updated_at <= $1 ORDER BY updated_at LIMIT $2"
        ))
        .bind(silent_since.0)
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(call_of).collect()
    }
}
