//! Reading and writing the columns of calls.

use domain::call::{CallEventKind, CallStatus, Direction, LegRole, LegState, Origin, Summary};
use domain::id::{CallId, UserId};
use domain::time::UnixMillis;
use serde::Deserialize;
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

/// A call as a list has it: the values of its columns, in their order.
#[derive(Deserialize)]
pub(super) struct StoredCall {
    id: CallId,
    user_id: UserId,
    account_sid: String,
    provider_sid: Option<String>,
    direction: Direction,
    origin: Origin,
    from: String,
    to: String,
    status: CallStatus,
    answered_at: Option<UnixMillis>,
    ended_at: Option<UnixMillis>,
    duration_seconds: Option<u32>,
    missed: u8,
    answered_by: Option<LegRole>,
    error_code: Option<u32>,
    refused: u8,
    reason: Option<String>,
    asked_voicemail: u8,
    voicemail: u8,
    conference: Option<String>,
    on_hold: u8,
    transferred_to: Option<String>,
    started_at: UnixMillis,
    updated_at: UnixMillis,
}

impl From<StoredCall> for Call {
    fn from(stored: StoredCall) -> Self {
        Self {
            id: stored.id,
            user_id: stored.user_id,
            account_sid: stored.account_sid,
            provider_sid: stored.provider_sid,
            direction: stored.direction,
            origin: stored.origin,
            from: stored.from,
            to: stored.to,
            summary: Summary {
                status: stored.status,
                answered_at: stored.answered_at,
                ended_at: stored.ended_at,
                duration_seconds: stored.duration_seconds,
                missed: stored.missed == 1,
                answered_by: stored.answered_by,
                error_code: stored.error_code,
            },
            refused: stored.refused == 1,
            reason: stored.reason,
            asked_voicemail: stored.asked_voicemail == 1,
            voicemail: stored.voicemail == 1,
            conference: stored.conference,
            on_hold: stored.on_hold == 1,
            transferred_to: stored.transferred_to,
            started_at: stored.started_at,
            updated_at: stored.updated_at,
        }
    }
}

/// A leg as a list has it: its call's id, and the values of its columns.
#[derive(Deserialize)]
pub(super) struct StoredLeg {
    pub(super) call_id: CallId,
    sid: String,
    role: LegRole,
    status: CallStatus,
    started_at: UnixMillis,
    answered_at: Option<UnixMillis>,
    ended_at: Option<UnixMillis>,
    duration_seconds: Option<u32>,
    error_code: Option<u32>,
}

impl From<StoredLeg> for Leg {
    fn from(stored: StoredLeg) -> Self {
        Self {
            sid: stored.sid,
            state: LegState {
                role: stored.role,
                status: stored.status,
                started_at: stored.started_at,
                answered_at: stored.answered_at,
                ended_at: stored.ended_at,
                duration_seconds: stored.duration_seconds,
                error_code: stored.error_code,
            },
        }
    }
}
