//! Calls as tests and the page see them.

use jiff::Timestamp;
use media::{LegReport, Level};
use serde::Serialize;

use super::{Book, Call, CallStatus, Notice, Played};
use crate::world::Stored;

/// One leg of a call with all that became of it.
#[derive(Clone, Debug, Serialize)]
pub struct CallSnapshot {
    /// `CA…`
    pub sid: String,
    /// Whose call it is.
    pub account_sid: String,
    /// The leg whose Dial called this one.
    pub parent_call_sid: Option<String>,
    /// A number, or `client:identity`.
    pub from: String,
    /// A number, or `client:identity`; what a browser gave along as `To`.
    pub to: String,
    /// `inbound`, `outbound-api` or `outbound-dial`.
    pub direction: String,
    /// Twilio's state.
    pub status: CallStatus,
    /// RFC 3339.
    pub created: String,
    /// RFC 3339.
    pub answered: Option<String>,
    /// RFC 3339.
    pub ended: Option<String>,
    /// Whole seconds from the answer to the end.
    pub duration: Option<u64>,
    /// What it does now, in a few words.
    pub doing: String,
    /// Every document it has played.
    pub documents: Vec<Played>,
    /// Every text that was read to it.
    pub said: Vec<String>,
    /// Errors and warnings.
    pub notices: Vec<Notice>,
    /// `RE…`, of the recordings that belong to it.
    pub recordings: Vec<String>,
    /// The name of the conference it is in.
    pub conference: Option<String>,
    /// In a conference: on hold.
    pub hold: bool,
}

impl CallSnapshot {
    pub(crate) fn of(book: &Book, call: &Stored<Call>) -> Self {
        let value = &call.value;
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let room = book.conferences.iter().rev().find_map(|conference| {
            let one = conference.value.participants.iter().find(|one| one.sid == call.sid)?;
            Some((conference.value.name.clone(), one.value.hold))
        });
        Self {
            sid: call.sid.clone(),
            account_sid: value.account_sid.clone(),
            parent_call_sid: value.parent.clone(),
            from: value.from.clone(),
            to: value.to.clone(),
            direction: value.direction.as_str().to_owned(),
            status: value.status,
            created: call.created.to_string(),
            answered: text(value.answered),
            ended: text(value.ended),
            duration: value.seconds(),
            doing: value.doing.clone(),
            documents: value.played.clone(),
            said: value.said.clone(),
            notices: value.notices.clone(),
            recordings: value.recordings.clone(),
            hold: room.as_ref().is_some_and(|(_, hold)| *hold),
            conference: room.map(|(name, _)| name),
        }
    }

    pub(crate) fn all(book: &Book) -> Vec<Self> {
        book.calls.iter().map(|call| Self::of(book, call)).collect()
    }
}

/// How loud something is, and at which pitch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Loudness {
    /// 0 to 1 of the loudest there is.
    pub rms: f64,
    /// The strongest pitch in hertz, if there is one.
    pub dominant_hz: Option<f64>,
}

impl From<Level> for Loudness {
    fn from(level: Level) -> Self {
        Self {
            rms: level.rms,
            dominant_hz: level.dominant_hz,
        }
    }
}

/// The audio of one leg.
#[derive(Clone, Debug, Serialize)]
pub struct LegStats {
    /// `CA…`
    pub call_sid: String,
    /// Packets that came from it; of a phone, as if there were some.
    pub packets_received: u64,
    /// Packets that went to it.
    pub packets_sent: u64,
    /// What it says: the last quarter of a second.
    pub mouth: Loudness,
    /// What it hears: the last quarter of a second.
    pub ear: Loudness,
    /// Keys that it pressed.
    pub digits_pressed: String,
    /// Keys that it heard.
    pub digits_heard: String,
    /// The calls that it hears.
    pub hears: Vec<String>,
    /// Audio passes.
    pub connected: bool,
    /// It has not ended.
    pub open: bool,
}

impl LegStats {
    pub(crate) fn of(call_sid: &str, report: LegReport, hears: Vec<String>) -> Self {
        Self {
            call_sid: call_sid.to_owned(),
            packets_received: report.packets_received,
            packets_sent: report.packets_sent,
            mouth: report.mouth.into(),
            ear: report.ear.into(),
            digits_pressed: report.digits_pressed,
            digits_heard: report.digits_heard,
            hears,
            connected: report.connected,
            open: report.open,
        }
    }
}
