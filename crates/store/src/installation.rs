//! The one row about this installation.

use domain::time::UnixMillis;
use sqlx::query;

use crate::row::get;
use crate::{Error, Store};

/// This installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Names it in the markers of what it makes at Twilio.
    pub install_id: String,
    /// A known value sealed with the key ring.
    pub canary: Vec<u8>,
}

impl Store {
    /// The installation, once it has been set up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn installation(&self) -> Result<Option<Installation>, Error> {
        let row = query("SELECT install_id, canary FROM installation WHERE id = 1")
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| {
            Ok(Installation {
                install_id: get(&row, "install_id")?,
                canary: get(&row, "canary")?,
            })
        })
        .transpose()
    }

    /// Sets the installation up; the first writer's row stands and is returned to all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_installation(
        &self,
        install_id: &str,
        canary: &[u8],
        now: UnixMillis,
    ) -> Result<Installation, Error> {
        query(
            "INSERT INTO installation (id, install_id, canary, created_at) VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(install_id)
        .bind(canary)
        .bind(now.0)
        .execute(&mut *self.writer().await?)
        .await?;
        self.installation()
            .await?
            .ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    /// Stores the canary sealed under another key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_canary(&self, canary: &[u8]) -> Result<(), Error> {
        query("UPDATE installation SET canary = $1 WHERE id = 1")
            .bind(canary)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }
}
