#![doc = include_str!("../README.md")]

mod drivers;
mod outcome;
mod provider;
mod text;

pub use drivers::log::Log;
pub use drivers::memory::Memory;
pub use drivers::twilio::{Twilio, error_of_twilio, twilio_status};
pub use drivers::webhook::{Webhook, WebhookSettings};
pub use outcome::{LookupError, Outcome, Rejection, RejectionKind, Report};
pub use provider::{Capabilities, KNOWN, Provider, Settings, SettingsError, SmsProvider};
pub use text::{Credentials, OutgoingText, Sender};
