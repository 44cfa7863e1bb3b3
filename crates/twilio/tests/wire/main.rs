//! The wire against what others say it is: Twilio's own examples over a local HTTP server, and values made by Twilio's own
//! libraries. See `tests/fixtures/README.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod access_tokens;
mod account;
mod applications;
mod calls;
mod conferences;
mod documented;
mod faults;
mod fixtures;
mod incoming_phone_numbers;
mod keys;
mod lists;
mod media;
mod message_media;
mod messages;
mod messaging_services;
mod recordings;
mod retries;
mod server;
mod signatures;
mod twiml;
