//! Linked Twilio accounts and the steps that made them.

use domain::connection::{ConnectionState, StepKind, StepState};
use domain::id::{ConnectionId, UserId};
use domain::problem::Problem;
use domain::setup::AccountFacts;
use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::query;

use crate::row::{get, json, moment, parsed};
use crate::{Error, Store};

/// One attempt to link a Twilio account.
#[derive(Clone)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub user_id: UserId,
    /// `AC…`
    pub account_sid: String,
    /// The account as it was read while saving.
    pub account: Option<AccountFacts>,
    /// The sealed auth token; erased once nothing is left to do with it.
    pub auth_token: Option<Vec<u8>>,
    /// The token's last four characters.
    pub auth_token_last4: String,
    /// When the token was saved.
    pub auth_token_saved_at: UnixMillis,
    /// The sealed token before the last change.
    pub previous_auth_token: Option<Vec<u8>>,
    /// Until when what Twilio signed with that one is good.
    pub previous_auth_token_until: Option<UnixMillis>,
    /// `PN…`
    pub phone_number_sid: String,
    /// E.164; empty until the number was read.
    pub phone_number: String,
    /// `AP…`
    pub application_sid: Option<String>,
    /// `SK…`
    pub api_key_sid: Option<String>,
    /// The key's sealed secret.
    pub api_key_secret: Option<Vec<u8>>,
    /// Whether the person agreed to re-point a number in use.
    pub take_over: bool,
    /// Where it is in its life.
    pub state: ConnectionState,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// How often removal has been tried in vain.
    pub attempts: i64,
    /// When Save was pressed.
    pub created_at: UnixMillis,
    /// When it last changed.
    pub updated_at: UnixMillis,
    /// When it was connected.
    pub connected_at: Option<UnixMillis>,
}

/// A connection to be made.
#[derive(Clone)]
pub struct NewConnection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub user_id: UserId,
    /// `AC…`
    pub account_sid: String,
    /// The sealed auth token.
    pub auth_token: Vec<u8>,
    /// The token's last four characters.
    pub auth_token_last4: String,
    /// `PN…`
    pub phone_number_sid: String,
    /// Whether the person agreed to re-point a number in use.
    pub take_over: bool,
    /// The lease its maker holds.
    pub lease_token: String,
    /// Until when.
    pub lease_until: UnixMillis,
    /// Now.
    pub created_at: UnixMillis,
}

/// Whether there was room for a new connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It was added.
    Yes,
    /// The user has a current one.
    UserHasOne,
    /// The account has a current one.
    AccountTaken,
}

/// One act at Twilio for a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub kind: StepKind,
    /// How far it is.
    pub state: StepState,
    /// What it made or changed.
    pub sid: Option<String>,
    /// What undoing it must write back, as JSON.
    pub snapshot: Option<String>,
    /// Why it failed or could not be undone.
    pub problem: Option<Problem>,
    /// When it began.
    pub started_at: Option<UnixMillis>,
    /// When it ended.
    pub finished_at: Option<UnixMillis>,
}

/// A step whose effect is still at Twilio although it should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftBehindStep {
    /// The connection it was made for.
    pub connection_id: ConnectionId,
    /// The connection's number.
    pub phone_number_sid: String,
    /// What was done.
    pub kind: StepKind,
    /// What it made or changed, where that is known.
    pub sid: Option<String>,
    /// Why it could not be undone.
    pub problem: Option<Problem>,
}

/// What a query for connections selects. Macros, since a query's text must be static.
macro_rules! connection_columns {
    () => {
        "id, user_id, account_sid, account, auth_token, auth_token_last4, auth_token_saved_at, previous_auth_token, \
         previous_auth_token_until, phone_number_sid, phone_number, application_sid, api_key_sid, api_key_secret, \
         take_over, state, problem, attempts, created_at, updated_at, connected_at"
    };
}
pub(crate) use connection_columns;

macro_rules! select_connections {
    ($rest:literal) => {
        concat!("SELECT ", connection_columns!(), " FROM connections ", $rest)
    };
}

pub(crate) fn connection_of(row: &AnyRow) -> Result<Connection, Error> {
    Ok(Connection {
        id: parsed(row, "id", |text| text.parse().ok())?,
        user_id: parsed(row, "user_id", |text| text.parse().ok())?,
        account_sid: get(row, "account_sid")?,
        account: json(row, "account")?,
        auth_token: get(row, "auth_token")?,
        auth_token_last4: get(row, "auth_token_last4")?,
        auth_token_saved_at: UnixMillis(get(row, "auth_token_saved_at")?),
        previous_auth_token: get(row, "previous_auth_token")?,
        previous_auth_token_until: moment(row, "previous_auth_token_until")?,
        phone_number_sid: get(row, "phone_number_sid")?,
        phone_number: get(row, "phone_number")?,
        application_sid: get(row, "application_sid")?,
        api_key_sid: get(row, "api_key_sid")?,
        api_key_secret: get(row, "api_key_secret")?,
        take_over: get::<i64>(row, "take_over")? == 1,
        state: parsed(row, "state", ConnectionState::from_word)?,
        problem: json(row, "problem")?,
        attempts: get(row, "attempts")?,
        created_at: UnixMillis(get(row, "created_at")?),
        updated_at: UnixMillis(get(row, "updated_at")?),
        connected_at: moment(row, "connected_at")?,
    })
}

fn step_of(row: &AnyRow) -> Result<Step, Error> {
    Ok(Step {
        kind: parsed(row, "kind", StepKind::from_word)?,
        state: parsed(row, "state", StepState::from_word)?,
        sid: get(row, "sid")?,
        snapshot: get(row, "snapshot")?,
        problem: json(row, "problem")?,
        started_at: moment(row, "started_at")?,
        finished_at: moment(row, "finished_at")?,
    })
}

impl Store {
    /// Adds a connection with its steps, leased to its maker, if user and account have room for one. Of two that race,
    /// one is added.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_connection(&self, new: &NewConnection) -> Result<Added, Error> {
        let mut tx = self.begin().await?;
        let inserted = query(
            "INSERT INTO connections (id, user_id, account_sid, auth_token, auth_token_last4, auth_token_saved_at,
                 phone_number_sid, phone_number, take_over, state, lease_token, lease_until, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, 'provisioning', $9, $10, $6, $6) ON CONFLICT DO NOTHING",
        )
        .bind(new.id.to_string())
        .bind(new.user_id.to_string())
        .bind(&new.account_sid)
        .bind(&new.auth_token)
        .bind(&new.auth_token_last4)
        .bind(new.created_at.0)
        .bind(&new.phone_number_sid)
        .bind(i64::from(new.take_over))
        .bind(&new.lease_token)
        .bind(new.lease_until.0)
        .execute(&mut *tx)
        .await?;
        if inserted.rows_affected() == 0 {
            tx.rollback().await?;
            let own = self.current_connection(new.user_id).await?;
            return Ok(if own.is_some() {
                Added::UserHasOne
            } else {
                Added::AccountTaken
            });
        }
        let mut steps = query(
            "INSERT INTO connection_steps (connection_id, kind, state)
             VALUES ($1, $2, 'pending'), ($1, $3, 'pending'), ($1, $4, 'pending'), ($1, $5, 'pending')",
        )
        .bind(new.id.to_string());
        for kind in StepKind::ALL {
            steps = steps.bind(kind.as_str());
        }
        steps.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Added::Yes)
    }

    /// The user's connection that is being made, in use, or being taken away.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn current_connection(&self, user: UserId) -> Result<Option<Connection>, Error> {
        let row = query(select_connections!(
            "WHERE user_id = $1 AND state IN ('provisioning', 'taking_back', 'connected', 'disconnecting')"
        ))
        .bind(user.to_string())
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(connection_of).transpose()
    }

    /// The user's newest connection, whatever became of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_connection(&self, user: UserId) -> Result<Option<Connection>, Error> {
        let row = query(select_connections!(
            "WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1"
        ))
        .bind(user.to_string())
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(connection_of).transpose()
    }

    /// The user's connections of which something is still at Twilio although it should not, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connections_left_behind(&self, user: UserId) -> Result<Vec<Connection>, Error> {
        let rows = query(select_connections!(
            "WHERE user_id = $1 AND state = 'left_behind' ORDER BY created_at, id"
        ))
        .bind(user.to_string())
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(connection_of).collect()
    }

    /// A connection, for a worker. Requests reach theirs through the user.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connection_for_worker(&self, id: ConnectionId) -> Result<Option<Connection>, Error> {
        let row = query(select_connections!("WHERE id = $1"))
            .bind(id.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(connection_of).transpose()
    }

    /// The connection's steps, in reading order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn steps(&self, id: ConnectionId) -> Result<Vec<Step>, Error> {
        let rows = query(
            "SELECT kind, state, sid, snapshot, problem, started_at, finished_at
             FROM connection_steps WHERE connection_id = $1",
        )
        .bind(id.to_string())
        .fetch_all(self.pool())
        .await?;
        let mut steps = rows.iter().map(step_of).collect::<Result<Vec<_>, _>>()?;
        steps.sort_by_key(|step| step.kind);
        Ok(steps)
    }

    /// What of the user's connections is still at Twilio although it should not be, in one query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_left_behind(&self, user: UserId) -> Result<Vec<LeftBehindStep>, Error> {
        let rows = query(
            "SELECT c.id AS connection_id, c.phone_number_sid, s.kind, s.sid, s.problem
             FROM connections c JOIN connection_steps s ON s.connection_id = c.id
             WHERE c.user_id = $1 AND c.state = 'left_behind' AND s.state = 'left_behind'
             ORDER BY c.created_at, c.id, s.kind",
        )
        .bind(user.to_string())
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(LeftBehindStep {
                    connection_id: parsed(row, "connection_id", |text| text.parse().ok())?,
                    phone_number_sid: get(row, "phone_number_sid")?,
                    kind: parsed(row, "kind", StepKind::from_word)?,
                    sid: get(row, "sid")?,
                    problem: json(row, "problem")?,
                })
            })
            .collect()
    }

    /// Puts a failed attempt aside: its owner has read why.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn dismiss_failed(&self, user: UserId, now: UnixMillis) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        let dismissed = query(
            "UPDATE connections SET state = 'removed', updated_at = $1 WHERE user_id = $2 AND state = 'failed'
             RETURNING account_sid",
        )
        .bind(now.0)
        .bind(user.to_string());
        tx.change_tenants(dismissed).await?;
        tx.commit().await
    }

    /// Whether a current connection other than this one uses the number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn number_in_other_connection(
        &self,
        phone_number_sid: &str,
        except: ConnectionId,
    ) -> Result<bool, Error> {
        let row = query(
            "SELECT id FROM connections WHERE phone_number_sid = $1 AND id <> $2
                 AND state IN ('provisioning', 'taking_back', 'connected', 'disconnecting') LIMIT 1",
        )
        .bind(phone_number_sid)
        .bind(except.to_string())
        .fetch_optional(self.pool())
        .await?;
        Ok(row.is_some())
    }

    /// What an earlier connection had found on the number and could not write back, as JSON.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn number_snapshot_left_behind(
        &self,
        phone_number_sid: &str,
        except: ConnectionId,
    ) -> Result<Option<String>, Error> {
        let row = query(
            "SELECT s.snapshot FROM connections c JOIN connection_steps s ON s.connection_id = c.id
             WHERE c.phone_number_sid = $1 AND c.id <> $2 AND c.state = 'left_behind' AND s.kind = 'phone_number'
                 AND s.state = 'left_behind' AND s.snapshot IS NOT NULL
             ORDER BY c.created_at DESC, c.id DESC LIMIT 1",
        )
        .bind(phone_number_sid)
        .bind(except.to_string())
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| get(&row, "snapshot")).transpose()
    }
}
