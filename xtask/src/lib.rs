//! What `cargo xtask` and the program that it builds the front end with share.
#![allow(clippy::print_stderr, reason = "command-line programs speak through their output")]

pub mod fingerprint;
pub mod npm;
pub mod process;
pub mod progress;
pub mod site;
pub mod wasm_target;
pub mod workspace;
