//! The real program over HTTP, beside the simulated Twilio.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stderr, reason = "a failed test shows how far it came")]

mod accounts;
mod calls;
mod calls_events;
mod calls_recordings;
mod calls_settings;
mod commands;
mod connections;
mod database_faults;
mod described;
mod doctor;
mod devices;
mod files;
mod forms;
mod harness;
mod headers;
mod kills;
mod limits;
mod logs;
mod messages;
mod messages_events;
mod messages_kept;
mod messages_webhooks;
mod metrics;
mod nodes;
mod nodes_paused;
mod nodes_rolling;
mod openapi;
mod pages;
mod people;
mod postgres;
mod proxy;
mod readiness;
mod refused_requests;
mod safety;
mod secrets;
mod shutdown;
mod twilio;
mod user;
mod webhooks;
mod webhooks_kept;
mod webhooks_live;
mod webhooks_unread;
