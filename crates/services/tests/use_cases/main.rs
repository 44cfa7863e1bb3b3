//! The use cases against the simulated Twilio: what a person asks for happens whole, or not at all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accounts;
mod crashes;
mod database_faults;
mod disconnect;
mod faults;
mod harness;
mod messages_crashes;
mod messages_hostile;
mod messages_inbound;
mod messages_line;
mod messages_orders;
mod messages_outbox;
mod messages_send;
mod messages_system;
mod messages_threads;
mod messages_twilio;
mod repair;
mod save;
mod tenants;
mod verify;
mod voice_control;
mod voice_flows;
mod voice_hostile;
mod voice_line;
mod voice_orders;
mod voice_requests;
mod voice_tenants;
mod voice_work;
