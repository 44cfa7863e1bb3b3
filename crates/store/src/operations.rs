//! Work that is under way or stuck, across all users: for operators.

use domain::connection::ConnectionState;
use domain::id::ConnectionId;
use domain::problem::Problem;
use domain::setup::Health;
use domain::time::UnixMillis;
use sqlx::query;

use crate::row::{get, json, moment, parsed};
use crate::{Error, Store};

/// A connection that somebody is, or should be, at work on.
#[derive(Clone, Debug)]
pub struct ConnectionAtWork {
    /// Which.
    pub id: ConnectionId,
    /// Whose.
    pub email: String,
    /// Where it is.
    pub state: ConnectionState,
    /// Why it failed, where it did.
    pub problem: Option<Problem>,
    /// How often its removal was tried in vain.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt_at: Option<UnixMillis>,
    /// Until when somebody holds it.
    pub lease_until: Option<UnixMillis>,
    /// When it last changed.
    pub updated_at: UnixMillis,
}

/// A connection in use that is not in order at Twilio.
#[derive(Clone, Debug)]
pub struct OutOfOrder {
    /// Which.
    pub id: ConnectionId,
    /// Whose.
    pub email: String,
    /// What was found.
    pub health: Option<Health>,
    /// Since when.
    pub since: UnixMillis,
}

/// A resource in a user's account that no row explained.
#[derive(Clone, Debug)]
pub struct FoundLeftover {
    /// In whose account.
    pub email: String,
    /// What.
    pub sid: String,
    /// `seen`, `removed` and so on.
    pub state: String,
    /// Why it could not be removed, where that is so.
    pub problem: Option<Problem>,
    /// When it was found.
    pub first_seen_at: UnixMillis,
}

/// What is held or of unknown fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Connections that a worker holds.
    pub connections_held: i64,
    /// Texts that a worker holds.
    pub texts_held: i64,
    /// Texts of which nobody knows whether they were sent.
    pub texts_unknown: i64,
    /// Recordings that are to be deleted at Twilio.
    pub recordings_to_delete: i64,
    /// When the installation was set up.
    pub installed_at: Option<UnixMillis>,
}

impl Store {
    /// Connections that are being made, taken back or removed, or that have left something behind; the longest untouched
    /// first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connections_at_work(&self, limit: i64) -> Result<Vec<ConnectionAtWork>, Error> {
        let rows = query(
            "SELECT c.id, u.email, c.state, c.problem, c.attempts, c.next_attempt_at, c.lease_until, c.updated_at
             FROM connections c JOIN users u ON u.id = c.user_id
             WHERE c.state IN ('provisioning', 'taking_back', 'disconnecting', 'left_behind')
             ORDER BY c.updated_at, c.id LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ConnectionAtWork {
                    id: parsed(row, "id", |text| text.parse().ok())?,
                    email: get(row, "email")?,
                    state: parsed(row, "state", ConnectionState::from_word)?,
                    problem: json(row, "problem")?,
                    attempts: get(row, "attempts")?,
                    next_attempt_at: moment(row, "next_attempt_at")?,
                    lease_until: moment(row, "lease_until")?,
                    updated_at: UnixMillis(get(row, "updated_at")?),
                })
            })
            .collect()
    }

    /// Connections in use that are not in order at Twilio, the longest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connections_out_of_order(&self, limit: i64) -> Result<Vec<OutOfOrder>, Error> {
        let rows = query(
            "SELECT c.id, u.email, w.health, w.out_of_order_since
             FROM connection_watch w JOIN connections c ON c.id = w.connection_id JOIN users u ON u.id = c.user_id
             WHERE w.out_of_order_since IS NOT NULL AND c.state = 'connected'
             ORDER BY w.out_of_order_since, c.id LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(OutOfOrder {
                    id: parsed(row, "id", |text| text.parse().ok())?,
                    email: get(row, "email")?,
                    health: json(row, "health")?,
                    since: UnixMillis(get(row, "out_of_order_since")?),
                })
            })
            .collect()
    }

    /// What carried our name in users' accounts although no row explained it, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn found_leftovers(&self, limit: i64) -> Result<Vec<FoundLeftover>, Error> {
        let rows = query(
            "SELECT u.email, l.sid, l.state, l.problem, l.first_seen_at FROM leftovers l JOIN users u ON u.id = l.user_id
             ORDER BY l.updated_at DESC, l.sid LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(FoundLeftover {
                    email: get(row, "email")?,
                    sid: get(row, "sid")?,
                    state: get(row, "state")?,
                    problem: json(row, "problem")?,
                    first_seen_at: UnixMillis(get(row, "first_seen_at")?),
                })
            })
            .collect()
    }

    /// What is held or of unknown fate.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn figures(&self, now: UnixMillis) -> Result<Figures, Error> {
        let row = query(
            "SELECT
                 (SELECT COUNT(*) FROM connections WHERE lease_until > $1
                     AND state IN ('provisioning', 'taking_back', 'disconnecting', 'left_behind')) AS connections_held,
                 (SELECT COUNT(*) FROM messages WHERE lease_until IS NOT NULL AND lease_until > $1) AS texts_held,
                 (SELECT COUNT(*) FROM messages WHERE status = 'unknown') AS texts_unknown,
                 (SELECT COUNT(*) FROM recordings WHERE status = 'deleting') AS recordings_to_delete,
                 (SELECT MIN(created_at) FROM installation) AS installed_at",
        )
        .bind(now.0)
        .fetch_one(self.pool())
        .await?;
        Ok(Figures {
            connections_held: get(&row, "connections_held")?,
            texts_held: get(&row, "texts_held")?,
            texts_unknown: get(&row, "texts_unknown")?,
            recordings_to_delete: get(&row, "recordings_to_delete")?,
            installed_at: moment(&row, "installed_at")?,
        })
    }

    /// Has what was left behind of a connection tried again at once; tells whether there is such a one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hurry_connection(&self, id: ConnectionId, now: UnixMillis) -> Result<bool, Error> {
        let done = query("UPDATE connections SET next_attempt_at = $1 WHERE id = $2 AND state = 'left_behind'")
            .bind(now.0)
            .bind(id.to_string())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Has every recording that is to be deleted tried again at once; tells how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hurry_recordings(&self, now: UnixMillis) -> Result<u64, Error> {
        let done = query("UPDATE recordings SET due_at = $1 WHERE status = 'deleting' AND due_at > $1")
            .bind(now.0)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(done.rows_affected())
    }
}
