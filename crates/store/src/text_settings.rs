//! How a user wants his texts to be sent.

use domain::id::UserId;
use domain::message::TextSettings;
use domain::time::UnixMillis;
use sqlx::query;

use crate::row::{flag, get};
use crate::{Error, Store};

impl Store {
    /// The user's settings; the defaults until he has made some.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn text_settings(&self, user: UserId) -> Result<TextSettings, Error> {
        let row =
            query("SELECT messaging_service_sid, notify_sign_in, notify_number FROM text_settings WHERE user_id = $1")
                .bind(user.to_string())
                .fetch_optional(self.pool())
                .await?;
        row.map_or_else(
            || Ok(TextSettings::default()),
            |row| {
                Ok(TextSettings {
                    messaging_service_sid: get(&row, "messaging_service_sid")?,
                    notify_sign_in: flag(&row, "notify_sign_in")?,
                    notify_number: get(&row, "notify_number")?,
                })
            },
        )
    }

    /// Keeps the user's settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_text_settings(&self, user: UserId, settings: &TextSettings, now: UnixMillis) -> Result<(), Error> {
        query(
            "INSERT INTO text_settings (user_id, messaging_service_sid, notify_sign_in, notify_number, updated_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (user_id) DO UPDATE SET messaging_service_sid = excluded.messaging_service_sid,
                 notify_sign_in = excluded.notify_sign_in, notify_number = excluded.notify_number,
                 updated_at = excluded.updated_at",
        )
        .bind(user.to_string())
        .bind(&settings.messaging_service_sid)
        .bind(i64::from(settings.notify_sign_in))
        .bind(&settings.notify_number)
        .bind(now.0)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(())
    }
}
