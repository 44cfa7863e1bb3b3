//! Calls, recordings, conferences and phones as they are known: everything but what runs (see `engine`).

mod book;
mod conference;
mod control;
mod handle;
mod instructions;
mod phone;
mod recording;
mod snapshot;

use jiff::Timestamp;
use serde::Serialize;

pub(crate) use self::book::Book;
pub(crate) use self::conference::{Conference, ConferenceStatus, Participant, ParticipantChange};
pub(crate) use self::control::routes;
pub(crate) use self::instructions::{Command, Instructions, Order, OutgoingCall};
pub use self::phone::{Behaviour, ECHO_NUMBERS, PhoneScript, Press, Sound};
pub(crate) use self::recording::{Recording, RecordingStatus};
pub use self::snapshot::{CallSnapshot, LegStats, Loudness};

/// Twilio's states of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallStatus {
    /// Made, and nobody has been called yet.
    Queued,
    /// It rings.
    Ringing,
    /// Answered.
    InProgress,
    /// Was answered and has ended.
    Completed,
    /// The callee was busy, or declined.
    Busy,
    /// Could not be put through.
    Failed,
    /// Nobody answered.
    NoAnswer,
    /// Taken back before anybody answered.
    Canceled,
}

impl CallStatus {
    /// As Twilio writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Canceled => "canceled",
        }
    }

    /// Whether the call is over.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Ringing | Self::InProgress)
    }
}

/// Who began a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Direction {
    /// To a number, or from a browser through a TwiML App.
    Inbound,
    OutboundApi,
    OutboundDial,
}

impl Direction {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::OutboundApi => "outbound-api",
            Self::OutboundDial => "outbound-dial",
        }
    }
}

/// TwiML that a call has played, or was to play.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Played {
    /// Where it came from; empty when it came with the REST request.
    pub url: String,
    /// The document as it came.
    pub twiml: String,
}

/// What would stand in Twilio's debugger.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Notice {
    /// Twilio's error or warning code.
    pub code: u32,
    /// What was wrong.
    pub message: String,
}

/// One leg of a call: at Twilio, and here, each leg is a call of its own.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) account_sid: String,
    pub(crate) parent: Option<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) direction: Direction,
    pub(crate) status: CallStatus,
    pub(crate) number_sid: Option<String>,
    pub(crate) application_sid: Option<String>,
    /// Of a call from a browser: what it gave along, and goes into the first request to the application.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) answered: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) sip_response: Option<u16>,
    /// Of the recording that was made of this call.
    pub(crate) recordings: Vec<String>,
    pub(crate) played: Vec<Played>,
    pub(crate) said: Vec<String>,
    pub(crate) notices: Vec<Notice>,
    /// What is being done, in a few words.
    pub(crate) doing: String,
}

impl Call {
    pub(crate) fn new(account_sid: &str, from: &str, to: &str, direction: Direction) -> Self {
        Self {
            account_sid: account_sid.to_owned(),
            parent: None,
            from: from.to_owned(),
            to: to.to_owned(),
            direction,
            status: CallStatus::Queued,
            number_sid: None,
            application_sid: None,
            parameters: Vec::new(),
            answered: None,
            ended: None,
            sip_response: None,
            recordings: Vec::new(),
            played: Vec::new(),
            said: Vec::new(),
            notices: Vec::new(),
            doing: String::new(),
        }
    }

    /// Whole seconds from answer to end, begun ones counted; `None` while it goes on and for calls that nobody answered.
    pub(crate) fn seconds(&self) -> Option<u64> {
        let length = self.ended?.duration_since(self.answered?);
        Some(u64::try_from(length.as_millis()).unwrap_or(0).div_ceil(1000))
    }
}

/// The identity that `client:identity` names.
pub(crate) fn client_identity(address: &str) -> Option<&str> {
    address.strip_prefix("client:").filter(|identity| !identity.is_empty())
}

/// `+` and 8 to 15 digits, the first not 0.
pub(crate) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::{client_identity, is_e164};

    #[test]
    fn numbers_and_clients_are_told_apart() {
        assert!(is_e164("+14155550100") && is_e164("+442079460199"));
        for wrong in [
            "",
            "+",
            "14155550100",
            "+0415555010",
            "+1415555010x",
            "+1234567",
            "+1234567890123456",
        ] {
            assert!(!is_e164(wrong), "{wrong}");
        }
        assert_eq!(client_identity("client:u_1"), Some("u_1"));
        assert_eq!(client_identity("client:"), None);
        assert_eq!(client_identity("+1"), None);
    }
}
