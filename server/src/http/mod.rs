//! What every request goes through: its id and log line, headers, limits, session, and the forms of browsers.

pub mod auth;
pub mod connections;
pub mod cookie;
pub mod error;
pub mod files;
pub mod forms;
pub mod frame;
pub mod headers;
pub mod limits;
pub mod session;
