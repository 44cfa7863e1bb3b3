//! Writes what a group has changed, all calls with one statement, all legs with another.

use std::collections::HashSet;

use domain::call::LegRole;
use domain::id::{CallEventId, CallId, UserId};
use domain::time::UnixMillis;
use serde::Serialize;

use super::fold::{Folded, NewLine};
use super::known::{Calls, Known, LookedUp};
use super::row::digits;
use super::{Call, Leg, recorded};
use crate::bulk::{Bulk, Unit, bulk};
use crate::{Error, threads};

const ADD: Bulk = bulk!(
    "INSERT INTO calls (id, user_id, account_sid, provider_sid, direction, origin, from_number, to_number, digits, status,
         live, answered_at, ended_at, duration_seconds, missed, answered_by, error_code, refused, reason, asked_voicemail,
         voicemail, conference, on_hold, transferred_to, started_at, updated_at)
     SELECT value ->> 'id', value ->> 'user', value ->> 'account', value ->> 'sid', value ->> 'direction', value ->> 'origin',
         value ->> 'from', value ->> 'to', value ->> 'digits', value ->> 'status', CAST(value ->> 'live' AS BIGINT),
         CAST(value ->> 'answered_at' AS BIGINT), CAST(value ->> 'ended_at' AS BIGINT),
         CAST(value ->> 'duration' AS BIGINT), CAST(value ->> 'missed' AS BIGINT), value ->> 'answered_by',
         CAST(value ->> 'error' AS BIGINT), CAST(value ->> 'refused' AS BIGINT), value ->> 'reason',
         CAST(value ->> 'asked_voicemail' AS BIGINT), CAST(value ->> 'voicemail' AS BIGINT), value ->> 'conference',
         CAST(value ->> 'on_hold' AS BIGINT), value ->> 'transferred_to', CAST(value ->> 'started_at' AS BIGINT),
         CAST(value ->> 'updated_at' AS BIGINT)
     FROM " rows
);

/// What of a call is in no index, but for when it was heard of.
macro_rules! plain_columns {
    () => {
        "from_number = value ->> 'from', to_number = value ->> 'to', status = value ->> 'status',
         answered_at = CAST(value ->> 'answered_at' AS BIGINT), duration_seconds = CAST(value ->> 'duration' AS BIGINT),
         answered_by = value ->> 'answered_by', error_code = CAST(value ->> 'error' AS BIGINT),
         refused = CAST(value ->> 'refused' AS BIGINT), reason = value ->> 'reason',
         asked_voicemail = CAST(value ->> 'asked_voicemail' AS BIGINT), conference = value ->> 'conference',
         on_hold = CAST(value ->> 'on_hold' AS BIGINT), transferred_to = value ->> 'transferred_to',
         updated_at = CAST(value ->> 'updated_at' AS BIGINT)"
    };
}

const CHANGE: Bulk = bulk!("UPDATE calls SET " (plain_columns!()) " FROM " rows " WHERE calls.id = value ->> 'id'");

const CHANGE_ALL: Bulk = bulk!(
    "UPDATE calls SET provider_sid = value ->> 'sid', digits = value ->> 'digits',
         live = CAST(value ->> 'live' AS BIGINT), ended_at = CAST(value ->> 'ended_at' AS BIGINT),
         missed = CAST(value ->> 'missed' AS BIGINT), voicemail = CAST(value ->> 'voicemail' AS BIGINT),
         started_at = CAST(value ->> 'started_at' AS BIGINT), " (plain_columns!())
    " FROM " rows " WHERE calls.id = value ->> 'id'"
);

const SAVE_LEGS: Bulk = bulk!(
    "INSERT INTO call_legs (account_sid, sid, call_id, role, status, started_at, answered_at, ended_at, duration_seconds,
         error_code)
     SELECT value ->> 'account', value ->> 'sid', value ->> 'call', value ->> 'role', value ->> 'status',
         CAST(value ->> 'started_at' AS BIGINT), CAST(value ->> 'answered_at' AS BIGINT),
         CAST(value ->> 'ended_at' AS BIGINT), CAST(value ->> 'duration' AS BIGINT), CAST(value ->> 'error' AS BIGINT)
     FROM " rows " WHERE true
     ON CONFLICT (sid, account_sid) DO UPDATE SET role = excluded.role, status = excluded.status,
         started_at = excluded.started_at, answered_at = excluded.answered_at, ended_at = excluded.ended_at,
         duration_seconds = excluded.duration_seconds, error_code = excluded.error_code
     WHERE call_legs.call_id = excluded.call_id"
);

/// Lines that are there: of the same id, or of the same status of the same leg.
const NOTED: Bulk = bulk!(
    "SELECT " list_of "value ->> 'id'" end_list " FROM " rows " WHERE EXISTS
         (SELECT 1 FROM call_events WHERE call_id = value ->> 'call' AND leg_sid = value ->> 'leg_sid'
              AND call_events.status = value ->> 'status' AND call_events.kind = 'status')
     OR EXISTS (SELECT 1 FROM call_events WHERE call_events.id = value ->> 'id')"
);

const NOTE: Bulk = bulk!(
    "INSERT INTO call_events (id, call_id, kind, leg, leg_sid, status, detail, happened_at)
     SELECT value ->> 'id', value ->> 'call', value ->> 'kind', value ->> 'leg', value ->> 'leg_sid', value ->> 'status',
         value ->> 'detail', CAST(value ->> 'at' AS BIGINT)
     FROM " rows
);

#[derive(Serialize)]
struct CallRow<'a> {
    id: CallId,
    user: UserId,
    account: &'a str,
    sid: Option<&'a str>,
    direction: &'static str,
    origin: &'static str,
    from: &'a str,
    to: &'a str,
    digits: String,
    status: &'static str,
    live: u8,
    answered_at: Option<UnixMillis>,
    ended_at: Option<UnixMillis>,
    duration: Option<u32>,
    missed: u8,
    answered_by: Option<&'static str>,
    error: Option<u32>,
    refused: u8,
    reason: Option<&'a str>,
    asked_voicemail: u8,
    voicemail: u8,
    conference: Option<&'a str>,
    on_hold: u8,
    transferred_to: Option<&'a str>,
    started_at: UnixMillis,
    updated_at: UnixMillis,
}

impl<'a> CallRow<'a> {
    fn of(call: &'a Call) -> Self {
        let summary = &call.summary;
        Self {
            id: call.id,
            user: call.user_id,
            account: &call.account_sid,
            sid: call.provider_sid.as_deref(),
            direction: call.direction.as_str(),
            origin: call.origin.as_str(),
            from: &call.from,
            to: &call.to,
            digits: digits(call.direction, &call.from, &call.to),
            status: summary.status.as_str(),
            live: (!summary.status.is_terminal()).into(),
            answered_at: summary.answered_at,
            ended_at: summary.ended_at,
            duration: summary.duration_seconds,
            missed: summary.missed.into(),
            answered_by: summary.answered_by.map(LegRole::as_str),
            error: summary.error_code,
            refused: call.refused.into(),
            reason: call.reason.as_deref(),
            asked_voicemail: call.asked_voicemail.into(),
            voicemail: call.voicemail.into(),
            conference: call.conference.as_deref(),
            on_hold: call.on_hold.into(),
            transferred_to: call.transferred_to.as_deref(),
            started_at: call.started_at,
            updated_at: call.updated_at,
        }
    }
}

#[derive(Serialize)]
struct LegRow<'a> {
    account: &'a str,
    sid: &'a str,
    call: CallId,
    role: &'static str,
    status: &'static str,
    started_at: UnixMillis,
    answered_at: Option<UnixMillis>,
    ended_at: Option<UnixMillis>,
    duration: Option<u32>,
    error: Option<u32>,
}

impl<'a> LegRow<'a> {
    fn of(call: &'a Call, leg: &'a Leg) -> Self {
        let state = &leg.state;
        Self {
            account: &call.account_sid,
            sid: &leg.sid,
            call: call.id,
            role: state.role.as_str(),
            status: state.status.as_str(),
            started_at: state.started_at,
            answered_at: state.answered_at,
            ended_at: state.ended_at,
            duration: state.duration_seconds,
            error: state.error_code,
        }
    }
}

#[derive(Serialize)]
struct LineRow<'a> {
    id: CallEventId,
    call: CallId,
    kind: &'static str,
    leg: Option<&'static str>,
    leg_sid: Option<&'a str>,
    status: Option<&'static str>,
    detail: Option<&'a str>,
    at: UnixMillis,
}

impl<'a> LineRow<'a> {
    fn of(line: &'a NewLine<'_>) -> Self {
        Self {
            id: line.id,
            call: line.call,
            kind: line.kind.as_str(),
            leg: line.leg.map(LegRole::as_str),
            leg_sid: line.leg_sid,
            status: line.status.map(|status| status.as_str()),
            detail: line.detail,
            at: line.at,
        }
    }
}

/// Which of the lines are there already.
pub(super) async fn noted(unit: &mut Unit<'_>, folded: &[Folded<'_>]) -> Result<HashSet<CallEventId>, Error> {
    let lines = folded.iter().flat_map(|folded| &folded.lines);
    let doubtful: Vec<_> = lines.filter(|line| !line.is_first).map(LineRow::of).collect();
    let noted: Vec<(CallEventId,)> = unit.list(&NOTED, &doubtful).await?;
    Ok(noted.into_iter().map(|(id,)| id).collect())
}

/// Writes every call that something was written of, with its legs and its recordings.
pub(super) fn save_calls(unit: &mut Unit<'_>, calls: &Calls) -> Result<(), Error> {
    let mut written: Vec<&Known> = calls.by_id.values().filter(|known| known.is_written).collect();
    written.sort_unstable_by_key(|known| known.call.id);
    let (mut added, mut changed, mut moved_in_indexes) = (Vec::new(), Vec::new(), Vec::new());
    for known in &written {
        let rows = match &known.looked_up {
            None => &mut added,
            Some(before) if *before == LookedUp::of(&known.call) => &mut changed,
            Some(_) => &mut moved_in_indexes,
        };
        rows.push(CallRow::of(&known.call));
    }
    unit.later(&ADD, &added)?;
    unit.later(&CHANGE, &changed)?;
    unit.later(&CHANGE_ALL, &moved_in_indexes)?;
    let mut legs = Vec::new();
    for known in &written {
        let changed = known.legs.iter().filter(|leg| leg.is_written);
        legs.extend(changed.map(|changed| LegRow::of(&known.call, &changed.leg)));
    }
    legs.sort_unstable_by_key(|row| (row.sid, row.account));
    // Fewer, where another server has given one of them to another call meanwhile.
    unit.all_later(&SAVE_LEGS, &legs)?;
    recorded::save(unit, &calls.recordings)
}

/// Gives each call that has come to somebody its place in the list of people.
pub(super) fn save_places(unit: &mut Unit<'_>, calls: &Calls) -> Result<(), Error> {
    let mut moved: Vec<&Call> = calls
        .by_id
        .values()
        .filter(|known| known.moves)
        .map(|known| &known.call)
        .collect();
    moved.sort_unstable_by_key(|call| call.id);
    threads::touch_by_calls(unit, &moved)
}

/// Adds lines to timelines, each once, but for those that are noted; returns the others.
pub(super) fn save_lines(
    unit: &mut Unit<'_>,
    folded: &[Folded<'_>],
    noted: &HashSet<CallEventId>,
) -> Result<HashSet<CallEventId>, Error> {
    let (mut added, mut statuses, mut rows) = (HashSet::new(), HashSet::new(), Vec::new());
    for line in folded.iter().flat_map(|folded| &folded.lines) {
        // In a group the same may be told twice.
        let of_leg = line
            .leg_sid
            .zip(line.status)
            .map(|(sid, status)| (line.call, sid, status));
        if !noted.contains(&line.id) && of_leg.is_none_or(|status| statuses.insert(status)) && added.insert(line.id) {
            rows.push(LineRow::of(line));
        }
    }
    unit.later(&NOTE, &rows)?;
    Ok(added)
}
