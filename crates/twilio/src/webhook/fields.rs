//! The parameters that have a meaning here, each in its own type.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

use super::{ParamError, Params, Party};
use crate::client::calls::CallStatus;
use crate::client::recordings::RecordingStatus;
use crate::sid::{AccountSid, CallSid, ConferenceSid, RecordingSid};

/// The longest duration that is believed, in seconds: ten days. Twilio ends a call after a day.
pub(super) const MAX_SECONDS: u64 = 10 * 24 * 60 * 60;
/// The most keys that are read.
pub(super) const MAX_DIGITS: usize = 64;

/// How a `<Dial>` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DialCallStatus {
    /// Somebody answered, and it is over.
    Completed,
    /// Somebody answered; said of conferences.
    Answered,
    /// The line was busy, or the callee declined.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// It could not be connected.
    Failed,
    /// The caller gave up before anybody answered.
    Canceled,
}

/// What made a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingSource {
    /// `<Dial record>`: a conversation.
    DialVerb,
    /// `<Record>`: a message.
    RecordVerb,
    /// A conference.
    Conference,
    /// A request to the REST API, or a trunk.
    Api,
    /// Something that this version does not know.
    Other,
}

/// Keys that were pressed: `0` to `9`, `*` and `#`; at least one.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(String);

impl Digits {
    /// In the order in which they were pressed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// People type card numbers and codes.
impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({} keys)", self.0.len())
    }
}

/// A date as Twilio's webhooks and REST answers write it, such as `Thu, 30 Jul 2015 23:19:04 +0000`. None before the year
/// 2000 or after 2100: such a clock is not believed.
pub fn rfc2822(text: &str) -> Option<Timestamp> {
    let moment = DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    let year = TimeZone::UTC.to_datetime(moment).year();
    (2000..=2100).contains(&year).then_some(moment)
}

/// Identifiers and parties: strict.
impl Params {
    /// Whose webhook it claims to be: what chooses the token to check it with.
    pub fn account_sid(&self) -> Result<AccountSid, ParamError> {
        self.needed("AccountSid")
    }

    /// The call it is about.
    pub fn call_sid(&self) -> Result<CallSid, ParamError> {
        self.needed("CallSid")
    }

    /// The call that dialled this one.
    pub fn parent_call_sid(&self) -> Result<Option<CallSid>, ParamError> {
        self.optional("ParentCallSid")
    }

    /// The call that a `<Dial>` made last.
    pub fn dial_call_sid(&self) -> Result<Option<CallSid>, ParamError> {
        self.optional("DialCallSid")
    }

    /// The recording it is about.
    pub fn recording_sid(&self) -> Result<Option<RecordingSid>, ParamError> {
        self.optional("RecordingSid")
    }

    /// The conference it is about.
    pub fn conference_sid(&self) -> Result<Option<ConferenceSid>, ParamError> {
        self.optional("ConferenceSid")
    }

    /// Who calls.
    pub fn from(&self) -> Result<Party, ParamError> {
        self.party("From")
    }

    /// Who is called.
    pub fn to(&self) -> Result<Party, ParamError> {
        self.party("To")
    }

    /// Who had been called before the call was forwarded here.
    pub fn forwarded_from(&self) -> Result<Party, ParamError> {
        self.party("ForwardedFrom")
    }

    pub(super) fn needed<T: FromStr>(&self, name: &'static str) -> Result<T, ParamError> {
        let text = self.one(name)?.ok_or(ParamError::Missing(name))?;
        text.parse().map_err(|_| ParamError::Malformed(name))
    }

    pub(super) fn optional<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, ParamError> {
        let text = self.one(name)?.filter(|text| !text.is_empty());
        text.map(|text| text.parse().map_err(|_| ParamError::Malformed(name)))
            .transpose()
    }

    fn party(&self, name: &'static str) -> Result<Party, ParamError> {
        Ok(Party::read(self.one(name)?.unwrap_or_default()))
    }
}

/// What happened: nonsense is nothing, and [`Params::raw`] has it as it came.
impl Params {
    /// How far the call is.
    pub fn call_status(&self) -> Option<CallStatus> {
        match CallStatus::from(self.raw("CallStatus")?.to_owned()) {
            CallStatus::Unknown(_) => None,
            status => Some(status),
        }
    }

    /// How the `<Dial>` ended.
    pub fn dial_call_status(&self) -> Option<DialCallStatus> {
        Some(match self.raw("DialCallStatus")? {
            "completed" => DialCallStatus::Completed,
            "answered" => DialCallStatus::Answered,
            "busy" => DialCallStatus::Busy,
            "no-answer" => DialCallStatus::NoAnswer,
            "failed" => DialCallStatus::Failed,
            "canceled" => DialCallStatus::Canceled,
            _ => return None,
        })
    }

    /// Whether the two sides of a `<Dial>` were connected.
    pub fn dial_bridged(&self) -> Option<bool> {
        self.raw("DialBridged")?.parse().ok()
    }

    /// Seconds from answer to end.
    pub fn call_duration(&self) -> Option<u64> {
        self.seconds("CallDuration")
    }

    /// Seconds from answer to end of what a `<Dial>` made.
    pub fn dial_call_duration(&self) -> Option<u64> {
        self.seconds("DialCallDuration")
    }

    /// Seconds of a recording.
    pub fn recording_duration(&self) -> Option<u64> {
        self.seconds("RecordingDuration")
    }

    /// Keys that were pressed.
    pub fn digits(&self) -> Option<Digits> {
        let text = self.raw("Digits")?;
        let fits = (1..=MAX_DIGITS).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'#'));
        fits.then(|| Digits(text.to_owned()))
    }

    /// Whether a `<Record>` ended because the caller hung up.
    pub fn hung_up(&self) -> bool {
        self.raw("Digits") == Some("hangup")
    }

    /// How far the recording is.
    pub fn recording_status(&self) -> Option<RecordingStatus> {
        match RecordingStatus::from(self.raw("RecordingStatus")?.to_owned()) {
            RecordingStatus::Unknown(_) => None,
            status => Some(status),
        }
    }

    /// 1, or 2 where each side has its own.
    pub fn recording_channels(&self) -> Option<u8> {
        self.number("RecordingChannels", 2)
            .filter(|channels| *channels > 0)
            .and_then(|channels| u8::try_from(channels).ok())
    }

    /// What made the recording.
    pub fn recording_source(&self) -> Option<RecordingSource> {
        Some(match self.raw("RecordingSource")? {
            "DialVerb" => RecordingSource::DialVerb,
            "RecordVerb" => RecordingSource::RecordVerb,
            "Conference" | "StartConferenceRecordingAPI" => RecordingSource::Conference,
            "OutboundAPI" | "StartCallRecordingAPI" | "Trunking" => RecordingSource::Api,
            _ => RecordingSource::Other,
        })
    }

    /// When the recording began.
    pub fn recording_start_time(&self) -> Option<Timestamp> {
        rfc2822(self.raw("RecordingStartTime")?)
    }

    /// When it happened, by Twilio's clock.
    pub fn timestamp(&self) -> Option<Timestamp> {
        rfc2822(self.raw("Timestamp")?)
    }

    /// Its place among the events of the call, from 0 on.
    pub fn sequence_number(&self) -> Option<u64> {
        self.number("SequenceNumber", u64::from(u32::MAX))
    }

    /// Twilio's code for what went wrong.
    pub fn error_code(&self) -> Option<u32> {
        let code = self.number("ErrorCode", u64::from(u32::MAX))?;
        u32::try_from(code).ok().filter(|code| *code > 0)
    }

    /// How the telephone network ended the call, for example 487.
    pub fn sip_response_code(&self) -> Option<u16> {
        let code = self.number("SipResponseCode", 699)?;
        u16::try_from(code).ok().filter(|code| *code >= 100)
    }

    /// `inbound`, `outbound-api` or `outbound-dial`. A call that a browser makes is `inbound` too.
    pub fn direction(&self) -> Option<&str> {
        self.raw("Direction").filter(|text| !text.is_empty())
    }

    /// What the telephone network thinks of the caller's number, for example `TN-Validation-Passed-A`.
    pub fn stir_verstat(&self) -> Option<&str> {
        self.raw("StirVerstat").filter(|text| !text.is_empty())
    }

    fn seconds(&self, name: &str) -> Option<u64> {
        // As many digits as it has: a text that overflows is as long as it gets.
        let text = self.raw(name)?;
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u64>().unwrap_or(MAX_SECONDS).min(MAX_SECONDS))
    }

    pub(super) fn number(&self, name: &str, most: u64) -> Option<u64> {
        let text = self.raw(name)?;
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return None;
        }
        text.parse().ok().filter(|number| *number <= most)
    }
}
