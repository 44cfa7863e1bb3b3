//! Whose Twilio's identifiers are, across all tenants: only to refuse a request that names another's.

use domain::id::CallId;
use sqlx::query;

use crate::row::{get, parsed};
use crate::{Error, Store};

/// Most SIDs that are looked up at once.
const AT_ONCE: usize = 4;

/// Where the SID of a leg or a recording is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SidOwner {
    /// `AC…`
    pub account_sid: String,
    /// The call that it belongs to.
    pub call_id: CallId,
}

impl Store {
    /// Where these SIDs of legs and recordings are known; at most the first four are looked up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owners_of_sids(&self, sids: &[&str]) -> Result<Vec<SidOwner>, Error> {
        let mut wanted = query(
            "SELECT account_sid, call_id FROM call_legs WHERE sid IN ($1, $2, $3, $4)
             UNION ALL SELECT account_sid, call_id FROM recordings WHERE sid IN ($1, $2, $3, $4)",
        );
        for at in 0..AT_ONCE {
            wanted = wanted.bind(sids.get(at).copied().unwrap_or_default());
        }
        let rows = wanted.fetch_all(self.pool()).await?;
        rows.iter()
            .map(|row| {
                Ok(SidOwner {
                    account_sid: get(row, "account_sid")?,
                    call_id: parsed(row, "call_id", |text| text.parse().ok())?,
                })
            })
            .collect()
    }

    /// The accounts in which a text of that SID is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts_of_message_sid(&self, sid: &str) -> Result<Vec<String>, Error> {
        let rows = query("SELECT account_sid FROM messages WHERE provider_sid = $1")
            .bind(sid)
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(|row| get(row, "account_sid")).collect()
    }
}
