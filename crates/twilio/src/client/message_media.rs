//! The pictures, sounds and films of texts: <https://www.twilio.com/docs/messaging/api/media-resource>.

use serde::Deserialize;

use super::media::MediaAnswer;
use super::{Client, empty_as_none};
use crate::error::Error;
use crate::sid::{MediaSid, MessageSid};

/// Something that came with a text, without itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MessageMedia {
    /// Its identifier.
    pub sid: MediaSid,
    /// What it is said to be, for example `image/jpeg`.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub content_type: Option<String>,
}

impl Client {
    /// What came with a text.
    pub async fn list_message_media(&self, message: &MessageSid) -> Result<Vec<MessageMedia>, Error> {
        let url = self.account_url(&["Messages", message.as_str(), "Media.json"]);
        self.list("list the text's media", url).await
    }

    /// One of them, or a part of it: `range` is what a `Range` header says, such as `bytes=0-499`.
    ///
    /// The address is put together of what is known, never taken from a webhook or an answer.
    pub async fn fetch_message_media(
        &self,
        message: &MessageSid,
        media: &MediaSid,
        range: Option<&str>,
    ) -> Result<MediaAnswer, Error> {
        let url = self.account_url(&["Messages", message.as_str(), "Media", media.as_str()]);
        self.stream("fetch the text's media", &url, range).await
    }
}
