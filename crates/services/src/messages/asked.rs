//! What Twilio's webhooks say of texts, read strictly where anything depends on it.

use domain::id::MessageId;
use domain::segments::{Encoding, segments};
use twilio::webhook::{ParamError, Params};
use url::form_urlencoded;

use super::content;

/// Most attachments of an inbound text, and the longest kind of one, in bytes.
const MEDIA_MAX: usize = 10;
const KIND_MAX: usize = 100;
/// Longest name of a sender, in characters.
const NAME_MAX: usize = 11;
/// Longest word of a status that is kept.
const WORD_MAX: usize = 32;

/// A text that came in, or how far one is that went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Somebody has texted.
    Inbound(Inbound),
    /// How far one of ours is.
    Status(Status),
}

/// A text that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inbound {
    pub(super) sid: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) body: String,
    pub(super) media: Vec<Attachment>,
    /// What the person has asked for, where Twilio says so.
    pub(super) opt_out_type: Option<String>,
    pub(super) segments: Option<u32>,
    /// The Messaging Service that it came in by.
    pub(super) service: Option<String>,
}

/// A picture or sound of an inbound text: where Twilio keeps it, and what it calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attachment {
    /// `ME…`
    pub(super) sid: String,
    pub(super) kind: String,
}

/// How far a text is that went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) sid: String,
    /// Twilio's word.
    pub(super) word: String,
    pub(super) error_code: Option<u32>,
    /// Which number it went out from, where it is said.
    pub(super) from: Option<String>,
}

impl Asked {
    /// Reads the parameters.
    ///
    /// # Errors
    /// When an identifier is missing, repeated or malformed.
    pub(super) fn read(params: &Params) -> Result<Self, ParamError> {
        let sid = params.one("MessageSid")?.ok_or(ParamError::Missing("MessageSid"))?;
        if !is_sid(sid, &["SM", "MM"]) {
            return Err(ParamError::Malformed("MessageSid"));
        }
        // An older name of the same; were they two, one would be somebody else's.
        for (name, other) in [
            ("SmsSid", params.one("SmsSid")?),
            ("SmsMessageSid", params.one("SmsMessageSid")?),
        ] {
            if other.is_some_and(|other| other != sid) {
                return Err(ParamError::Malformed(name));
            }
        }
        let sid = sid.to_owned();
        let status = params.one("MessageStatus")?.or(params.one("SmsStatus")?);
        match status {
            None | Some("received" | "receiving") => Ok(Self::Inbound(Inbound::read(sid, params)?)),
            Some(word) => Ok(Self::Status(Status {
                sid,
                word: word_of(word)?,
                error_code: params.error_code(),
                from: party(params, "From")?,
            })),
        }
    }
}

impl Inbound {
    fn read(sid: String, params: &Params) -> Result<Self, ParamError> {
        let body = params.one("Body")?.unwrap_or_default();
        let body: String = content::tidied(body).chars().take(content::BODY_MAX).collect();
        let said: usize = params.one("NumMedia")?.and_then(|text| text.parse().ok()).unwrap_or(0);
        let media = (0..said.min(MEDIA_MAX))
            .filter_map(|at| attachment(params, at))
            .collect();
        Ok(Self {
            sid,
            from: party(params, "From")?.ok_or(ParamError::Missing("From"))?,
            to: party(params, "To")?.ok_or(ParamError::Missing("To"))?,
            body,
            media,
            opt_out_type: params.one("OptOutType")?.map(str::to_owned),
            service: match params.one("MessagingServiceSid")?.filter(|sid| !sid.is_empty()) {
                Some(sid) if !is_sid(sid, &["MG"]) => return Err(ParamError::Malformed("MessagingServiceSid")),
                sid => sid.map(str::to_owned),
            },
            segments: params
                .one("NumSegments")?
                .and_then(|text| text.parse().ok())
                .filter(|n| *n <= 100),
        })
    }
}

/// What the address names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// No text.
    Nothing,
    /// A text, in the one way in which we write it.
    Message(MessageId),
    /// Something that we would not have written.
    Nonsense,
}

/// The text that the address names.
pub(super) fn named(target: &str) -> Named {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == "message");
    match (values.next(), values.next()) {
        (None, _) => Named::Nothing,
        (Some((_, value)), None) => match value.parse::<MessageId>() {
            Ok(id) if id.to_string() == value => Named::Message(id),
            _ => Named::Nonsense,
        },
        _ => Named::Nonsense,
    }
}

/// Of an attachment's address only the SID is taken, and nothing is ever fetched from it.
fn attachment(params: &Params, at: usize) -> Option<Attachment> {
    let address = params.raw(&format!("MediaUrl{at}"))?;
    let sid = address.rsplit('/').next().filter(|sid| is_sid(sid, &["ME"]))?;
    let kind = params.raw(&format!("MediaContentType{at}")).unwrap_or_default();
    Some(Attachment {
        sid: sid.to_owned(),
        kind: kind
            .chars()
            .filter(|c| c.is_ascii_graphic())
            .take(KIND_MAX)
            .collect::<String>()
            .to_ascii_lowercase(),
    })
}

fn is_sid(text: &str, prefixes: &[&str]) -> bool {
    text.len() == 34
        && prefixes.iter().any(|prefix| text.starts_with(prefix))
        && text.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit())
}

fn word_of(word: &str) -> Result<String, ParamError> {
    let plain = word.len() <= WORD_MAX && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if plain {
        Ok(word.to_owned())
    } else {
        Err(ParamError::Malformed("MessageStatus"))
    }
}

/// A number, a short code or a name; anything else could be several parameters folded into one.
fn party(params: &Params, name: &'static str) -> Result<Option<String>, ParamError> {
    let Some(text) = params.one(name)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let bare = text.strip_prefix('+').unwrap_or(text);
    let number = (1..=15).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_digit());
    if number {
        Ok(Some(text.to_owned()))
    } else if is_name(text) {
        Ok(Some(text.trim().to_owned()))
    } else {
        Err(ParamError::Malformed(name))
    }
}

/// What networks let a company call itself: up to eleven characters of the GSM alphabet, one of them a letter (3GPP TS 23.040,
/// 9.1.2.5). A colon stands in addresses of other kinds, such as `client:`.
fn is_name(text: &str) -> bool {
    let all = |fits: fn(char) -> bool| text.chars().all(fits);
    text.chars().count() <= NAME_MAX
        && text.chars().any(char::is_alphabetic)
        && all(|c| !c.is_control() && c != ':')
        && segments(text).encoding == Encoding::Gsm7
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "SM0123456789abcdef0123456789abcdef";
    const MEDIA: &str = "ME0123456789abcdef0123456789abcdef";

    fn read(pairs: &[(&str, &str)]) -> Result<Asked, ParamError> {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Asked::read(&Params::of(pairs.collect()))
    }

    fn inbound(pairs: &[(&str, &str)]) -> Result<Inbound, ParamError> {
        let mut all = vec![("MessageSid", SID), ("SmsStatus", "received"), ("To", "+442071838750")];
        all.extend(pairs);
        match read(&all)? {
            Asked::Inbound(inbound) => Ok(inbound),
            Asked::Status(status) => panic!("{status:?}"),
        }
    }

    #[test]
    fn a_report_is_told_from_a_text() {
        let report = read(&[
            ("MessageSid", SID),
            ("MessageStatus", "delivered"),
            ("SmsStatus", "delivered"),
        ]);
        assert!(matches!(report, Ok(Asked::Status(status)) if status.word == "delivered"));
        let text = inbound(&[("From", "+14155550199"), ("Body", "Hello\r\nyou")]).unwrap();
        assert_eq!((text.body.as_str(), text.media.len()), ("Hello\nyou", 0));
        assert!(matches!(
            read(&[("MessageSid", SID), ("From", "411"), ("To", "+1"), ("Body", "x")]),
            Ok(Asked::Inbound(_))
        ));
    }

    #[test]
    fn what_is_repeated_or_malformed_is_refused() {
        let other = "SM1123456789abcdef0123456789abcdef";
        for pairs in [
            vec![("MessageSid", "SM1"), ("MessageStatus", "sent")],
            vec![("MessageStatus", "sent")],
            vec![("MessageSid", SID), ("MessageSid", SID), ("MessageStatus", "sent")],
            vec![("MessageSid", SID), ("SmsSid", other), ("MessageStatus", "sent")],
            vec![("MessageSid", SID), ("MessageStatus", "sentErrorCode30001")],
            vec![
                ("MessageSid", SID),
                ("MessageStatus", "sent"),
                ("MessageStatus", "queued"),
            ],
            vec![("MessageSid", &format!("{SID}\n")), ("MessageStatus", "sent")],
        ] {
            assert!(read(&pairs).is_err(), "{pairs:?}");
        }
        for from in [
            "+14155550199To+14155550198",
            "client:u1",
            "client:user_1",
            "whatsapp:+1",
            "ACME\nTo",
            "ACME Company",
            "\u{202e}ACME",
            "<!>",
            "+14155550199\n",
        ] {
            assert_eq!(inbound(&[("From", from)]), Err(ParamError::Malformed("From")), "{from}");
        }
        assert_eq!(inbound(&[("Body", "x")]), Err(ParamError::Missing("From")));
        assert!(inbound(&[("From", "+14155550199"), ("Body", "a"), ("Body", "b")]).is_err());
    }

    #[test]
    fn who_texts_may_be_a_number_a_short_code_or_a_name() {
        for from in [
            "+14155550199",
            "12345",
            "411",
            "ACME",
            "ACME <b>",
            "<script>",
            "A&B Co.",
            "Café Noir",
            "AT&T/Info",
        ] {
            assert_eq!(inbound(&[("From", from)]).unwrap().from, from);
        }
        // By which its thread is found again.
        assert_eq!(inbound(&[("From", " ACME ")]).unwrap().from, "ACME");
    }

    #[test]
    fn of_an_attachments_address_only_the_sid_is_taken() {
        let media = |address: &str, kind: &str| {
            let pairs = [
                ("From", "+14155550199"),
                ("NumMedia", "1"),
                ("MediaUrl0", address),
                ("MediaContentType0", kind),
            ];
            inbound(&pairs).unwrap().media
        };
        let found = media(&format!("https://169.254.169.254/{MEDIA}"), "Image/PNG\r\nX: y");
        assert_eq!((found[0].sid.as_str(), found[0].kind.as_str()), (MEDIA, "image/pngx:y"));
        assert!(media("https://api.twilio.com@evil.example/x", "image/png").is_empty());
        let many = inbound(&[("From", "+14155550199"), ("NumMedia", "4000000000")]).unwrap();
        assert!(many.media.is_empty());
    }

    #[test]
    fn a_message_is_named_in_one_way() {
        let id = "0192f0c1-2f5e-7a3b-8c4d-0123456789ab";
        let message = named(&format!("/webhooks/sms/twilio?message={id}"));
        assert!(matches!(message, Named::Message(found) if found.to_string() == id));
        assert_eq!(named("/webhooks/sms/twilio?messages=1"), Named::Nothing);
        assert_eq!(named("/webhooks/sms/twilio"), Named::Nothing);
        for odd in [
            format!("message={}", id.to_uppercase()),
            format!("message={id}&message={id}"),
            format!("message={{{id}}}"),
            "message=".to_owned(),
        ] {
            let nonsense = named(&format!("/webhooks/sms/twilio?{odd}"));
            assert_eq!(nonsense, Named::Nonsense, "{odd}");
        }
    }
}
