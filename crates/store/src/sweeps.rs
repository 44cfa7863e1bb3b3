//! When Twilio's lists are read for what was never told: by one server at a time for each connection.

use domain::id::{ConnectionId, UserId};
use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::query;

use crate::row::{get, moment, parsed};
use crate::{Error, Store};

/// A connection whose account's lists are to be read now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The connection.
    pub connection: ConnectionId,
    /// Whose it is.
    pub user_id: UserId,
    /// `AC…`
    pub account_sid: String,
    /// Up to when the lists were read before; when the account was linked, if they never were.
    pub since: UnixMillis,
    /// Until when it is the caller's. Also what tells his from a later one's.
    pub claimed_until: UnixMillis,
}

fn sweep_of(row: &AnyRow, claimed_until: UnixMillis) -> Result<Sweep, Error> {
    let linked = moment(row, "connected_at")?.unwrap_or(UnixMillis(get(row, "created_at")?));
    Ok(Sweep {
        connection: parsed(row, "id", |text| text.parse().ok())?,
        user_id: parsed(row, "user_id", |text| text.parse().ok())?,
        account_sid: get(row, "account_sid")?,
        since: moment(row, "swept_until")?.unwrap_or(linked),
        claimed_until,
    })
}

impl Store {
    /// Takes on connections whose lists are to be read, longest due first, until then: nobody else gets them before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_sweeps(&self, now: UnixMillis, until: UnixMillis, limit: u32) -> Result<Vec<Sweep>, Error> {
        let due = query("SELECT 1 FROM connections WHERE state = 'connected' AND next_sweep_at <= $1 LIMIT 1")
            .bind(now.0)
            .fetch_optional(self.pool())
            .await?;
        if due.is_none() {
            // A look needs no turn to write.
            return Ok(Vec::new());
        }
        // The condition once more for PostgreSQL, where another server may have taken one on in between.
        let rows = query(
            "UPDATE connections SET next_sweep_at = $1
             WHERE id IN (SELECT id FROM connections WHERE state = 'connected' AND next_sweep_at <= $2
                 ORDER BY next_sweep_at LIMIT $3)
                 AND state = 'connected' AND next_sweep_at <= $2
             RETURNING id, user_id, account_sid, swept_until, connected_at, created_at",
        )
        .bind(until.0)
        .bind(now.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.writer().await?)
        .await?;
        rows.iter().map(|row| sweep_of(row, until)).collect()
    }

    /// Ends what [`Store::claim_sweeps`] began; `false` when somebody else has taken it on since. `swept_until` is none
    /// where the lists could not be read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sweep(
        &self,
        sweep: &Sweep,
        swept_until: Option<UnixMillis>,
        next: UnixMillis,
    ) -> Result<bool, Error> {
        let ended = query(
            "UPDATE connections SET next_sweep_at = $1, swept_until = COALESCE($2, swept_until)
             WHERE id = $3 AND next_sweep_at = $4",
        )
        .bind(next.0)
        .bind(swept_until.map(|at| at.0))
        .bind(sweep.connection.to_string())
        .bind(sweep.claimed_until.0)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(ended.rows_affected() == 1)
    }

    /// Has lists read now that would have been read only after `later`: for a start, before which nobody may have listened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hasten_sweeps(&self, now: UnixMillis, later: UnixMillis) -> Result<(), Error> {
        query("UPDATE connections SET next_sweep_at = $1 WHERE state = 'connected' AND next_sweep_at > $2")
            .bind(now.0)
            .bind(later.0)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }
}
