//! Texts whose end should have been told by now, to be asked for.

use domain::id::MessageId;
use domain::time::UnixMillis;
use sqlx::query;

use super::Message;
use super::row::{message_of, select_messages};
use crate::row::get;
use crate::{Error, Store};

impl Store {
    /// Texts whose end is to come, and of which nothing was heard since; longest silent first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_polls(&self, quiet_since: UnixMillis, limit: u32) -> Result<Vec<Message>, Error> {
        let rows = query(select_messages!(
            "WHERE quiet_since <= $1 ORDER BY quiet_since LIMIT $2"
        ))
        .bind(quiet_since.0)
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(message_of).collect()
    }

    /// It was asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_polled(&self, id: MessageId, now: UnixMillis) -> Result<(), Error> {
        query("UPDATE messages SET quiet_since = $1 WHERE id = $2 AND quiet_since IS NOT NULL")
            .bind(now.0)
            .bind(id.to_string())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// It is not worth asking any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stop_polls(&self, id: MessageId) -> Result<(), Error> {
        query("UPDATE messages SET quiet_since = NULL WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Those of the provider's ids that texts of ours go by.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sids_known(&self, account_sid: &str, sids: &[String]) -> Result<Vec<String>, Error> {
        let rows = self
            .rows_of(
                "SELECT provider_sid, account_sid FROM messages WHERE provider_sid IN ",
                "",
                sids,
            )
            .await?;
        let mut known = Vec::new();
        for row in &rows {
            if get::<String>(row, "account_sid")? == account_sid {
                known.push(get(row, "provider_sid")?);
            }
        }
        Ok(known)
    }
}
