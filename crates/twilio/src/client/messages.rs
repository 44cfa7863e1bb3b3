//! Texts: <https://www.twilio.com/docs/messaging/api/message-resource>.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::exchange::Form;
use super::paging::{Newest, day_of, is_since};
use super::{Client, Deletion, empty_as_none, null_as_empty, number_or_none, sid_or_none};
use crate::error::Error;
use crate::sid::{AccountSid, MessageSid, MessagingServiceSid};

/// A text that Twilio is to send. What is `None` or empty is not sent along.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewMessage {
    /// A number in E.164 form.
    pub to: String,
    /// A number of the account. With a Messaging Service: which number of it.
    pub from: Option<String>,
    /// Chooses the number, unless one is given.
    pub messaging_service_sid: Option<MessagingServiceSid>,
    /// At most 1600 characters. May only be empty where there are media.
    pub body: String,
    /// Pictures, sounds and films, at most 10: where Twilio fetches them.
    pub media_urls: Vec<String>,
    /// Told how the text fares.
    pub status_callback: Option<String>,
    /// Seconds after which it is not worth sending any more, 36 000 at most.
    pub validity_period: Option<u32>,
}

/// Which texts are listed. What is `None` does not matter.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// To whom.
    pub to: Option<String>,
    /// From whom.
    pub from: Option<String>,
    /// Sent on that day or later (UTC). Leaves out what has not been sent yet.
    pub sent_since: Option<Timestamp>,
    /// How many at most, the newest first; all that Twilio has otherwise.
    pub limit: Option<usize>,
}

/// A text.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// Its identifier.
    pub sid: MessageSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The Messaging Service that it went through.
    #[serde(default, deserialize_with = "sid_or_none")]
    pub messaging_service_sid: Option<MessagingServiceSid>,
    /// To whom.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub to: String,
    /// From whom; not known while a Messaging Service has not chosen a number.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub from: Option<String>,
    /// What it says. A trial account's begins with a notice.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub body: String,
    /// How far it is.
    pub status: MessageStatus,
    /// `inbound`, `outbound-api`, `outbound-call` or `outbound-reply`.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub direction: Option<String>,
    /// Of how many parts it is; 0 while a Messaging Service has not chosen a number.
    #[serde(default, deserialize_with = "number_or_none")]
    pub num_segments: Option<u32>,
    /// How many media it has.
    #[serde(default, deserialize_with = "number_or_none")]
    pub num_media: Option<u32>,
    /// Why it did not arrive.
    #[serde(default, deserialize_with = "number_or_none")]
    pub error_code: Option<u32>,
    /// The same in Twilio's words.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub error_message: Option<String>,
    /// When it was made, as Twilio writes it.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub date_created: Option<String>,
    /// When it was sent or received, as Twilio writes it.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub date_sent: Option<String>,
}

/// How far a text is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum MessageStatus {
    /// A Messaging Service has it, and has not chosen a number yet.
    Accepted,
    /// A Messaging Service keeps it until its time.
    Scheduled,
    /// It waits for its turn.
    Queued,
    /// It is being handed to the network.
    Sending,
    /// The network has it.
    Sent,
    /// The telephone has it.
    Delivered,
    /// It did not arrive.
    Undelivered,
    /// It could not be sent.
    Failed,
    /// It is coming in.
    Receiving,
    /// It came in.
    Received,
    /// Somebody has read it. Never said of SMS.
    Read,
    /// Some of its recipients have it.
    PartiallyDelivered,
    /// It was taken back before it was sent.
    Canceled,
    /// A state that this version does not know.
    Unknown(String),
}

impl MessageStatus {
    /// As Twilio writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Receiving => "receiving",
            Self::Received => "received",
            Self::Read => "read",
            Self::PartiallyDelivered => "partially_delivered",
            Self::Canceled => "canceled",
            Self::Unknown(text) => text,
        }
    }
}

impl From<String> for MessageStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "accepted" => Self::Accepted,
            "scheduled" => Self::Scheduled,
            "queued" => Self::Queued,
            "sending" => Self::Sending,
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "undelivered" => Self::Undelivered,
            "failed" => Self::Failed,
            "receiving" => Self::Receiving,
            "received" => Self::Received,
            "read" => Self::Read,
            "partially_delivered" => Self::PartiallyDelivered,
            "canceled" => Self::Canceled,
            _ => Self::Unknown(text),
        }
    }
}

/// What people write, and to whom, is theirs: only what it is about is shown.
impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMessage")
            .field("messaging_service_sid", &self.messaging_service_sid)
            .field("characters", &self.body.chars().count())
            .field("media", &self.media_urls.len())
            .finish_non_exhaustive()
    }
}

/// As of [`NewMessage`].
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("sid", &self.sid)
            .field("status", &self.status)
            .field("direction", &self.direction)
            .field("error_code", &self.error_code)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Has a text sent. After an [`Error::outcome_unknown`] it may be on its way: Twilio has no way to recognise a repetition.
    pub async fn create_message(&self, message: &NewMessage) -> Result<Message, Error> {
        let validity = message.validity_period.map(|seconds| seconds.to_string());
        let optional = [
            ("From", message.from.as_deref()),
            (
                "MessagingServiceSid",
                message.messaging_service_sid.as_ref().map(|sid| sid.as_str()),
            ),
            ("Body", Some(message.body.as_str()).filter(|body| !body.is_empty())),
            ("StatusCallback", message.status_callback.as_deref()),
            ("ValidityPeriod", validity.as_deref()),
        ];
        let mut form: Form<'_> = vec![("To", &message.to)];
        form.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        form.extend(message.media_urls.iter().map(|url| ("MediaUrl", url.as_str())));
        self.post("send the text", self.account_url(&["Messages.json"]), form)
            .await
    }

    /// One text of the account.
    pub async fn fetch_message(&self, sid: &MessageSid) -> Result<Message, Error> {
        self.get("fetch the text", self.message_url(sid)).await
    }

    /// The texts of the account that fit, the newest first.
    pub async fn list_messages(&self, filter: &MessageFilter) -> Result<Vec<Message>, Error> {
        let mut url = self.account_url(&["Messages.json"]);
        let day = filter.sent_since.map(|moment| moment.strftime("%Y-%m-%d").to_string());
        for (name, value) in [("To", &filter.to), ("From", &filter.from), ("DateSent>", &day)] {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        self.list_up_to(filter.limit.unwrap_or(usize::MAX), "list the texts", url)
            .await
    }

    /// The texts of the account that were sent or came in at that moment or later; the newest first, from at most so many pages
    /// of 100.
    pub async fn list_messages_since(&self, since: Timestamp, pages: usize) -> Result<Newest<Message>, Error> {
        let mut url = self.account_url(&["Messages.json"]);
        url.query_pairs_mut().append_pair("DateSent>", &day_of(since));
        let goes_on = |message: &Message| is_since(message.date_sent.as_deref(), since);
        let mut found = self.list_newest("list the latest texts", url, pages, goes_on).await?;
        found.items.retain(goes_on);
        Ok(found)
    }

    /// Takes a text back that has not been sent. Doing it twice does no harm, so this is repeated like a deletion.
    pub async fn cancel_message(&self, sid: &MessageSid) -> Result<Message, Error> {
        let form = vec![("Status", "canceled")];
        self.put("cancel the text", self.message_url(sid), form).await
    }

    /// Removes what a text says, and keeps that there was one.
    pub async fn redact_message(&self, sid: &MessageSid) -> Result<Message, Error> {
        self.put("redact the text", self.message_url(sid), vec![("Body", "")])
            .await
    }

    /// Deletes a text at Twilio. The recipient keeps it.
    pub async fn delete_message(&self, sid: &MessageSid) -> Result<Deletion, Error> {
        self.delete("delete the text", self.message_url(sid)).await
    }

    fn message_url(&self, sid: &MessageSid) -> Url {
        self.account_url(&["Messages", &format!("{sid}.json")])
    }
}
