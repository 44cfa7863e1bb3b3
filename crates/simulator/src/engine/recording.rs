//! Recordings that are being made, and what is told about them.

use std::sync::Arc;
use std::time::Duration;

use media::Recorder;

use super::params::pair;
use crate::calls::{Recording, RecordingStatus};
use crate::hook::{Courier, Hook, Purpose};
use crate::shared::Shared;
use crate::twiml::Callback;
use crate::world::Stored;
use crate::{clock, sid};

/// Less than this is nothing.
const SHORTEST: Duration = Duration::from_millis(100);

/// Of what a recording is, and whom to tell.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    pub(super) account_sid: String,
    pub(super) call_sid: String,
    pub(super) conference_sid: Option<String>,
    pub(super) source: &'static str,
    pub(super) dual: bool,
    pub(super) callback: Option<Callback>,
    pub(super) courier: Courier,
}

/// A recording that runs.
#[derive(Debug)]
pub(crate) struct Taping {
    tape: Tape,
    recorder: Recorder,
    sid: String,
}

/// A recording that has been made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) sid: String,
    pub(super) seconds: u64,
    pub(super) url: String,
}

impl Taping {
    pub(super) fn start(shared: &Shared, tape: Tape, recorder: Recorder) -> Self {
        let sid = add(shared, &tape, RecordingStatus::InProgress);
        report(shared, &tape, &sid);
        Self { tape, recorder, sid }
    }

    /// Ends it. `None` when there is nothing on it.
    pub(super) fn stop(self, shared: &Shared) -> Option<Made> {
        let recorded = self.recorder.stop();
        let recorded = if self.tape.dual { recorded } else { recorded.mixed() };
        let seconds = (recorded.length().as_millis() + 500) / 1000;
        let seconds = u64::try_from(seconds).unwrap_or_default();
        let wav = recorded.wav().unwrap_or_default();
        let empty = recorded.length() < SHORTEST || wav.is_empty();
        shared.change(|world| {
            if let Some(recording) = world.book.recording_mut(&self.sid) {
                recording.updated = clock::now();
                recording.value.seconds = seconds;
                recording.value.status = if empty {
                    RecordingStatus::Absent
                } else {
                    recording.value.wav = wav.into();
                    RecordingStatus::Completed
                };
            }
        });
        report(shared, &self.tape, &self.sid);
        (!empty).then(|| Made {
            url: url(shared, &self.tape.account_sid, &self.sid),
            sid: self.sid,
            seconds,
        })
    }

    /// Ends it without a trace of sound: there was nothing to hear.
    pub(super) fn discard(self, shared: &Shared) {
        drop(self.recorder.stop());
        shared.change(|world| {
            if let Some(recording) = world.book.recording_mut(&self.sid) {
                recording.value.status = RecordingStatus::Absent;
            }
        });
        report(shared, &self.tape, &self.sid);
    }
}

/// What was to be recorded never began.
pub(super) fn absent(shared: &Shared, tape: &Tape) {
    let sid = add(shared, tape, RecordingStatus::Absent);
    report(shared, tape, &sid);
}

fn url(shared: &Shared, account_sid: &str, recording_sid: &str) -> String {
    format!(
        "{}/2010-04-01/Accounts/{account_sid}/Recordings/{recording_sid}",
        shared.base_url
    )
}

fn add(shared: &Shared, tape: &Tape, status: RecordingStatus) -> String {
    let recording = Recording {
        account_sid: tape.account_sid.clone(),
        call_sid: tape.call_sid.clone(),
        conference_sid: tape.conference_sid.clone(),
        source: tape.source,
        status,
        channels: if tape.dual { 2 } else { 1 },
        started: clock::now(),
        seconds: 0,
        wav: Arc::default(),
    };
    let sid = sid::new("RE");
    shared.change(|world| {
        world.book.recordings.push(Stored::new(sid.clone(), recording));
        if let Some(call) = world.book.call_mut(&tape.call_sid) {
            call.value.recordings.push(sid.clone());
        }
    });
    sid
}

fn report(shared: &Shared, tape: &Tape, sid: &str) {
    let Some(callback) = &tape.callback else { return };
    let mut world = shared.world();
    let Some(recording) = world.book.recording_mut(sid) else {
        return;
    };
    let (value, status) = (&recording.value, recording.value.status.as_str());
    if !callback.events.iter().any(|event| event == status) {
        return;
    }
    let mut params = vec![
        pair("AccountSid", &value.account_sid),
        pair("CallSid", &value.call_sid),
        pair("RecordingSid", sid),
        pair("RecordingUrl", url(shared, &value.account_sid, sid)),
        pair("RecordingStatus", status),
        pair("RecordingChannels", value.channels.to_string()),
        pair("RecordingStartTime", clock::rfc2822(value.started)),
        pair("RecordingSource", value.source),
        pair("RecordingTrack", "both"),
        pair("ErrorCode", "0"),
    ];
    params.extend(value.conference_sid.as_ref().map(|sid| pair("ConferenceSid", sid)));
    if value.status == RecordingStatus::Completed {
        params.push(pair("RecordingDuration", value.seconds.to_string()));
    }
    tape.courier.send(Hook {
        account_sid: tape.account_sid.clone(),
        call_sid: tape.call_sid.clone(),
        purpose: Purpose::Recording,
        target: callback.target.clone(),
        params,
    });
}
