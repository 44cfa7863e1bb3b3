//! Recordings: <https://www.twilio.com/docs/voice/api/recording>. What they sound like is in [`media`](super::media).

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::paging::{Newest, day_of, is_since};
use super::{Client, Deletion, empty_as_none, number_or_none, sid_or_none};
use crate::error::Error;
use crate::sid::{AccountSid, CallSid, ConferenceSid, RecordingSid};

/// A recording, without its sound.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Recording {
    /// Its identifier.
    pub sid: RecordingSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// Of which call: the one that dialled, where there are two.
    #[serde(default, deserialize_with = "sid_or_none")]
    pub call_sid: Option<CallSid>,
    /// Of which conference.
    #[serde(default, deserialize_with = "sid_or_none")]
    pub conference_sid: Option<ConferenceSid>,
    /// Whether it can be fetched.
    pub status: RecordingStatus,
    /// What made it, for example `DialVerb` or `RecordVerb`.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub source: Option<String>,
    /// 1, or 2 where each side has its own.
    #[serde(default, deserialize_with = "number_or_none")]
    pub channels: Option<u8>,
    /// In seconds.
    #[serde(default, deserialize_with = "number_or_none")]
    pub duration: Option<u64>,
    /// When it began, as Twilio writes it.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub start_time: Option<String>,
    /// Why there is none.
    #[serde(default, deserialize_with = "number_or_none")]
    pub error_code: Option<u32>,
}

/// How far a recording is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum RecordingStatus {
    /// It is being made.
    InProgress,
    /// It is being made, but not now.
    Paused,
    /// It has ended.
    Stopped,
    /// It is being prepared.
    Processing,
    /// It can be fetched.
    Completed,
    /// There was nothing to record.
    Absent,
    /// It could not be made.
    Failed,
    /// It is no more.
    Deleted,
    /// A state that this version does not know.
    Unknown(String),
}

impl RecordingStatus {
    /// As Twilio writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InProgress => "in-progress",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Absent => "absent",
            Self::Failed => "failed",
            Self::Deleted => "deleted",
            Self::Unknown(text) => text,
        }
    }
}

impl From<String> for RecordingStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "in-progress" => Self::InProgress,
            "paused" => Self::Paused,
            "stopped" => Self::Stopped,
            "processing" => Self::Processing,
            "completed" => Self::Completed,
            "absent" => Self::Absent,
            "failed" => Self::Failed,
            "deleted" => Self::Deleted,
            _ => Self::Unknown(text),
        }
    }
}

impl Client {
    /// One recording of the account.
    pub async fn fetch_recording(&self, sid: &RecordingSid) -> Result<Recording, Error> {
        self.get("fetch the recording", self.recording_url(sid)).await
    }

    /// All recordings of a call.
    pub async fn list_recordings(&self, call: &CallSid) -> Result<Vec<Recording>, Error> {
        let mut url = self.account_url(&["Recordings.json"]);
        url.query_pairs_mut().append_pair("CallSid", call.as_str());
        self.list("list the recordings", url).await
    }

    /// The recordings of the account that were made at that moment or later; the newest first, from at most so many pages of 100.
    pub async fn list_recordings_since(&self, since: Timestamp, pages: usize) -> Result<Newest<Recording>, Error> {
        let mut url = self.account_url(&["Recordings.json"]);
        url.query_pairs_mut().append_pair("DateCreated>", &day_of(since));
        let goes_on = |recording: &Recording| is_since(recording.start_time.as_deref(), since);
        let mut found = self
            .list_newest("list the latest recordings", url, pages, goes_on)
            .await?;
        found.items.retain(goes_on);
        Ok(found)
    }

    /// Deletes a recording with its sound.
    pub async fn delete_recording(&self, sid: &RecordingSid) -> Result<Deletion, Error> {
        self.delete("delete the recording", self.recording_url(sid)).await
    }

    fn recording_url(&self, sid: &RecordingSid) -> Url {
        self.account_url(&["Recordings", &format!("{sid}.json")])
    }
}
