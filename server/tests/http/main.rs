//! The real program over HTTP, beside the simulated Twilio.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accounts;
mod calls;
mod calls_events;
mod calls_recordings;
mod calls_settings;
mod commands;
mod connections;
mod described;
mod doctor;
mod files;
mod forms;
mod harness;
mod kills;
mod limits;
mod logs;
mod messages;
mod messages_events;
mod messages_kept;
mod messages_webhooks;
mod metrics;
mod nodes;
mod openapi;
mod readiness;
mod safety;
mod secrets;
mod shutdown;
mod twilio;
mod webhooks;
mod webhooks_kept;
mod webhooks_live;
mod webhooks_unread;
