//! Every sealed value, for the rotation of keys.

use sqlx::query;

use crate::row::get;
use crate::{Error, Store};

/// A sealed value and the place it stands in.
#[derive(Clone)]
pub struct SealedValue {
    /// `table.column`
    pub column: String,
    /// Whose it is.
    pub user_id: String,
    /// The row's id.
    pub row_id: String,
    /// The blob.
    pub blob: Vec<u8>,
}

impl Store {
    /// Every sealed value there is. At most four a user, so they are read at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_sealed(&self) -> Result<Vec<SealedValue>, Error> {
        let rows = query(
            "SELECT 'setup_drafts.auth_token' AS place, user_id, user_id AS row_id, auth_token AS blob
                 FROM setup_drafts WHERE auth_token IS NOT NULL
             UNION ALL SELECT 'connections.auth_token', user_id, id, auth_token
                 FROM connections WHERE auth_token IS NOT NULL
             UNION ALL SELECT 'connections.previous_auth_token', user_id, id, previous_auth_token
                 FROM connections WHERE previous_auth_token IS NOT NULL
             UNION ALL SELECT 'connections.api_key_secret', user_id, id, api_key_secret
                 FROM connections WHERE api_key_secret IS NOT NULL",
        )
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SealedValue {
                    column: get(row, "place")?,
                    user_id: get(row, "user_id")?,
                    row_id: get(row, "row_id")?,
                    blob: get(row, "blob")?,
                })
            })
            .collect()
    }

    /// Puts another blob in the place of this one, unless it has changed meanwhile; tells whether it did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_sealed(&self, value: &SealedValue, blob: &[u8]) -> Result<bool, Error> {
        let mut tx = self.begin().await?;
        let sql = match value.column.as_str() {
            "setup_drafts.auth_token" => {
                "UPDATE setup_drafts SET auth_token = $1 WHERE user_id = $2 AND auth_token = $3"
            }
            "connections.auth_token" => {
                "UPDATE connections SET auth_token = $1 WHERE id = $2 AND auth_token = $3 RETURNING account_sid"
            }
            "connections.previous_auth_token" => {
                "UPDATE connections SET previous_auth_token = $1 WHERE id = $2 AND previous_auth_token = $3
                 RETURNING account_sid"
            }
            _ => {
                "UPDATE connections SET api_key_secret = $1 WHERE id = $2 AND api_key_secret = $3 RETURNING account_sid"
            }
        };
        let replaced = query(sql).bind(blob).bind(&value.row_id).bind(&value.blob);
        // A draft is nobody's account yet.
        let replaced = if value.column == "setup_drafts.auth_token" {
            usize::from(replaced.execute(&mut *tx).await?.rows_affected() == 1)
        } else {
            tx.change_tenants(replaced).await?
        };
        tx.commit().await?;
        Ok(replaced == 1)
    }
}
