//! Requests to webhooks that were refused: alike ones are one row.

use domain::id::{CallId, UserId};
use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::query;

use crate::row::{get, parsed_if_any};
use crate::{Error, Store};

/// Most SIDs that are looked up at once.
const AT_ONCE: usize = 4;

/// Refused requests that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRequests {
    /// Tells them from all others.
    pub key: String,
    /// Whose account they named; nobody's are the operator's to read.
    pub user_id: Option<UserId>,
    /// The account that they named, where it is well-formed.
    pub account_sid: Option<String>,
    /// What was asked, without what is different each time.
    pub path: String,
    /// Why they were refused, as a word.
    pub reason: String,
    /// What belongs to the reason, as JSON.
    pub detail: Option<String>,
    /// How many they are.
    pub times: i64,
    /// When the first came.
    pub first_at: UnixMillis,
    /// When the last came.
    pub last_at: UnixMillis,
}

fn refused_of(row: &AnyRow) -> Result<RefusedRequests, Error> {
    Ok(RefusedRequests {
        key: get(row, "id")?,
        user_id: parsed_if_any(row, "user_id", |text| text.parse().ok())?,
        account_sid: get(row, "account_sid")?,
        path: get(row, "path")?,
        reason: get(row, "reason")?,
        detail: get(row, "detail")?,
        times: get(row, "times")?,
        first_at: UnixMillis(get(row, "first_at")?),
        last_at: UnixMillis(get(row, "last_at")?),
    })
}

impl Store {
    /// Adds to what was refused, in one transaction. Of each user no more than the newest `keep` rows stay. What belongs to
    /// a user who is gone is dropped.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_refused(&self, refused: &[RefusedRequests], keep: i64) -> Result<(), Error> {
        // In one order everywhere, so that two servers never wait for each other.
        let mut sorted: Vec<_> = refused.iter().collect();
        sorted.sort_by(|one, other| one.key.cmp(&other.key));
        let mut tx = self.begin().await?;
        for one in &sorted {
            query(
                "INSERT INTO refused_requests
                     (id, user_id, account_sid, path, reason, detail, times, first_at, last_at)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
                 WHERE CAST($2 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM users WHERE id = $2)
                 ON CONFLICT (id) DO UPDATE SET times = refused_requests.times + excluded.times,
                     last_at = CASE WHEN excluded.last_at > refused_requests.last_at
                         THEN excluded.last_at ELSE refused_requests.last_at END",
            )
            .bind(&one.key)
            .bind(one.user_id.map(|user| user.to_string()))
            .bind(&one.account_sid)
            .bind(&one.path)
            .bind(&one.reason)
            .bind(&one.detail)
            .bind(one.times)
            .bind(one.first_at.0)
            .bind(one.last_at.0)
            .execute(&mut *tx)
            .await?;
        }
        let mut users: Vec<_> = refused.iter().map(|one| one.user_id).collect();
        users.sort_unstable();
        users.dedup();
        for user in users {
            query(
                "DELETE FROM refused_requests WHERE id IN
                     (SELECT id FROM refused_requests
                      WHERE COALESCE(user_id, '') = $1 ORDER BY last_at DESC, id DESC LIMIT 1000 OFFSET $2)",
            )
            .bind(user.map(|user| user.to_string()).unwrap_or_default())
            .bind(keep)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await
    }

    /// What was refused since then in the user's name, or in nobody's; the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_refused(&self, user: Option<UserId>, since: UnixMillis) -> Result<Vec<RefusedRequests>, Error> {
        let rows = match user {
            Some(user) => query(
                "SELECT id, user_id, account_sid, path, reason, detail, times, first_at, last_at FROM refused_requests
                 WHERE last_at >= $1 AND user_id = $2 ORDER BY last_at DESC, id DESC LIMIT 1000",
            )
            .bind(since.0)
            .bind(user.to_string()),
            None => query(
                "SELECT id, user_id, account_sid, path, reason, detail, times, first_at, last_at FROM refused_requests
                 WHERE last_at >= $1 AND user_id IS NULL ORDER BY last_at DESC, id DESC LIMIT 1000",
            )
            .bind(since.0),
        };
        let rows = rows.fetch_all(self.pool()).await?;
        rows.iter().map(refused_of).collect()
    }

    /// Forgets what was refused for the last time before that; at most a thousand rows, and tells how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_refused(&self, before: UnixMillis) -> Result<u64, Error> {
        let forgotten = query(
            "DELETE FROM refused_requests WHERE id IN
                 (SELECT id FROM refused_requests WHERE last_at < $1 LIMIT 1000)",
        )
        .bind(before.0)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(forgotten.rows_affected())
    }

    /// Who was the last to have this account connected, if it is not connected any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn former_user_of_account(&self, account_sid: &str) -> Result<Option<UserId>, Error> {
        let row = query(
            "SELECT user_id FROM connections
             WHERE account_sid = $1 AND connected_at IS NOT NULL AND state IN ('removed', 'left_behind')
             ORDER BY connected_at DESC, id DESC LIMIT 1",
        )
        .bind(account_sid)
        .fetch_optional(self.pool())
        .await?;
        Ok(row
            .as_ref()
            .map(|row| parsed_if_any(row, "user_id", |text| text.parse().ok()))
            .transpose()?
            .flatten())
    }

    /// The account that a call belongs to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_of_call(&self, id: CallId) -> Result<Option<String>, Error> {
        let row = query("SELECT account_sid FROM calls WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| get(&row, "account_sid")).transpose()
    }

    /// The accounts in which legs, recordings or texts of these SIDs are known; at most the first four are looked up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts_of_sids(&self, sids: &[&str]) -> Result<Vec<String>, Error> {
        let mut wanted = query(
            "SELECT account_sid FROM call_legs WHERE sid IN ($1, $2, $3, $4)
             UNION SELECT account_sid FROM recordings WHERE sid IN ($1, $2, $3, $4)
             UNION SELECT account_sid FROM messages WHERE provider_sid IN ($1, $2, $3, $4)",
        );
        for at in 0..AT_ONCE {
            wanted = wanted.bind(sids.get(at).copied().unwrap_or_default());
        }
        let rows = wanted.fetch_all(self.pool()).await?;
        rows.iter().map(|row| get(row, "account_sid")).collect()
    }
}
