//! What came with a text: through us, by its SIDs alone.

use domain::call::Direction;
use domain::problem::Problem;
use store::Message;
use twilio::{MediaAnswer, MediaSid, MessageSid};

use super::Messages;
use crate::{Caller, ServiceError, connections};

/// Kinds that a browser shows or plays, and that cannot hold a script.
const SHOWN: [&str; 17] = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/avif",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/wav",
    "audio/x-wav",
    "audio/aac",
    "audio/webm",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "video/quicktime",
];
/// What anything else is called.
const BYTES: &str = "application/octet-stream";

/// A picture, a sound or a film on its way from Twilio.
pub struct Media {
    /// What Twilio answered.
    pub answer: MediaAnswer,
    /// What it is called to a browser: one of a few kinds, or just bytes.
    pub content_type: String,
    /// Whether a browser may show it in place.
    pub inline: bool,
    /// A name for the file: letters, digits, hyphens and a dot.
    pub name: String,
}

impl Messages {
    /// Asks Twilio for what came with one of the caller's texts, or for a part of it.
    ///
    /// # Errors
    /// `NotFound` when there is none; `Conflict` when its account is not connected any more; `Upstream` when Twilio does not
    /// give it.
    pub async fn media(&self, caller: &Caller, id: &str, n: usize, range: Option<&str>) -> Result<Media, ServiceError> {
        let message = self.message(caller, id).await?;
        let medium = message.media.get(n).ok_or_else(not_found)?.clone();
        let sid: MessageSid = match &message.provider_sid {
            Some(sid) => sid.parse().map_err(|_| not_found())?,
            None => return Err(not_found()),
        };
        let client = self.client_of(&message).await?;
        let (media, said) = match (message.direction, medium.source.parse::<MediaSid>()) {
            (_, Ok(media)) => (media, medium.content_type),
            // What we sent, Twilio has fetched and kept; where it was before is never asked.
            (Direction::Outbound, Err(_)) => {
                let kept = client.list_message_media(&sid).await.map_err(refused)?;
                let kept = kept.into_iter().nth(n).ok_or_else(not_found)?;
                (kept.sid, kept.content_type)
            }
            (Direction::Inbound, Err(_)) => return Err(not_found()),
        };
        let answer = client.fetch_message_media(&sid, &media, range).await.map_err(refused)?;
        let kind = kind(answer.content_type.as_deref().or(said.as_deref()));
        Ok(Media {
            answer,
            content_type: kind.unwrap_or(BYTES).to_owned(),
            inline: kind.is_some(),
            name: name(&message, n, kind),
        })
    }
}

/// Which of the kinds that may be shown it is.
fn kind(said: Option<&str>) -> Option<&'static str> {
    let said = said?.split(';').next()?.trim();
    SHOWN.into_iter().find(|kind| kind.eq_ignore_ascii_case(said))
}

/// Such as `picture-0192f0c1-1.jpeg`.
fn name(message: &Message, n: usize, kind: Option<&str>) -> String {
    let (what, ending) = kind.and_then(|kind| kind.split_once('/')).unwrap_or(("file", "bin"));
    let what = match what {
        "image" => "picture",
        "audio" => "sound",
        "video" => "film",
        other => other,
    };
    let id: String = message.id.to_string().chars().take(8).collect();
    let ending = match ending.trim_start_matches("x-") {
        "mpeg" => "mp3",
        "quicktime" => "mov",
        ending => ending,
    };
    format!("{what}-{id}-{}.{ending}", n.saturating_add(1))
}

fn refused(error: twilio::Error) -> ServiceError {
    if error.is_not_found() {
        return not_found();
    }
    ServiceError::Upstream(connections::problem_of(&error))
}

fn not_found() -> ServiceError {
    ServiceError::NotFound(Problem::new("media_not_found", "There is no such attachment."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_hold_a_script_is_shown() {
        assert_eq!(kind(Some("Image/JPEG; charset=x")), Some("image/jpeg"));
        for not in [
            "text/html",
            "image/svg+xml",
            "application/xhtml+xml",
            "application/pdf",
            "text/xml",
            "",
        ] {
            assert_eq!(kind(Some(not)), None, "{not}");
        }
        assert_eq!(kind(None), None);
    }
}
