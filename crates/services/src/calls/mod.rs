//! The call log: read, filtered, followed as it changes; recordings played and deleted; how calls are to be treated.

mod audio;
mod feed;
mod fields;
mod log;
mod settings;
mod table;
mod view;

use domain::call::{CallEventView, CallView, Direction};
use domain::problem::Problem;
use domain::time::UnixMillis;
use store::Connection;

use crate::voice::Voice;
use crate::{Caller, Parts, ServiceError};

pub use audio::Audio;
pub use feed::{Feed, News};
pub use fields::Fields;
pub use log::Table;
pub use table::rfc3339;

/// The use cases of the call log.
#[derive(Clone)]
pub struct Calls {
    parts: Parts,
    voice: Voice,
}

/// Which calls are wanted; all that is set must be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallQuery {
    /// Who called whom.
    pub direction: Option<Direction>,
    /// Only those that nobody answered.
    pub missed: bool,
    /// Only those with a message.
    pub voicemail: bool,
    /// A number or a part of one, in any way of writing it.
    pub text: Option<String>,
    /// Begun then or later.
    pub since: Option<UnixMillis>,
    /// Begun before.
    pub until: Option<UnixMillis>,
}

/// A piece of the log, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPage {
    /// The calls.
    pub calls: Vec<CallView>,
    /// Where the next piece begins; none at the end.
    pub next: Option<String>,
}

/// A call with its timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallDetail {
    /// The call.
    pub call: CallView,
    /// What was noted about it, oldest first.
    pub events: Vec<CallEventView>,
    /// Why it was not put through.
    pub error: Option<CallError>,
}

/// Why a call was not put through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// Twilio's code, or `refused` where we did not ask Twilio.
    pub code: String,
    /// The same as a sentence.
    pub message: String,
}

impl Calls {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts, voice: Voice) -> Self {
        Self { parts, voice }
    }

    /// The present moment, so that a page can tell which day is today.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.parts.clock.now()
    }

    /// Notes that the caller has seen his missed calls.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_seen(&self, caller: &Caller) -> Result<(), ServiceError> {
        let now = self.parts.clock.now();
        Ok(self.parts.store.mark_calls_seen(caller.user_id, now).await?)
    }

    /// The caller's connection in use.
    async fn connection(&self, caller: &Caller) -> Result<Connection, ServiceError> {
        in_use(&self.parts, caller).await?.ok_or_else(|| {
            ServiceError::Conflict(Problem::new(
                "twilio_not_connected",
                "No Twilio account is connected. Connect one under Settings → Twilio Setup.",
            ))
        })
    }
}

/// The caller's connection, if it is in use.
pub(crate) async fn in_use(parts: &Parts, caller: &Caller) -> Result<Option<Connection>, ServiceError> {
    let current = parts.store.current_connection(caller.user_id).await?;
    Ok(current.filter(|connection| connection.state == domain::connection::ConnectionState::Connected))
}

fn call_not_found() -> ServiceError {
    ServiceError::NotFound(Problem::new("call_not_found", "There is no such call."))
}

fn recording_not_found() -> ServiceError {
    ServiceError::NotFound(Problem::new("recording_not_found", "There is no such recording."))
}
