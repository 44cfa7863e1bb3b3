//! The parameters that Twilio sends with every request about a call:
//! <https://www.twilio.com/docs/voice/twiml#request-parameters>

use crate::calls::{Call, CallStatus, Direction};
use crate::world::{Stored, World};

type Pairs = Vec<(String, String)>;

pub(crate) fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// Parameters about a call as it is now.
pub(super) fn of_call(world: &World, call_sid: &str) -> Pairs {
    world.book.call(call_sid).map(base).unwrap_or_default()
}

fn base(call: &Stored<Call>) -> Pairs {
    let value = &call.value;
    let mut pairs = vec![
        pair("AccountSid", &value.account_sid),
        pair("ApiVersion", "2010-04-01"),
        pair("CallSid", &call.sid),
        pair("CallStatus", value.status.as_str()),
        pair("Called", &value.to),
        pair("Caller", &value.from),
        pair("Direction", value.direction.as_str()),
        pair("From", &value.from),
        pair("To", &value.to),
    ];
    pairs.extend(value.parent.as_ref().map(|parent| pair("ParentCallSid", parent)));
    pairs.extend(value.application_sid.as_ref().map(|sid| pair("ApplicationSid", sid)));
    // Calls of browsers carry neither places nor an attestation.
    if !value.from.starts_with("client:") && !value.to.starts_with("client:") {
        for (who, number) in [
            ("From", &value.from),
            ("Caller", &value.from),
            ("To", &value.to),
            ("Called", &value.to),
        ] {
            for place in ["City", "State", "Zip"] {
                pairs.push(pair(&format!("{who}{place}"), ""));
            }
            pairs.push(pair(&format!("{who}Country"), country(number)));
        }
        if value.direction == Direction::Inbound {
            pairs.push(pair("StirVerstat", "TN-Validation-Passed-A"));
        }
    }
    pairs
}

/// Of the simulator's usual numbers. Twilio leaves it empty when it does not know.
pub(crate) fn country(number: &str) -> &'static str {
    match number {
        number if number.starts_with("+1") => "US",
        number if number.starts_with("+44") => "GB",
        _ => "",
    }
}

/// What a status callback has beside those.
pub(super) fn of_status(call: &Stored<Call>, status: &str, sequence: u32) -> Pairs {
    let mut pairs = base(call);
    for (_, value) in pairs.iter_mut().filter(|(name, _)| name == "CallStatus") {
        status.clone_into(value);
    }
    pairs.push(pair("CallbackSource", "call-progress-events"));
    pairs.push(pair("SequenceNumber", sequence.to_string()));
    pairs.push(pair("Timestamp", crate::clock::rfc2822(crate::clock::now())));
    if call.value.status.is_final() {
        let seconds = call.value.seconds().unwrap_or(0);
        pairs.push(pair("CallDuration", seconds.to_string()));
        // Begun minutes.
        pairs.push(pair("Duration", seconds.div_ceil(60).to_string()));
        let answer = call
            .value
            .sip_response
            .or_else(|| usual_sip_response(call.value.status));
        pairs.extend(answer.map(|code| pair("SipResponseCode", code.to_string())));
    }
    pairs
}

fn usual_sip_response(status: CallStatus) -> Option<u16> {
    match status {
        CallStatus::Completed => Some(200),
        CallStatus::Busy => Some(486),
        CallStatus::NoAnswer | CallStatus::Canceled => Some(487),
        CallStatus::Failed => Some(404),
        CallStatus::Queued | CallStatus::Ringing | CallStatus::InProgress => None,
    }
}

#[cfg(test)]
mod tests {
    use super::of_status;
    use crate::calls::{Call, CallStatus, Direction};
    use crate::world::Stored;

    #[test]
    fn a_status_callback_has_what_twilio_documents() {
        let mut call = Call::new("AC1", "+14155550100", "+14155550199", Direction::OutboundDial);
        call.parent = Some("CA0".to_owned());
        call.status = CallStatus::Completed;
        call.answered = Some("2026-11-25T12:00:00Z".parse().unwrap());
        call.ended = Some("2026-11-25T12:01:00.2Z".parse().unwrap());
        let pairs = of_status(&Stored::new("CA1".to_owned(), call), "completed", 3);
        let value = |wanted: &str| {
            let mut found = pairs.iter().filter(|(name, _)| name == wanted);
            let value = found.next().map(|(_, value)| value.as_str());
            assert!(found.next().is_none(), "{wanted} comes once");
            value
        };
        assert_eq!(
            (value("CallStatus"), value("ParentCallSid")),
            (Some("completed"), Some("CA0"))
        );
        assert_eq!((value("CallDuration"), value("Duration")), (Some("61"), Some("2")));
        assert_eq!(
            (value("SequenceNumber"), value("SipResponseCode")),
            (Some("3"), Some("200"))
        );
        assert_eq!((value("FromCountry"), value("ToCity")), (Some("US"), Some("")));
        assert_eq!(value("CallbackSource"), Some("call-progress-events"));
    }
}
