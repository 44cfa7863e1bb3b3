//! Recordings, with their sound.

use std::sync::Arc;

use jiff::Timestamp;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RecordingStatus {
    InProgress,
    Completed,
    /// Nothing was there to record.
    Absent,
    Deleted,
}

impl RecordingStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Absent => "absent",
            Self::Deleted => "deleted",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) account_sid: String,
    /// Of recordings of a Dial, the parent leg.
    pub(crate) call_sid: String,
    pub(crate) conference_sid: Option<String>,
    pub(crate) source: &'static str,
    pub(crate) status: RecordingStatus,
    pub(crate) channels: u16,
    pub(crate) started: Timestamp,
    pub(crate) seconds: u64,
    /// A WAV file; empty until it is completed.
    pub(crate) wav: Arc<[u8]>,
}
