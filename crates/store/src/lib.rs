#![doc = include_str!("../README.md")]

mod connections;
mod drafts;
mod engine;
mod error;
mod installation;
mod leases;
mod row;
mod sealed;
mod sessions;
mod transitions;
mod users;

pub use connections::{Added, Connection, LeftBehindStep, NewConnection, Step};
pub use drafts::{DraftRow, NewDraft};
pub use engine::{Engine, Store};
pub use error::Error;
pub use installation::Installation;
pub use sealed::SealedValue;
pub use sessions::{NewSession, Session};
pub use users::User;
