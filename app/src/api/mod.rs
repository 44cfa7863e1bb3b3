//! Server functions, a file per feature, on the fixed paths of the HTTP contract.
//!
//! `/auth/*` is not here: signing in sets a cookie and makes nothing at Twilio, so those routes are plain handlers of the server
//! (`server/src/http/auth.rs`); the pages only hold their forms.

mod answer;
pub mod call_settings;
pub mod calls;
pub mod confirmation;
pub mod connections;
#[cfg(feature = "ssr")]
pub mod context;
mod error;
pub mod messages;
pub mod phone;
#[cfg(feature = "ssr")]
mod send_at;
pub mod text_settings;

pub use answer::Answer;
pub use error::ApiError;
#[cfg(feature = "ssr")]
pub(crate) use error::answer::refuse;
#[cfg(feature = "ssr")]
pub use error::answer::status;
