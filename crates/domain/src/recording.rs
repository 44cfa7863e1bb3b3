//! Recordings of calls, and voicemail.

use serde::{Deserialize, Serialize};

use crate::id::RecordingId;
use crate::time::UnixMillis;

stored_enum! {
    /// Where a recording is.
    RecordingStatus {
        /// Being made at Twilio.
        InProgress = "in-progress",
        /// There was nothing to record.
        Absent = "absent",
        /// It could not be made.
        Failed = "failed",
        /// It can be heard.
        Completed = "completed",
        /// It is to be deleted at Twilio.
        Deleting = "deleting",
        /// It is gone, here and at Twilio.
        Deleted = "deleted",
    }
}

impl RecordingStatus {
    /// The later of two reports, whichever came first.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        self.max(other)
    }
}

stored_enum! {
    /// What was recorded.
    RecordingKind {
        /// Both sides of a conversation.
        Conversation = "conversation",
        /// A message that the caller left.
        Voicemail = "voicemail",
    }
}

/// A recording as a person sees it. Its audio is at `/api/recordings/{id}/audio`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingView {
    /// Its id.
    pub id: RecordingId,
    /// What was recorded.
    pub kind: RecordingKind,
    /// Where it is.
    pub status: RecordingStatus,
    /// Its length in seconds.
    pub duration_seconds: Option<u32>,
    /// 1, or 2 for a channel a side.
    pub channels: u8,
    /// When it began.
    pub started_at: UnixMillis,
}
