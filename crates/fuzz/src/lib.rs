#![doc = include_str!("../README.md")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "a broken promise is told by a panic")]

mod calls;
mod phone;
mod sealed;
mod twiml;
mod webhook;
mod words;

pub use calls::{Report, reports};
pub use phone::{Step, phone};
pub use sealed::{blob, sealed};
pub use twiml::twiml;
pub use webhook::{form, form_and_signature};
pub use words::{credentials, identifiers, segments};
