//! What Twilio's webhooks ask and report, of which only this is used.

use jiff::Timestamp;
use twilio::twiml::MAX_BYTES;
use twilio::webhook::{DialCallStatus, ParamError, Params, Party, RecordingSource};
use twilio::{CallSid, CallStatus, RecordingSid, RecordingStatus};

use super::webhook::Asked;

/// Longest text of a party that is kept, in characters.
const PARTY_MAX: usize = 64;

/// A question what to do next with a call.
#[derive(Clone, Debug)]
pub struct VoiceRequest {
    pub(super) call_sid: CallSid,
    pub(super) status: Option<CallStatus>,
    pub(super) from: Party,
    /// As it came: what the user typed, in a call from the browser.
    pub(super) to: String,
    pub(super) dialled_sid: Option<CallSid>,
    pub(super) dialled: Option<DialCallStatus>,
    pub(super) dialled_seconds: Option<u64>,
    /// Whether the request has the parameter at all.
    pub(super) digits: Option<String>,
    pub(super) recording_sid: Option<RecordingSid>,
    pub(super) recording_seconds: Option<u64>,
    /// The address that failed before, where this is the one to fall back on.
    pub(super) failed_before: Option<String>,
    pub(super) parent_sid: Option<CallSid>,
}

impl Asked for VoiceRequest {
    const SPOKEN: bool = true;

    fn read(params: &Params) -> Result<Self, ParamError> {
        let to = params.one("To")?.unwrap_or_default();
        let recording_url = params.raw("RecordingUrl").and_then(sid_at_end);
        Ok(Self {
            call_sid: params.call_sid()?,
            status: params.call_status(),
            from: party(params, "From")?,
            to: to.chars().take(MAX_BYTES).collect(),
            dialled_sid: params.dial_call_sid()?,
            dialled: params.dial_call_status(),
            dialled_seconds: params.dial_call_duration(),
            digits: params.one("Digits")?.map(str::to_owned),
            recording_sid: params.recording_sid()?.or(recording_url),
            recording_seconds: params.recording_duration(),
            failed_before: params.raw("ErrorUrl").map(str::to_owned),
            parent_sid: params.parent_call_sid()?,
        })
    }

    fn sids(&self) -> Vec<&str> {
        let sids = [
            Some(&self.call_sid),
            self.dialled_sid.as_ref(),
            self.parent_sid.as_ref(),
        ];
        let recording = self.recording_sid.as_ref().map(RecordingSid::as_str);
        sids.into_iter()
            .flatten()
            .map(CallSid::as_str)
            .chain(recording)
            .collect()
    }
}

/// How far a leg is.
#[derive(Clone, Debug)]
pub struct StatusReport {
    pub(super) call_sid: CallSid,
    pub(super) parent_sid: Option<CallSid>,
    /// `None` for a word that is not known here.
    pub(super) status: Option<CallStatus>,
    pub(super) word: String,
    pub(super) from: Party,
    pub(super) to: String,
    pub(super) from_api: bool,
    pub(super) at: Option<Timestamp>,
    pub(super) seconds: Option<u64>,
    pub(super) error_code: Option<u32>,
}

impl Asked for StatusReport {
    const SPOKEN: bool = false;

    fn read(params: &Params) -> Result<Self, ParamError> {
        Ok(Self {
            call_sid: params.call_sid()?,
            parent_sid: params.parent_call_sid()?,
            status: params.call_status(),
            word: short(params.one("CallStatus")?.ok_or(ParamError::Missing("CallStatus"))?),
            from: party(params, "From")?,
            to: params.one("To")?.unwrap_or_default().to_owned(),
            from_api: params.direction() == Some("outbound-api"),
            at: params.timestamp(),
            seconds: params.call_duration(),
            error_code: params.error_code(),
        })
    }

    fn sids(&self) -> Vec<&str> {
        [Some(&self.call_sid), self.parent_sid.as_ref()]
            .into_iter()
            .flatten()
            .map(CallSid::as_str)
            .collect()
    }
}

/// How far a recording is. Where its audio is said to be is never looked at.
#[derive(Clone, Debug)]
pub struct RecordingReport {
    /// `None` for the recording of a conference.
    pub(super) call_sid: Option<CallSid>,
    pub(super) sid: RecordingSid,
    /// `None` for a word that is not known here.
    pub(super) status: Option<RecordingStatus>,
    pub(super) word: String,
    pub(super) seconds: Option<u64>,
    /// The length as it came, where it is none.
    pub(super) odd_length: Option<String>,
    pub(super) channels: Option<u8>,
    pub(super) source: Option<RecordingSource>,
    pub(super) started_at: Option<Timestamp>,
}

impl Asked for RecordingReport {
    const SPOKEN: bool = false;

    fn read(params: &Params) -> Result<Self, ParamError> {
        let of_conference = params.conference_sid()?.is_some() && !params.has("CallSid");
        Ok(Self {
            call_sid: if of_conference { None } else { Some(params.call_sid()?) },
            sid: params.recording_sid()?.ok_or(ParamError::Missing("RecordingSid"))?,
            status: params.recording_status(),
            word: short(params.one("RecordingStatus")?.unwrap_or_default()),
            seconds: params.recording_duration(),
            odd_length: params
                .raw("RecordingDuration")
                .filter(|_| params.recording_duration().is_none())
                .map(short),
            channels: params.recording_channels(),
            source: params.recording_source(),
            started_at: params.recording_start_time(),
        })
    }

    fn sids(&self) -> Vec<&str> {
        let call = self.call_sid.as_ref().map(CallSid::as_str);
        call.into_iter().chain([self.sid.as_str()]).collect()
    }
}

/// Who calls: a number, a browser, or one of the ways in which a number is withheld. Anything else could be several
/// parameters folded into one.
fn party(params: &Params, name: &'static str) -> Result<Party, ParamError> {
    let text = params.one(name)?.unwrap_or_default();
    let party = Party::read(text);
    let plain = match &party {
        Party::Number(_) => true,
        Party::Client(identity) => identity
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        Party::Other(text) => {
            let bare = text.strip_prefix('+').unwrap_or(text);
            party.is_withheld() || (bare.len() <= 15 && bare.bytes().all(|byte| byte.is_ascii_digit()))
        }
    };
    if plain {
        Ok(party)
    } else {
        Err(ParamError::Malformed(name))
    }
}

/// As it is stored.
pub(super) fn text_of(party: &Party) -> String {
    match party {
        Party::Number(number) => number.as_str().to_owned(),
        Party::Client(identity) => short(&format!("client:{identity}")),
        Party::Other(text) => short(text),
    }
}

/// What came from outside, as much of it as is worth keeping.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(PARTY_MAX).collect()
}

/// The recording's SID, which is all that is ever taken from its address.
fn sid_at_end(url: &str) -> Option<RecordingSid> {
    url.rsplit('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "CA0123456789abcdef0123456789abcdef";
    const RECORDING: &str = "RE0123456789abcdef0123456789abcdef";

    fn params(pairs: &[(&str, &str)]) -> Params {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Params::of(pairs.collect())
    }

    #[test]
    fn who_calls_is_a_number_a_browser_or_withheld() {
        let from = |text: &str| VoiceRequest::read(&params(&[("CallSid", CALL), ("From", text)])).map(|read| read.from);
        for text in [
            "+14155550199",
            "client:user_1",
            "anonymous",
            "Restricted",
            "",
            "266696687",
            "+266696687",
            "411",
        ] {
            assert!(from(text).is_ok(), "{text:?}");
        }
        for text in [
            "client:user 1",
            "client:user_1To+14155550199",
            "+14155550199FromCityLondon",
            "+14155550199\n",
            "anonymousFromCity",
        ] {
            assert_eq!(from(text), Err(ParamError::Malformed("From")), "{text:?}");
        }
    }

    #[test]
    fn what_is_repeated_is_refused() {
        for name in [
            "CallSid",
            "From",
            "To",
            "DialCallSid",
            "Digits",
            "RecordingSid",
            "ParentCallSid",
        ] {
            let twice = params(&[("CallSid", CALL), (name, CALL), (name, CALL)]);
            assert!(VoiceRequest::read(&twice).is_err(), "{name}");
        }
        assert!(
            StatusReport::read(&params(&[("CallSid", CALL)])).is_err(),
            "a report without a status"
        );
        assert!(RecordingReport::read(&params(&[("CallSid", CALL)])).is_err());
    }

    #[test]
    fn of_a_recordings_address_only_the_sid_is_taken() {
        let sid = |url: &str| {
            let read = VoiceRequest::read(&params(&[("CallSid", CALL), ("RecordingUrl", url)])).unwrap();
            read.recording_sid.map(|sid| sid.to_string())
        };
        assert_eq!(
            sid(&format!("https://169.254.169.254/{RECORDING}")).as_deref(),
            Some(RECORDING)
        );
        assert_eq!(sid("https://api.twilio.com@evil.example/x"), None);
        assert_eq!(sid(""), None);
    }

    #[test]
    fn what_is_kept_of_a_text_is_short_and_has_no_control_characters() {
        assert_eq!(short("a\r\nb\u{1b}[2J"), "ab[2J");
        assert_eq!(short(&"x".repeat(5_000)).len(), PARTY_MAX);
    }
}
