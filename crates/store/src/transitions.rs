//! Named changes of a connection and its steps. Each holds only while the caller has the connection's lease, so that a
//! worker that was paused and overtaken writes nothing.

use domain::connection::{ConnectionState, StepKind};
use domain::id::ConnectionId;
use domain::problem::Problem;
use domain::setup::AccountFacts;
use domain::time::UnixMillis;
use sqlx::query;

use crate::engine::Tx;
use crate::error::Kind;
use crate::row::to_json;
use crate::{Error, Store};

impl Store {
    /// Opens a transaction in which the connection's row is touched under the lease, hence locked; with the commit everybody
    /// hears that its tenant has changed.
    pub(crate) async fn leased(&self, id: ConnectionId, lease: &str, now: UnixMillis) -> Result<Tx, Error> {
        let mut tx = self.begin().await?;
        let held = query(
            "UPDATE connections SET updated_at = $1 WHERE id = $2 AND lease_token = $3
             RETURNING account_sid",
        )
        .bind(now.0)
        .bind(id.to_string())
        .bind(lease);
        if tx.change_tenants(held).await? == 0 {
            return Err(Kind::LeaseLost.into());
        }
        Ok(tx)
    }

    /// Says that a step begins, before it does; `snapshot` is what undoing it must write back.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn start_step(
        &self,
        id: ConnectionId,
        lease: &str,
        kind: StepKind,
        snapshot: Option<&str>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query(
            "UPDATE connection_steps SET state = 'running', snapshot = $1, problem = NULL, started_at = $2,
                 finished_at = NULL WHERE connection_id = $3 AND kind = $4",
        )
        .bind(snapshot)
        .bind(now.0)
        .bind(id.to_string())
        .bind(kind.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// A step's effect is known; `sid` is what it made or changed.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn finish_step(
        &self,
        id: ConnectionId,
        lease: &str,
        kind: StepKind,
        sid: Option<&str>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        end_step(&mut tx, id, kind, "done", sid, None, now).await?;
        tx.commit().await
    }

    /// The App is made.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn finish_application(
        &self,
        id: ConnectionId,
        lease: &str,
        sid: &str,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        end_step(&mut tx, id, StepKind::Application, "done", Some(sid), None, now).await?;
        query("UPDATE connections SET application_sid = $1 WHERE id = $2")
            .bind(sid)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// The key is made; its secret was shown this once.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn finish_api_key(
        &self,
        id: ConnectionId,
        lease: &str,
        sid: &str,
        sealed_secret: &[u8],
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        end_step(&mut tx, id, StepKind::ApiKey, "done", Some(sid), None, now).await?;
        query("UPDATE connections SET api_key_sid = $1, api_key_secret = $2 WHERE id = $3")
            .bind(sid)
            .bind(sealed_secret)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        query("UPDATE connection_watch SET api_key_made_at = $1 WHERE connection_id = $2")
            .bind(now.0)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// A step failed.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn fail_step(
        &self,
        id: ConnectionId,
        lease: &str,
        kind: StepKind,
        problem: &Problem,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        end_step(&mut tx, id, kind, "failed", None, Some(problem), now).await?;
        tx.commit().await
    }

    /// A step was undone. One that had failed is still told as failed: nothing of it is left either way.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn take_back_step(
        &self,
        id: ConnectionId,
        lease: &str,
        kind: StepKind,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query(
            "UPDATE connection_steps SET state = CASE WHEN state = 'failed' THEN 'failed' ELSE 'taken_back' END,
                 finished_at = $1 WHERE connection_id = $2 AND kind = $3",
        )
        .bind(now.0)
        .bind(id.to_string())
        .bind(kind.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// A step could not be undone.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn leave_step_behind(
        &self,
        id: ConnectionId,
        lease: &str,
        kind: StepKind,
        problem: &Problem,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        end_step(&mut tx, id, kind, "left_behind", None, Some(problem), now).await?;
        tx.commit().await
    }

    /// Keeps the account and the number as they were read.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn mark_account(
        &self,
        id: ConnectionId,
        lease: &str,
        account: &AccountFacts,
        phone_number: &str,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query("UPDATE connections SET account = $1, phone_number = $2 WHERE id = $3")
            .bind(to_json(account, "account")?)
            .bind(phone_number)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Everything is in place; the draft has served.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn mark_connected(&self, id: ConnectionId, lease: &str, now: UnixMillis) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query(
            "UPDATE connections SET state = 'connected', connected_at = $1, lease_token = NULL, lease_until = NULL
             WHERE id = $2",
        )
        .bind(now.0)
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
        query(
            "INSERT INTO connection_watch (connection_id, next_check_at, webhook_bases, sweep_at, api_key_made_at)
             VALUES ($1, $2, '[]', $2, $2) ON CONFLICT (connection_id) DO UPDATE
                 SET next_check_at = excluded.next_check_at, sweep_at = excluded.sweep_at,
                     api_key_made_at = excluded.api_key_made_at",
        )
        .bind(id.to_string())
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        query("DELETE FROM setup_drafts WHERE user_id = (SELECT user_id FROM connections WHERE id = $1)")
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// A step failed: from here on everything is taken back.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn mark_taking_back(
        &self,
        id: ConnectionId,
        lease: &str,
        problem: &Problem,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query("UPDATE connections SET state = 'taking_back', problem = $1 WHERE id = $2")
            .bind(to_json(problem, "problem")?)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// All was taken back after a failure; the secrets are erased.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn mark_failed(&self, id: ConnectionId, lease: &str, now: UnixMillis) -> Result<(), Error> {
        self.end_connection(id, lease, ConnectionState::Failed, None, now).await
    }

    /// All was removed as asked for; the secrets are erased.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn mark_removed(&self, id: ConnectionId, lease: &str, now: UnixMillis) -> Result<(), Error> {
        self.end_connection(id, lease, ConnectionState::Removed, None, now)
            .await
    }

    /// Something could not be removed; the auth token stays for the next attempt alone.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn mark_left_behind(
        &self,
        id: ConnectionId,
        lease: &str,
        next_attempt_at: UnixMillis,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query(
            "UPDATE connections SET state = 'left_behind', previous_auth_token = NULL, previous_auth_token_until = NULL,
                 api_key_secret = NULL, lease_token = NULL, lease_until = NULL, attempts = attempts + 1, next_attempt_at = $1 WHERE id = $2",
        )
        .bind(next_attempt_at.0)
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}

pub(crate) async fn end_step(
    tx: &mut Tx,
    id: ConnectionId,
    kind: StepKind,
    state: &'static str,
    sid: Option<&str>,
    problem: Option<&Problem>,
    now: UnixMillis,
) -> Result<(), Error> {
    let problem = problem.map(|problem| to_json(problem, "problem")).transpose()?;
    query(
        "UPDATE connection_steps SET state = $1, sid = COALESCE($2, sid), problem = $3, finished_at = $4
         WHERE connection_id = $5 AND kind = $6",
    )
    .bind(state)
    .bind(sid)
    .bind(problem)
    .bind(now.0)
    .bind(id.to_string())
    .bind(kind.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
