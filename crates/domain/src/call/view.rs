//! A call as people read it.

use serde::{Deserialize, Serialize};

use super::{CallStatus, Direction, LegRole, Origin, Summary};
use crate::id::{CallEventId, CallId};
use crate::recording::RecordingView;
use crate::time::UnixMillis;

stored_enum! {
    /// What was noted about a call.
    CallEventKind {
        /// A leg changed its status.
        Status = "status",
        /// The call was asked for over HTTP.
        Requested = "requested",
        /// It was not put through; the detail says why.
        Refused = "refused",
        /// No softphone was there to ring.
        NobodyThere = "nobody_there",
        /// The caller heard the menu.
        Menu = "menu",
        /// The caller pressed a key; the detail is the key.
        Digit = "digit",
        /// It is being forwarded; the detail is the number.
        Forwarded = "forwarded",
        /// The caller was asked to leave a message.
        Voicemail = "voicemail",
        /// A recording is there.
        Recording = "recording",
        /// The other party waits.
        Held = "held",
        /// And is back.
        Resumed = "resumed",
        /// It was handed to somebody else; the detail is the number.
        Transferred = "transferred",
        /// Something failed; the detail says what.
        Problem = "problem",
        /// Twilio's report of it never came; it was found in Twilio's lists.
        Found = "found",
    }
}

/// One line of a call's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEventView {
    /// Its id.
    pub id: CallEventId,
    /// What was noted.
    pub kind: CallEventKind,
    /// Which leg it concerns.
    pub leg: Option<LegRole>,
    /// The leg's status, for `status`.
    pub status: Option<CallStatus>,
    /// A number, a key or a sentence, by kind.
    pub detail: Option<String>,
    /// When it happened.
    pub at: UnixMillis,
}

/// A call as a person reads it; small enough to travel with every change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallView {
    /// Its id.
    pub id: CallId,
    /// Who called whom.
    pub direction: Direction,
    /// What began it.
    pub origin: Origin,
    /// Who called: E.164, or what Twilio says of a withheld number.
    pub from: String,
    /// Who was called: E.164.
    pub to: String,
    /// The other party, as people write it.
    pub peer: String,
    /// What came of it.
    #[serde(flatten)]
    pub summary: Summary,
    /// When it began.
    pub started_at: UnixMillis,
    /// The first leg's `CA…`, once Twilio gave it one.
    pub provider_sid: Option<String>,
    /// A message was left.
    pub voicemail: bool,
    /// The other party waits.
    pub on_hold: bool,
    /// Why it was not put through, as a sentence.
    pub reason: Option<String>,
    /// Its recordings, oldest first.
    pub recordings: Vec<RecordingView>,
}
