//! Calls as the contract writes them: times in RFC 3339, everything else in words.

use domain::call::{CallEventView, CallView};
use domain::recording::RecordingView;
use domain::time::UnixMillis;
use serde::Serialize;
use services::calls::{CallDetail, CallError, rfc3339};

/// A piece of a list.
#[derive(Serialize)]
pub struct ListJson {
    /// What is in it.
    pub items: Vec<CallJson>,
    /// Where the next piece begins.
    pub next: Option<String>,
}

/// A call.
#[derive(Serialize)]
pub struct CallJson {
    id: String,
    direction: &'static str,
    origin: &'static str,
    from: String,
    to: String,
    peer: String,
    status: &'static str,
    started_at: String,
    answered_at: Option<String>,
    ended_at: Option<String>,
    duration_seconds: Option<u32>,
    missed: bool,
    voicemail: bool,
    on_hold: bool,
    answered_by: Option<&'static str>,
    reason: Option<String>,
    error: Option<ErrorJson>,
    provider_sid: Option<String>,
    events: Vec<EventJson>,
    recordings: Vec<RecordingJson>,
}

#[derive(Serialize)]
struct ErrorJson {
    code: String,
    message: String,
}

#[derive(Serialize)]
struct EventJson {
    id: String,
    kind: &'static str,
    leg: Option<&'static str>,
    status: Option<&'static str>,
    detail: Option<String>,
    at: String,
}

#[derive(Serialize)]
struct RecordingJson {
    id: String,
    kind: &'static str,
    status: &'static str,
    duration_seconds: Option<u32>,
    channels: u8,
    started_at: String,
    audio: String,
}

impl From<CallDetail> for CallJson {
    fn from(detail: CallDetail) -> Self {
        let CallDetail { call, events, error } = detail;
        let CallView {
            id,
            direction,
            origin,
            from,
            to,
            peer,
            summary,
            started_at,
            provider_sid,
            voicemail,
            on_hold,
            reason,
            recordings,
        } = call;
        let optional = |at: Option<UnixMillis>| at.map(rfc3339);
        Self {
            id: id.to_string(),
            direction: direction.as_str(),
            origin: origin.as_str(),
            from,
            to,
            peer,
            status: summary.status.as_str(),
            started_at: rfc3339(started_at),
            answered_at: optional(summary.answered_at),
            ended_at: optional(summary.ended_at),
            duration_seconds: summary.duration_seconds,
            missed: summary.missed,
            voicemail,
            on_hold,
            answered_by: summary.answered_by.map(domain::call::LegRole::as_str),
            reason,
            error: error.map(|CallError { code, message }| ErrorJson { code, message }),
            provider_sid,
            events: events.into_iter().map(EventJson::from).collect(),
            recordings: recordings.into_iter().map(RecordingJson::from).collect(),
        }
    }
}

impl From<CallEventView> for EventJson {
    fn from(event: CallEventView) -> Self {
        Self {
            id: event.id.to_string(),
            kind: event.kind.as_str(),
            leg: event.leg.map(domain::call::LegRole::as_str),
            status: event.status.map(domain::call::CallStatus::as_str),
            detail: event.detail,
            at: rfc3339(event.at),
        }
    }
}

impl From<RecordingView> for RecordingJson {
    fn from(recording: RecordingView) -> Self {
        Self {
            id: recording.id.to_string(),
            kind: recording.kind.as_str(),
            status: recording.status.as_str(),
            duration_seconds: recording.duration_seconds,
            channels: recording.channels,
            started_at: rfc3339(recording.started_at),
            audio: format!("/api/recordings/{}/audio", recording.id),
        }
    }
}
