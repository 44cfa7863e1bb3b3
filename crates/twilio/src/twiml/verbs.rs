//! What is said, played, asked and recorded.

use super::words::{GatherInput, Method, RecordingEvent, RejectReason, Trim};
use super::xml::{Element, Xml};

/// Reads a text aloud: <https://www.twilio.com/docs/voice/twiml/say>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Say {
    /// What is read.
    pub text: String,
    /// Whose voice, for example `Polly.Joanna`.
    pub voice: Option<String>,
    /// Which language, for example `en-US`.
    pub language: Option<String>,
    /// `loop`: how often; 0 is for ever.
    pub repeat: Option<u32>,
}

impl Say {
    /// Once, in the voice of the account.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        let say = Element::new("Say")
            .with("voice", self.voice.as_ref())
            .with("language", self.language.as_ref())
            .with("loop", self.repeat);
        xml.text(say, &self.text);
    }
}

/// Plays a file or keys: <https://www.twilio.com/docs/voice/twiml/play>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Play {
    /// A sound.
    Url {
        /// Where it is.
        url: String,
        /// `loop`: how often; 0 is for ever.
        repeat: Option<u32>,
    },
    /// Keys; a `w` is half a second's pause.
    Digits(String),
}

impl Play {
    /// A sound, once.
    pub fn url(url: impl Into<String>) -> Self {
        Self::Url {
            url: url.into(),
            repeat: None,
        }
    }

    /// Keys.
    pub fn digits(digits: impl Into<String>) -> Self {
        Self::Digits(digits.into())
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        let play = Element::new("Play");
        match self {
            Self::Url { url, repeat } => xml.text(play.with("loop", *repeat), url),
            Self::Digits(digits) => xml.empty(play.with("digits", Some(digits))),
        }
    }
}

/// Waits: <https://www.twilio.com/docs/voice/twiml/pause>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pause {
    /// Seconds; 1 unless given.
    pub length: Option<u32>,
}

impl Pause {
    pub(super) fn write(self, xml: &mut Xml) {
        xml.empty(Element::new("Pause").with("length", self.length));
    }
}

/// Asks for keys or words: <https://www.twilio.com/docs/voice/twiml/gather>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gather {
    /// What it listens for: keys unless given.
    pub input: Option<GatherInput>,
    /// It ends with so many keys.
    pub num_digits: Option<u32>,
    /// Seconds of silence after which it ends; 5 unless given.
    pub timeout: Option<u32>,
    /// The key that ends it; `#` unless given, none if empty.
    pub finish_on_key: Option<String>,
    /// Who is told, and says how to go on. Twilio asks the same document again unless given.
    pub action: Option<String>,
    /// How the action is asked.
    pub method: Option<Method>,
    /// Whether the action is asked although nothing was entered.
    pub action_on_empty_result: Option<bool>,
    /// Which language is spoken.
    pub language: Option<String>,
    /// Seconds of silence after which words end, or `auto`.
    pub speech_timeout: Option<String>,
    /// What is said meanwhile.
    pub prompts: Vec<Prompt>,
}

/// What may be heard while Twilio listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// A text.
    Say(Say),
    /// A sound.
    Play(Play),
    /// Silence.
    Pause(Pause),
}

impl Gather {
    pub(super) fn write(&self, xml: &mut Xml) {
        let gather = Element::new("Gather")
            .with("input", self.input)
            .with("numDigits", self.num_digits)
            .with("timeout", self.timeout)
            .with("finishOnKey", self.finish_on_key.as_ref())
            .with("action", self.action.as_ref())
            .with("method", self.method)
            .with("actionOnEmptyResult", self.action_on_empty_result)
            .with("language", self.language.as_ref())
            .with("speechTimeout", self.speech_timeout.as_ref());
        if self.prompts.is_empty() {
            return xml.empty(gather);
        }
        xml.parent(gather, |xml| {
            for prompt in &self.prompts {
                match prompt {
                    Prompt::Say(say) => say.write(xml),
                    Prompt::Play(play) => play.write(xml),
                    Prompt::Pause(pause) => pause.write(xml),
                }
            }
        });
    }
}

/// Records the caller: <https://www.twilio.com/docs/voice/twiml/record>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Who is told, and says how to go on. Twilio asks the same document again unless given.
    pub action: Option<String>,
    /// How the action is asked.
    pub method: Option<Method>,
    /// The longest recording, in seconds; 3600 unless given.
    pub max_length: Option<u32>,
    /// Whether a beep says that it begins; it does unless given.
    pub play_beep: Option<bool>,
    /// The keys that end it; all unless given.
    pub finish_on_key: Option<String>,
    /// Seconds of silence after which it ends; 5 unless given.
    pub timeout: Option<u32>,
    /// What is cut off.
    pub trim: Option<Trim>,
    /// Who is told when the recording can be fetched.
    pub recording_status_callback: Option<String>,
    /// What is told there.
    pub recording_status_callback_events: Vec<RecordingEvent>,
    /// How it is told there.
    pub recording_status_callback_method: Option<Method>,
    /// Whether it is also written down.
    pub transcribe: Option<bool>,
}

impl Record {
    pub(super) fn write(&self, xml: &mut Xml) {
        let record = Element::new("Record")
            .with("action", self.action.as_ref())
            .with("method", self.method)
            .with("maxLength", self.max_length)
            .with("playBeep", self.play_beep)
            .with("finishOnKey", self.finish_on_key.as_ref())
            .with("timeout", self.timeout)
            .with("trim", self.trim)
            .with("recordingStatusCallback", self.recording_status_callback.as_ref())
            .list("recordingStatusCallbackEvent", &self.recording_status_callback_events)
            .with("recordingStatusCallbackMethod", self.recording_status_callback_method)
            .with("transcribe", self.transcribe);
        xml.empty(record);
    }
}

/// Goes on with another document: <https://www.twilio.com/docs/voice/twiml/redirect>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redirect {
    /// Where it is.
    pub url: String,
    /// How it is asked.
    pub method: Option<Method>,
}

impl Redirect {
    /// By POST, as is usual.
    pub fn to(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method: None,
        }
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        xml.text(Element::new("Redirect").with("method", self.method), &self.url);
    }
}

/// Does not answer, which costs nothing: <https://www.twilio.com/docs/voice/twiml/reject>. Only as the first verb.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reject {
    /// What the caller is told; [`RejectReason::Rejected`] unless given.
    pub reason: Option<RejectReason>,
}

impl Reject {
    pub(super) fn write(self, xml: &mut Xml) {
        xml.empty(Element::new("Reject").with("reason", self.reason));
    }
}
