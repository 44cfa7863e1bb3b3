//! For development: nobody gets a text, and the log says that there would have been one.

use async_trait::async_trait;
use domain::message::MessageStatus;
use domain::segments::segments;

use super::MAX_SEGMENTS;
use crate::outcome::{Outcome, Report};
use crate::provider::{Capabilities, Provider, Settings, SettingsError, SmsProvider};
use crate::text::OutgoingText;

pub(crate) const NAME: &str = "log";

/// Writes a line for each text, without what it says and to whom.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log;

pub(crate) fn from_settings(_: &Settings) -> Result<Provider, SettingsError> {
    Ok(Provider::new(Log))
}

#[async_trait]
impl SmsProvider for Log {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            credentials: false,
            media: true,
            max_media: 10,
            status_callbacks: false,
            lookup: false,
            max_segments: MAX_SEGMENTS,
        }
    }

    async fn send(&self, text: &OutgoingText) -> Outcome {
        let parts = segments(&text.body).count;
        tracing::info!(
            reference = text.reference,
            characters = text.body.chars().count(),
            segments = parts,
            media = text.media.len(),
            "a text would have been sent"
        );
        Outcome::Accepted(Report {
            segments: Some(parts),
            ..Report::of(format!("log-{}", text.reference), MessageStatus::Delivered)
        })
    }
}
