//! How each connection fares at Twilio: what was found last, when it is looked at again, and what was done to it by itself.
//!
//! Whoever is due is claimed by pushing the moment forward in the row, so that of several servers one looks.

use domain::connection::StepKind;
use domain::id::{ConnectionId, UserId};
use domain::setup::{AccountFacts, Health, Note};
use domain::time::UnixMillis;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, query};
use uuid::Uuid;

use crate::connections::Connection;
use crate::engine::Tx;
use crate::row::{get, json, moment, parsed, to_json};
use crate::{Error, Store};

/// How many former addresses of ours are remembered for a number.
const BASES_KEPT: usize = 8;
/// How many notes are kept of a connection.
const NOTES_KEPT: i64 = 50;

/// What is remembered for a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// What the last look has found.
    pub health: Option<Health>,
    /// Every public address of ours that its number may have been pointed at, the newest last.
    pub webhook_bases: Vec<String>,
    /// When its API key was made; nothing where it was made with the connection.
    pub api_key_made_at: Option<UnixMillis>,
}

/// A line for whoever reads what was done.
#[derive(Clone, Debug)]
pub struct NewNote {
    /// Its id.
    pub id: Uuid,
    /// What was done, in words.
    pub sentence: String,
}

fn watch_of(row: &AnyRow) -> Result<Watch, Error> {
    let since = moment(row, "out_of_order_since")?;
    let health: Option<Health> = json(row, "health")?;
    Ok(Watch {
        health: health.map(|health| Health {
            out_of_order_since: since,
            ..health
        }),
        webhook_bases: json(row, "webhook_bases")?.unwrap_or_default(),
        api_key_made_at: moment(row, "api_key_made_at")?,
    })
}

impl Store {
    /// Claims the connections that are to be looked at, and has them due again at `next`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_checks(
        &self,
        now: UnixMillis,
        next: UnixMillis,
        limit: i64,
    ) -> Result<Vec<ConnectionId>, Error> {
        let claim = query(
            "UPDATE connection_watch SET next_check_at = $2 WHERE next_check_at <= $1 AND connection_id IN
                 (SELECT w.connection_id FROM connection_watch w JOIN connections c ON c.id = w.connection_id
                  WHERE w.next_check_at <= $1 AND c.state = 'connected' ORDER BY w.next_check_at LIMIT $3)
             RETURNING connection_id",
        );
        self.claim(claim.bind(now.0).bind(next.0).bind(limit)).await
    }

    /// Claims the connections whose accounts are to be searched for leftovers, and has them due again at `next`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_searches(
        &self,
        now: UnixMillis,
        next: UnixMillis,
        limit: i64,
    ) -> Result<Vec<ConnectionId>, Error> {
        let claim = query(
            "UPDATE connection_watch SET sweep_at = $2 WHERE sweep_at <= $1 AND connection_id IN
                 (SELECT w.connection_id FROM connection_watch w JOIN connections c ON c.id = w.connection_id
                  WHERE w.sweep_at <= $1 AND c.state = 'connected' ORDER BY w.sweep_at LIMIT $3)
             RETURNING connection_id",
        );
        self.claim(claim.bind(now.0).bind(next.0).bind(limit)).await
    }

    async fn claim(&self, claim: Query<'_, Any, AnyArguments>) -> Result<Vec<ConnectionId>, Error> {
        ids(&claim.fetch_all(&mut *self.writer().await?).await?)
    }

    /// Has every connection in use looked at now: for the start, after which anything may be different.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_all(&self, now: UnixMillis) -> Result<(), Error> {
        query("UPDATE connection_watch SET next_check_at = $1 WHERE next_check_at > $1")
            .bind(now.0)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Has the connection looked at then, if it is in use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_at(&self, id: ConnectionId, at: UnixMillis) -> Result<(), Error> {
        query("UPDATE connection_watch SET next_check_at = $1 WHERE connection_id = $2 AND next_check_at IS NOT NULL")
            .bind(at.0)
            .bind(id.to_string())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Has the connection's account searched then, if it is in use and not due earlier.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn search_at(&self, id: ConnectionId, at: UnixMillis) -> Result<(), Error> {
        query("UPDATE connection_watch SET sweep_at = $1 WHERE connection_id = $2 AND sweep_at > $1")
            .bind(at.0)
            .bind(id.to_string())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Keeps what a look has found, unless the connection is not any more what was looked at, or somebody has looked later;
    /// tells whether it is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_health(
        &self,
        seen: &Connection,
        health: &Health,
        next_check_at: UnixMillis,
    ) -> Result<bool, Error> {
        let kept = query(
            "UPDATE connection_watch SET health = $1, checked_at = $2, next_check_at = $3,
                 out_of_order_since = CASE WHEN $4 = 1 THEN NULL ELSE COALESCE(out_of_order_since, $2) END
             WHERE connection_id = $5 AND (checked_at IS NULL OR checked_at <= $2)
                 AND EXISTS (SELECT 1 FROM connections WHERE id = $5 AND state = 'connected'
                     AND application_sid = $6 AND api_key_sid = $7)",
        )
        .bind(to_json(health, "health")?)
        .bind(health.checked_at.0)
        .bind(next_check_at.0)
        .bind(i64::from(health.in_order))
        .bind(seen.id.to_string())
        .bind(&seen.application_sid)
        .bind(&seen.api_key_sid)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Keeps what the account is called and what kind it is of by now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_account(&self, id: ConnectionId, account: &AccountFacts) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        let replaced =
            query("UPDATE connections SET account = $1 WHERE id = $2 AND account_sid = $3 RETURNING account_sid")
                .bind(to_json(account, "account")?)
                .bind(id.to_string())
                .bind(&account.sid);
        tx.change_tenants(replaced).await?;
        tx.commit().await
    }

    /// What is remembered for the connection.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn watch(&self, id: ConnectionId) -> Result<Watch, Error> {
        let row = query(
            "SELECT health, out_of_order_since, webhook_bases, api_key_made_at FROM connection_watch
             WHERE connection_id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(self.pool())
        .await?;
        Ok(row.as_ref().map(watch_of).transpose()?.unwrap_or_default())
    }

    /// How the user's connection in use was found last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn health(&self, user: UserId) -> Result<Option<Health>, Error> {
        let row = query(
            "SELECT w.health, w.out_of_order_since, w.webhook_bases, w.api_key_made_at
             FROM connections c JOIN connection_watch w ON w.connection_id = c.id
             WHERE c.user_id = $1 AND c.state = 'connected'",
        )
        .bind(user.to_string())
        .fetch_optional(self.pool())
        .await?;
        Ok(row.as_ref().map(watch_of).transpose()?.and_then(|watch| watch.health))
    }

    /// Remembers, before it is done, that the number is being pointed at an address of ours.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn add_webhook_base(
        &self,
        id: ConnectionId,
        lease: &str,
        base: &str,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        // The connection's row is locked, so nobody else is at this one.
        let row = query(
            "SELECT health, out_of_order_since, webhook_bases, api_key_made_at FROM connection_watch
             WHERE connection_id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&mut *tx)
        .await?;
        let mut bases = row
            .as_ref()
            .map(watch_of)
            .transpose()?
            .unwrap_or_default()
            .webhook_bases;
        bases.retain(|known| known != base);
        bases.push(base.to_owned());
        let surplus = bases.len().saturating_sub(BASES_KEPT);
        query(
            "INSERT INTO connection_watch (connection_id, webhook_bases) VALUES ($1, $2)
             ON CONFLICT (connection_id) DO UPDATE SET webhook_bases = excluded.webhook_bases",
        )
        .bind(id.to_string())
        .bind(to_json(&&bases[surplus..], "webhook_bases")?)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// The public addresses of ours that earlier connections, left behind, may have pointed the number at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn webhook_bases_left_behind(&self, phone_number_sid: &str) -> Result<Vec<String>, Error> {
        let rows = query(
            "SELECT w.webhook_bases FROM connections c JOIN connection_watch w ON w.connection_id = c.id
             WHERE c.phone_number_sid = $1 AND c.state = 'left_behind'",
        )
        .bind(phone_number_sid)
        .fetch_all(self.pool())
        .await?;
        let mut bases = Vec::new();
        for row in &rows {
            bases.extend(json::<Vec<String>>(row, "webhook_bases")?.unwrap_or_default());
        }
        Ok(bases)
    }

    /// Notes what was done to the connection.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn add_note(&self, id: ConnectionId, lease: &str, note: &NewNote, now: UnixMillis) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        insert_note(&mut tx, id, note, now).await?;
        tx.commit().await
    }

    /// What was done to the connection by itself, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_notes(&self, id: ConnectionId, limit: i64) -> Result<Vec<Note>, Error> {
        let rows = query(
            "SELECT noted_at, sentence FROM connection_notes WHERE connection_id = $1
             ORDER BY noted_at DESC, id DESC LIMIT $2",
        )
        .bind(id.to_string())
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Note {
                    at: UnixMillis(get(row, "noted_at")?),
                    sentence: get(row, "sentence")?,
                })
            })
            .collect()
    }

    /// Connections in use at which work was interrupted half-way, and nobody is at it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn interrupted_connections(&self, now: UnixMillis, limit: i64) -> Result<Vec<ConnectionId>, Error> {
        let rows = query(
            "SELECT DISTINCT c.id AS connection_id
             FROM connection_steps s JOIN connections c ON c.id = s.connection_id
                 LEFT JOIN connection_watch w ON w.connection_id = c.id
             WHERE s.state = 'running' AND c.state = 'connected' AND (c.lease_token IS NULL OR c.lease_until <= $1)
                 AND (w.try_again_at IS NULL OR w.try_again_at <= $1) LIMIT $2",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        ids(&rows)
    }

    /// Work on the connection has failed; the worker leaves it alone until then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn try_again_at(&self, id: ConnectionId, at: UnixMillis) -> Result<(), Error> {
        query("UPDATE connection_watch SET try_again_at = $1 WHERE connection_id = $2")
            .bind(at.0)
            .bind(id.to_string())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Ends a half-done step of a connection in use: what it had made was removed, and what was there before holds.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn settle_step(
        &self,
        id: ConnectionId,
        lease: &str,
        kind: StepKind,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query(
            "UPDATE connection_steps SET state = 'done', problem = NULL, finished_at = $1
             WHERE connection_id = $2 AND kind = $3 AND state = 'running'",
        )
        .bind(now.0)
        .bind(id.to_string())
        .bind(kind.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}

/// Writes a note, and forgets the oldest ones.
pub(crate) async fn insert_note(tx: &mut Tx, id: ConnectionId, note: &NewNote, now: UnixMillis) -> Result<(), Error> {
    query("INSERT INTO connection_notes (id, connection_id, noted_at, sentence) VALUES ($1, $2, $3, $4)")
        .bind(note.id.to_string())
        .bind(id.to_string())
        .bind(now.0)
        .bind(&note.sentence)
        .execute(&mut **tx)
        .await?;
    query(
        "DELETE FROM connection_notes WHERE connection_id = $1 AND id NOT IN
             (SELECT id FROM connection_notes WHERE connection_id = $1 ORDER BY noted_at DESC, id DESC LIMIT $2)",
    )
    .bind(id.to_string())
    .bind(NOTES_KEPT)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(crate) fn ids(rows: &[AnyRow]) -> Result<Vec<ConnectionId>, Error> {
    rows.iter()
        .map(|row| parsed(row, "connection_id", |text| text.parse().ok()))
        .collect()
}
