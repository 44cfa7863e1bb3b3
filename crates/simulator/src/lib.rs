#![doc = include_str!("../README.md")]

mod account;
mod clock;
mod connection;
mod control;
mod fault;
mod journal;
mod rest;
mod serve;
mod shared;
mod sid;
mod signalling;
mod simulator;
mod world;

pub use account::{
    AccountKind, AccountSeed, AccountSnapshot, AccountStatus, ApplicationSettings, Capabilities, HttpMethod,
    NumberSeed, NumberSettings, SimulatedAccount,
};
pub use fault::{ActiveFault, Effect, Fault};
pub use journal::{Entry, longest_chain};
pub use simulator::Simulator;
