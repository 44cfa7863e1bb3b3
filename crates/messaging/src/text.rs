//! What a provider is asked to send.

use std::fmt;

use secrecy::SecretString;
use url::Url;

/// Whose account pays for a text.
#[derive(Clone)]
pub struct Credentials {
    /// For example Twilio's Account SID.
    pub account: String,
    /// For example its Auth Token.
    pub secret: SecretString,
}

/// Whom a text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A number in E.164 form.
    Number(String),
    /// A pool of numbers at the provider, such as Twilio's Messaging Service, which chooses one unless it is given.
    Service {
        /// The pool's identifier.
        service: String,
        /// Which number of it.
        number: Option<String>,
    },
}

impl Sender {
    /// A Messaging Service (`MG…`), or else a number.
    #[must_use]
    pub fn read(text: &str) -> Self {
        if text.starts_with(twilio::MessagingServiceSid::PREFIX) {
            Self::Service {
                service: text.to_owned(),
                number: None,
            }
        } else {
            Self::Number(text.to_owned())
        }
    }

    /// What [`Sender::read`] takes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Number(text) | Self::Service { service: text, .. } => text,
        }
    }

    /// The number that a recipient sees, as far as it is known beforehand.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        match self {
            Self::Number(number) => Some(number),
            Self::Service { number, .. } => number.as_deref(),
        }
    }
}

/// A text that is to be sent now.
#[derive(Clone)]
pub struct OutgoingText {
    /// Our name for it: the same for every attempt, so that a provider can tell a repetition.
    pub reference: String,
    /// By whose account, where the provider needs to know.
    pub credentials: Option<Credentials>,
    /// From whom.
    pub sender: Sender,
    /// To whom, in E.164 form.
    pub to: String,
    /// What it says. May only be empty where there are media.
    pub body: String,
    /// Pictures, sounds and films: where the provider fetches them.
    pub media: Vec<Url>,
    /// Where the provider tells how it fares.
    pub status_callback: Option<Url>,
}

/// The account alone.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Credentials").field(&self.account).finish()
    }
}

/// What people write, and to whom, is theirs.
impl fmt::Debug for OutgoingText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingText")
            .field("reference", &self.reference)
            .field("credentials", &self.credentials)
            .field("characters", &self.body.chars().count())
            .field("media", &self.media.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_read_as_it_was_written() {
        let service = "MG0123456789abcdef0123456789abcdef";
        assert!(matches!(Sender::read(service), Sender::Service { number: None, .. }));
        assert_eq!(Sender::read(service).as_str(), service);
        assert_eq!(Sender::read(service).number(), None);
        assert_eq!(Sender::read("+14155550100").number(), Some("+14155550100"));
    }
}
