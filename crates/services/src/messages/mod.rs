//! Texts: sent once, followed to their end, answered in a thread.
//!
//! Accepted means stored ([`send`]). What is stored is handed over by [`outbox`], which marks a text before it asks the
//! provider: a text whose answer was lost is looked up there ([`look`]) and shown as unknown until it is found, but never sent
//! again by itself. What Twilio tells comes in by [`webhook`].

mod asked;
mod backoff;
mod content;
mod found;
mod keywords;
mod look;
mod media;
mod notice;
mod outbox;
mod outlet;
mod readiness;
mod recipient;
mod send;
mod settings;
mod threads;
mod view;
mod webhook;

use std::sync::Arc;

use domain::call::Direction;
use domain::id::MessageId;
use domain::message::{MessageView, ThreadView};
use domain::problem::Problem;
use domain::time::UnixMillis;
use messaging::Provider;
use secrecy::SecretString;
use store::Message;
use tokio::sync::Notify;
use twilio::AccountSid;

use crate::calls::Calls;
use crate::voice::Voice;
use crate::{Caller, Parts, ServiceError};

pub use content::{BODY_MAX, MEDIA_MAX};
pub use media::Media;
pub use readiness::{Readiness, ReadinessLine, ReadinessState};
pub use settings::{ServiceChoice, TextSettingsView};
pub use webhook::{Reply, TextWebhook};

pub(crate) use view::view;

/// How texts leave this installation.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who sends them.
    pub provider: Provider,
    /// The account for messages of the system itself.
    pub system: Option<SystemAccount>,
}

/// The account for messages of the system itself.
#[derive(Clone, Debug)]
pub struct SystemAccount {
    /// `AC…`
    pub account_sid: AccountSid,
    /// Its token.
    pub auth_token: SecretString,
    /// Who its texts are from: a Messaging Service (`MG…`), or a number.
    pub sender: Option<String>,
    /// Whether users who have connected no account may send by it.
    pub serves_users: bool,
}

/// A text that is to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendText {
    /// A number in any way of writing it.
    pub to: String,
    /// The words.
    pub body: String,
    /// Public addresses of pictures and sounds, which the provider fetches.
    pub media: Vec<String>,
    /// When; none for at once.
    pub send_at: Option<UnixMillis>,
}

/// Which texts are wanted; all that is set must be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageQuery {
    /// The other party, in any way of writing it.
    pub peer: Option<String>,
    /// Who wrote to whom.
    pub direction: Option<Direction>,
    /// Words in it.
    pub text: Option<String>,
}

/// A piece of a list of texts, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePage {
    /// The texts.
    pub messages: Vec<MessageView>,
    /// Where the next piece begins; none at the end.
    pub next: Option<String>,
}

/// A piece of the list of threads, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadPage {
    /// The threads.
    pub threads: Vec<ThreadView>,
    /// Where the next piece begins; none at the end.
    pub next: Option<String>,
}

/// What stands above and below the timeline of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// With whom.
    pub thread: ThreadView,
    /// Where the user writes.
    pub composer: Composer,
}

/// Where the user writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composer {
    /// Whether he can.
    pub can_send: bool,
    /// Why not.
    pub why_not: Option<Problem>,
    /// What he should know before he does.
    pub hint: Option<String>,
    /// Who the texts are from: a number, or a Messaging Service.
    pub from: String,
    /// The same as people write it.
    pub from_formatted: String,
    /// The other party as people write it.
    pub formatted_peer: String,
}

/// A piece of what two people have told each other, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// Calls and texts.
    pub entries: Vec<Entry>,
    /// Where the next piece begins; none at the end.
    pub next: Option<String>,
}

/// A line of a timeline.
pub type Entry = domain::message::TimelineItem;

/// The use cases of texts.
#[derive(Clone)]
pub struct Messages {
    parts: Parts,
    voice: Voice,
    calls: Calls,
    /// Something may be due.
    wake: Arc<Notify>,
}

impl Messages {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts, voice: Voice, calls: Calls) -> Self {
        Self {
            parts,
            voice,
            calls,
            wake: Arc::default(),
        }
    }

    /// The present moment, so that a page can tell which day is today.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.parts.clock.now()
    }

    /// One of the caller's texts: by our id, or by the provider's.
    ///
    /// # Errors
    /// `NotFound`, whether there is none or it is somebody else's.
    pub async fn find(&self, caller: &Caller, id: &str) -> Result<MessageView, ServiceError> {
        Ok(view(self.message(caller, id).await?))
    }

    async fn message(&self, caller: &Caller, id: &str) -> Result<Message, ServiceError> {
        let store = &self.parts.store;
        let found = match id.parse::<MessageId>() {
            Ok(id) => store.message(caller.user_id, id).await?,
            Err(_) if id.parse::<twilio::MessageSid>().is_ok() => store.message_by_sid(caller.user_id, id).await?,
            Err(_) => None,
        };
        found.ok_or_else(message_not_found)
    }

    fn provider(&self) -> &Provider {
        &self.parts.texts.provider
    }

    fn system(&self) -> Option<&SystemAccount> {
        self.parts.texts.system.as_ref()
    }
}

fn message_not_found() -> ServiceError {
    ServiceError::NotFound(Problem::new("message_not_found", "There is no such text."))
}
