//! Webhooks: signed requests to the program under test, with Twilio's retries, and with faults on demand.

mod courier;
mod deliver;
mod log;
mod overrides;

pub(crate) use self::courier::Courier;
pub(crate) use self::deliver::{client, request};
pub(crate) use self::log::HookLog;
pub use self::log::{Knobs, Webhook};
use crate::twiml::Target;

/// What a request is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// TwiML is wanted.
    Voice,
    /// A verb has ended while its call did: the answer is not played any more.
    LastAction,
    CallStatus,
    Recording,
    Conference,
    /// TwiML about a text is wanted.
    Message,
    MessageStatus,
}

impl Purpose {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::LastAction => "last_action",
            Self::CallStatus => "call_status",
            Self::Recording => "recording",
            Self::Conference => "conference",
            Self::Message => "message",
            Self::MessageStatus => "message_status",
        }
    }

    /// Whether the answer means nothing.
    pub(crate) fn is_callback(self) -> bool {
        !matches!(self, Self::Voice | Self::Message)
    }
}

/// One request to make.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) account_sid: String,
    /// Of the call, or of the text.
    pub(crate) call_sid: String,
    pub(crate) purpose: Purpose,
    /// Absolute, with its overrides as fragment.
    pub(crate) target: Target,
    pub(crate) params: Vec<(String, String)>,
}
