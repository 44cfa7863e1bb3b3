//! What every request goes through: its id and log line, headers, limits, session, and the forms of browsers.

pub mod auth;
pub mod call_json;
pub mod calls;
pub mod connections;
pub mod cookie;
pub mod error;
pub mod events;
pub mod files;
pub mod forms;
pub mod frame;
pub mod headers;
pub mod limits;
pub mod media;
pub mod message_json;
pub mod message_media;
pub mod messages;
pub mod range;
pub mod recordings;
pub mod session;
pub mod signed_in;
pub mod wish;
