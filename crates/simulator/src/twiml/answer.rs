//! Whether an answer to a webhook is TwiML at all.

use super::read::{SCHEMA, read};
use super::verbs::{Document, Play, Prompt, Say, Verb};

/// Documented: <https://www.twilio.com/docs/api/errors/11750>
const LARGEST: usize = 64 * 1024;

/// Twilio's code, and a sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    pub(crate) code: u32,
    pub(crate) sentence: String,
}

impl Fault {
    pub(crate) fn new(code: u32, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
        }
    }
}

/// What an answer of a voice URL means. `url` is for audio that is played as it is.
pub(crate) fn read_answer(status: u16, content_type: &str, body: &[u8], url: &str) -> Result<Document, Fault> {
    checked(status, body)?;
    let text = || text(body);
    match kind(content_type).as_str() {
        "text/xml" | "application/xml" | "text/html" => {
            read(text()?).map_err(|(code, sentence)| Fault::new(code, sentence))
        }
        // Read aloud, unless it is TwiML.
        "text/plain" => Ok(read(text()?).unwrap_or_else(|_| Document {
            verbs: vec![Verb::Prompt(Prompt::Say(Say {
                text: String::from_utf8_lossy(body).into_owned(),
                times: 1,
            }))],
            warnings: vec![(SCHEMA, "text/plain is read aloud".to_owned())],
        })),
        audio if audio.starts_with("audio/") => Ok(Document {
            verbs: vec![Verb::Prompt(Prompt::Play(Play::Url {
                url: url.to_owned(),
                times: 1,
            }))],
            warnings: Vec::new(),
        }),
        _ => Err(Fault::new(12300, format!("Invalid Content-Type: {content_type:?}"))),
    }
}

/// Whether there is a document at all.
pub(super) fn checked(status: u16, body: &[u8]) -> Result<(), Fault> {
    if !(200..300).contains(&status) {
        return Err(Fault::new(
            11200,
            format!("HTTP retrieval failure: the answer was {status}"),
        ));
    }
    if body.len() > LARGEST {
        return Err(Fault::new(11750, "TwiML response body too large"));
    }
    if body.is_empty() {
        return Err(Fault::new(11770, "Empty TwiML response body"));
    }
    Ok(())
}

/// The content type without its parameters.
pub(super) fn kind(content_type: &str) -> String {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

pub(super) fn text(body: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(body).map_err(|_| Fault::new(12100, "Document parse failure: the text is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::read_answer;

    fn code(status: u16, kind: &str, body: &[u8]) -> u32 {
        read_answer(status, kind, body, "http://app.example/").map_or_else(|fault| fault.code, |_| 0)
    }

    #[test]
    fn answers_that_are_no_twiml_have_twilios_codes() {
        let good: &[u8] = b"<Response/>";
        assert_eq!(code(200, "text/xml; charset=utf-8", good), 0);
        assert_eq!(code(200, "application/xml", good), 0);
        assert_eq!(code(201, "text/html", good), 0);
        assert_eq!(code(200, "text/plain", b"hello"), 0);
        assert_eq!(code(500, "text/xml", good), 11200);
        assert_eq!(code(302, "text/xml", good), 11200);
        assert_eq!(code(200, "text/xml", b""), 11770);
        assert_eq!(code(200, "text/xml", &[b' '; 64 * 1024 + 1]), 11750);
        assert_eq!(code(200, "text/xml", b"<Response>"), 12100);
        assert_eq!(code(200, "text/xml", b"\xff"), 12100);
        assert_eq!(code(200, "", good), 12300);
        assert_eq!(code(200, "application/json", b"{}"), 12300);
    }
}
