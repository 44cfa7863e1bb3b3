//! Texts whose end should have been told by now, to be asked for.

use domain::id::MessageId;
use domain::time::UnixMillis;
use sqlx::query;

use super::Message;
use super::row::{message_columns, message_of, select_messages};
use crate::row::get;
use crate::{Error, Store};

impl Store {
    /// Takes on texts whose end is to come, and of which nothing was heard since; longest silent first. Until `until` they
    /// count as heard of, so that nobody else gets them before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_polls(
        &self,
        quiet_since: UnixMillis,
        until: UnixMillis,
        limit: u32,
    ) -> Result<Vec<Message>, Error> {
        let found = query("SELECT 1 FROM messages WHERE quiet_since <= $1 LIMIT 1")
            .bind(quiet_since.0)
            .fetch_optional(self.pool())
            .await?;
        if found.is_none() {
            // A look needs no turn to write.
            return Ok(Vec::new());
        }
        let rows = query(concat!(
            "UPDATE messages SET quiet_since = $1
             WHERE id IN (SELECT id FROM messages WHERE quiet_since <= $2 ORDER BY quiet_since LIMIT $3)
                 AND quiet_since <= $2
             RETURNING ",
            message_columns!()
        ))
        .bind(until.0)
        .bind(quiet_since.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.writer().await?)
        .await?;
        rows.iter().map(message_of).collect()
    }

    /// It was asked for by whoever had taken it on until `claimed`; from then on it counts as silent. Where somebody else has
    /// taken it on since, and is at it, it stays his.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_polled(
        &self,
        id: MessageId,
        claimed: UnixMillis,
        from: UnixMillis,
        now: UnixMillis,
    ) -> Result<(), Error> {
        // What the answer changed has moved it to a moment that is past; a claim that holds ends in the future.
        query("UPDATE messages SET quiet_since = $1 WHERE id = $2 AND (quiet_since = $3 OR quiet_since <= $4)")
            .bind(from.0)
            .bind(id.to_string())
            .bind(claimed.0)
            .bind(now.0)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// It is not worth asking any more, unless something was heard or done since it was taken on until `claimed`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stop_polls(&self, id: MessageId, claimed: UnixMillis) -> Result<(), Error> {
        query("UPDATE messages SET quiet_since = NULL WHERE id = $1 AND quiet_since = $2")
            .bind(id.to_string())
            .bind(claimed.0)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// How far those of the account's texts are that go by one of the provider's ids.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn messages_of_sids(&self, account_sid: &str, sids: &[String]) -> Result<Vec<Message>, Error> {
        let rows = self
            .rows_of(select_messages!("WHERE provider_sid IN "), "", sids)
            .await?;
        let mut found = rows.iter().map(message_of).collect::<Result<Vec<_>, _>>()?;
        found.retain(|message| message.account_sid == account_sid);
        Ok(found)
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
