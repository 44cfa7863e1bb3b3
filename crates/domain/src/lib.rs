#![doc = include_str!("../README.md")]

pub mod connection;
pub mod credentials;
pub mod id;
pub mod problem;
pub mod session;
pub mod setup;
pub mod sign_in;
pub mod time;
