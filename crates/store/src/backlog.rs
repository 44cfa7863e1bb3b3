//! How much waits to be done, and how the pool fares: what an operator watches.

use domain::time::UnixMillis;
use sqlx::query;

use crate::row::{get, moment};
use crate::{Error, Store};

/// What is in the database that somebody has yet to do, read at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Texts on their way out, those included that wait for others or for their time.
    pub texts_waiting: u32,
    /// Texts whose turn it is, and that no worker has taken up yet.
    pub texts_due: u32,
    /// Since when the first of those is due.
    pub oldest_text: Option<UnixMillis>,
    /// Texts of which the provider has yet to say how they ended.
    pub texts_unsettled: u32,
    /// Calls that are not over.
    pub calls_live: u32,
    /// Recordings that are to be deleted at Twilio and can be by now.
    pub recordings_due: u32,
    /// Since when the first of those is due.
    pub oldest_recording: Option<UnixMillis>,
    /// Accounts that are connected.
    pub connections_connected: u32,
    /// Connections that are being made, taken back or removed.
    pub connections_in_work: u32,
    /// Connections of which something could not be removed at Twilio yet.
    pub connections_left_behind: u32,
}

/// Connections of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// Those that are open.
    pub open: u32,
    /// Those of them that are in use.
    pub in_use: u32,
    /// Most that may be open.
    pub most: u32,
}

/// Texts, calls and recordings are counted by partial indexes of what is not done; connections are few.
const BACKLOG: &str = "SELECT \
    (SELECT COUNT(*) FROM messages WHERE lane IN ('head', 'waiting')) AS texts_waiting, \
    (SELECT COUNT(*) FROM messages WHERE due_at IS NOT NULL AND due_at <= $1) AS texts_due, \
    (SELECT MIN(due_at) FROM messages WHERE due_at IS NOT NULL AND due_at <= $1) AS oldest_text, \
    (SELECT COUNT(*) FROM messages WHERE quiet_since IS NOT NULL) AS texts_unsettled, \
    (SELECT COUNT(*) FROM calls WHERE live = 1) AS calls_live, \
    (SELECT COUNT(*) FROM recordings WHERE status = 'deleting' AND due_at <= $1) AS recordings_due, \
    (SELECT MIN(due_at) FROM recordings WHERE status = 'deleting' AND due_at <= $1) AS oldest_recording, \
    (SELECT COUNT(*) FROM connections WHERE state = 'connected') AS connections_connected, \
    (SELECT COUNT(*) FROM connections WHERE state IN ('provisioning', 'taking_back', 'disconnecting')) AS in_work, \
    (SELECT COUNT(*) FROM connections WHERE state = 'left_behind') AS left_behind";

impl Store {
    /// What waits to be done now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn backlog(&self, now: UnixMillis) -> Result<Backlog, Error> {
        let row = query(BACKLOG).bind(now.0).fetch_one(self.pool()).await?;
        let count = |name| -> Result<u32, Error> { Ok(u32::try_from(get::<i64>(&row, name)?).unwrap_or(u32::MAX)) };
        Ok(Backlog {
            texts_waiting: count("texts_waiting")?,
            texts_due: count("texts_due")?,
            oldest_text: moment(&row, "oldest_text")?,
            texts_unsettled: count("texts_unsettled")?,
            calls_live: count("calls_live")?,
            recordings_due: count("recordings_due")?,
            oldest_recording: moment(&row, "oldest_recording")?,
            connections_connected: count("connections_connected")?,
            connections_in_work: count("in_work")?,
            connections_left_behind: count("left_behind")?,
        })
    }

    /// How the pool is used; asks nobody.
    #[must_use]
    pub fn pool_use(&self) -> PoolUse {
        let open = self.pool().size();
        let idle = u32::try_from(self.pool().num_idle()).unwrap_or(u32::MAX);
        PoolUse {
            open,
            in_use: open.saturating_sub(idle),
            most: self.pool().options().get_max_connections(),
        }
    }
}
