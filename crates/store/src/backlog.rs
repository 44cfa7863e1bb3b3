//! How much waits to be done, and how the pool fares: what an operator watches.

use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::query;

use crate::row::{get, moment};
use crate::{Error, Store};

/// Work of a kind that is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// How much.
    pub count: u32,
    /// Since when the first of it is.
    pub oldest: Option<UnixMillis>,
}

/// What is in the database that somebody has yet to do, read at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Texts on their way out, those included that wait for others or for their time.
    pub texts_waiting: u32,
    /// Texts of which the provider has yet to say how they ended.
    pub texts_unsettled: u32,
    /// Calls that are not over.
    pub calls_live: u32,
    /// Texts whose turn it is, and that no worker has taken up yet.
    pub send_text: Due,
    /// Recordings to be deleted at Twilio.
    pub delete_recording: Due,
    /// Accounts whose lists are to be read for what was never told.
    pub reconcile: Due,
    /// Connections to be compared with what is at Twilio.
    pub check_connection: Due,
    /// Accounts that are connected.
    pub connections_connected: u32,
    /// Those of them that are not at Twilio as they should be.
    pub connections_out_of_order: u32,
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

/// All but connections, which are few, is counted by partial indexes of what is not done. The moment 0 says that something is due because it
/// is new, not since then.
const BACKLOG: &str = "SELECT \
    (SELECT COUNT(*) FROM messages WHERE lane IN ('head', 'waiting')) AS texts_waiting, \
    (SELECT COUNT(*) FROM messages WHERE quiet_since IS NOT NULL) AS texts_unsettled, \
    (SELECT COUNT(*) FROM calls WHERE live = 1) AS calls_live, \
    (SELECT COUNT(*) FROM messages WHERE due_at IS NOT NULL AND due_at <= $1) AS texts, \
    (SELECT MIN(due_at) FROM messages WHERE due_at IS NOT NULL AND due_at <= $1) AS texts_oldest, \
    (SELECT COUNT(*) FROM recordings WHERE status = 'deleting' AND due_at <= $1) AS recordings, \
    (SELECT MIN(due_at) FROM recordings WHERE status = 'deleting' AND due_at <= $1) AS recordings_oldest, \
    (SELECT COUNT(*) FROM connections WHERE state = 'connected' AND next_sweep_at <= $1) AS sweeps, \
    (SELECT MIN(next_sweep_at) FROM connections \
        WHERE state = 'connected' AND next_sweep_at > 0 AND next_sweep_at <= $1) AS sweeps_oldest, \
    (SELECT COUNT(*) FROM connection_watch WHERE next_check_at IS NOT NULL AND next_check_at <= $1) AS checks, \
    (SELECT MIN(next_check_at) FROM connection_watch \
        WHERE next_check_at IS NOT NULL AND next_check_at > 0 AND next_check_at <= $1) AS checks_oldest, \
    (SELECT COUNT(*) FROM connections WHERE state = 'connected') AS connected, \
    (SELECT COUNT(*) FROM connection_watch w JOIN connections c ON c.id = w.connection_id \
        WHERE w.out_of_order_since IS NOT NULL AND c.state = 'connected') AS out_of_order, \
    (SELECT COUNT(*) FROM connections WHERE state IN ('provisioning', 'taking_back', 'disconnecting')) AS in_work, \
    (SELECT COUNT(*) FROM connections WHERE state = 'left_behind') AS left_behind";

fn count(row: &AnyRow, name: &'static str) -> Result<u32, Error> {
    Ok(u32::try_from(get::<i64>(row, name)?).unwrap_or(u32::MAX))
}

impl Store {
    /// What waits to be done now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn backlog(&self, now: UnixMillis) -> Result<Backlog, Error> {
        let row = query(BACKLOG).bind(now.0).fetch_one(self.pool()).await?;
        let due = |number, oldest| -> Result<Due, Error> {
            Ok(Due {
                count: count(&row, number)?,
                oldest: moment(&row, oldest)?,
            })
        };
        Ok(Backlog {
            texts_waiting: count(&row, "texts_waiting")?,
            texts_unsettled: count(&row, "texts_unsettled")?,
            calls_live: count(&row, "calls_live")?,
            send_text: due("texts", "texts_oldest")?,
            delete_recording: due("recordings", "recordings_oldest")?,
            reconcile: due("sweeps", "sweeps_oldest")?,
            check_connection: due("checks", "checks_oldest")?,
            connections_connected: count(&row, "connected")?,
            connections_out_of_order: count(&row, "out_of_order")?,
            connections_in_work: count(&row, "in_work")?,
            connections_left_behind: count(&row, "left_behind")?,
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
