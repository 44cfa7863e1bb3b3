//! Calls to store.

use crate::values::{NOW, account, after, user_id};
use domain::call::{CallEventKind, CallStatus, Direction, LegRole, LegState, Origin};
use domain::id::{CallEventId, CallId, RecordingId};
use domain::recording::{RecordingKind, RecordingStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use store::{
    Applied, Call, CallEvent, CallTarget, CallWrite, LegReport, NewCall, NewCallEvent, Receipt, RecordingReport, Store,
};
use uuid::Uuid;

pub const OUTSIDE: &str = "+442079460199";
pub const OWN: &str = "+14155550100";

pub fn call_id(number: u128) -> CallId {
    CallId(Uuid::from_u128(0xca11_0000 + number))
}

pub fn recording_id(number: u128) -> RecordingId {
    RecordingId(Uuid::from_u128(0x5ec0_0000 + number))
}

/// An id that no event had before.
pub fn event_id() -> CallEventId {
    static MADE: AtomicU64 = AtomicU64::new(1);
    CallEventId(Uuid::from_u128(
        0xe0e0_0000_0000 + u128::from(MADE.fetch_add(1, Ordering::Relaxed)),
    ))
}

/// The first leg of the call of that number.
pub fn sid(number: u128) -> String {
    format!("CA{number:032x}")
}

/// Another leg of it.
pub fn child_sid(number: u128) -> String {
    format!("CAc{number:031x}")
}

pub fn inbound(number: u128) -> NewCall {
    NewCall {
        id: call_id(number),
        provider_sid: Some(sid(number)),
        direction: Direction::Inbound,
        origin: Origin::PhoneNetwork,
        from: OUTSIDE.into(),
        to: OWN.into(),
        started_at: after(i64::try_from(number).unwrap()),
    }
}

pub fn outbound(number: u128) -> NewCall {
    NewCall {
        direction: Direction::Outbound,
        origin: Origin::Browser,
        from: OWN.into(),
        to: OUTSIDE.into(),
        ..inbound(number)
    }
}

/// A write for the user of that number, whose account has the same number.
pub fn write_for(user: u128, target: CallTarget) -> CallWrite {
    CallWrite::on(user_id(user), account(user).sid, target)
}

pub fn new(call: NewCall) -> CallWrite {
    write_for(1, CallTarget::New(call))
}

pub fn existing(number: u128) -> CallWrite {
    write_for(1, CallTarget::Existing(call_id(number)))
}

pub fn report(sid: &str, role: LegRole, status: CallStatus, at: i64) -> LegReport {
    LegReport {
        sid: sid.into(),
        state: LegState::reported(role, status, after(at)),
        hint: None,
        event: event_id(),
    }
}

pub fn event(kind: CallEventKind, detail: &str, at: i64) -> NewCallEvent {
    NewCallEvent {
        id: event_id(),
        kind,
        leg: None,
        detail: Some(detail.into()),
        at: after(at),
    }
}

pub fn recording(number: u128, kind: RecordingKind, status: RecordingStatus) -> RecordingReport {
    RecordingReport {
        id: recording_id(number),
        sid: format!("RE{number:032x}"),
        kind,
        status,
        duration_seconds: (status == RecordingStatus::Completed).then_some(7),
        channels: 2,
        started_at: after(5),
    }
}

pub fn receipt(key: &str, answer: &str) -> Receipt {
    Receipt {
        key: key.into(),
        answer: Some(answer.into()),
    }
}

/// Writes, and returns the call.
pub async fn done(db: &Store, write: &CallWrite) -> Call {
    match db.apply(write, NOW).await.unwrap() {
        Applied::Done { call, .. } => *call,
        other => panic!("{other:?}"),
    }
}

/// The user's call of that number.
pub async fn call(db: &Store, number: u128) -> Call {
    db.call(user_id(1), call_id(number)).await.unwrap().unwrap()
}

/// A call's timeline in words.
pub async fn timeline(db: &Store, number: u128) -> Vec<String> {
    let events = db.call_events(call_id(number)).await.unwrap();
    events.iter().map(line).collect()
}

fn line(event: &CallEvent) -> String {
    let role = event.leg.map_or("", LegRole::as_str);
    let status = event.status.map_or("", CallStatus::as_str);
    let detail = event.detail.as_deref().unwrap_or_default();
    format!("{} {role} {status} {detail}", event.kind.as_str())
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

pub fn is_done(applied: &Result<Applied, store::Error>) -> bool {
    matches!(applied, Ok(Applied::Done { .. }))
}
