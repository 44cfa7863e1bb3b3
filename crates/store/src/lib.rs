#![doc = include_str!("../README.md")]

mod api_keys;
mod audit;
mod backlog;
mod bulk;
mod calls;
mod connections;
mod devices;
mod diagnosis;
mod drafts;
mod engine;
mod error;
mod export;
mod feed;
mod figures;
mod forget;
mod group;
mod idempotency;
mod installation;
mod last_looks;
mod leases;
mod leftovers;
mod listener;
mod messages;
mod news;
mod operations;
mod opt_outs;
mod owners;
mod people;
mod phone_leases;
mod pool;
mod receipts;
mod recordings;
mod refused;
mod row;
mod sealed;
mod sessions;
mod sweeps;
mod tenants;
mod text_settings;
mod threads;
mod transitions;
mod users;
mod voice_settings;
mod watch;
mod written;

pub use api_keys::{NewApiKey, RetiredKey};
pub use audit::Violation;
pub use backlog::{Backlog, Due, PoolUse};
pub use calls::{
    Applied, Call, CallEvent, CallFilter, CallPage, CallTarget, CallWrite, Cursor, Leg, LegReport, Marks, NewCall,
    NewCallEvent, NoCursor, Receipt, RecordingReport,
};
pub use connections::{Added, Connection, LeftBehindStep, NewConnection, Step};
pub use diagnosis::SchemaVersion;
pub use drafts::{DraftRow, NewDraft};
pub use engine::{Engine, Store};
pub use error::Error;
pub use export::{EXPORTED, ExportCursor, ExportedRow, ExportedTable};
pub use feed::{Changes, FeedItem, FeedKind};
pub use idempotency::{Claim, NewClaim};
pub use installation::Installation;
pub use leftovers::NewLeftover;
pub use messages::{
    AddedMessage, Claiming, InboundAdded, Message, MessageEvent, MessageFilter, MessagePage, NewInbound, NewMessage,
    Retried, Sent, StatusApplied, StatusReport,
};
pub use operations::{ConnectionAtWork, Figures, FoundLeftover, OutOfOrder};
pub use opt_outs::{OptChange, OptOut};
pub use people::Person;
pub use recordings::Recording;
pub use refused::RefusedRequests;
pub use sealed::{SealedValue, SealedWalk};
pub use sessions::{NewSession, Session};
pub use sweeps::Sweep;
pub use tenants::Tenant;
pub use threads::{Entry, Thread, ThreadCursor, ThreadFilter, ThreadPage, Timeline};
pub use users::User;
pub use watch::{NewNote, Watch};
