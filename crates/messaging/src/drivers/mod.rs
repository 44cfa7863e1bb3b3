//! One module for each provider.

pub(crate) mod log;
pub(crate) mod memory;
pub(crate) mod twilio;
pub(crate) mod webhook;

/// Twilio's limit of 1,600 characters, in parts of 67 characters: a text of ours is never longer.
const MAX_SEGMENTS: u32 = 24;
