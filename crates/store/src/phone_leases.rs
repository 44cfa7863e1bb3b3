//! Which of a user's browsers can ring.

use domain::id::UserId;
use domain::time::UnixMillis;
use sqlx::query;

use crate::{Error, Store};

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
        Ok(())
    }

    /// Whether one of the user's phones can ring.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_live_phone(&self, user: UserId, now: UnixMillis) -> Result<bool, Error> {
        let row = query("SELECT device FROM phone_leases WHERE user_id = $1 AND lease_until > $2 LIMIT 1")
            .bind(user.to_string())
            .bind(now.0)
            .fetch_optional(self.pool())
            .await?;
        Ok(row.is_some())
    }
}
