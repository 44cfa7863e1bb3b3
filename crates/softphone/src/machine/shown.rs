//! The phone as it is drawn, in the tab that owns it and in those that mirror it.

use super::call::{Call, Phase};

/// The phone's state in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// It cannot ring.
    Offline,
    /// It will be able to soon.
    #[default]
    Connecting,
    /// It can ring and call.
    Ready,
    /// It could, but nobody would be heard.
    NoMicrophone,
    /// Another tab has it.
    OtherTab,
    /// No number is connected any more.
    NotConnected,
}

impl Status {
    /// The word beside the dot.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Offline => "Offline",
            Self::Connecting => "Connecting",
            Self::Ready => "Ready",
            Self::NoMicrophone => "No microphone",
            Self::OtherTab => "In another tab",
            Self::NotConnected => "Not connected",
        }
    }

    /// The dot's colour: `good`, `busy` or `bad`.
    #[must_use]
    pub const fn look(self) -> &'static str {
        match self {
            Self::Ready | Self::OtherTab => "good",
            Self::Connecting => "busy",
            Self::Offline | Self::NoMicrophone | Self::NotConnected => "bad",
        }
    }
}

/// Whether the microphone can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Microphone {
    /// Nobody has said yet.
    #[default]
    Unknown,
    /// The browser will ask at the first call.
    Unasked,
    /// It can.
    Allowed,
    /// The browser says no.
    Denied,
    /// There is none, or another program has it.
    Missing,
}

/// The whole picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The state in a word.
    pub status: Status,
    /// More about it, as a sentence.
    pub detail: Option<String>,
    /// Why no call can be made now, as a sentence.
    pub block: Option<String>,
    /// The session has ended: a link to sign in helps.
    pub signed_out: bool,
    /// Whether the microphone can be used.
    pub microphone: Microphone,
    /// The calls, oldest first, those that have just ended too.
    pub calls: Vec<Call>,
    /// The browser keeps the ring silent until the page is touched.
    pub ring_blocked: bool,
    /// Missed since the call log was looked at last.
    pub missed: u32,
}

impl Shown {
    /// The call that the user is in.
    #[must_use]
    pub fn current(&self) -> Option<&Call> {
        self.calls.iter().find(|call| call.is_current())
    }

    /// The calls that ring here.
    pub fn ringing(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| call.is_ringing())
    }

    /// What a screen reader is told when it changes; never a running timer.
    #[must_use]
    pub fn announcement(&self) -> String {
        if let Some(call) = self.current() {
            return match (call.phase, &call.problem) {
                (Phase::Open, Some(problem)) => format!("{}: {problem}", call.name()),
                (Phase::Open, None) if call.words() == "Connected" => format!("In call with {}", call.name()),
                _ => format!("{} {}", call.words(), call.name()),
            };
        }
        let last = self
            .calls
            .iter()
            .filter_map(|call| call.end.as_ref().map(|end| (end.at, call)));
        match last.max_by_key(|(at, _)| *at) {
            Some((_, call)) => format!("{}: {}", call.name(), call.words()),
            None => self.status.word().to_owned(),
        }
    }

    /// What stands in the tab's title before the page's own.
    #[must_use]
    pub fn title_mark(&self) -> Option<String> {
        if let Some(call) = self.ringing().next() {
            return Some(format!("📞 {}", call.name()));
        }
        self.current().map(|call| format!("● {}", call.name()))
    }
}
