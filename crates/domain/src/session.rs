//! Where a person is signed in.

use serde::{Deserialize, Serialize};

use crate::id::SessionId;
use crate::time::UnixMillis;

/// One signed-in browser, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// What the browser called itself.
    pub user_agent: String,
    /// Where it came from.
    pub address: String,
    /// When it signed in.
    pub created_at: UnixMillis,
    /// When it was last seen, to the minute.
    pub last_seen_at: UnixMillis,
}
