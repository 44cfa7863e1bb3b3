#![doc = include_str!("../README.md")]

mod audit;
mod bulk;
mod calls;
mod connections;
mod drafts;
mod engine;
mod error;
mod feed;
mod forget;
mod group;
mod idempotency;
mod installation;
mod leases;
mod listener;
mod messages;
mod news;
mod opt_outs;
mod owners;
mod phone_leases;
mod receipts;
mod recordings;
mod row;
mod sealed;
mod sessions;
mod tenants;
mod text_settings;
mod threads;
mod transitions;
mod users;
mod voice_settings;

pub use audit::Violation;
pub use calls::{
    Applied, Call, CallEvent, CallFilter, CallPage, CallTarget, CallWrite, Cursor, Leg, LegReport, Marks, NewCall,
    NewCallEvent, NoCursor, Receipt, RecordingReport,
};
pub use connections::{Added, Connection, LeftBehindStep, NewConnection, Step};
pub use drafts::{DraftRow, NewDraft};
pub use engine::{Engine, Store};
pub use error::Error;
pub use feed::{Changes, FeedItem, FeedKind};
pub use idempotency::{Claim, NewClaim};
pub use installation::Installation;
pub use messages::{
    AddedMessage, Claiming, InboundAdded, Message, MessageEvent, MessageFilter, MessagePage, NewInbound, NewMessage,
    Retried, Sent, StatusApplied, StatusReport,
};
pub use opt_outs::{OptChange, OptOut};
pub use owners::SidOwner;
pub use recordings::Recording;
pub use sealed::SealedValue;
pub use sessions::{NewSession, Session};
pub use tenants::Tenant;
pub use threads::{Entry, Thread, ThreadCursor, ThreadFilter, ThreadPage, Timeline};
pub use users::User;
