#![doc = include_str!("../README.md")]

mod account;
mod calls;
mod clock;
mod connection;
mod control;
mod engine;
mod fault;
mod hook;
mod journal;
mod messages;
mod rest;
mod serve;
mod shared;
mod sid;
mod signalling;
mod simulator;
mod twiml;
mod world;

pub use account::{
    AccountKind, AccountSeed, AccountSnapshot, AccountStatus, ApplicationSettings, Capabilities, HttpMethod,
    NumberSeed, NumberSettings, SimulatedAccount,
};
pub use calls::{
    Behaviour, CallSnapshot, CallStatus, ECHO_NUMBERS, LegStats, Loudness, Notice, PhoneScript, Played, Press, Sound,
};
pub use fault::{ActiveFault, Effect, Fault};
pub use hook::{Knobs, Webhook};
pub use journal::{Entry, longest_chain};
pub use messages::{
    MediaSnapshot, MessageSnapshot, MessageStatus, MessagesBehaviour, MessagingServiceSettings, Outcome,
};
pub use simulator::Simulator;
