//! What became of a text, in words that are the same for every provider.

use std::fmt;
use std::time::Duration;

use domain::message::{MessageError, MessageStatus};
use jiff::Timestamp;

/// What one attempt to send came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has it.
    Accepted(Report),
    /// The provider does not send it, now or later.
    Rejected(Rejection),
    /// It certainly was not sent, and may be tried again.
    NotSent {
        /// Not before then, if the provider says.
        retry_after: Option<Duration>,
    },
    /// It may have been sent: to be looked for, never to be repeated.
    Unknown,
}

/// What a provider knows of a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// Its name at the provider.
    pub provider_sid: String,
    /// How far it is: `accepted` or later. None where the provider uses a word that this version does not know.
    pub status: Option<MessageStatus>,
    /// Of how many parts it is.
    pub segments: Option<u32>,
    /// The number that it came from, where a pool chose it.
    pub from: Option<String>,
    /// Why it did not arrive.
    pub error: Option<MessageError>,
    /// When the provider got it.
    pub created_at: Option<Timestamp>,
    /// When it left.
    pub sent_at: Option<Timestamp>,
}

impl Report {
    /// Of a text of which nothing more is known.
    #[must_use]
    pub fn of(provider_sid: impl Into<String>, status: MessageStatus) -> Self {
        Self {
            provider_sid: provider_sid.into(),
            status: Some(status),
            segments: None,
            from: None,
            error: None,
            created_at: None,
            sent_at: None,
        }
    }
}

/// Why a provider does not send a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    /// What has to change before it could.
    pub kind: RejectionKind,
    /// The same for the person who wrote it. Not for the log: it may hold numbers.
    pub error: MessageError,
}

/// What would have to change before a text can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionKind {
    /// The recipient does not want texts from this sender.
    OptedOut,
    /// The account: its credentials, or that it is stopped.
    Credentials,
    /// The number that it would come from.
    Sender,
    /// The number that it goes to.
    Recipient,
    /// What it says, or its pictures.
    Content,
    /// Something else.
    Other,
}

/// A text could not be looked up. It says nothing about the text.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// The provider does not answer properly: ask again later.
    #[error("the provider of texts cannot be asked right now")]
    Unavailable,
    /// The provider does not tell.
    #[error("the provider of texts refuses to tell")]
    Refused(MessageError),
}

/// Without numbers and words of providers.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("provider_sid", &self.provider_sid)
            .field("status", &self.status)
            .field("segments", &self.segments)
            .field("code", &self.error.as_ref().map(|error| error.code))
            .finish_non_exhaustive()
    }
}

/// Without words of providers.
impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("kind", &self.kind)
            .field("code", &self.error.code)
            .finish_non_exhaustive()
    }
}

/// Without words of providers.
impl fmt::Debug for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable => f.write_str("Unavailable"),
            Self::Refused(error) => f.debug_tuple("Refused").field(&error.code).finish(),
        }
    }
}
