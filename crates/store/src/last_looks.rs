//! The end of a connection, and one more look at what may have been made for it after it had ended: a request whose answer was
//! lost may take effect later than anybody looked.

use domain::connection::ConnectionState;
use domain::id::ConnectionId;
use domain::time::UnixMillis;
use sqlx::query;

use crate::engine::Tx;
use crate::watch::ids;
use crate::{Error, Store};

impl Store {
    /// The connection is over; its secrets are erased. With `last_look_at` something may have been made after we looked, and
    /// the auth token alone stays until then.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn end_connection(
        &self,
        id: ConnectionId,
        lease: &str,
        state: ConnectionState,
        last_look_at: Option<UnixMillis>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query(
            "UPDATE connections SET state = $1, auth_token = CASE WHEN $2 = 1 THEN auth_token END,
                 previous_auth_token = NULL, previous_auth_token_until = NULL, api_key_secret = NULL,
                 lease_token = NULL, lease_until = NULL, next_attempt_at = NULL WHERE id = $3",
        )
        .bind(state.as_str())
        .bind(i64::from(last_look_at.is_some()))
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
        unwatch(&mut tx, id, last_look_at).await?;
        tx.commit().await
    }

    /// Connections that are over and whose account is to be looked through once more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_last_looks(&self, now: UnixMillis, limit: i64) -> Result<Vec<ConnectionId>, Error> {
        let rows = query(
            "SELECT w.connection_id FROM connection_watch w JOIN connections c ON c.id = w.connection_id
             WHERE w.last_look_at <= $1 AND c.state IN ('failed', 'removed')
                 AND (c.lease_token IS NULL OR c.lease_until <= $1)
             ORDER BY w.last_look_at LIMIT $2",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        ids(&rows)
    }

    /// The last look is done, or given up: the auth token is erased.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn end_last_look(&self, id: ConnectionId, lease: &str, now: UnixMillis) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query("UPDATE connections SET auth_token = NULL, lease_token = NULL, lease_until = NULL WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        unwatch(&mut tx, id, None).await?;
        tx.commit().await
    }

    /// The last look was not possible; it is tried again then.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn put_last_look_off(
        &self,
        id: ConnectionId,
        lease: &str,
        again: UnixMillis,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query("UPDATE connections SET attempts = attempts + 1, lease_token = NULL, lease_until = NULL WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        unwatch(&mut tx, id, Some(again)).await?;
        tx.commit().await
    }
}

/// Nobody looks at a connection that is over, or once more at the most; its former keys went with it.
async fn unwatch(tx: &mut Tx, id: ConnectionId, last_look_at: Option<UnixMillis>) -> Result<(), Error> {
    query("DELETE FROM retired_keys WHERE connection_id = $1")
        .bind(id.to_string())
        .execute(&mut **tx)
        .await?;
    query(
        "INSERT INTO connection_watch (connection_id, webhook_bases, last_look_at) VALUES ($1, '[]', $2)
         ON CONFLICT (connection_id) DO UPDATE SET next_check_at = NULL, sweep_at = NULL, health = NULL,
             last_look_at = excluded.last_look_at",
    )
    .bind(id.to_string())
    .bind(last_look_at.map(|at| at.0))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
