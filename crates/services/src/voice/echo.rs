//! The test call: the user hears his own words, and nothing of them stays.

use domain::call::{CallStatus, LegRole};
use domain::id::RecordingId;
use domain::recording::{RecordingKind, RecordingStatus};
use store::{CallWrite, RecordingReport};
use twilio::AccountSid;

use super::Voice;
use super::asked::VoiceRequest;
use super::flow::{self, Plan};
use super::legs::Report;
use super::webhook::Webhook;
use crate::ServiceError;

impl Voice {
    /// Plays what was recorded, from an address that is made of SIDs.
    pub(super) fn echo(&self, webhook: &Webhook<VoiceRequest>) -> Result<Plan, ServiceError> {
        let account: AccountSid = webhook
            .tenant
            .connection
            .account_sid
            .parse()
            .map_err(ServiceError::internal)?;
        let recording = webhook.asked.recording_sid.as_ref();
        Ok(flow::echo(recording.map(|sid| {
            let url = self.parts.twilio.recording_media_url(&account, sid);
            url.to_string()
        })))
    }

    /// Notes that the test came to its end, with the recording as the one who answered, and that the recording is to go.
    pub(super) fn note_echo(&self, webhook: &Webhook<VoiceRequest>, write: &mut CallWrite) {
        let asked = &webhook.asked;
        let Some(sid) = &asked.recording_sid else { return };
        let now = self.parts.clock.now();
        let answered = Report {
            sid: sid.as_str(),
            role: LegRole::Callee,
            status: CallStatus::Completed,
            at: now,
            duration: asked.recording_seconds,
            error_code: None,
        };
        write.legs.push(answered.noted(self.parts.entropy));
        write.recording = Some(RecordingReport {
            id: RecordingId(self.parts.entropy.uuid()),
            sid: sid.to_string(),
            kind: RecordingKind::Conversation,
            status: RecordingStatus::Deleting,
            duration_seconds: asked.recording_seconds.and_then(|seconds| u32::try_from(seconds).ok()),
            channels: 1,
            started_at: now,
        });
    }
}
