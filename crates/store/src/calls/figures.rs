//! Counts of calls, and those that stand out.

use domain::id::UserId;
use domain::phone::MISSED_COUNTED;
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

    /// How many calls the user has at this moment, and how many seconds his own calls of that time have lasted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calls_and_seconds(
        &self,
        user: UserId,
        since: UnixMillis,
        now: UnixMillis,
    ) -> Result<(u32, u64), Error> {
        let row = query(
            "SELECT (SELECT COUNT(*) FROM calls WHERE user_id = $2 AND live = 1) AS calls,
                 (SELECT CAST(COALESCE(SUM(COALESCE(ended_at, $1) - answered_at), 0) AS BIGINT) FROM calls
                  WHERE user_id = $2 AND direction = 'outbound' AND started_at >= $3 AND answered_at IS NOT NULL) AS millis",
        )
        .bind(now.0)
        .bind(user.to_string())
        .bind(since.0)
        .fetch_one(self.pool())
        .await?;
        let millis: i64 = get(&row, "millis")?;
        let seconds = u64::try_from(millis).unwrap_or_default() / 1000;
        Ok((number(&row, "calls")?.unwrap_or_default(), seconds))
    }

    /// How many calls were missed since the user last looked; they are counted up to [`MISSED_COUNTED`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn missed_since(&self, user: UserId) -> Result<u32, Error> {
        let row = query(
            "SELECT COUNT(*) AS calls FROM (SELECT 1 FROM calls
             WHERE user_id = $1 AND missed = 1 AND ended_at > (SELECT calls_seen_at FROM users WHERE users.id = $1)
             LIMIT $2) AS counted",
        )
        .bind(user.to_string())
        .bind(i64::from(MISSED_COUNTED))
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

    /// Takes on calls that have not ended and of which nothing was heard since, longest silent first: Twilio is to be asked
    /// about them. Nobody else gets them before they have been silent for as long again. They are told as they were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_stale_calls(
        &self,
        now: UnixMillis,
        silent_since: UnixMillis,
        limit: u32,
    ) -> Result<Vec<Call>, Error> {
        let rows = query(select_calls!(
            "WHERE live = 1 AND updated_at <= $1 ORDER BY updated_at LIMIT $2"
        ))
        .bind(silent_since.0)
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in &rows {
            let call = call_of(row)?;
            // Whoever moves it first has it, and what is heard of it meanwhile makes it nobody's.
            let taken = query("UPDATE calls SET updated_at = $1 WHERE id = $2 AND updated_at = $3 AND live = 1")
                .bind(now.0)
                .bind(call.id.to_string())
                .bind(call.updated_at.0)
                .execute(&mut *self.writer().await?)
                .await?;
            if taken.rows_affected() == 1 {
                claimed.push(call);
            }
        }
        Ok(claimed)
    }
}
