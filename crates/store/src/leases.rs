//! Who works on a connection: one worker at a time, for as long as it renews its lease.

use domain::id::{ConnectionId, UserId};
use domain::time::UnixMillis;
use sqlx::query;

use crate::row::parsed;
use crate::{Error, Store};

impl Store {
    /// Takes the connection's lease if nobody holds it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_lease(
        &self,
        id: ConnectionId,
        lease: &str,
        until: UnixMillis,
        now: UnixMillis,
    ) -> Result<bool, Error> {
        let taken = query(
            "UPDATE connections SET lease_token = $1, lease_until = $2
             WHERE id = $3 AND (lease_token IS NULL OR lease_until <= $4)",
        )
        .bind(lease)
        .bind(until.0)
        .bind(id.to_string())
        .bind(now.0)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Keeps a lease; `false` when it is somebody else's by now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew_lease(&self, id: ConnectionId, lease: &str, until: UnixMillis) -> Result<bool, Error> {
        let renewed = query("UPDATE connections SET lease_until = $1 WHERE id = $2 AND lease_token = $3")
            .bind(until.0)
            .bind(id.to_string())
            .bind(lease)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(renewed.rows_affected() == 1)
    }

    /// Gives a lease back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_lease(&self, id: ConnectionId, lease: &str) -> Result<(), Error> {
        query("UPDATE connections SET lease_token = NULL, lease_until = NULL WHERE id = $1 AND lease_token = $2")
            .bind(id.to_string())
            .bind(lease)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Ends every lease: for the start on an embedded database, where no other server can hold one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_leases(&self) -> Result<(), Error> {
        query("UPDATE connections SET lease_token = NULL, lease_until = NULL WHERE lease_token IS NOT NULL")
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Turns the user's connected connection into one that is being disconnected, leased to the caller; `false` when it
    /// is not connected any more or somebody works on it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn start_disconnect(
        &self,
        user: UserId,
        id: ConnectionId,
        lease: &str,
        until: UnixMillis,
        now: UnixMillis,
    ) -> Result<bool, Error> {
        let mut tx = self.begin().await?;
        let started = query(
            "UPDATE connections SET state = 'disconnecting', lease_token = $1, lease_until = $2, updated_at = $3
             WHERE id = $4 AND user_id = $5 AND state = 'connected' AND (lease_token IS NULL OR lease_until <= $3)
             RETURNING account_sid",
        )
        .bind(lease)
        .bind(until.0)
        .bind(now.0)
        .bind(id.to_string())
        .bind(user.to_string());
        let started = tx.change_tenants(started).await?;
        tx.commit().await?;
        Ok(started == 1)
    }

    /// Connections that somebody should be at work on and nobody is, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_connections(&self, now: UnixMillis, limit: i64) -> Result<Vec<ConnectionId>, Error> {
        let rows = query(
            "SELECT id FROM connections
             WHERE (state IN ('provisioning', 'taking_back', 'disconnecting')
                    OR (state = 'left_behind' AND next_attempt_at <= $1))
                 AND (lease_token IS NULL OR lease_until <= $1)
             ORDER BY updated_at, id LIMIT $2",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| parsed(row, "id", |text| text.parse().ok()))
            .collect()
    }

    /// Stores a new auth token for one of the user's connections; `false` when there is no such connection. `previous` is
    /// the token so far, sealed for its new place, and until when it is still good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_auth_token(
        &self,
        user: UserId,
        id: ConnectionId,
        sealed: &[u8],
        last4: &str,
        previous: Option<(&[u8], UnixMillis)>,
        now: UnixMillis,
    ) -> Result<bool, Error> {
        let mut tx = self.begin().await?;
        let replaced = query(
            "UPDATE connections SET auth_token = $1, auth_token_last4 = $2, auth_token_saved_at = $3, updated_at = $3,
                 next_attempt_at = CASE WHEN next_attempt_at IS NULL THEN NULL ELSE $3 END,
                 previous_auth_token = $4, previous_auth_token_until = $5
             WHERE id = $6 AND user_id = $7 AND state IN ('connected', 'left_behind')
             RETURNING account_sid",
        )
        .bind(sealed)
        .bind(last4)
        .bind(now.0)
        .bind(previous.map(|(token, _)| token))
        .bind(previous.map(|(_, until)| until.0))
        .bind(id.to_string())
        .bind(user.to_string());
        let replaced = tx.change_tenants(replaced).await?;
        tx.commit().await?;
        Ok(replaced == 1)
    }
}
