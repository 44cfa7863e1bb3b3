//! How a user wants his calls to be treated.

use std::collections::HashMap;

use domain::id::UserId;
use domain::time::UnixMillis;
use domain::voice::{NoAnswer, RecordingMode, VoiceSettings};
use sqlx::any::AnyRow;
use sqlx::query;

use crate::row::{get, json, number, parsed, to_json};
use crate::{Error, Store};

/// A macro, since a query's text must be static.
macro_rules! select_settings {
    ($rest:literal) => {
        concat!(
            "SELECT user_id, no_answer, forward_to, ring_seconds, greeting, recording, retention_days, countries, \
             max_concurrent, max_minutes_a_day, menu FROM voice_settings ",
            $rest
        )
    };
}

fn settings_of(row: &AnyRow) -> Result<VoiceSettings, Error> {
    Ok(VoiceSettings {
        no_answer: parsed(row, "no_answer", NoAnswer::from_word)?,
        forward_to: get(row, "forward_to")?,
        ring_seconds: number(row, "ring_seconds")?.unwrap_or_default(),
        greeting: get(row, "greeting")?,
        recording: parsed(row, "recording", RecordingMode::from_word)?,
        retention_days: number(row, "retention_days")?,
        countries: json(row, "countries")?.unwrap_or_default(),
        max_concurrent: number(row, "max_concurrent")?.unwrap_or_default(),
        max_minutes_a_day: number(row, "max_minutes_a_day")?.unwrap_or_default(),
        menu: json(row, "menu")?,
    })
}

impl Store {
    /// The user's settings, once he has made some.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn voice_settings(&self, user: UserId) -> Result<Option<VoiceSettings>, Error> {
        let row = query(select_settings!("WHERE user_id = $1"))
            .bind(user.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(settings_of).transpose()
    }

    /// The settings of all users who have made some; an unreadable one's user is in it with the error.
    pub(crate) async fn list_voice_settings(&self) -> Result<HashMap<UserId, Result<VoiceSettings, Error>>, Error> {
        let rows = query(select_settings!("")).fetch_all(self.pool()).await?;
        rows.iter()
            .map(|row| Ok((parsed(row, "user_id", |text| text.parse().ok())?, settings_of(row))))
            .collect()
    }

    /// Keeps the user's settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_voice_settings(
        &self,
        user: UserId,
        settings: &VoiceSettings,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let menu = settings.menu.as_ref().map(|menu| to_json(menu, "menu")).transpose()?;
        let mut tx = self.begin().await?;
        query(
            "INSERT INTO voice_settings (user_id, no_answer, forward_to, ring_seconds, greeting, recording,
                 retention_days, countries, max_concurrent, max_minutes_a_day, menu, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (user_id) DO UPDATE SET no_answer = excluded.no_answer, forward_to = excluded.forward_to,
                 ring_seconds = excluded.ring_seconds, greeting = excluded.greeting, recording = excluded.recording,
                 retention_days = excluded.retention_days, countries = excluded.countries,
                 max_concurrent = excluded.max_concurrent, max_minutes_a_day = excluded.max_minutes_a_day,
                 menu = excluded.menu, updated_at = excluded.updated_at",
        )
        .bind(user.to_string())
        .bind(settings.no_answer.as_str())
        .bind(&settings.forward_to)
        .bind(i64::from(settings.ring_seconds))
        .bind(&settings.greeting)
        .bind(settings.recording.as_str())
        .bind(settings.retention_days.map(i64::from))
        .bind(to_json(&settings.countries, "countries")?)
        .bind(i64::from(settings.max_concurrent))
        .bind(i64::from(settings.max_minutes_a_day))
        .bind(menu)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        tx.tell_of_tenant(user).await?;
        tx.commit().await
    }
}
