//! Rows become what a person reads.

use std::collections::HashMap;

use domain::call::{CallEventView, CallView};
use domain::id::CallId;
use domain::recording::{RecordingStatus, RecordingView};
use store::{Call, CallEvent, Recording};

use super::{CallDetail, CallError, Calls};
use crate::{ServiceError, numbers};

impl Calls {
    /// The calls with their recordings, which are read at once.
    pub(crate) async fn views(&self, calls: Vec<Call>) -> Result<Vec<CallView>, ServiceError> {
        let ids: Vec<CallId> = calls.iter().map(|call| call.id).collect();
        let mut recordings = self.recordings(&ids).await?;
        Ok(calls
            .into_iter()
            .map(|call| {
                let own = recordings.remove(&call.id).unwrap_or_default();
                view(call, own)
            })
            .collect())
    }

    /// The calls with recordings and timelines, read in three queries however many calls there are.
    pub(super) async fn details(&self, calls: Vec<Call>) -> Result<Vec<CallDetail>, ServiceError> {
        let ids: Vec<CallId> = calls.iter().map(|call| call.id).collect();
        let mut events: HashMap<CallId, Vec<CallEventView>> = HashMap::new();
        for (call, event) in self.parts.store.events_of_calls(&ids).await? {
            events.entry(call).or_default().push(event_view(event));
        }
        let errors: Vec<_> = calls.iter().map(error).collect();
        let views = self.views(calls).await?;
        Ok(views
            .into_iter()
            .zip(errors)
            .map(|(call, error)| CallDetail {
                events: events.remove(&call.id).unwrap_or_default(),
                call,
                error,
            })
            .collect())
    }

    async fn recordings(&self, calls: &[CallId]) -> Result<HashMap<CallId, Vec<RecordingView>>, ServiceError> {
        let mut by_call: HashMap<CallId, Vec<RecordingView>> = HashMap::new();
        for recording in self.parts.store.recordings_of_calls(calls).await? {
            if told(&recording) {
                by_call
                    .entry(recording.call_id)
                    .or_default()
                    .push(recording_view(recording));
            }
        }
        for recordings in by_call.values_mut() {
            recordings.sort_by_key(|recording| (recording.started_at, recording.id));
        }
        Ok(by_call)
    }
}

/// Where there was nothing to record, there is nothing to tell.
fn told(recording: &Recording) -> bool {
    recording.status != RecordingStatus::Absent
}

fn view(call: Call, recordings: Vec<RecordingView>) -> CallView {
    CallView {
        id: call.id,
        direction: call.direction,
        origin: call.origin,
        peer: numbers::party(call.peer()),
        from: call.from,
        to: call.to,
        summary: call.summary,
        started_at: call.started_at,
        provider_sid: call.provider_sid,
        voicemail: call.voicemail,
        on_hold: call.on_hold,
        reason: call.reason,
        recordings,
    }
}

fn recording_view(recording: Recording) -> RecordingView {
    RecordingView {
        id: recording.id,
        kind: recording.kind,
        status: recording.status,
        duration_seconds: recording.duration_seconds,
        channels: recording.channels,
        started_at: recording.started_at,
    }
}

fn event_view(event: CallEvent) -> CallEventView {
    CallEventView {
        id: event.id,
        kind: event.kind,
        leg: event.leg,
        status: event.status,
        detail: event.detail,
        at: event.at,
    }
}

/// Why the call was not put through, if it was not.
fn error(call: &Call) -> Option<CallError> {
    if call.refused {
        let message = call.reason.clone();
        return Some(CallError {
            code: "refused".to_owned(),
            message: message.unwrap_or_else(|| "The call was not put through.".to_owned()),
        });
    }
    let code = call.summary.error_code?;
    Some(CallError {
        code: code.to_string(),
        message: sentence(code),
    })
}

/// Twilio's codes that people meet: <https://www.twilio.com/docs/api/errors>.
fn sentence(code: u32) -> String {
    match code {
        13_223 | 13_224 | 21_211 | 21_217 => "Twilio does not know this number.".to_owned(),
        13_225 => "Twilio does not put calls to this number through.".to_owned(),
        13_227 | 21_215 => {
            "The Twilio account may not call this country. Allow it under Voice → Geographic permissions.".to_owned()
        }
        21_214 | 32_014 => "The number could not be reached.".to_owned(),
        21_210 | 21_212 | 21_213 => "Twilio does not accept the number that the call was to come from.".to_owned(),
        10_001 | 10_002 | 20_005 => "The Twilio account is suspended or limited.".to_owned(),
        _ => twilio::explain(code).map_or_else(|| format!("Twilio reports error {code} for this call."), str::to_owned),
    }
}
