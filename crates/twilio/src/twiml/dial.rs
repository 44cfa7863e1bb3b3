//! `<Dial>` and whom it connects with: <https://www.twilio.com/docs/voice/twiml/dial>.

use super::words::{Beep, CallEvent, ConferenceEvent, ConferenceRecord, DialRecord, Method, RecordingEvent};
use super::xml::{Element, Xml};

/// Connects the call with others. All of them ring at once, and the first that answers has the call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dial {
    /// What they see: a number of the account. Needed where the caller is a browser.
    pub caller_id: Option<String>,
    /// Whether the caller's call counts as answered only with theirs. Not unless given.
    pub answer_on_bridge: Option<bool>,
    /// Seconds of ringing; 30 unless given, and Twilio adds up to 5.
    pub timeout: Option<u32>,
    /// The longest conversation in seconds; 14400 unless given.
    pub time_limit: Option<u32>,
    /// Whether the caller may end the conversation with `*` and go on with the document.
    pub hangup_on_star: Option<bool>,
    /// Whether the conversation is recorded.
    pub record: Option<DialRecord>,
    /// Who is told when the recording can be fetched.
    pub recording_status_callback: Option<String>,
    /// What is told there.
    pub recording_status_callback_events: Vec<RecordingEvent>,
    /// How it is told there.
    pub recording_status_callback_method: Option<Method>,
    /// Who is asked how to go on when it is over; the rest of the document then does not count.
    pub action: Option<String>,
    /// How the action is asked.
    pub method: Option<Method>,
    /// Whom to connect with: ten at most.
    pub nouns: Vec<Noun>,
}

/// Somebody to connect with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Noun {
    /// A telephone.
    Number(Number),
    /// A browser or an app.
    Client(Client),
    /// A room.
    Conference(Box<Conference>),
}

impl Dial {
    /// With one to connect with, and all else as Twilio has it.
    pub fn with(noun: impl Into<Noun>) -> Self {
        Self {
            nouns: vec![noun.into()],
            ..Self::default()
        }
    }

    pub(super) fn write(&self, xml: &mut Xml) {
        let dial = Element::new("Dial")
            .with("callerId", self.caller_id.as_ref())
            .with("answerOnBridge", self.answer_on_bridge)
            .with("timeout", self.timeout)
            .with("timeLimit", self.time_limit)
            .with("hangupOnStar", self.hangup_on_star)
            .with("record", self.record)
            .with("recordingStatusCallback", self.recording_status_callback.as_ref())
            .list("recordingStatusCallbackEvent", &self.recording_status_callback_events)
            .with("recordingStatusCallbackMethod", self.recording_status_callback_method)
            .with("action", self.action.as_ref())
            .with("method", self.method);
        if self.nouns.is_empty() {
            return xml.empty(dial);
        }
        xml.parent(dial, |xml| {
            for noun in &self.nouns {
                match noun {
                    Noun::Number(number) => number.write(xml),
                    Noun::Client(client) => client.write(xml),
                    Noun::Conference(conference) => conference.write(xml),
                }
            }
        });
    }
}

/// A telephone: <https://www.twilio.com/docs/voice/twiml/number>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Number {
    /// In E.164 form.
    pub number: String,
    /// Who says what the callee hears before he is connected.
    pub url: Option<String>,
    /// How that is asked.
    pub method: Option<Method>,
    /// Keys to press after the answer.
    pub send_digits: Option<String>,
    /// Who is told of the leg's course.
    pub status_callback: Option<String>,
    /// What is told there; only the end unless given.
    pub status_callback_events: Vec<CallEvent>,
    /// How it is told there.
    pub status_callback_method: Option<Method>,
}

impl Number {
    /// A number, and all else as Twilio has it.
    pub fn to(number: impl Into<String>) -> Self {
        Self {
            number: number.into(),
            ..Self::default()
        }
    }

    fn write(&self, xml: &mut Xml) {
        let number = Element::new("Number")
            .with("url", self.url.as_ref())
            .with("method", self.method)
            .with("sendDigits", self.send_digits.as_ref())
            .with("statusCallback", self.status_callback.as_ref())
            .list("statusCallbackEvent", &self.status_callback_events)
            .with("statusCallbackMethod", self.status_callback_method);
        xml.text(number, &self.number);
    }
}

/// A browser or an app that has registered: <https://www.twilio.com/docs/voice/twiml/client>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// Under which name it has registered; at most 256 characters.
    pub identity: String,
    /// What it is told about the call, as names and values.
    pub parameters: Vec<(String, String)>,
    /// Who says what the callee hears before he is connected.
    pub url: Option<String>,
    /// How that is asked.
    pub method: Option<Method>,
    /// Who is told of the leg's course.
    pub status_callback: Option<String>,
    /// What is told there; only the end unless given.
    pub status_callback_events: Vec<CallEvent>,
    /// How it is told there.
    pub status_callback_method: Option<Method>,
}

impl Client {
    /// An identity, and all else as Twilio has it.
    pub fn named(identity: impl Into<String>) -> Self {
        Self {
            identity: identity.into(),
            ..Self::default()
        }
    }

    fn write(&self, xml: &mut Xml) {
        let client = Element::new("Client")
            .with("url", self.url.as_ref())
            .with("method", self.method)
            .with("statusCallback", self.status_callback.as_ref())
            .list("statusCallbackEvent", &self.status_callback_events)
            .with("statusCallbackMethod", self.status_callback_method);
        xml.parent(client, |xml| {
            xml.text(Element::new("Identity"), &self.identity);
            for (name, value) in &self.parameters {
                xml.empty(
                    Element::new("Parameter")
                        .with("name", Some(name))
                        .with("value", Some(value)),
                );
            }
        });
    }
}

/// A room where calls meet: <https://www.twilio.com/docs/voice/twiml/conference>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conference {
    /// Which room. Twilio keeps it in clear: nothing about people belongs here.
    pub name: String,
    /// Whether it starts with this call; it does unless given.
    pub start_conference_on_enter: Option<bool>,
    /// Whether it ends with this call; not unless given.
    pub end_conference_on_exit: Option<bool>,
    /// When it beeps; always unless given.
    pub beep: Option<Beep>,
    /// What those hear who wait for its start; silence if empty, music unless given.
    pub wait_url: Option<String>,
    /// How that is asked.
    pub wait_method: Option<Method>,
    /// Whether this call is not heard.
    pub muted: Option<bool>,
    /// How many have room; 250 unless given.
    pub max_participants: Option<u32>,
    /// Who is told of the room's course. That of the first to enter counts.
    pub status_callback: Option<String>,
    /// What is told there.
    pub status_callback_events: Vec<ConferenceEvent>,
    /// How it is told there.
    pub status_callback_method: Option<Method>,
    /// Whether the room is recorded.
    pub record: Option<ConferenceRecord>,
    /// Who is told when the recording can be fetched.
    pub recording_status_callback: Option<String>,
    /// What is told there.
    pub recording_status_callback_events: Vec<RecordingEvent>,
    /// How it is told there.
    pub recording_status_callback_method: Option<Method>,
    /// The call (`CA…`) that alone hears this one.
    pub coach: Option<String>,
    /// A name for this call in the room; at most 128 characters, and no two alike (error 16025).
    pub participant_label: Option<String>,
}

impl Conference {
    /// A room, and all else as Twilio has it.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    fn write(&self, xml: &mut Xml) {
        let conference = Element::new("Conference")
            .with("startConferenceOnEnter", self.start_conference_on_enter)
            .with("endConferenceOnExit", self.end_conference_on_exit)
            .with("beep", self.beep)
            .with("waitUrl", self.wait_url.as_ref())
            .with("waitMethod", self.wait_method)
            .with("muted", self.muted)
            .with("maxParticipants", self.max_participants)
            .with("statusCallback", self.status_callback.as_ref())
            .list("statusCallbackEvent", &self.status_callback_events)
            .with("statusCallbackMethod", self.status_callback_method)
            .with("record", self.record)
            .with("recordingStatusCallback", self.recording_status_callback.as_ref())
            .list("recordingStatusCallbackEvent", &self.recording_status_callback_events)
            .with("recordingStatusCallbackMethod", self.recording_status_callback_method)
            .with("coach", self.coach.as_ref())
            .with("participantLabel", self.participant_label.as_ref());
        xml.text(conference, &self.name);
    }
}
