//! Reading and writing the columns of calls.

use domain::call::{CallEventKind, CallStatus, Direction, LegRole, LegState, Origin, Summary};
use domain::time::UnixMillis;
use sqlx::any::AnyRow;

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
