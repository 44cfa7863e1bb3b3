//! What was asked of the program under test, and what it answered.

use std::collections::VecDeque;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// As of the journal of requests.
const CAPACITY: usize = 10_000;

/// How webhooks go wrong, for tests.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Every request is made twice, with the same idempotency token. JSON may count, too: 1 is `true`.
    #[serde(deserialize_with = "yes_or_count")]
    pub duplicate: bool,
    /// Of every two callbacks that follow each other, the later one comes first.
    pub reorder: bool,
    /// Callbacks come so much later.
    pub delay_ms: u64,
    /// Callbacks with one of these in `CallStatus`, `RecordingStatus`, `StatusCallbackEvent` or `MessageStatus` never come; `*` is
    /// all, and so is `true` in JSON.
    #[serde(deserialize_with = "all_or_some")]
    pub drop_status: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Loose {
    Flag(bool),
    Count(u32),
    Names(Vec<String>),
}

fn yes_or_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Loose::deserialize(deserializer)? {
        Loose::Flag(flag) => Ok(flag),
        Loose::Count(count) => Ok(count > 0),
        Loose::Names(_) => Err(D::Error::custom("duplicate is true or false")),
    }
}

fn all_or_some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    match Loose::deserialize(deserializer)? {
        Loose::Flag(true) => Ok(vec!["*".to_owned()]),
        Loose::Flag(false) => Ok(Vec::new()),
        Loose::Names(names) => Ok(names),
        Loose::Count(_) => Err(D::Error::custom("drop_status is a list of states, true or false")),
    }
}

/// One request that the simulator made, or would have made. Secrets the simulator knows are replaced, and the signature is not kept.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Webhook {
    /// Counts from 1 in the order in which requests began.
    pub sequence: u64,
    /// When it began, RFC 3339 in UTC.
    pub time: String,
    /// `voice`, `last_action`, `call_status`, `recording`, `conference`, `message` or `message_status`.
    pub purpose: String,
    /// Whose Auth Token signed it.
    pub account_sid: String,
    /// The call that it is about, or the text.
    pub call_sid: String,
    /// `GET` or `POST`.
    pub method: String,
    /// With the query, and without the fragment.
    pub url: String,
    /// The form, or what was added to the query.
    pub params: Vec<(String, String)>,
    /// `I-Twilio-Idempotency-Token`: the same for retries.
    pub token: String,
    /// 1, and more for retries.
    pub attempt: u32,
    /// The second of two that [`Knobs::duplicate`] asked for.
    pub duplicate: bool,
    /// [`Knobs::drop_status`]: it was never made.
    pub dropped: bool,
    /// `None` while it runs, or when there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// The answer's body, for requests that want TwiML.
    pub answer: Option<String>,
    /// Milliseconds until the answer.
    pub took_ms: Option<u64>,
}

impl Webhook {
    /// The value of a parameter.
    #[must_use]
    pub fn param(&self, wanted: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    }

    /// The path of its URL.
    #[must_use]
    pub fn path(&self) -> &str {
        let after_scheme = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let path = after_scheme.find('/').map_or("/", |at| &after_scheme[at..]);
        path.split('?').next().unwrap_or_default()
    }
}

#[derive(Debug, Default)]
pub(crate) struct HookLog {
    last: u64,
    entries: VecDeque<Webhook>,
}

impl HookLog {
    pub(crate) fn begin(&mut self, mut entry: Webhook) -> u64 {
        self.last += 1;
        entry.sequence = self.last;
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.last
    }

    pub(crate) fn end(&mut self, sequence: u64, end: impl FnOnce(&mut Webhook)) {
        if let Ok(at) = self.entries.binary_search_by_key(&sequence, |entry| entry.sequence)
            && let Some(entry) = self.entries.get_mut(at)
        {
            end(entry);
        }
    }

    pub(crate) fn after(&self, sequence: u64) -> Vec<Webhook> {
        let entries = self.entries.iter().filter(|entry| entry.sequence > sequence);
        entries.cloned().collect()
    }

    /// The last ones, newest first.
    pub(crate) fn last(&self, count: usize) -> Vec<Webhook> {
        self.entries.iter().rev().take(count).cloned().collect()
    }

    /// Forgets the entries; the counter goes on.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Knobs;

    #[test]
    fn settings_are_read_generously() {
        let read = |text: &str| serde_json::from_str::<Knobs>(text);
        let all = read(r#"{"duplicate":1,"drop_status":true}"#).unwrap();
        assert!(all.duplicate && all.drop_status == ["*"]);
        let some = read(r#"{"duplicate":false,"drop_status":["busy"],"delay_ms":5}"#).unwrap();
        assert!(!some.duplicate && some.drop_status == ["busy"] && some.delay_ms == 5);
        assert!(read(r#"{"drop_status":3}"#).is_err() && read(r#"{"duplicate":["x"]}"#).is_err());
        assert!(read(r#"{"dublicate":true}"#).is_err());
    }
}
