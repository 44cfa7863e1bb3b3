//! The parameters of texts: <https://www.twilio.com/docs/messaging/guides/webhook-request>.

use super::{ParamError, Params};
use crate::client::messages::MessageStatus;
use crate::sid::{MediaSid, MessageSid, MessagingServiceSid};

/// The most media that a text has.
const MAX_MEDIA: usize = 10;
/// The longest type of something that is read, in bytes.
const MAX_TYPE: usize = 100;
/// The most parts of a text that are believed.
const MAX_SEGMENTS: u64 = 100;

/// Something that came with a text: who it is for Twilio, never where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRef {
    /// Its identifier, taken out of its address. The rest of the address is not looked at.
    pub sid: MediaSid,
    /// What the sender says it is, for example `image/jpeg`.
    pub content_type: Option<String>,
}

/// What Twilio's own opt-out took a text for. It has answered the sender itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptOutType {
    /// The sender wants no more texts.
    Stop,
    /// The sender wants texts again.
    Start,
    /// The sender asked what this is.
    Help,
}

/// Identifiers and media: strict.
impl Params {
    /// The text it is about.
    pub fn message_sid(&self) -> Result<MessageSid, ParamError> {
        self.needed("MessageSid")
    }

    /// The Messaging Service that the text went through.
    pub fn messaging_service_sid(&self) -> Result<Option<MessagingServiceSid>, ParamError> {
        self.optional("MessagingServiceSid")
    }

    /// What the text says; nothing where it only has media.
    pub fn body(&self) -> Result<&str, ParamError> {
        Ok(self.one("Body")?.unwrap_or_default())
    }

    /// What came with the text, in order; 10 at most.
    pub fn media(&self) -> Result<Vec<MediaRef>, ParamError> {
        const URLS: [&str; MAX_MEDIA] = [
            "MediaUrl0",
            "MediaUrl1",
            "MediaUrl2",
            "MediaUrl3",
            "MediaUrl4",
            "MediaUrl5",
            "MediaUrl6",
            "MediaUrl7",
            "MediaUrl8",
            "MediaUrl9",
        ];
        let count = match self.one("NumMedia")?.filter(|text| !text.is_empty()) {
            None => 0,
            Some(text) => text.parse().map_err(|_| ParamError::Malformed("NumMedia"))?,
        };
        let stated = URLS.into_iter().enumerate().take(count);
        stated
            .map(|(index, name)| {
                let url = self.one(name)?.ok_or(ParamError::Missing(name))?;
                Ok(MediaRef {
                    sid: media_sid(url).ok_or(ParamError::Malformed(name))?,
                    content_type: self.content_type(index),
                })
            })
            .collect()
    }

    fn content_type(&self, index: usize) -> Option<String> {
        let text = self.raw(&format!("MediaContentType{index}"))?;
        let fits = text.contains('/') && text.len() <= MAX_TYPE && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| text.to_ascii_lowercase())
    }
}

/// What happened: nonsense is nothing.
impl Params {
    /// How far the text is.
    pub fn message_status(&self) -> Option<MessageStatus> {
        let text = self.raw("MessageStatus").or_else(|| self.raw("SmsStatus"))?;
        match MessageStatus::from(text.to_owned()) {
            MessageStatus::Unknown(_) => None,
            status => Some(status),
        }
    }

    /// Of how many parts the text is.
    pub fn num_segments(&self) -> Option<u32> {
        let count = self.number("NumSegments", MAX_SEGMENTS)?;
        u32::try_from(count).ok().filter(|count| *count > 0)
    }

    /// What Twilio's own opt-out took the text for. Only with a Messaging Service that has it.
    pub fn opt_out_type(&self) -> Option<OptOutType> {
        Some(match self.raw("OptOutType")? {
            "STOP" => OptOutType::Stop,
            "START" => OptOutType::Start,
            "HELP" => OptOutType::Help,
            _ => return None,
        })
    }
}

/// The last part of the path.
fn media_sid(url: &str) -> Option<MediaSid> {
    let path = url.split(['?', '#']).next()?;
    path.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
    const MEDIA: &str = "ME0123456789abcdef0123456789abcdef";
    const MESSAGE: &str = "MM0123456789abcdef0123456789abcdef";

    fn params(pairs: &[(&str, &str)]) -> Params {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Params::of(pairs.collect())
    }

    #[test]
    fn a_text_with_a_picture_is_read() {
        let url = format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}/Media/{MEDIA}");
        let params = params(&[
            ("MessageSid", MESSAGE),
            ("SmsStatus", "received"),
            ("Body", "look"),
            ("NumMedia", "1"),
            ("NumSegments", "1"),
            ("MediaUrl0", &url),
            ("MediaContentType0", "image/JPEG"),
            ("MessagingServiceSid", ""),
        ]);
        assert_eq!(params.message_sid().unwrap().as_str(), MESSAGE);
        assert_eq!(params.message_status(), Some(MessageStatus::Received));
        assert_eq!((params.body(), params.num_segments()), (Ok("look"), Some(1)));
        let media = params.media().unwrap();
        assert_eq!(media[0].sid.as_str(), MEDIA);
        assert_eq!(media[0].content_type.as_deref(), Some("image/jpeg"));
        assert_eq!(params.messaging_service_sid(), Ok(None));
    }

    #[test]
    fn of_a_picture_s_address_only_its_identifier_is_taken() {
        for url in [
            format!("https://evil.example/{MEDIA}"),
            format!("http://169.254.169.254/latest/{MEDIA}?x=/y#z"),
            format!("file:///{MEDIA}"),
            MEDIA.to_owned(),
        ] {
            let media = params(&[("NumMedia", "1"), ("MediaUrl0", &url)]).media().unwrap();
            assert_eq!(media[0].sid.as_str(), MEDIA);
            assert_eq!(media[0].content_type, None);
        }
        for url in [
            "",
            "https://api.twilio.com/x",
            &format!("https://x.example/?{MEDIA}"),
            ACCOUNT,
        ] {
            let read = params(&[("NumMedia", "1"), ("MediaUrl0", url)]).media();
            assert_eq!(read, Err(ParamError::Malformed("MediaUrl0")), "{url}");
        }
    }

    #[test]
    fn media_that_are_announced_are_there_and_not_more_than_ten() {
        assert_eq!(
            params(&[("NumMedia", "1")]).media(),
            Err(ParamError::Missing("MediaUrl0"))
        );
        assert_eq!(
            params(&[("NumMedia", "-1")]).media(),
            Err(ParamError::Malformed("NumMedia"))
        );
        for none in [&[][..], &[("NumMedia", "")], &[("NumMedia", "0"), ("MediaUrl0", "x")]] {
            assert_eq!(params(none).media(), Ok(Vec::new()));
        }
        let names: Vec<_> = (0..12).map(|index| format!("MediaUrl{index}")).collect();
        let mut pairs = vec![("NumMedia", "4000000000")];
        pairs.extend(names.iter().map(|name| (name.as_str(), MEDIA)));
        assert_eq!(params(&pairs).media().unwrap().len(), MAX_MEDIA);
    }

    #[test]
    fn a_type_that_could_be_more_than_a_type_is_none() {
        let long = format!("image/{}", "x".repeat(MAX_TYPE));
        for text in ["image", "image/x\r\nSet-Cookie: a", "image/ü", "", &long] {
            let pairs = [("NumMedia", "1"), ("MediaUrl0", MEDIA), ("MediaContentType0", text)];
            assert_eq!(params(&pairs).media().unwrap()[0].content_type, None, "{text:?}");
        }
    }

    #[test]
    fn a_body_that_is_there_twice_is_not_believed() {
        assert_eq!(params(&[]).body(), Ok(""));
        let twice = params(&[("Body", "yes"), ("Body", "no")]);
        assert_eq!(twice.body(), Err(ParamError::Repeated("Body")));
    }

    #[test]
    fn states_and_wishes_that_are_not_known_are_none() {
        let status = |name, text| params(&[(name, text)]).message_status();
        assert_eq!(status("MessageStatus", "undelivered"), Some(MessageStatus::Undelivered));
        assert_eq!(status("SmsStatus", "sent"), Some(MessageStatus::Sent));
        assert_eq!(status("MessageStatus", "teleported"), None);
        for (text, expected) in [
            ("STOP", Some(OptOutType::Stop)),
            ("START", Some(OptOutType::Start)),
            ("HELP", Some(OptOutType::Help)),
            ("stop", None),
            ("", None),
        ] {
            assert_eq!(params(&[("OptOutType", text)]).opt_out_type(), expected, "{text}");
        }
        for text in ["0", "101", "-1", ""] {
            assert_eq!(params(&[("NumSegments", text)]).num_segments(), None, "{text}");
        }
    }
}
