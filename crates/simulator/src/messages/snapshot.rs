//! Texts as tests and the page see them.

use serde::Serialize;

use super::{Message, MessageStatus};
use crate::calls::Notice;
use crate::world::Stored;

/// A picture or another file of a text.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct MediaSnapshot {
    /// `ME…`
    pub sid: String,
    /// As its sender named it.
    pub content_type: String,
    /// Bytes.
    pub size: usize,
    /// The path in the storage, without credentials.
    pub url: String,
}

/// One text.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct MessageSnapshot {
    /// `SM…`, or `MM…` with media.
    pub sid: String,
    /// Whose it is.
    pub account_sid: String,
    /// `inbound`, `outbound-api` or `outbound-reply`.
    pub direction: String,
    /// Who sends it, as far as it has been decided.
    pub from: String,
    /// Whom it is for.
    pub to: String,
    /// Empty when it was redacted.
    pub body: String,
    /// How far it is.
    pub status: MessageStatus,
    /// The service that sends or receives it.
    pub messaging_service_sid: Option<String>,
    /// As it was sent.
    pub segments: usize,
    /// As far as they were fetched.
    pub media: Vec<MediaSnapshot>,
    /// Why it was not delivered.
    pub error_code: Option<u32>,
    /// RFC 3339 in UTC.
    pub created: String,
    /// When something last changed.
    pub updated: String,
    /// When it was sent or received.
    pub sent: Option<String>,
    /// Twilio's own answer to a keyword, which the API does not list.
    pub automatic: bool,
    /// Of an inbound one: what the program answered.
    pub answer: Option<String>,
    /// What would stand in Twilio's debugger.
    pub notices: Vec<Notice>,
}

impl MessageSnapshot {
    pub(crate) fn of(message: &Stored<Message>) -> Self {
        let value = &message.value;
        let media = value.media.iter().map(|media| MediaSnapshot {
            sid: media.sid.clone(),
            content_type: media.value.content_type.clone(),
            size: media.value.bytes.len(),
            url: format!("/media-storage/{}", media.value.token),
        });
        Self {
            sid: message.sid.clone(),
            account_sid: value.account_sid.clone(),
            direction: value.direction.as_str().to_owned(),
            from: value.from.clone(),
            to: value.to.clone(),
            body: value.body.clone(),
            status: value.status,
            messaging_service_sid: value.service_sid.clone(),
            segments: value.segments,
            media: media.collect(),
            error_code: value.error,
            created: message.created.to_string(),
            updated: message.updated.to_string(),
            sent: value.sent.map(|time| time.to_string()),
            automatic: value.automatic,
            answer: value.answer.clone(),
            notices: value.notices.clone(),
        }
    }
}
