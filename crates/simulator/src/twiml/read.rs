//! From XML to verbs. What Twilio would warn of is read over and noted.

use std::time::Duration;

use super::nouns::nouns;
use super::verbs::{Callback, Dial, DialRecord, Document, Gather, Play, Prompt, Record, Say, Target, Verb};
use super::xml::{self, Element};
use crate::account::HttpMethod;

const INVALID_XML: u32 = 12100;
pub(super) const SCHEMA: u32 = 12200;

/// The document, or why it cannot be played.
pub(crate) fn read(text: &str) -> Result<Document, (u32, String)> {
    let root = xml::parse(text).map_err(|reason| (INVALID_XML, format!("Document parse failure: {reason}")))?;
    if root.name != "Response" {
        return Err((
            INVALID_XML,
            format!("The root element is {} and not Response", root.name),
        ));
    }
    let mut reader = TwimlReader::default();
    let mut verbs = Vec::new();
    for (at, element) in root.children.iter().enumerate() {
        if let Some(verb) = reader.verb(element, at) {
            verbs.push(verb);
        }
    }
    if !root.text.trim().is_empty() {
        reader.warn("text directly in Response is ignored");
    }
    Ok(Document {
        verbs,
        warnings: reader.warnings,
    })
}

#[derive(Default)]
pub(super) struct TwimlReader {
    warnings: Vec<(u32, String)>,
}

impl TwimlReader {
    pub(super) fn into_warnings(self) -> Vec<(u32, String)> {
        self.warnings
    }

    pub(super) fn warn(&mut self, sentence: impl Into<String>) {
        self.warnings.push((SCHEMA, sentence.into()));
    }

    fn verb(&mut self, element: &Element, at: usize) -> Option<Verb> {
        Some(match element.name.as_str() {
            "Say" | "Play" | "Pause" => Verb::Prompt(self.prompt(element)?),
            "Gather" => Verb::Gather(self.gather(element)),
            "Record" => Verb::Record(self.record(element)),
            "Dial" => Verb::Dial(self.dial(element)),
            "Redirect" => Verb::Redirect(Target {
                url: element.text.trim().to_owned(),
                method: self.method(element, "method"),
            }),
            "Reject" => {
                if at > 0 {
                    self.warn("Reject must be the first verb");
                }
                Verb::Reject {
                    busy: element.attribute("reason") == Some("busy"),
                }
            }
            "Hangup" => Verb::Hangup,
            unknown => {
                self.warn(format!("{unknown} is not a verb that is simulated, and is left out"));
                return None;
            }
        })
    }

    fn prompt(&mut self, element: &Element) -> Option<Prompt> {
        let text = element.text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(match element.name.as_str() {
            "Say" if text.is_empty() => {
                self.warn("Say has no text");
                return None;
            }
            "Say" => Prompt::Say(Say {
                text,
                times: self.number(element, "loop", 1),
            }),
            "Play" => Prompt::Play(match (element.attribute("digits"), text.is_empty()) {
                (Some(digits), true) => Play::Digits(digits.to_owned()),
                (_, false) => Play::Url {
                    url: text,
                    times: self.number(element, "loop", 1),
                },
                (None, true) => {
                    self.warn("Play has neither an address nor digits");
                    return None;
                }
            }),
            _ => Prompt::Pause(self.seconds(element, "length", 1)),
        })
    }

    fn gather(&mut self, element: &Element) -> Gather {
        if element.attribute("input").is_some_and(|input| !input.contains("dtmf")) {
            self.warn("speech is not recognised by the simulator");
        }
        let mut prompts = Vec::new();
        for child in &element.children {
            if matches!(child.name.as_str(), "Say" | "Play" | "Pause") {
                prompts.extend(self.prompt(child));
            } else {
                self.warn(format!("{} may not stand in Gather", child.name));
            }
        }
        Gather {
            prompts,
            action: self.target(element, "action", "method"),
            timeout: match element.attribute("timeout") {
                Some("auto") => Duration::from_secs(5),
                _ => self.seconds(element, "timeout", 5),
            },
            digits: element
                .attribute("numDigits")
                .map(|_| self.number(element, "numDigits", 1) as usize),
            finish_on: match element.attribute("finishOnKey") {
                None => Some('#'),
                Some(keys) => keys.chars().next(),
            },
            action_on_empty: self.flag(element, "actionOnEmptyResult", false),
        }
    }

    fn record(&mut self, element: &Element) -> Record {
        Record {
            action: self.target(element, "action", "method"),
            timeout: self.seconds(element, "timeout", 5),
            longest: self.seconds(element, "maxLength", 3600),
            finish_on: element.attribute("finishOnKey").unwrap_or("1234567890*#").to_owned(),
            beep: self.flag(element, "playBeep", true),
            callback: self.callback(element, "recordingStatusCallback", "completed"),
        }
    }

    fn dial(&mut self, element: &Element) -> Dial {
        let record = match element.attribute("record").unwrap_or("do-not-record") {
            "do-not-record" | "false" => None,
            "record-from-answer" | "true" => Some((false, false)),
            "record-from-answer-dual" => Some((true, false)),
            "record-from-ringing" => Some((false, true)),
            "record-from-ringing-dual" => Some((true, true)),
            other => {
                self.warn(format!("record=\"{other}\" is not known"));
                None
            }
        };
        Dial {
            nouns: nouns(self, element),
            action: self.target(element, "action", "method"),
            caller_id: element.attribute("callerId").map(str::to_owned),
            answer_on_bridge: self.flag(element, "answerOnBridge", false),
            timeout: self.seconds(element, "timeout", 30),
            time_limit: self.seconds(element, "timeLimit", 14_400),
            hangup_on_star: self.flag(element, "hangupOnStar", false),
            record: record.map(|(dual, from_ringing)| DialRecord { dual, from_ringing }),
            recording_callback: self.callback(element, "recordingStatusCallback", "completed"),
        }
    }

    pub(super) fn flag(&mut self, element: &Element, name: &str, default: bool) -> bool {
        match element.attribute(name) {
            None => default,
            Some("true") => true,
            Some("false") => false,
            Some(other) => {
                self.warn(format!("{}: {name}=\"{other}\" is not true or false", element.name));
                default
            }
        }
    }

    fn number(&mut self, element: &Element, name: &str, default: u32) -> u32 {
        let Some(text) = element.attribute(name) else {
            return default;
        };
        text.parse().unwrap_or_else(|_| {
            self.warn(format!("{}: {name}=\"{text}\" is not a whole number", element.name));
            default
        })
    }

    fn seconds(&mut self, element: &Element, name: &str, default: u32) -> Duration {
        Duration::from_secs(self.number(element, name, default).into())
    }

    pub(super) fn method(&mut self, element: &Element, name: &str) -> HttpMethod {
        match element.attribute(name) {
            None | Some("POST") => HttpMethod::Post,
            Some("GET") => HttpMethod::Get,
            Some(other) => {
                self.warn(format!("{}: {name}=\"{other}\" is not GET or POST", element.name));
                HttpMethod::Post
            }
        }
    }

    pub(super) fn target(&mut self, element: &Element, url: &str, method: &str) -> Option<Target> {
        let url = element.attribute(url).filter(|url| !url.is_empty())?;
        Some(Target {
            url: url.to_owned(),
            method: self.method(element, method),
        })
    }

    /// `{name}`, `{name}Method` and `{name}Event`.
    pub(super) fn callback(&mut self, element: &Element, name: &str, default: &str) -> Option<Callback> {
        let target = self.target(element, name, &format!("{name}Method"))?;
        let events = element.attribute(&format!("{name}Event")).unwrap_or(default);
        Some(Callback {
            target,
            events: events.split_whitespace().map(str::to_owned).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::read;
    use crate::twiml::{Noun, Play, Prompt, Verb};

    #[test]
    fn a_dial_has_its_nouns_and_attributes() {
        let document = read(
            r#"<Response><Dial callerId="+14155550100" answerOnBridge="true" timeout="25" timeLimit="60" action="/a?x=1&amp;y=2"
                record="record-from-answer-dual" recordingStatusCallback="/r" recordingStatusCallbackEvent="completed absent">
                <Number statusCallback="/s#rc=5" statusCallbackEvent="initiated ringing answered completed" url="/w">+14155550199</Number>
                <Client><Identity>u_1</Identity><Parameter name="from" value="+1"/></Client></Dial></Response>"#,
        )
        .unwrap();
        let [Verb::Dial(dial)] = document.verbs.as_slice() else {
            panic!("{document:?}");
        };
        assert!(document.warnings.is_empty(), "{:?}", document.warnings);
        assert_eq!(dial.action.as_ref().unwrap().url, "/a?x=1&y=2");
        assert_eq!(
            (dial.timeout, dial.time_limit),
            (Duration::from_secs(25), Duration::from_secs(60))
        );
        assert!(dial.answer_on_bridge && dial.record.unwrap().dual && !dial.record.unwrap().from_ringing);
        assert_eq!(
            dial.recording_callback.as_ref().unwrap().events,
            ["completed", "absent"]
        );
        let [Noun::Number(number), Noun::Client(client)] = dial.nouns.as_slice() else {
            panic!("{:?}", dial.nouns);
        };
        assert_eq!(number.callback.as_ref().unwrap().events.len(), 4);
        assert_eq!(number.whisper.as_ref().unwrap().url, "/w");
        assert_eq!(client.identity, "u_1");
        assert_eq!(client.parameters, [("from".to_owned(), "+1".to_owned())]);
    }

    #[test]
    fn a_number_may_stand_in_the_dial_itself() {
        let document = read("<Response><Dial> +1 (415) 555-0199 </Dial></Response>").unwrap();
        let [Verb::Dial(dial)] = document.verbs.as_slice() else {
            panic!("{document:?}");
        };
        assert!(matches!(&dial.nouns[..], [Noun::Number(number)] if number.number == "+14155550199"));
    }

    #[test]
    fn a_gather_has_prompts_and_defaults() {
        let document = read(
            "<Response><Gather numDigits='1' timeout='6' finishOnKey='' actionOnEmptyResult='true'><Say>Press\n 1.</Say>\
             <Play digits='1w2'/><Pause length='2'/></Gather></Response>",
        )
        .unwrap();
        let [Verb::Gather(gather)] = document.verbs.as_slice() else {
            panic!("{document:?}");
        };
        assert_eq!(
            (gather.digits, gather.finish_on, gather.action_on_empty),
            (Some(1), None, true)
        );
        assert!(matches!(&gather.prompts[0], Prompt::Say(say) if say.text == "Press 1." && say.times == 1));
        assert_eq!(gather.prompts[1], Prompt::Play(Play::Digits("1w2".to_owned())));
        assert_eq!(gather.prompts[2], Prompt::Pause(Duration::from_secs(2)));
    }

    #[test]
    fn what_twilio_warns_of_is_noted_and_left_out() {
        let document = read(
            "<Response>text<say>x</say><Enqueue>q</Enqueue><Hangup/><Dial record='maybe' hangupOnStar='yes'/></Response>",
        )
        .unwrap();
        assert_eq!(document.verbs.len(), 2);
        assert!(document.warnings.iter().all(|(code, _)| *code == 12200));
        assert_eq!(document.warnings.len(), 6, "{:?}", document.warnings);
    }

    #[test]
    fn what_is_no_twiml_is_a_fault() {
        for text in ["<Response>", "<response/>", "hello", "<Response/><Response/>"] {
            assert_eq!(read(text).unwrap_err().0, 12100, "{text}");
        }
    }
}
