//! Texts: those that came in, and those on their way out.
//!
//! A text that goes out has a place in its recipient's lane until the provider was asked: only the head of a lane may be sent,
//! so that what one person is told arrives in order. A worker claims heads under a lease; whatever it writes of them later
//! holds only while the lease is still the text's.

mod add;
mod change;
mod events;
mod inbound;
mod known;
mod lane;
mod marks;
mod outbox;
mod places;
mod polls;
mod read;
mod row;
mod save;
mod status;

pub use events::MessageEvent;
pub use read::{MessageFilter, MessagePage};

pub(crate) use inbound::AddInbound;
pub(crate) use outbox::Served;
pub(crate) use row::{folded, message_columns, message_of, select_messages};
pub(crate) use status::ApplyStatus;

use domain::call::Direction;
use domain::id::{MessageId, UserId};
use domain::message::{MessageError, MessageMedia, MessageOrigin, MessageStatus};
use domain::time::UnixMillis;

use crate::idempotency::Claim;
use crate::opt_outs::OptChange;

/// A text as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Whose it is.
    pub user_id: UserId,
    /// `AC…`; empty where the provider has no accounts.
    pub account_sid: String,
    /// Who wants it sent; the user, where it came in.
    pub origin: MessageOrigin,
    /// Who wrote to whom.
    pub direction: Direction,
    /// Who wrote; empty while a Messaging Service has not picked the number.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The user's number or Messaging Service (`MG…`) that it goes by.
    pub sender: String,
    /// Who carries it.
    pub provider: String,
    /// The provider's id of it.
    pub provider_sid: Option<String>,
    /// The words.
    pub body: String,
    /// What belongs to it.
    pub media: Vec<MessageMedia>,
    /// Where it is.
    pub status: MessageStatus,
    /// Into how many it is cut.
    pub segments: u32,
    /// Why it did not arrive, or why it was not sent at the last attempt.
    pub error: Option<MessageError>,
    /// When it was asked for, or came in.
    pub created_at: UnixMillis,
    /// Its place in the timeline.
    pub at: UnixMillis,
    /// When it is to be sent, where that was asked for.
    pub send_at: Option<UnixMillis>,
    /// When the provider took it.
    pub sent_at: Option<UnixMillis>,
    /// When it arrived.
    pub delivered_at: Option<UnixMillis>,
    /// How often the provider was asked.
    pub attempts: u32,
    /// When something was last heard of it.
    pub updated_at: UnixMillis,
}

impl Message {
    /// The other party: a number, a short code or a name.
    #[must_use]
    pub fn peer(&self) -> &str {
        match self.direction {
            Direction::Inbound => &self.from,
            Direction::Outbound => &self.to,
        }
    }

    /// Whose thread it is in; nobody's, where the server wrote it.
    fn thread(&self) -> &str {
        match self.origin {
            MessageOrigin::User => self.peer(),
            MessageOrigin::System => "",
        }
    }
}

/// A text to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id.
    pub id: MessageId,
    /// Whose it is.
    pub user_id: UserId,
    /// `AC…`; empty where the provider has no accounts.
    pub account_sid: String,
    /// Who wants it sent. What the server writes is in no thread.
    pub origin: MessageOrigin,
    /// The number; empty where a Messaging Service picks it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The number or Messaging Service that it goes by.
    pub sender: String,
    /// Who carries it.
    pub provider: String,
    /// The words.
    pub body: String,
    /// What belongs to it.
    pub media: Vec<MessageMedia>,
    /// Into how many it is cut.
    pub segments: u32,
    /// When it is to be sent; at once, where that is past or not given.
    pub send_at: Option<UnixMillis>,
    /// What the user had begun to write was this.
    pub clears_draft: bool,
}

/// What came of a wish to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddedMessage {
    /// It is stored and will be sent.
    New(Box<Message>),
    /// The claim's key was used before; nothing was written. Never [`Claim::New`].
    Claimed(Claim<MessageId>),
}

/// A text that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInbound {
    /// Its id, unless the provider's is known already.
    pub id: MessageId,
    /// Whose it is.
    pub user_id: UserId,
    /// `AC…`; empty where the provider has no accounts.
    pub account_sid: String,
    /// Who wrote.
    pub from: String,
    /// The user's number.
    pub to: String,
    /// The number or Messaging Service that it came to.
    pub sender: String,
    /// Who carried it.
    pub provider: String,
    /// The provider's id of it.
    pub provider_sid: String,
    /// The words.
    pub body: String,
    /// What belongs to it.
    pub media: Vec<MessageMedia>,
    /// Into how many it was cut.
    pub segments: u32,
    /// The sender wants no more texts, or wants them again.
    pub opt_change: Option<OptChange>,
}

/// What came of a text that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboundAdded {
    /// It is stored.
    New(Box<Message>),
    /// It was here before; nothing was written.
    Again,
    /// Its id of the provider's is known to be another account's; nothing was written.
    Foreign,
}

/// What the provider says when it took a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its id of it, where it gives one.
    pub provider_sid: Option<String>,
    /// How far it is.
    pub status: MessageStatus,
    /// Into how many it is cut.
    pub segments: Option<u32>,
    /// The number it goes by.
    pub from: Option<String>,
}

/// What the provider reports later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// The tenant.
    pub user_id: UserId,
    /// `AC…`; empty where the provider has no accounts.
    pub account_sid: String,
    /// Our id, where the report was sent to an address that names it.
    pub message: Option<MessageId>,
    /// The provider's id.
    pub provider_sid: String,
    /// How far it is.
    pub status: MessageStatus,
    /// Why it did not arrive.
    pub error: Option<MessageError>,
    /// The number it goes by.
    pub from: Option<String>,
    /// Into how many it is cut.
    pub segments: Option<u32>,
    /// The other party wants no more texts by its sender.
    pub opted_out: bool,
}

/// What came of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusApplied {
    /// The text as it stands now.
    Done(Box<Message>),
    /// The same report was here before; nothing was written.
    Again,
    /// The tenant has no such text; nothing was written.
    Unknown,
    /// The SID is known to be another account's; nothing was written.
    Foreign,
}

/// What a worker takes upon itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claiming {
    /// What tells this claim from every other.
    pub lease: String,
    /// How long it holds.
    pub until: UnixMillis,
    /// At most so many.
    pub limit: u32,
    /// At most so many of one user at once, with those that are claimed already.
    pub per_user: u32,
}

/// What came of the wish to send a text once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retried {
    /// It will be sent.
    Queued(Box<Message>),
    /// It may have been sent: the user must know that.
    NeedsForce,
    /// There is no such text, or it is not one that failed.
    Not,
}
