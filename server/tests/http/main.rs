//! The real program over HTTP, beside the simulated Twilio.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accounts;
mod commands;
mod connections;
mod files;
mod forms;
mod harness;
mod kills;
mod nodes;
mod safety;
mod secrets;
mod twilio;
