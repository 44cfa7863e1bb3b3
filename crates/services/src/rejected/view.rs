//! What was refused, as it is read.

use domain::time::UnixMillis;
use store::RefusedRequests;

use super::{Addresses, KEPT, Reason, Rejected, WayOut};
use crate::{Caller, ServiceError};

/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Refused requests that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedView {
    /// The account that they named.
    pub account_sid: Option<String>,
    /// What was asked, without what is different each time.
    pub path: String,
    /// Why, in a sentence or two.
    pub sentence: String,
    /// What can be done about it.
    pub way_out: WayOut,
    /// How many they are.
    pub times: i64,
    /// When the first came.
    pub first_at: UnixMillis,
    /// When the last came.
    pub last_at: UnixMillis,
}

impl Rejected {
    /// What was refused for the caller's account in the last 30 days, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<RefusedView>, ServiceError> {
        let since = self.parts.clock.now().plus(-KEPT);
        let rows = self.parts.store.list_refused(Some(caller.user_id), since).await?;
        Ok(rows.into_iter().map(view).collect())
    }

    /// How many requests for the caller's account were refused by what was last seen within a day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lately(&self, caller: &Caller) -> Result<i64, ServiceError> {
        let since = self.parts.clock.now().plus(-DAY);
        let rows = self.parts.store.list_refused(Some(caller.user_id), since).await?;
        Ok(rows.iter().map(|row| row.times).sum())
    }

    /// What was refused in nobody's name in the last 30 days, newest first: for operators.
    pub(crate) async fn of_nobody(&self) -> Result<Vec<RefusedView>, ServiceError> {
        let since = self.parts.clock.now().plus(-KEPT);
        let rows = self.parts.store.list_refused(None, since).await?;
        Ok(rows.into_iter().map(view).collect())
    }
}

fn view(row: RefusedRequests) -> RefusedView {
    let addresses = row
        .detail
        .as_deref()
        .and_then(|detail| serde_json::from_str::<Addresses>(detail).ok());
    let reason = Reason::from_word(&row.reason);
    let sentence = reason.map_or_else(
        || "They were refused for a reason that a newer version of Sniko knows.".to_owned(),
        |reason| reason.sentence(addresses.as_ref()),
    );
    RefusedView {
        account_sid: row.account_sid,
        path: row.path,
        sentence,
        way_out: reason.map_or(WayOut::Nothing, Reason::way_out),
        times: row.times,
        first_at: row.first_at,
        last_at: row.last_at,
    }
}
