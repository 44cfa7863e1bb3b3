//! What an answer to a text tells: replies, or another address.

use super::answer::{Fault, checked, kind, text};
use super::read::TwimlReader;
use super::verbs::Target;
use super::xml::{self, Element};

/// A text that the program wants sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Reply {
    /// The sender of the text that is answered, when absent.
    pub(crate) to: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) body: String,
    pub(crate) media: Vec<String>,
    pub(crate) callback: Option<Target>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum MessageVerb {
    Reply(Reply),
    Redirect(Target),
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct MessageDocument {
    pub(crate) verbs: Vec<MessageVerb>,
    pub(crate) warnings: Vec<(u32, String)>,
}

/// What an answer of a messaging URL means.
pub(crate) fn read_message_answer(status: u16, content_type: &str, body: &[u8]) -> Result<MessageDocument, Fault> {
    checked(status, body)?;
    match kind(content_type).as_str() {
        "text/xml" | "application/xml" | "text/html" => read(text(body)?),
        // Sent as it is, unless it is TwiML.
        "text/plain" => {
            let plain = text(body)?;
            let reply = MessageVerb::Reply(Reply {
                body: plain.to_owned(),
                ..Reply::default()
            });
            Ok(read(plain).unwrap_or_else(|_| MessageDocument {
                verbs: vec![reply],
                warnings: Vec::new(),
            }))
        }
        _ => Err(Fault::new(12300, format!("Invalid Content-Type: {content_type:?}"))),
    }
}

fn read(text: &str) -> Result<MessageDocument, Fault> {
    let root = xml::parse(text).map_err(|reason| Fault::new(12100, format!("Document parse failure: {reason}")))?;
    if root.name != "Response" {
        let sentence = format!("The root element is {} and not Response", root.name);
        return Err(Fault::new(12100, sentence));
    }
    let mut reader = TwimlReader::default();
    let mut verbs = Vec::new();
    for element in &root.children {
        match element.name.as_str() {
            "Message" | "Sms" => verbs.push(MessageVerb::Reply(reply(&mut reader, element))),
            "Redirect" => verbs.push(MessageVerb::Redirect(Target {
                url: element.text.trim().to_owned(),
                method: reader.method(element, "method"),
            })),
            unknown => reader.warn(format!("{unknown} is not a verb for texts, and is left out")),
        }
    }
    Ok(MessageDocument {
        verbs,
        warnings: reader.into_warnings(),
    })
}

fn reply(reader: &mut TwimlReader, element: &Element) -> Reply {
    let given = |name: &str| {
        element
            .attribute(name)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    };
    let mut bodies = Vec::new();
    let mut media = Vec::new();
    for child in &element.children {
        match child.name.as_str() {
            "Body" => bodies.push(child.text.clone()),
            "Media" => media.push(child.text.trim().to_owned()),
            unknown => reader.warn(format!("{unknown} may not stand in Message")),
        }
    }
    if element.attribute("action").is_some() {
        reader.warn("the action of Message is not requested by the simulator");
    }
    Reply {
        to: given("to"),
        from: given("from"),
        body: if bodies.is_empty() {
            element.text.trim().to_owned()
        } else {
            bodies.concat()
        },
        media,
        callback: reader.target(element, "statusCallback", "method"),
    }
}

#[cfg(test)]
mod tests {
    use super::{MessageVerb, read_message_answer};

    fn code(status: u16, kind: &str, body: &[u8]) -> u32 {
        read_message_answer(status, kind, body).map_or_else(|fault| fault.code, |_| 0)
    }

    #[test]
    fn replies_have_words_media_and_addresses() {
        let document = read_message_answer(
            200,
            "text/xml",
            br#"<Response><Message> Hello &amp; welcome </Message>
                <Message to="+14155550122" statusCallback="/s"><Body>Look</Body><Media>https://x.example/a.png</Media></Message>
                <Say>no</Say><Redirect>/next</Redirect></Response>"#,
        )
        .unwrap();
        let [
            MessageVerb::Reply(first),
            MessageVerb::Reply(second),
            MessageVerb::Redirect(next),
        ] = &document.verbs[..]
        else {
            panic!("{document:?}");
        };
        assert_eq!((first.body.as_str(), &first.to), ("Hello & welcome", &None));
        assert_eq!((second.body.as_str(), second.media.len()), ("Look", 1));
        assert_eq!(second.to.as_deref(), Some("+14155550122"));
        assert_eq!(second.callback.as_ref().unwrap().url, "/s");
        assert_eq!((next.url.as_str(), document.warnings.len()), ("/next", 1));
    }

    #[test]
    fn answers_that_are_no_twiml_have_twilios_codes() {
        assert_eq!(code(200, "text/xml", b"<Response/>"), 0);
        assert_eq!(code(200, "text/plain", b"hello"), 0);
        assert_eq!(code(500, "text/xml", b"<Response/>"), 11200);
        assert_eq!(code(200, "text/xml", b""), 11770);
        assert_eq!(code(200, "text/xml", b"<Response>"), 12100);
        assert_eq!(code(200, "audio/wav", b"RIFF"), 12300);
    }
}
