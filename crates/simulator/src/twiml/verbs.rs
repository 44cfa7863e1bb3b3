//! What can be said in TwiML. Attributes that change nothing here (voices, languages, …) are read over.

use std::time::Duration;

use crate::account::HttpMethod;

/// A document that is being played: verbs one after the other, and what was odd about it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Document {
    pub(crate) verbs: Vec<Verb>,
    /// Twilio's code and a sentence, as they would stand in its debugger.
    pub(crate) warnings: Vec<(u32, String)>,
}

/// An address that stands in TwiML, relative to the document's own, and how to ask it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) method: HttpMethod,
}

/// Where events are reported, and which.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Callback {
    pub(crate) target: Target,
    pub(crate) events: Vec<String>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Verb {
    Prompt(Prompt),
    Gather(Gather),
    Record(Record),
    Dial(Dial),
    Redirect(Target),
    /// `busy` or `rejected`.
    Reject {
        busy: bool,
    },
    Hangup,
}

/// What is heard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Prompt {
    Say(Say),
    Play(Play),
    Pause(Duration),
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Say {
    pub(crate) text: String,
    /// 0 is for ever.
    pub(crate) times: u32,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Play {
    Url { url: String, times: u32 },
    Digits(String),
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Gather {
    pub(crate) prompts: Vec<Prompt>,
    /// The document's own address when absent.
    pub(crate) action: Option<Target>,
    pub(crate) timeout: Duration,
    pub(crate) digits: Option<usize>,
    pub(crate) finish_on: Option<char>,
    pub(crate) action_on_empty: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Record {
    pub(crate) action: Option<Target>,
    /// Silence after which it ends.
    pub(crate) timeout: Duration,
    pub(crate) longest: Duration,
    pub(crate) finish_on: String,
    pub(crate) beep: bool,
    pub(crate) callback: Option<Callback>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DialRecord {
    pub(crate) dual: bool,
    /// From the first ring rather than from the answer.
    pub(crate) from_ringing: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Dial {
    pub(crate) nouns: Vec<Noun>,
    pub(crate) action: Option<Target>,
    pub(crate) caller_id: Option<String>,
    pub(crate) answer_on_bridge: bool,
    pub(crate) timeout: Duration,
    pub(crate) time_limit: Duration,
    pub(crate) hangup_on_star: bool,
    pub(crate) record: Option<DialRecord>,
    pub(crate) recording_callback: Option<Callback>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Noun {
    Number(Number),
    Client(Client),
    Conference(ConferenceNoun),
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Number {
    pub(crate) number: String,
    /// Played to the callee before the bridge.
    pub(crate) whisper: Option<Target>,
    pub(crate) send_digits: Option<String>,
    pub(crate) callback: Option<Callback>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Client {
    pub(crate) identity: String,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) whisper: Option<Target>,
    pub(crate) callback: Option<Callback>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is an attribute of its own in TwiML")]
pub(crate) struct ConferenceNoun {
    pub(crate) name: String,
    pub(crate) muted: bool,
    pub(crate) start_on_enter: bool,
    pub(crate) end_on_exit: bool,
    pub(crate) beep_on_enter: bool,
    pub(crate) beep_on_exit: bool,
    /// `Some("")` is silence.
    pub(crate) wait_url: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) record: bool,
    pub(crate) callback: Option<Callback>,
    pub(crate) recording_callback: Option<Callback>,
}
