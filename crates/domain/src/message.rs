//! A text, from the wish to send it to the last that is heard of it.
//!
//! Reports come in no certain order, sometimes twice; [`MessageStatus::merge`] of all of them is the same whatever the order.

use serde::{Deserialize, Serialize};

use crate::call::{CallView, Direction};
use crate::id::MessageId;
use crate::time::UnixMillis;

stored_enum! {
    /// Where a text is. The variants stand in the order of a text's life, so that a later report is the greater one.
    MessageStatus {
        /// It waits for its time.
        Scheduled = "scheduled",
        /// It is stored and will be sent.
        Queued = "queued",
        /// The provider is being asked.
        Sending = "sending",
        /// The provider was asked and its answer never came: it may have been sent or not.
        Unknown = "unknown",
        /// The provider has it.
        Accepted = "accepted",
        /// The carrier has it.
        Sent = "sent",
        /// The carrier could not deliver it.
        Undelivered = "undelivered",
        /// It was not sent and will not be.
        Failed = "failed",
        /// It was called off.
        Canceled = "canceled",
        /// It is on the phone.
        Delivered = "delivered",
        /// It was looked at.
        Read = "read",
        /// It came in.
        Received = "received",
    }
}

impl MessageStatus {
    /// Whether nothing is expected to follow. A text that was delivered may still be read.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Undelivered | Self::Failed | Self::Canceled | Self::Delivered | Self::Read | Self::Received
        )
    }

    /// Whether it did not arrive and will not.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Undelivered | Self::Failed)
    }

    /// Whether it is still ours: the provider was not asked yet.
    #[must_use]
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Scheduled | Self::Queued)
    }

    /// Whether the provider has it, as far as is known, and its end is still to come.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Unknown | Self::Accepted | Self::Sent)
    }

    /// The later of two reports, whichever came first.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }
}

stored_enum! {
    /// Who wants a text sent, and hence by whose account it goes.
    MessageOrigin {
        /// The user, by his own connection.
        User = "user",
        /// The server, to tell the user something.
        System = "system",
    }
}

stored_enum! {
    /// What was noted about a text.
    MessageEventKind {
        /// Somebody asked for it.
        Requested = "requested",
        /// It came in.
        Received = "received",
        /// The provider was asked.
        Sending = "sending",
        /// The provider has it.
        Accepted = "accepted",
        /// The provider refused it; the detail says why.
        Rejected = "rejected",
        /// It certainly was not sent and will be tried again; the detail says why.
        NotSent = "not_sent",
        /// The provider's answer never came.
        Unknown = "unknown",
        /// The provider tells a status.
        Reported = "reported",
        /// It was looked up at the provider and found.
        Found = "found",
        /// The user called it off.
        Canceled = "canceled",
        /// The user wants it sent once more.
        Retried = "retried",
    }
}

/// Why a text did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageError {
    /// The provider's code.
    pub code: Option<u32>,
    /// One plain sentence.
    pub message: String,
}

/// A picture, a sound or a film that belongs to a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageMedia {
    /// Where it is: the provider's id of it (`ME…`), or the address the provider is to take it from.
    pub source: String,
    /// Its type as the provider says.
    pub content_type: Option<String>,
}

/// The same for a browser: it is read through us by its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaView {
    /// Its place in the text, from 0.
    pub n: u32,
    /// Its type as the provider says.
    pub content_type: Option<String>,
}

/// A text as a person reads it; small enough to travel with every change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    /// Its id.
    pub id: MessageId,
    /// Who wrote to whom.
    pub direction: Direction,
    /// Who wrote: E.164, a short code or a name; empty while the provider has not chosen the number yet.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The other party, as people write it.
    pub peer: String,
    /// The words.
    pub body: String,
    /// Where it is.
    pub status: MessageStatus,
    /// Into how many it is cut on its way.
    pub segments: u32,
    /// Who carries it: "twilio" …
    pub provider: String,
    /// The provider's id of it, once it has one.
    pub provider_sid: Option<String>,
    /// Why it did not arrive.
    pub error: Option<MessageError>,
    /// What belongs to it.
    pub media: Vec<MediaView>,
    /// When it was asked for, or came in.
    pub created_at: UnixMillis,
    /// When it is to be sent, where that was asked for.
    pub send_at: Option<UnixMillis>,
    /// When the provider took it.
    pub sent_at: Option<UnixMillis>,
    /// When it arrived.
    pub delivered_at: Option<UnixMillis>,
    /// How often the provider was asked.
    pub attempts: u32,
}

/// One line of what was noted about a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEventView {
    /// What was noted.
    pub kind: MessageEventKind,
    /// The status, where one was told.
    pub status: Option<MessageStatus>,
    /// A sentence, by kind.
    pub detail: Option<String>,
    /// When it happened.
    pub at: UnixMillis,
}

/// A line of what the user and somebody else have told each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimelineItem {
    /// They spoke, or tried to.
    Call(Box<CallView>),
    /// One wrote to the other.
    Message(Box<MessageView>),
}

/// Somebody the user writes to or speaks with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadView {
    /// E.164, a short code or a name.
    pub peer: String,
    /// The same as people write it.
    pub formatted: String,
    /// How the user calls him.
    pub name: Option<String>,
    /// The newest of calls and texts.
    pub last: Option<TimelineItem>,
    /// When that was.
    pub last_at: Option<UnixMillis>,
    /// Texts that came in since the user last looked.
    pub unread: u32,
    /// What the user has begun to write.
    pub draft: Option<String>,
    /// He does not want to be written to since then.
    pub opted_out_at: Option<UnixMillis>,
}

/// How a user wants his texts to be sent, and what he wants to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSettings {
    /// The Messaging Service (`MG…`) of his account that picks the number; none: his own number.
    pub messaging_service_sid: Option<String>,
    /// He wants to be told when somebody signs in as him.
    pub notify_sign_in: bool,
    /// Where he is told, E.164.
    pub notify_number: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_come_to_the_same_in_every_order() {
        for &one in MessageStatus::ALL {
            assert_eq!(one.merge(one), one);
            assert_eq!(MessageStatus::from_word(one.as_str()), Some(one));
            for &other in MessageStatus::ALL {
                let both = one.merge(other);
                assert_eq!(both, other.merge(one));
                assert!(both == one || both == other);
                for &third in MessageStatus::ALL {
                    assert_eq!(both.merge(third), one.merge(other.merge(third)));
                }
            }
        }
    }

    #[test]
    fn what_has_ended_goes_on_only_to_a_better_end() {
        let ended = MessageStatus::ALL.iter().filter(|status| status.is_terminal());
        for &end in ended {
            for &report in MessageStatus::ALL {
                let now = end.merge(report);
                assert!(now.is_terminal(), "{end:?} {report:?}");
                assert!(now == end || report > end, "{end:?} {report:?}");
            }
        }
    }

    #[test]
    fn a_callback_settles_what_was_unknown() {
        use MessageStatus::{Accepted, Delivered, Failed, Sending, Sent, Undelivered, Unknown};
        for report in [Accepted, Sent, Undelivered, Failed, Delivered] {
            assert_eq!(Unknown.merge(report), report);
        }
        assert_eq!(Unknown.merge(Sending), Unknown);
        assert_eq!(Undelivered.merge(Sent), Undelivered);
        assert_eq!(Undelivered.merge(Delivered), Delivered);
    }

    #[test]
    fn a_text_is_ours_then_the_providers_then_at_its_end() {
        for status in MessageStatus::ALL {
            let kinds = [status.is_waiting(), status.is_under_way(), status.is_terminal()];
            let expected = usize::from(*status != MessageStatus::Sending);
            assert_eq!(kinds.iter().filter(|is| **is).count(), expected, "{status:?}");
            assert!(!status.is_failure() || status.is_terminal());
        }
    }
}
