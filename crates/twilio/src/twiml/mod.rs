//! What Twilio is told to do with a call: <https://www.twilio.com/docs/voice/twiml>.
//!
//! A [`Response`] is put together of verbs and written as XML. Only what has a name here can be said; a text from outside
//! stays a text wherever it is put.

mod dial;
mod verbs;
mod words;
mod xml;

pub use dial::{Client, Conference, Dial, Noun, Number};
pub use verbs::{Gather, Pause, Play, Prompt, Record, Redirect, Reject, Say};
pub use words::{
    Beep, CallEvent, ConferenceEvent, ConferenceRecord, DialRecord, GatherInput, Method, RecordingEvent, RejectReason,
    Trim,
};
use xml::{Element, Xml};

/// The type of an answer that is TwiML.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// Twilio refuses a longer document (error 11750).
pub const MAX_BYTES: usize = 64 * 1024;

/// A document is longer than Twilio takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document has {bytes} bytes, and Twilio takes {MAX_BYTES}")]
pub struct TooLong {
    bytes: usize,
}

/// What is to be done with a call, in this order. Without any verb: nothing, and the call ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    verbs: Vec<Verb>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Read a text aloud.
    Say(Say),
    /// Play a file, or keys.
    Play(Play),
    /// Wait.
    Pause(Pause),
    /// Ask for keys or words.
    Gather(Box<Gather>),
    /// Record the caller.
    Record(Box<Record>),
    /// Connect the call with another.
    Dial(Box<Dial>),
    /// Go on with another document.
    Redirect(Redirect),
    /// Do not answer.
    Reject(Reject),
    /// End the call.
    Hangup,
}

impl Response {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more verb at the end.
    #[must_use]
    pub fn with(mut self, verb: impl Into<Verb>) -> Self {
        self.push(verb);
        self
    }

    /// Adds a verb at the end.
    pub fn push(&mut self, verb: impl Into<Verb>) {
        self.verbs.push(verb.into());
    }

    /// What it says so far.
    pub fn verbs(&self) -> &[Verb] {
        &self.verbs
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.verbs.is_empty()
    }

    /// The document, with its declaration.
    pub fn to_xml(&self) -> Result<String, TooLong> {
        let mut xml = Xml::new();
        let response = Element::new("Response");
        if self.verbs.is_empty() {
            xml.empty(response);
        } else {
            xml.parent(response, |xml| {
                for verb in &self.verbs {
                    verb.write(xml);
                }
            });
        }
        let text = xml.finish();
        if text.len() > MAX_BYTES {
            return Err(TooLong { bytes: text.len() });
        }
        Ok(text)
    }
}

impl<V: Into<Verb>> FromIterator<V> for Response {
    fn from_iter<I: IntoIterator<Item = V>>(verbs: I) -> Self {
        Self {
            verbs: verbs.into_iter().map(Into::into).collect(),
        }
    }
}

impl Verb {
    fn write(&self, xml: &mut Xml) {
        match self {
            Self::Say(say) => say.write(xml),
            Self::Play(play) => play.write(xml),
            Self::Pause(pause) => pause.write(xml),
            Self::Gather(gather) => gather.write(xml),
            Self::Record(record) => record.write(xml),
            Self::Dial(dial) => dial.write(xml),
            Self::Redirect(redirect) => redirect.write(xml),
            Self::Reject(reject) => reject.write(xml),
            Self::Hangup => xml.empty(Element::new("Hangup")),
        }
    }
}

macro_rules! into {
    ($($from:ident => $to:ident :: $variant:ident $(($wrap:path))?,)+) => {
        $(impl From<$from> for $to {
            fn from(value: $from) -> Self {
                Self::$variant($($wrap)?(value))
            }
        })+
    };
}

into! {
    Say => Verb::Say,
    Play => Verb::Play,
    Pause => Verb::Pause,
    Gather => Verb::Gather (Box::new),
    Record => Verb::Record (Box::new),
    Dial => Verb::Dial (Box::new),
    Redirect => Verb::Redirect,
    Reject => Verb::Reject,
    Say => Prompt::Say,
    Play => Prompt::Play,
    Pause => Prompt::Pause,
    Number => Noun::Number,
    Client => Noun::Client,
    Conference => Noun::Conference (Box::new),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
    use quick_xml::Reader;
    use quick_xml::XmlVersion;
    use quick_xml::events::Event;

    use super::*;

    /// Names, attribute values and texts of a document, or what is wrong with it.
    fn read(document: &str) -> Result<Vec<String>, quick_xml::Error> {
        let mut reader = Reader::from_str(document);
        let mut found = Vec::new();
        loop {
            match reader.read_event()? {
                Event::Eof => return Ok(found),
                Event::Start(element) | Event::Empty(element) => {
                    found.push(format!("<{}>", element.name().as_ref()));
                    for attribute in element.attributes() {
                        let attribute = attribute?;
                        let value = attribute.normalized_value(XmlVersion::Explicit1_0)?;
                        found.push(format!("{}={value}", attribute.key.as_ref()));
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn nothing_to_do_is_an_empty_response() {
        assert_eq!(
            Response::new().to_xml().unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>"
        );
    }

    #[test]
    fn what_xml_cannot_hold_is_dropped() {
        let xml = Response::new()
            .with(Say::new("a\0b\u{8}c\u{FFFE}d\u{1F}e\u{7F}\u{10FFFF}"))
            .to_xml()
            .unwrap();
        assert!(xml.contains("<Say>abcde\u{7F}\u{10FFFF}</Say>"), "{xml}");
    }

    #[test]
    fn a_text_cannot_become_a_verb() {
        let hostile = "\"/><Dial><Number>+19005550100</Number></Dial><x y=\"";
        let number = Number {
            status_callback: Some(hostile.to_owned()),
            ..Number::to(hostile)
        };
        let client = Client {
            parameters: vec![(hostile.to_owned(), hostile.to_owned())],
            ..Client::named(hostile)
        };
        let dial = Dial {
            caller_id: Some(hostile.to_owned()),
            nouns: vec![number.into(), client.into()],
            ..Dial::default()
        };
        let xml = Response::new().with(Say::new(hostile)).with(dial).to_xml().unwrap();
        assert_eq!(xml.matches("<Dial").count(), 1, "{xml}");
        assert_eq!(xml.matches("<Number").count(), 1, "{xml}");
        let found = read(&xml).unwrap();
        assert!(found.contains(&format!("callerId={hostile}")), "{found:?}");
    }

    #[test]
    fn a_document_is_at_most_64_kilobytes_long() {
        let of = |length: usize| Response::new().with(Say::new("x".repeat(length))).to_xml();
        let rest = of(0).unwrap().len();
        assert_eq!(of(MAX_BYTES - rest).unwrap().len(), MAX_BYTES);
        let error = of(MAX_BYTES - rest + 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the document has 65537 bytes, and Twilio takes 65536"
        );
        // Counted as it is sent, not as it was given.
        assert!(of(MAX_BYTES / 4).is_ok());
        assert!(
            Response::new()
                .with(Say::new("&".repeat(MAX_BYTES / 4)))
                .to_xml()
                .is_err()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_gives_well_formed_xml(text in any::<String>(), other in any::<String>()) {
            let client = Client { parameters: vec![(other.clone(), text.clone())], ..Client::named(&text) };
            let dial = Dial {
                caller_id: Some(text.clone()),
                action: Some(other.clone()),
                nouns: vec![Number::to(&other).into(), client.into()],
                ..Dial::default()
            };
            let gather = Gather { prompts: vec![Say::new(&text).into(), Play::url(&other).into()], ..Gather::default() };
            let xml = Response::new()
                .with(Say::new(&text))
                .with(gather)
                .with(dial)
                .with(Redirect::to(&other))
                .to_xml()
                .unwrap();
            let names: Vec<_> = read(&xml).unwrap().into_iter().filter(|found| found.starts_with('<')).collect();
            prop_assert_eq!(
                names,
                [
                    "<Response>", "<Say>", "<Gather>", "<Say>", "<Play>", "<Dial>", "<Number>", "<Client>",
                    "<Identity>", "<Parameter>", "<Redirect>",
                ]
            );
            let illegal = |character: char| character < ' ' && character != '\n' && character != '\t';
            prop_assert!(!xml.chars().any(illegal));
        }
    }
}
