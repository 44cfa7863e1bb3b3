//! The one row about this installation.

use domain::time::UnixMillis;
use sqlx::query;

use crate::row::{get, to_json};
use crate::{Error, Store};

/// This installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Names it in the markers of what it makes at Twilio.
    pub install_id: String,
    /// A known value sealed with the key ring.
    pub canary: Vec<u8>,
    /// The public address of the server that started last.
    pub app_url: Option<String>,
}

impl Store {
    /// The installation, once it has been set up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn installation(&self) -> Result<Option<Installation>, Error> {
        let row = query("SELECT install_id, canary, app_url FROM installation WHERE id = 1")
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| {
            Ok(Installation {
                install_id: get(&row, "install_id")?,
                canary: get(&row, "canary")?,
                app_url: get(&row, "app_url")?,
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

    /// Notes the public address that a server starts with. Where it is the first to do so, every number in use is taken to
    /// point there already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_app_url(&self, app_url: &str) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        query(
            "UPDATE connection_watch SET webhook_bases = $1 WHERE webhook_bases = '[]'
                 AND EXISTS (SELECT 1 FROM installation WHERE app_url IS NULL)",
        )
        .bind(to_json(&[app_url], "webhook_bases")?)
        .execute(&mut *tx)
        .await?;
        query("UPDATE installation SET app_url = $1 WHERE app_url IS NULL OR app_url <> $1")
            .bind(app_url)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }
}
