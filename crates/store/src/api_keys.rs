//! The API key of a connection in use, replaced by another: the new one signs from one moment to the next, and the former one
//! goes when nothing that it signed is good any more.

use domain::connection::StepKind;
use domain::id::ConnectionId;
use domain::problem::Problem;
use domain::time::UnixMillis;
use sqlx::query;

use crate::row::{get, parsed, to_json};
use crate::transitions::end_step;
use crate::watch::{NewNote, ids, insert_note};
use crate::{Error, Store};

/// A key that took the place of another.
#[derive(Clone)]
pub struct NewApiKey<'a> {
    /// `SK…`
    pub sid: &'a str,
    /// Its secret, sealed.
    pub sealed_secret: &'a [u8],
    /// When the former one is to be deleted at Twilio.
    pub former_until: UnixMillis,
    /// The line that tells of it.
    pub note: NewNote,
}

/// A former key that is still at Twilio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetiredKey {
    /// `SK…`
    pub sid: String,
    /// Whose it was.
    pub connection_id: ConnectionId,
}

impl Store {
    /// From here on the new key signs; the former one is kept in mind until it is deleted.
    ///
    /// # Errors
    /// When the lease is lost or the database fails.
    pub async fn switch_api_key(
        &self,
        id: ConnectionId,
        lease: &str,
        new: &NewApiKey<'_>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let mut tx = self.leased(id, lease, now).await?;
        query(
            "INSERT INTO retired_keys (sid, connection_id, delete_at)
             SELECT api_key_sid, id, $1 FROM connections WHERE id = $2 AND api_key_sid IS NOT NULL",
        )
        .bind(new.former_until.0)
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
        end_step(&mut tx, id, StepKind::ApiKey, "done", Some(new.sid), None, now).await?;
        query("UPDATE connections SET api_key_sid = $1, api_key_secret = $2 WHERE id = $3")
            .bind(new.sid)
            .bind(new.sealed_secret)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        query("UPDATE connection_watch SET api_key_made_at = $1, try_again_at = NULL WHERE connection_id = $2")
            .bind(now.0)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        insert_note(&mut tx, id, &new.note, now).await?;
        tx.commit().await
    }

    /// Connections in use whose key was made before that, and at which nobody works.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_rolls(
        &self,
        made_before: UnixMillis,
        now: UnixMillis,
        limit: i64,
    ) -> Result<Vec<ConnectionId>, Error> {
        let rows = query(
            "SELECT c.id AS connection_id FROM connections c JOIN connection_watch w ON w.connection_id = c.id
             WHERE c.state = 'connected' AND COALESCE(w.api_key_made_at, c.connected_at) <= $1
                 AND (w.try_again_at IS NULL OR w.try_again_at <= $2)
                 AND (c.lease_token IS NULL OR c.lease_until <= $2)
             ORDER BY COALESCE(w.api_key_made_at, c.connected_at) LIMIT $3",
        )
        .bind(made_before.0)
        .bind(now.0)
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        ids(&rows)
    }

    /// The connection's former keys that are still at Twilio.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retired_keys(&self, id: ConnectionId) -> Result<Vec<String>, Error> {
        let rows = query("SELECT sid FROM retired_keys WHERE connection_id = $1 ORDER BY delete_at, sid")
            .bind(id.to_string())
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(|row| get(row, "sid")).collect()
    }

    /// Claims the former keys that are to be deleted, and has them due again at `next`. A connection that is being removed, or
    /// was left behind, deletes its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_retired_keys(
        &self,
        now: UnixMillis,
        next: UnixMillis,
        limit: i64,
    ) -> Result<Vec<RetiredKey>, Error> {
        let rows = query(
            "UPDATE retired_keys SET delete_at = $2 WHERE delete_at <= $1 AND sid IN
                 (SELECT r.sid FROM retired_keys r JOIN connections c ON c.id = r.connection_id
                  WHERE r.delete_at <= $1 AND c.state = 'connected' ORDER BY r.delete_at LIMIT $3)
             RETURNING sid, connection_id",
        )
        .bind(now.0)
        .bind(next.0)
        .bind(limit)
        .fetch_all(&mut *self.writer().await?)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(RetiredKey {
                    sid: get(row, "sid")?,
                    connection_id: parsed(row, "connection_id", |text| text.parse().ok())?,
                })
            })
            .collect()
    }

    /// The former key is gone at Twilio.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_retired_key(&self, sid: &str) -> Result<(), Error> {
        query("DELETE FROM retired_keys WHERE sid = $1")
            .bind(sid)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// The former key, claimed until `claimed`, could not be deleted yet. Where somebody else has claimed it since, he says when
    /// it is tried again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_retired_key(
        &self,
        sid: &str,
        claimed: UnixMillis,
        problem: Option<&Problem>,
        again: UnixMillis,
    ) -> Result<(), Error> {
        query("UPDATE retired_keys SET problem = $1, delete_at = $2 WHERE sid = $3 AND delete_at = $4")
            .bind(problem.map(|problem| to_json(problem, "problem")).transpose()?)
            .bind(again.0)
            .bind(sid)
            .bind(claimed.0)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }
}
