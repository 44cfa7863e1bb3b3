//! Texts: what is known of them, what may be sent, and the tasks that send and receive them.

mod behaviour;
mod book;
mod control;
mod handle;
mod incoming;
mod keywords;
mod magic;
mod outgoing;
mod params;
mod rules;
mod segments;
mod service;
mod snapshot;

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

pub use self::behaviour::{MessagesBehaviour, Outcome};
pub(crate) use self::book::Texts;
pub(crate) use self::control::routes;
pub(crate) use self::incoming::answer;
pub(crate) use self::magic::sentence;
pub(crate) use self::outgoing::send;
pub(crate) use self::rules::{Draft, compose};
pub(crate) use self::segments::segments;
pub use self::service::MessagingServiceSettings;
pub(crate) use self::service::Service;
pub use self::snapshot::{MediaSnapshot, MessageSnapshot};
use crate::calls::Notice;
use crate::twiml::Target;
use crate::world::Stored;

/// Twilio's states of a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageStatus {
    /// For a Messaging Service, which has not chosen a sender yet.
    Accepted,
    /// Waits for its time.
    Scheduled,
    /// Waits for the line.
    Queued,
    /// On its way to the carrier.
    Sending,
    /// The carrier has it.
    Sent,
    /// The phone has it.
    Delivered,
    /// The carrier could not deliver it.
    Undelivered,
    /// It did not get as far as a carrier.
    Failed,
    /// Taken back before its time.
    Canceled,
    /// From a phone.
    Received,
}

impl MessageStatus {
    /// As Twilio writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Received => "received",
        }
    }

    /// Whether nothing will happen to it any more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::Delivered | Self::Undelivered | Self::Failed | Self::Canceled | Self::Received
        )
    }

    /// Whether a carrier has it, or never will.
    pub(crate) fn has_left(self) -> bool {
        self.is_final() || self == Self::Sent
    }
}

/// Who began.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Direction {
    Inbound,
    OutboundApi,
    OutboundReply,
}

impl Direction {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::OutboundApi => "outbound-api",
            Self::OutboundReply => "outbound-reply",
        }
    }
}

/// What a person asked for with a single word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OptOut {
    Stop,
    Start,
    Help,
}

/// A picture or another file of a text.
#[derive(Clone, Debug)]
pub(crate) struct Media {
    pub(crate) content_type: String,
    pub(crate) bytes: Arc<[u8]>,
    /// Names it in the storage, where everybody who knows the address gets it.
    pub(crate) token: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) account_sid: String,
    pub(crate) direction: Direction,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) body: String,
    pub(crate) status: MessageStatus,
    pub(crate) service_sid: Option<String>,
    /// Of the body as it was sent: it stays when the body is redacted.
    pub(crate) segments: usize,
    pub(crate) media: Vec<Stored<Media>>,
    /// Where its media are to be fetched from.
    pub(crate) media_urls: Vec<String>,
    pub(crate) error: Option<u32>,
    pub(crate) sent: Option<Timestamp>,
    pub(crate) send_at: Option<Timestamp>,
    pub(crate) callback: Option<Target>,
    pub(crate) opt_out: Option<OptOut>,
    /// Twilio's own answer to a keyword, which no list shows.
    pub(crate) automatic: bool,
    /// What the program answered to it.
    pub(crate) answer: Option<String>,
    pub(crate) notices: Vec<Notice>,
}

impl Message {
    /// The prefix of its SID.
    pub(crate) fn prefix(&self) -> &'static str {
        if self.media.is_empty() && self.media_urls.is_empty() {
            "SM"
        } else {
            "MM"
        }
    }

    /// A service that has not chosen its sender yet.
    pub(crate) fn is_unassigned(&self) -> bool {
        self.service_sid.is_some() && matches!(self.status, MessageStatus::Accepted | MessageStatus::Scheduled)
    }

    pub(crate) fn media_count(&self) -> usize {
        self.media.len().max(self.media_urls.len())
    }
}
