//! Reading and writing the columns of calls.

use domain::call::{CallEventKind, CallStatus, Direction, LegRole, LegState, Origin, Summary};
use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, query};

use super::{Call, CallEvent, Leg};
use crate::Error;
use crate::row::{flag, get, moment, number, parsed, parsed_if_any};

/// What a query for calls selects. Macros, since a query's text must be static.
macro_rules! call_columns {
    () => {
        "id, user_id, account_sid, provider_sid, direction, origin, from_number, to_number, status, answered_at, \
         ended_at, duration_seconds, missed, answered_by, error_code, refused, reason, asked_voicemail, voicemail, \
         conference, on_hold, transferred_to, started_at, updated_at"
    };
}
pub(crate) use call_columns;

macro_rules! select_calls {
    ($rest:literal) => {
        concat!("SELECT ", $crate::calls::call_columns!(), " FROM calls ", $rest)
    };
}
pub(crate) use select_calls;

pub(crate) fn call_of(row: &AnyRow) -> Result<Call, Error> {
    Ok(Call {
        id: parsed(row, "id", |text| text.parse().ok())?,
        user_id: parsed(row, "user_id", |text| text.parse().ok())?,
        account_sid: get(row, "account_sid")?,
        provider_sid: get(row, "provider_sid")?,
        direction: parsed(row, "direction", Direction::from_word)?,
        origin: parsed(row, "origin", Origin::from_word)?,
        from: get(row, "from_number")?,
        to: get(row, "to_number")?,
        summary: Summary {
            status: parsed(row, "status", CallStatus::from_word)?,
            answered_at: moment(row, "answered_at")?,
            ended_at: moment(row, "ended_at")?,
            duration_seconds: number(row, "duration_seconds")?,
            missed: flag(row, "missed")?,
            answered_by: parsed_if_any(row, "answered_by", LegRole::from_word)?,
            error_code: number(row, "error_code")?,
        },
        refused: flag(row, "refused")?,
        reason: get(row, "reason")?,
        asked_voicemail: flag(row, "asked_voicemail")?,
        voicemail: flag(row, "voicemail")?,
        conference: get(row, "conference")?,
        on_hold: flag(row, "on_hold")?,
        transferred_to: get(row, "transferred_to")?,
        started_at: UnixMillis(get(row, "started_at")?),
        updated_at: UnixMillis(get(row, "updated_at")?),
    })
}

pub(super) fn leg_of(row: &AnyRow) -> Result<Leg, Error> {
    Ok(Leg {
        sid: get(row, "sid")?,
        state: LegState {
            role: parsed(row, "role", LegRole::from_word)?,
            status: parsed(row, "status", CallStatus::from_word)?,
            started_at: UnixMillis(get(row, "started_at")?),
            answered_at: moment(row, "answered_at")?,
            ended_at: moment(row, "ended_at")?,
            duration_seconds: number(row, "duration_seconds")?,
            error_code: number(row, "error_code")?,
        },
    })
}

pub(super) fn event_of(row: &AnyRow) -> Result<CallEvent, Error> {
    Ok(CallEvent {
        id: parsed(row, "id", |text| text.parse().ok())?,
        kind: parsed(row, "kind", CallEventKind::from_word)?,
        leg: parsed_if_any(row, "leg", LegRole::from_word)?,
        status: parsed_if_any(row, "status", CallStatus::from_word)?,
        detail: get(row, "detail")?,
        at: UnixMillis(get(row, "happened_at")?),
    })
}

/// The digits of the other party's number: the user's own would be found in every call.
pub(super) fn digits(direction: Direction, from: &str, to: &str) -> String {
    let peer = match direction {
        Direction::Inbound => from,
        Direction::Outbound => to,
    };
    peer.chars().filter(char::is_ascii_digit).collect()
}

/// Writes all of the call that can change.
pub(super) async fn update(db: &mut AnyConnection, call: &Call) -> Result<(), Error> {
    let summary = &call.summary;
    query(
        "UPDATE calls SET provider_sid = $1, status = $2, live = $3, answered_at = $4, ended_at = $5,
             duration_seconds = $6, missed = $7, answered_by = $8, error_code = $9, refused = $10, reason = $11,
             asked_voicemail = $12, voicemail = $13, conference = $14, on_hold = $15, transferred_to = $16
         WHERE id = $17",
    )
    .bind(&call.provider_sid)
    .bind(summary.status.as_str())
    .bind(i64::from(!summary.status.is_terminal()))
    .bind(summary.answered_at.map(|at| at.0))
    .bind(summary.ended_at.map(|at| at.0))
    .bind(summary.duration_seconds.map(i64::from))
    .bind(i64::from(summary.missed))
    .bind(summary.answered_by.map(LegRole::as_str))
    .bind(summary.error_code.map(i64::from))
    .bind(i64::from(call.refused))
    .bind(&call.reason)
    .bind(i64::from(call.asked_voicemail))
    .bind(i64::from(call.voicemail))
    .bind(&call.conference)
    .bind(i64::from(call.on_hold))
    .bind(&call.transferred_to)
    .bind(call.id.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// Writes a leg; `false` when it belongs to another call.
pub(super) async fn save_leg(db: &mut AnyConnection, call: &Call, leg: &Leg) -> Result<bool, Error> {
    let state = &leg.state;
    let saved = query(
        "INSERT INTO call_legs (account_sid, sid, call_id, role, status, started_at, answered_at, ended_at,
             duration_seconds, error_code)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (sid, account_sid) DO UPDATE SET role = excluded.role, status = excluded.status,
             started_at = excluded.started_at, answered_at = excluded.answered_at, ended_at = excluded.ended_at,
             duration_seconds = excluded.duration_seconds, error_code = excluded.error_code
         WHERE call_legs.call_id = excluded.call_id",
    )
    .bind(&call.account_sid)
    .bind(&leg.sid)
    .bind(call.id.to_string())
    .bind(state.role.as_str())
    .bind(state.status.as_str())
    .bind(state.started_at.0)
    .bind(state.answered_at.map(|at| at.0))
    .bind(state.ended_at.map(|at| at.0))
    .bind(state.duration_seconds.map(i64::from))
    .bind(state.error_code.map(i64::from))
    .execute(db)
    .await?;
    Ok(saved.rows_affected() == 1)
}
