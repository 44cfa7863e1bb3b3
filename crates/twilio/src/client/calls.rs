//! Calls: <https://www.twilio.com/docs/voice/api/call-resource>.

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::exchange::Form;
use super::paging::{Newest, day_of, is_since};
use super::{Client, empty_as_none, null_as_empty, number_or_none, sid_or_none};
use crate::error::Error;
use crate::sid::{AccountSid, CallSid};
use crate::twiml::{CallEvent, Method};

/// A call that Twilio is to make. What is `None` is not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewCall {
    /// A number in E.164 form, or `client:` and the identity of a browser.
    pub to: String,
    /// What the callee sees: a number of the account.
    pub from: String,
    /// Asked for TwiML when the callee has answered.
    pub url: String,
    /// How the URL is asked.
    pub method: Option<Method>,
    /// Told of the call's course.
    pub status_callback: Option<String>,
    /// What is told there; only the end unless given.
    pub status_callback_events: Vec<CallEvent>,
    /// How it is told there.
    pub status_callback_method: Option<Method>,
    /// Seconds of ringing; 60 unless given, and Twilio adds up to 5.
    pub timeout: Option<u32>,
    /// The longest duration in seconds.
    pub time_limit: Option<u32>,
}

/// Which calls are listed. What is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Those that this call has dialled.
    pub parent: Option<CallSid>,
    /// Those in this state.
    pub status: Option<CallStatus>,
}

/// What a live call does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallInstructions {
    /// This document. At most 4000 characters.
    Twiml(String),
    /// What this URL says.
    Url {
        /// Where to ask.
        url: String,
        /// How.
        method: Option<Method>,
    },
}

/// How a call is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEnd {
    /// Whatever state it is in.
    Completed,
    /// Only if nobody has answered yet.
    Canceled,
}

/// A call: one connection between Twilio and somebody.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Call {
    /// Its identifier.
    pub sid: CallSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The call that dialled this one.
    #[serde(default, deserialize_with = "sid_or_none")]
    pub parent_call_sid: Option<CallSid>,
    /// Who is called.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub to: String,
    /// Who calls.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub from: String,
    /// How far it is. May lag behind what status callbacks say.
    pub status: CallStatus,
    /// `inbound`, `outbound-api` or `outbound-dial`.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub direction: Option<String>,
    /// When it was answered, or began to ring, as Twilio writes it.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub start_time: Option<String>,
    /// When it ended, as Twilio writes it.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub end_time: Option<String>,
    /// Seconds from answer to end.
    #[serde(default, deserialize_with = "number_or_none")]
    pub duration: Option<u64>,
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum CallStatus {
    /// It waits for its turn.
    Queued,
    /// It is being dialled. Only in webhooks.
    Initiated,
    /// It rings.
    Ringing,
    /// Somebody answered.
    InProgress,
    /// It was answered and is over.
    Completed,
    /// The line was busy, or the callee declined.
    Busy,
    /// It could not be connected.
    Failed,
    /// Nobody answered.
    NoAnswer,
    /// It was ended before anybody answered.
    Canceled,
    /// A state that this version does not know.
    Unknown(String),
}

impl CallStatus {
    /// As Twilio writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Queued => "queued",
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Canceled => "canceled",
            Self::Unknown(text) => text,
        }
    }

    /// Whether the call is over.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Busy | Self::Failed | Self::NoAnswer | Self::Canceled
        )
    }
}

impl From<String> for CallStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "queued" => Self::Queued,
            "initiated" => Self::Initiated,
            "ringing" => Self::Ringing,
            "in-progress" => Self::InProgress,
            "completed" => Self::Completed,
            "busy" => Self::Busy,
            "failed" => Self::Failed,
            "no-answer" => Self::NoAnswer,
            "canceled" => Self::Canceled,
            _ => Self::Unknown(text),
        }
    }
}

impl Client {
    /// Makes a call. After an [`Error::outcome_unknown`] the callee may ring: Twilio has no way to recognise a repetition.
    pub async fn create_call(&self, call: &NewCall) -> Result<Call, Error> {
        let (timeout, limit) = (
            call.timeout.map(|seconds| seconds.to_string()),
            call.time_limit.map(|seconds| seconds.to_string()),
        );
        let mut form: Form<'_> = vec![("To", &call.to), ("From", &call.from), ("Url", &call.url)];
        form.extend(call.method.map(|method| ("Method", method.as_str())));
        form.extend(call.status_callback.as_deref().map(|url| ("StatusCallback", url)));
        let events = call.status_callback_events.iter();
        form.extend(events.map(|event| ("StatusCallbackEvent", event.as_str())));
        form.extend(
            call.status_callback_method
                .map(|method| ("StatusCallbackMethod", method.as_str())),
        );
        form.extend(timeout.as_deref().map(|seconds| ("Timeout", seconds)));
        form.extend(limit.as_deref().map(|seconds| ("TimeLimit", seconds)));
        self.post("make the call", self.account_url(&["Calls.json"]), form)
            .await
    }

    /// One call of the account.
    pub async fn fetch_call(&self, sid: &CallSid) -> Result<Call, Error> {
        self.get("fetch the call", self.call_url(sid)).await
    }

    /// The calls of the account that fit.
    pub async fn list_calls(&self, filter: &CallFilter) -> Result<Vec<Call>, Error> {
        let mut url = self.account_url(&["Calls.json"]);
        if let Some(parent) = &filter.parent {
            url.query_pairs_mut().append_pair("ParentCallSid", parent.as_str());
        }
        if let Some(status) = &filter.status {
            url.query_pairs_mut().append_pair("Status", status.as_str());
        }
        self.list("list the calls", url).await
    }

    /// The calls of the account that began at that moment or later, those that they dialled included; the newest first, from at
    /// most so many pages of 100.
    pub async fn list_calls_since(&self, since: Timestamp, pages: usize) -> Result<Newest<Call>, Error> {
        let mut url = self.account_url(&["Calls.json"]);
        url.query_pairs_mut().append_pair("StartTime>", &day_of(since));
        let goes_on = |call: &Call| is_since(call.start_time.as_deref(), since);
        let mut found = self.list_newest("list the latest calls", url, pages, goes_on).await?;
        found.items.retain(goes_on);
        Ok(found)
    }

    /// Gives a live call other instructions. Fails with [`Error::is_wrong_call_state`] where it is not live.
    pub async fn redirect_call(&self, sid: &CallSid, instructions: &CallInstructions) -> Result<Call, Error> {
        let form = match instructions {
            CallInstructions::Twiml(twiml) => vec![("Twiml", twiml.as_str())],
            CallInstructions::Url { url, method } => {
                let mut form: Form<'_> = vec![("Url", url)];
                form.extend(method.map(|method| ("Method", method.as_str())));
                form
            }
        };
        self.post("redirect the call", self.call_url(sid), form).await
    }

    /// Ends a call. Ending it twice does no harm, so this is repeated like a deletion.
    pub async fn end_call(&self, sid: &CallSid, end: CallEnd) -> Result<Call, Error> {
        let status = match end {
            CallEnd::Completed => "completed",
            CallEnd::Canceled => "canceled",
        };
        self.put("end the call", self.call_url(sid), vec![("Status", status)])
            .await
    }

    fn call_url(&self, sid: &CallSid) -> Url {
        self.account_url(&["Calls", &format!("{sid}.json")])
    }
}
