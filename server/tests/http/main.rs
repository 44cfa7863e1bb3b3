//! The real program over HTTP, beside the simulated Twilio.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accounts;
mod calls;
mod calls_events;
mod calls_recordings;
mod calls_settings;
mod commands;
mod connections;
mod files;
mod forms;
mod harness;
mod kills;
mod messages;
mod messages_events;
mod messages_kept;
mod messages_webhooks;
mod nodes;
mod safety;
mod secrets;
mod twilio;
mod webhooks;
mod webhooks_kept;
mod webhooks_live;
