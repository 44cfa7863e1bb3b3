//! What a call is told to do.

use std::time::Duration;

use crate::calls::{ParticipantChange, PhoneScript};
use crate::twiml::{Callback, Target};

/// Where the next TwiML comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Instructions {
    Ask {
        target: Target,
        /// Beside the usual parameters: `Digits`, `DialCallStatus`, …
        extra: Vec<(String, String)>,
        fallback: Option<Target>,
    },
    Twiml(String),
}

impl Instructions {
    pub(crate) fn ask(target: Target) -> Self {
        Self::Ask {
            target,
            extra: Vec::new(),
            fallback: None,
        }
    }
}

/// A call that a REST request asked for.
#[derive(Clone, Debug)]
pub(crate) struct OutgoingCall {
    pub(crate) instructions: Instructions,
    pub(crate) callback: Option<Callback>,
    pub(crate) timeout: Duration,
    pub(crate) time_limit: Duration,
    pub(crate) send_digits: Option<String>,
    /// Two channels or one.
    pub(crate) record: Option<bool>,
    pub(crate) recording_callback: Option<Callback>,
}

/// What the engine is to begin, or to do to more than one call.
#[derive(Debug)]
pub(crate) enum Order {
    /// A call of this SID, which exists already.
    Outgoing(String, Box<OutgoingCall>),
    /// A phone calls a number; the call exists already.
    Incoming(String, PhoneScript),
    /// Of a participant (second) in a conference (first); the world has been changed already.
    Participant(String, String, ParticipantChange),
    /// A conference that a REST request ends.
    EndConference(String),
    /// A text to send, which exists already.
    Text(String),
    /// A text that has arrived.
    TextIn(String),
    /// Nothing goes on: the world was reset.
    Reset,
}

/// What one running call is told.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// Play this instead.
    Redirect(Instructions),
    /// Over the REST API, or by the leg that it belongs to.
    HangUp,
    /// Its own party hung up, or is gone.
    PartyLeft,
    /// A phone that waits for a person: answer, or decline.
    Answer(bool),
    /// Out of the conference that it is in.
    LeaveConference,
}
