#![doc = include_str!("../README.md")]

#[macro_use]
mod stored;

pub mod call;
pub mod connection;
pub mod credentials;
pub mod id;
pub mod menu;
pub mod message;
pub mod phone;
pub mod problem;
pub mod recording;
pub mod segments;
pub mod session;
pub mod setup;
pub mod sign_in;
pub mod time;
pub mod voice;
