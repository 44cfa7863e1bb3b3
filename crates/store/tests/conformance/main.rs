//! What both databases must do alike. Every test runs on SQLite, and on PostgreSQL too where `SNIKO_TEST_POSTGRES_URL`
//! names one whose user may create databases, as `cargo xtask test storage` does.
#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(clippy::print_stderr, reason = "a failed test shows how far it came")]

mod audit;
mod backlog;
mod call_groups;
mod call_lists;
mod call_order;
mod call_values;
mod calls;
mod connections;
mod devices;
mod diagnosis;
mod drafts;
mod due;
mod feed;
mod figures;
mod idempotency;
mod installation;
mod leases;
mod left_behind;
mod message_values;
mod messages;
mod messages_cost;
mod messages_groups;
mod messages_outbox;
mod messages_status;
mod messages_threads;
mod people;
mod phones;
mod previous_token;
mod recordings;
mod refused;
mod retention;
mod schema;
mod scratch;
mod sealed;
mod session_cache;
mod sessions;
mod sweeps;
mod tenant_cache;
mod tenants;
mod transitions;
mod users;
mod values;
mod watch;
