//! What both databases must do alike. Every test runs on SQLite, and on PostgreSQL too where `SNIKO_TEST_POSTGRES_URL`
//! names one whose user may create databases, as `cargo xtask test storage` does.
#![allow(clippy::unwrap_used)]
#![allow(clippy::print_stderr, reason = "a failed test shows how far it came")]

mod connections;
mod drafts;
mod due;
mod installation;
mod leases;
mod left_behind;
mod schema;
mod scratch;
mod sealed;
mod sessions;
mod transitions;
mod users;
mod values;
