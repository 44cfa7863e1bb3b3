//! One call as the phone knows it.

use super::quality::Quality;

/// Names a call between the machine and whoever carries out its commands.
pub type Key = u32;

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Asked for; nobody has heard of it yet.
    Dialling,
    /// The other side rings.
    Ringing,
    /// Somebody calls.
    Incoming,
    /// Somebody calls while there is another call.
    Waiting,
    /// Picked up here; not connected yet.
    Answering,
    /// The two hear each other.
    Open,
    /// The connection was lost and is being restored.
    Reconnecting,
    /// Over.
    Ended,
}

/// Whether the other party waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hold {
    /// It does not.
    #[default]
    Off,
    /// It is being put on hold.
    Holding,
    /// It does.
    On,
    /// It is being brought back.
    Resuming,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When.
    pub at: i64,
    /// Why, as a sentence.
    pub words: String,
    /// It is to be read before it goes.
    pub bad: bool,
    /// Nobody answered a call that came in.
    pub missed: bool,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name between the machine and its surroundings.
    pub key: Key,
    /// Where it is.
    pub phase: Phase,
    /// Somebody called the user, rather than the user somebody.
    pub inbound: bool,
    /// The other party's number, or what was dialled.
    pub peer: String,
    /// The same as people write it, once the server has said.
    pub formatted: Option<String>,
    /// Our id of it.
    pub call_id: Option<String>,
    /// Twilio's id of our leg.
    pub sid: Option<String>,
    /// The server rang this browser because the user had asked it to call somebody.
    pub errand: bool,
    /// When it was picked up, in milliseconds since 1970.
    pub since: Option<i64>,
    /// The microphone is off.
    pub muted: bool,
    /// Whether the other party waits.
    pub hold: Hold,
    /// Keys pressed during the call.
    pub digits: String,
    /// The user does not want to hear it ring.
    pub silenced: bool,
    /// Hanging up was asked for, and when.
    pub ending: Option<i64>,
    /// To whom it is being handed.
    pub transfer: Option<String>,
    /// What went wrong during the call: hold or transfer.
    pub problem: Option<String>,
    /// How it sounds.
    pub quality: Quality,
    /// How it ended.
    pub end: Option<Ending>,
}

impl Call {
    pub(super) fn new(key: Key, phase: Phase, peer: String) -> Self {
        Self {
            key,
            phase,
            inbound: matches!(phase, Phase::Incoming | Phase::Waiting),
            peer,
            formatted: None,
            call_id: None,
            sid: None,
            errand: false,
            since: None,
            muted: false,
            hold: Hold::Off,
            digits: String::new(),
            silenced: false,
            ending: None,
            transfer: None,
            problem: None,
            quality: Quality::default(),
            end: None,
        }
    }

    /// Whether it goes on.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.end.is_none()
    }

    /// Whether it rings here and can be answered.
    #[must_use]
    pub const fn is_ringing(&self) -> bool {
        matches!(self.phase, Phase::Incoming | Phase::Waiting)
    }

    /// Whether it is the call that the user is in, or is making.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        self.is_live() && !self.is_ringing()
    }

    /// Whether the two can hear each other.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    /// Who the other one is, for people.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.peer == domain::phone::TEST_CALL {
            return "Test call";
        }
        if self.errand {
            return self.formatted.as_deref().unwrap_or("your call");
        }
        match self.formatted.as_deref().unwrap_or(&self.peer) {
            "" | "anonymous" | "Anonymous" | "+266696687" => "Withheld number",
            name => name,
        }
    }

    /// How our server knows it.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.call_id.as_deref().or(self.sid.as_deref())
    }

    /// Where it is, in words; nothing while the timer says it.
    #[must_use]
    pub fn words(&self) -> &str {
        if let Some(end) = &self.end {
            return &end.words;
        }
        if self.ending.is_some() {
            return "Ending…";
        }
        match (self.phase, self.hold) {
            (Phase::Dialling, _) => "Calling…",
            (Phase::Ringing, _) => "Ringing…",
            (Phase::Incoming, _) if self.errand => "Answer to be connected",
            (Phase::Incoming, _) => "Incoming call",
            (Phase::Waiting, _) => "Waiting call",
            (Phase::Answering, _) => "Connecting…",
            (Phase::Reconnecting, _) => "Reconnecting…",
            (_, Hold::Holding) => "Putting on hold…",
            (_, Hold::On) => "On hold",
            (_, Hold::Resuming) => "Resuming…",
            _ => "Connected",
        }
    }

    pub(super) fn finish(&mut self, words: &str, bad: bool, now: i64) {
        if self.end.is_none() {
            self.phase = Phase::Ended;
            self.end = Some(Ending {
                at: now,
                words: words.to_owned(),
                bad,
                missed: false,
            });
        }
    }
}

/// How long a call has lasted: `00:42`, `1:02:03`.
#[must_use]
pub fn lasted(since: i64, now: i64) -> String {
    let seconds = (now - since).max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_counts_from_a_moment_and_never_backwards() {
        assert_eq!(lasted(1_000, 43_900), "00:42");
        assert_eq!(lasted(0, 3_723_000), "1:02:03");
        assert_eq!(lasted(5_000, 0), "00:00");
    }

    #[test]
    fn a_withheld_number_and_a_test_call_have_names() {
        assert_eq!(
            Call::new(1, Phase::Incoming, "anonymous".into()).name(),
            "Withheld number"
        );
        assert_eq!(Call::new(1, Phase::Incoming, String::new()).name(), "Withheld number");
        assert_eq!(Call::new(1, Phase::Dialling, "test".into()).name(), "Test call");
    }

    #[test]
    fn how_it_ended_is_said_once() {
        let mut call = Call::new(1, Phase::Dialling, "+1".into());
        call.finish("They are busy.", false, 1);
        call.finish("Call ended", false, 2);
        assert_eq!(call.words(), "They are busy.");
    }
}
