//! Whose Twilio's identifiers are, across all tenants: only to refuse a request that names another's.

use sqlx::query;

use crate::row::get;
use crate::{Error, Store};

impl Store {
    /// Whether a call's leg of that SID is known, whoever's it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows_leg(&self, sid: &str) -> Result<bool, Error> {
        let found = query("SELECT 1 FROM call_legs WHERE sid = $1 LIMIT 1")
            .bind(sid)
            .fetch_optional(self.pool())
            .await?;
        Ok(found.is_some())
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
