//! The nouns of a Dial: who is called, or which conference is entered.

use super::read::TwimlReader;
use super::verbs::{Client, ConferenceNoun, Noun, Number};
use super::xml::Element;

/// Documented: more are ignored.
const MOST_IN_PARALLEL: usize = 10;

pub(super) fn nouns(reader: &mut TwimlReader, dial: &Element) -> Vec<Noun> {
    let mut nouns = Vec::new();
    let bare = plain_number(&dial.text);
    if !bare.is_empty() {
        nouns.push(Noun::Number(Number {
            number: bare,
            whisper: None,
            send_digits: None,
            callback: None,
        }));
    }
    for element in &dial.children {
        match element.name.as_str() {
            "Number" => nouns.push(Noun::Number(Number {
                number: plain_number(&element.text),
                whisper: reader.target(element, "url", "method"),
                send_digits: element.attribute("sendDigits").map(str::to_owned),
                callback: reader.callback(element, "statusCallback", "completed"),
            })),
            "Client" => nouns.push(Noun::Client(client(reader, element))),
            "Conference" => nouns.push(Noun::Conference(conference(reader, element))),
            other => reader.warn(format!("{other} is not simulated as a part of Dial")),
        }
    }
    if nouns.is_empty() {
        reader.warn("Dial has nobody to call");
    }
    if nouns.len() > MOST_IN_PARALLEL {
        reader.warn(format!("Dial has more than {MOST_IN_PARALLEL} parts"));
        nouns.truncate(MOST_IN_PARALLEL);
    }
    // A conference is entered alone.
    if let Some(at) = nouns.iter().position(|noun| matches!(noun, Noun::Conference(_)))
        && nouns.len() > 1
    {
        reader.warn("a Conference stands alone in its Dial");
        nouns = vec![nouns.swap_remove(at)];
    }
    nouns
}

/// Without the characters that people put between digits.
fn plain_number(text: &str) -> String {
    let kept = text.chars().filter(|character| !" \t\r\n()-./".contains(*character));
    kept.collect()
}

fn client(reader: &mut TwimlReader, element: &Element) -> Client {
    let mut identity = element.text.trim().to_owned();
    let mut parameters = Vec::new();
    for child in &element.children {
        match child.name.as_str() {
            "Identity" => child.text.trim().clone_into(&mut identity),
            "Parameter" => {
                let attribute = |name| child.attribute(name).unwrap_or_default().to_owned();
                parameters.push((attribute("name"), attribute("value")));
            }
            other => reader.warn(format!("{other} may not stand in Client")),
        }
    }
    Client {
        identity,
        parameters,
        whisper: reader.target(element, "url", "method"),
        callback: reader.callback(element, "statusCallback", "completed"),
    }
}

fn conference(reader: &mut TwimlReader, element: &Element) -> ConferenceNoun {
    let beep = element.attribute("beep").unwrap_or("true");
    ConferenceNoun {
        name: element.text.trim().to_owned(),
        muted: reader.flag(element, "muted", false),
        start_on_enter: reader.flag(element, "startConferenceOnEnter", true),
        end_on_exit: reader.flag(element, "endConferenceOnExit", false),
        beep_on_enter: matches!(beep, "true" | "onEnter"),
        beep_on_exit: matches!(beep, "true" | "onExit"),
        wait_url: element.attribute("waitUrl").map(str::to_owned),
        label: element.attribute("participantLabel").map(str::to_owned),
        record: matches!(element.attribute("record"), Some("record-from-start" | "true")),
        callback: reader.callback(element, "statusCallback", ""),
        recording_callback: reader.callback(element, "recordingStatusCallback", "completed"),
    }
}
