//! The same is asked of every driver: whatever happens on the way, a text is sent at most once, and what is said of it is true.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;
mod local;
mod lost;
mod suite;
mod twilio;
mod webhook;
