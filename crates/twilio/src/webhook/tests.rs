use jiff::tz::TimeZone;
use proptest::prelude::{Just, ProptestConfig, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy;

use super::fields::{MAX_DIGITS, MAX_SECONDS};
use super::*;
use crate::client::calls::CallStatus;
use crate::client::recordings::RecordingStatus;

const CALL: &str = "CA0123456789abcdef0123456789abcdef";

fn with(name: &str, value: &str) -> Params {
    Params::of(vec![(name.to_owned(), value.to_owned())])
}

#[test]
fn a_form_is_decoded_once_and_keeps_its_order() {
    let params = Params::parse(b"To=%2B14155550199&Body=a+b%26c&Empty=&To=x&%FF=1&flag");
    let pairs: Vec<_> = params.pairs().iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(
        pairs,
        [
            ("To", "+14155550199"),
            ("Body", "a b&c"),
            ("Empty", ""),
            ("To", "x"),
            ("\u{FFFD}", "1"),
            ("flag", "")
        ]
    );
    assert_eq!(params.raw("To"), Some("+14155550199"));
    assert_eq!(params.one("To"), Err(ParamError::Repeated("To")));
    assert_eq!(params.one("Empty"), Ok(Some("")));
    assert_eq!(params.one("empty"), Ok(None));
    assert!(params.has("flag") && !params.has("Flag"));
}

#[test]
fn an_identifier_is_there_once_and_well_formed() {
    assert_eq!(with("CallSid", CALL).call_sid().unwrap().as_str(), CALL);
    assert_eq!(with("X", "").call_sid(), Err(ParamError::Missing("CallSid")));
    for malformed in [
        "",
        &CALL[..33],
        &format!("{CALL}\n"),
        "AC0123456789abcdef0123456789abcdef",
    ] {
        assert_eq!(
            with("CallSid", malformed).call_sid(),
            Err(ParamError::Malformed("CallSid"))
        );
    }
    let twice = Params::parse(format!("CallSid={CALL}&CallSid={CALL}").as_bytes());
    assert_eq!(twice.call_sid(), Err(ParamError::Repeated("CallSid")));
    assert_eq!(with("ParentCallSid", "").parent_call_sid(), Ok(None));
    assert!(with("ParentCallSid", "x").parent_call_sid().is_err());
}

#[test]
fn a_missing_party_is_an_empty_one() {
    assert_eq!(with("X", "").to(), Ok(Party::Other(String::new())));
    assert_eq!(with("From", "client:u1").from(), Ok(Party::Client("u1".to_owned())));
    let twice = Params::parse(b"From=client:u1&From=client:u2");
    assert_eq!(twice.from(), Err(ParamError::Repeated("From")));
}

#[test]
fn a_state_that_is_not_known_is_none_and_can_be_looked_at() {
    let params = with("CallStatus", "teleported");
    assert_eq!(params.call_status(), None);
    assert_eq!(params.raw("CallStatus"), Some("teleported"));
    assert_eq!(
        with("CallStatus", "no-answer").call_status(),
        Some(CallStatus::NoAnswer)
    );
    assert_eq!(
        with("DialCallStatus", "answered").dial_call_status(),
        Some(DialCallStatus::Answered)
    );
    assert_eq!(with("DialCallStatus", "Answered").dial_call_status(), None);
    assert_eq!(
        with("RecordingStatus", "absent").recording_status(),
        Some(RecordingStatus::Absent)
    );
}

#[test]
fn a_duration_is_a_whole_number_of_seconds_or_nothing() {
    for (text, expected) in [
        ("0", Some(0)),
        ("61", Some(61)),
        ("864001", Some(MAX_SECONDS)),
        ("99999999999999999999999", Some(MAX_SECONDS)),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("NaN", None),
        ("1e309", None),
        ("1.5", None),
        (" 1", None),
        ("١", None),
    ] {
        assert_eq!(with("CallDuration", text).call_duration(), expected, "{text:?}");
        assert_eq!(
            with("RecordingDuration", text).recording_duration(),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn keys_are_keys() {
    for text in ["1", "0*#", "1234567890"] {
        assert_eq!(with("Digits", text).digits().unwrap().as_str(), text);
    }
    let long = "1".repeat(MAX_DIGITS + 1);
    for text in ["", "hangup", "1;2", "12w", " 1", &long] {
        assert_eq!(with("Digits", text).digits(), None, "{text:?}");
    }
    assert!(with("Digits", "hangup").hung_up());
    assert_eq!(
        format!("{:?}", with("Digits", "4111").digits().unwrap()),
        "Digits(4 keys)"
    );
}

#[test]
fn a_date_of_another_age_is_none() {
    let moment = with("Timestamp", "Thu, 30 Jul 2015 23:19:04 +0000")
        .timestamp()
        .unwrap();
    assert_eq!(moment.to_string(), "2015-07-30T23:19:04Z");
    for text in [
        "",
        "Fri, 31 Dec 9999 23:59:59 +0000",
        "Thu, 30 Jul 1915 23:19:04 +0000",
        "2015-07-30T23:19:04Z",
        "Mon, 30 Jul 2015 23:19:04 +0000",
        "Thu, 32 Jul 2015 23:19:04 +0000",
    ] {
        assert_eq!(with("Timestamp", text).timestamp(), None, "{text:?}");
    }
}

#[test]
fn numbers_stay_in_their_range() {
    assert_eq!(with("RecordingChannels", "2").recording_channels(), Some(2));
    for text in ["0", "3", "-1", ""] {
        assert_eq!(with("RecordingChannels", text).recording_channels(), None, "{text:?}");
    }
    assert_eq!(with("SipResponseCode", "487").sip_response_code(), Some(487));
    assert_eq!(with("SipResponseCode", "99").sip_response_code(), None);
    assert_eq!(with("SequenceNumber", "0").sequence_number(), Some(0));
    assert_eq!(with("SequenceNumber", "18446744073709551615").sequence_number(), None);
    assert_eq!(with("ErrorCode", "13224").error_code(), Some(13224));
    assert_eq!(with("ErrorCode", "0").error_code(), None);
}

#[test]
fn no_value_is_shown() {
    let text = format!("{:?}", with("From", "+14155550199"));
    assert_eq!(text, "{\"From\"}");
    assert_eq!(ParamError::Repeated("From").to_string(), "From is repeated");
}

/// Reads everything that can be read.
fn read_all(params: &Params) -> bool {
    let strict = [
        params.account_sid().is_ok(),
        params.call_sid().is_ok(),
        params.parent_call_sid().is_ok(),
        params.dial_call_sid().is_ok(),
        params.recording_sid().is_ok(),
        params.conference_sid().is_ok(),
        params.from().is_ok(),
        params.to().is_ok(),
        params.forwarded_from().is_ok(),
    ];
    let lenient = [
        params.call_status().is_some(),
        params.dial_call_status().is_some(),
        params.dial_bridged().is_some(),
        params.call_duration().is_some(),
        params.dial_call_duration().is_some(),
        params.recording_duration().is_some(),
        params.digits().is_some(),
        params.hung_up(),
        params.recording_status().is_some(),
        params.recording_channels().is_some(),
        params.recording_source().is_some(),
        params.recording_start_time().is_some(),
        params.timestamp().is_some(),
        params.sequence_number().is_some(),
        params.error_code().is_some(),
        params.sip_response_code().is_some(),
        params.direction().is_some(),
        params.stir_verstat().is_some(),
    ];
    strict.into_iter().chain(lenient).any(|read| read)
}

const NAMES: [&str; 14] = [
    "AccountSid",
    "CallSid",
    "ParentCallSid",
    "RecordingSid",
    "From",
    "To",
    "CallStatus",
    "CallDuration",
    "Digits",
    "RecordingChannels",
    "RecordingStartTime",
    "Timestamp",
    "SequenceNumber",
    "ErrorCode",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-+0-9eE.]{0,30}",
        "(client:)?[+]?[0-9]{0,20}",
        "[A-Z]{2}[0-9a-f]{32}",
        "(Mon|Thu), [0-9]{1,3} (Jan|Feb|Jul) [0-9]{1,6} [0-9]{1,2}:[0-9]{2}:[0-9]{2} [-+][0-9]{4}",
        Just(CALL.to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_reading_panic(
        pairs in prop::collection::vec((prop::sample::select(&NAMES[..]), value()), 0..20),
        bytes in any::<Vec<u8>>(),
    ) {
        let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let params = Params::of(pairs.clone());
        let _ = read_all(&params);
        let _ = read_all(&Params::parse(&bytes));
        // A form says what it was made of.
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        prop_assert_eq!(Params::parse(form.as_bytes()), params);
    }

    #[test]
    fn whatever_is_believed_is_within_bounds(text in value()) {
        for name in ["CallDuration", "DialCallDuration", "RecordingDuration"] {
            let params = with(name, &text);
            let read = params.call_duration().or(params.dial_call_duration()).or(params.recording_duration());
            prop_assert!(read.is_none_or(|seconds| seconds <= MAX_SECONDS));
        }
        let moment = with("Timestamp", &text).timestamp();
        prop_assert!(moment.is_none_or(|moment| (2000..=2101).contains(&TimeZone::UTC.to_datetime(moment).year())));
    }
}
