//! What is kept for a time only. Each forgets at most a thousand rows, and tells how many.

use domain::time::UnixMillis;
use sqlx::query;

use crate::{Error, Store};

impl Store {
    /// Forgets which requests of Twilio's were answered before that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_receipts(&self, before: UnixMillis) -> Result<u64, Error> {
        self.forget(
            "DELETE FROM webhook_inbox WHERE (user_id, dedupe_key) IN
                 (SELECT user_id, dedupe_key FROM webhook_inbox WHERE received_at < $1 LIMIT 1000)",
            before,
        )
        .await
    }

    /// Forgets the lines of the feeds that were noted before that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_feed(&self, before: UnixMillis) -> Result<u64, Error> {
        self.forget(
            "DELETE FROM feed WHERE (user_id, seq) IN
                 (SELECT user_id, seq FROM feed WHERE noted_at < $1 ORDER BY noted_at LIMIT 1000)",
            before,
        )
        .await
    }

    /// Forgets the idempotency keys that were claimed before that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_claims(&self, before: UnixMillis) -> Result<u64, Error> {
        self.forget(
            "DELETE FROM idempotency_keys WHERE (user_id, route, idempotency_key) IN
                 (SELECT user_id, route, idempotency_key FROM idempotency_keys WHERE created_at < $1 LIMIT 1000)",
            before,
        )
        .await
    }

    /// Forgets the browsers that nobody has signed in with since then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_devices(&self, before: UnixMillis) -> Result<u64, Error> {
        self.forget(
            "DELETE FROM devices WHERE (user_id, device_hash) IN
                 (SELECT user_id, device_hash FROM devices WHERE last_seen_at < $1 LIMIT 1000)",
            before,
        )
        .await
    }

    /// Erases former auth tokens that are not good any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_previous_tokens(&self, now: UnixMillis) -> Result<u64, Error> {
        let mut tx = self.begin().await?;
        let erased = tx
            .change_tenants(
                query(
                    "UPDATE connections SET previous_auth_token = NULL, previous_auth_token_until = NULL
                     WHERE previous_auth_token_until IS NOT NULL AND previous_auth_token_until <= $1
                     RETURNING account_sid",
                )
                .bind(now.0),
            )
            .await?;
        tx.commit().await?;
        Ok(erased as u64)
    }

    async fn forget(&self, sql: &'static str, before: UnixMillis) -> Result<u64, Error> {
        let forgotten = query(sql).bind(before.0).execute(&mut *self.writer().await?).await?;
        Ok(forgotten.rows_affected())
    }
}
