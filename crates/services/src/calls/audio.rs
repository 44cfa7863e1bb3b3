//! What was recorded: played through us, and deleted.

use domain::id::RecordingId;
use domain::problem::Problem;
use domain::recording::{RecordingKind, RecordingStatus};
use store::Recording;
use twilio::{MediaAnswer, RecordingSid};

use super::{Calls, recording_not_found, table};
use crate::{Caller, ServiceError, connections};

/// A recording on its way from Twilio.
pub struct Audio {
    /// What Twilio answered.
    pub media: MediaAnswer,
    /// A name for the file, without its ending: letters, digits and hyphens.
    pub name: String,
}

impl Calls {
    /// Asks Twilio for the audio of one of the caller's recordings, or for a part of it.
    ///
    /// # Errors
    /// `NotFound` when there is none, or no more; `Conflict` when it is not ready, or its account is not connected;
    /// `Upstream` when Twilio does not give it.
    pub async fn audio(&self, caller: &Caller, id: &str, range: Option<&str>) -> Result<Audio, ServiceError> {
        let recording = self.recording(caller, id).await?;
        playable(recording.status)?;
        let connection = self.connection(caller).await?;
        if connection.account_sid != recording.account_sid {
            return Err(ServiceError::Conflict(Problem::new(
                "twilio_not_connected",
                "This recording is in a Twilio account that is not connected any more.",
            )));
        }
        let client = connections::client_of(&self.parts, &connection)?;
        let sid: RecordingSid = recording.sid.parse().map_err(ServiceError::internal)?;
        let media = client.fetch_recording_media(&sid, None, range).await;
        let media = media.map_err(|error| {
            if error.is_not_found() {
                gone()
            } else {
                ServiceError::Upstream(connections::problem_of(&error))
            }
        })?;
        Ok(Audio {
            media,
            name: name(&recording),
        })
    }

    /// Deletes one of the caller's recordings: here at once, at Twilio as soon as it can be reached.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn delete_recording(&self, caller: &Caller, id: &str) -> Result<(), ServiceError> {
        let id: RecordingId = id.parse().map_err(|_| recording_not_found())?;
        self.voice.delete_recording(caller, id).await
    }

    async fn recording(&self, caller: &Caller, id: &str) -> Result<Recording, ServiceError> {
        let id: RecordingId = id.parse().map_err(|_| recording_not_found())?;
        let found = self.parts.store.recording(caller.user_id, id).await?;
        found.ok_or_else(recording_not_found)
    }
}

fn playable(status: RecordingStatus) -> Result<(), ServiceError> {
    match status {
        RecordingStatus::Completed => Ok(()),
        RecordingStatus::InProgress => Err(ServiceError::Conflict(Problem::new(
            "recording_not_ready",
            "This recording is still being made. Try again in a moment.",
        ))),
        RecordingStatus::Absent | RecordingStatus::Failed => Err(ServiceError::NotFound(Problem::new(
            "recording_not_found",
            "Nothing was recorded.",
        ))),
        RecordingStatus::Deleting | RecordingStatus::Deleted => Err(gone()),
    }
}

fn gone() -> ServiceError {
    ServiceError::NotFound(Problem::new("recording_deleted", "This recording was deleted."))
}

/// Such as `call-2026-11-25T18-30-05Z`.
fn name(recording: &Recording) -> String {
    let what = match recording.kind {
        RecordingKind::Conversation => "call",
        RecordingKind::Voicemail => "voicemail",
    };
    let at = table::rfc3339(recording.started_at);
    let at = at.split('.').next().unwrap_or_default().replace(':', "-");
    format!("{what}-{at}Z")
}
