//! Reading calls. Requests reach theirs through the user.

use domain::id::{CallId, UserId};
use sqlx::{AnyConnection, query};

use super::row::{call_columns, call_of, event_of, leg_of, select_calls};
use super::{Call, CallEvent, Leg};
use crate::{Error, Store};

impl Store {
    /// One of the user's calls.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn call(&self, user: UserId, id: CallId) -> Result<Option<Call>, Error> {
        let call = self.call_for_worker(id).await?;
        Ok(call.filter(|call| call.user_id == user))
    }

    /// A call, whoever's it is.
    pub(crate) async fn call_for_worker(&self, id: CallId) -> Result<Option<Call>, Error> {
        let row = query(select_calls!("WHERE id = $1"))
            .bind(id.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(call_of).transpose()
    }

    /// The user's call that has a leg with that SID.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn call_by_sid(&self, user: UserId, sid: &str) -> Result<Option<Call>, Error> {
        // SQLite takes a cross join in the order in which it is written: from the SID, not through all of the user's calls.
        let row = query(concat!(
            "SELECT ",
            call_columns!(),
            " FROM (SELECT id AS found FROM calls WHERE provider_sid = $1
                  UNION SELECT call_id FROM call_legs WHERE sid = $1) AS known
              CROSS JOIN calls WHERE id = found AND user_id = $2"
        ))
        .bind(sid)
        .bind(user.to_string())
        .fetch_optional(self.pool())
        .await?;
        row.as_ref().map(call_of).transpose()
    }

    /// The call's legs, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn legs(&self, call: CallId) -> Result<Vec<Leg>, Error> {
        let mut reader = self.pool().acquire().await?;
        legs_of(&mut reader, call).await
    }

    /// What was noted about the call, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn call_events(&self, call: CallId) -> Result<Vec<CallEvent>, Error> {
        let rows = query(
            "SELECT id, kind, leg, status, detail, happened_at FROM call_events WHERE call_id = $1
             ORDER BY happened_at, id",
        )
        .bind(call.to_string())
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(event_of).collect()
    }
}

pub(super) async fn legs_of(db: &mut AnyConnection, call: CallId) -> Result<Vec<Leg>, Error> {
    let rows = query(
        "SELECT sid, role, status, started_at, answered_at, ended_at, duration_seconds, error_code
         FROM call_legs WHERE call_id = $1",
    )
    .bind(call.to_string())
    .fetch_all(db)
    .await?;
    let mut legs = rows.iter().map(leg_of).collect::<Result<Vec<_>, _>>()?;
    legs.sort_by(|one, other| (one.state.started_at, &one.sid).cmp(&(other.state.started_at, &other.sid)));
    Ok(legs)
}
