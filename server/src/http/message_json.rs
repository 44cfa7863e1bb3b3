//! Texts as the contract writes them: times in RFC 3339, everything else in words.

use domain::message::{MediaView, MessageError, MessageView};
use domain::time::UnixMillis;
use serde::Serialize;
use services::calls::rfc3339;

/// A piece of a list.
#[derive(Serialize)]
pub struct ListJson {
    /// What is in it.
    pub items: Vec<MessageJson>,
    /// Where the next piece begins.
    pub next: Option<String>,
}

/// A text.
#[derive(Serialize)]
pub struct MessageJson {
    id: String,
    direction: &'static str,
    from: String,
    to: String,
    peer: String,
    body: String,
    status: &'static str,
    segments: u32,
    provider: String,
    provider_sid: Option<String>,
    error: Option<ErrorJson>,
    media: Vec<MediaJson>,
    attempts: u32,
    created_at: String,
    send_at: Option<String>,
    sent_at: Option<String>,
    delivered_at: Option<String>,
}

#[derive(Serialize)]
struct ErrorJson {
    code: Option<String>,
    message: String,
}

#[derive(Serialize)]
struct MediaJson {
    content_type: Option<String>,
    content: String,
}

impl From<MessageView> for MessageJson {
    fn from(message: MessageView) -> Self {
        let MessageView {
            id,
            direction,
            from,
            to,
            peer,
            body,
            status,
            segments,
            provider,
            provider_sid,
            error,
            media,
            created_at,
            send_at,
            sent_at,
            delivered_at,
            attempts,
        } = message;
        let optional = |at: Option<UnixMillis>| at.map(rfc3339);
        let medium = |MediaView { n, content_type }| MediaJson {
            content_type,
            content: format!("/api/messages/{id}/media/{n}"),
        };
        Self {
            id: id.to_string(),
            direction: direction.as_str(),
            from,
            to,
            peer,
            body,
            status: status.as_str(),
            segments,
            provider,
            provider_sid,
            error: error.map(ErrorJson::from),
            media: media.into_iter().map(medium).collect(),
            attempts,
            created_at: rfc3339(created_at),
            send_at: optional(send_at),
            sent_at: optional(sent_at),
            delivered_at: optional(delivered_at),
        }
    }
}

impl From<MessageError> for ErrorJson {
    fn from(MessageError { code, message }: MessageError) -> Self {
        Self {
            code: code.map(|code| code.to_string()),
            message,
        }
    }
}
