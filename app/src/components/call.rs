//! A call in words: what came of it, and how long it lasted.

use domain::call::{CallStatus, CallView, Direction, LegRole, Origin};
use domain::phone::TEST_CALL;
use domain::recording::RecordingKind;

use super::icon::Glyph;

/// What came of a call: the words, the drawing beside them, and how much they stand out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// "Missed", "Answered, 4 min 12 s" …
    pub words: String,
    /// Says the same to those who skim.
    pub glyph: Glyph,
    /// `live`, `missed`, `voicemail`, `failed`, or nothing.
    pub look: &'static str,
}

/// What came of a call.
#[must_use]
pub fn outcome(call: &CallView) -> Outcome {
    let inbound = call.direction == Direction::Inbound;
    let drawn = if inbound { Glyph::Incoming } else { Glyph::Outgoing };
    let (words, glyph, look) = match call.summary.status {
        CallStatus::Queued | CallStatus::Initiated if inbound => ("Coming in…".to_owned(), Glyph::Incoming, "live"),
        CallStatus::Queued | CallStatus::Initiated if call.origin == Origin::Server => {
            ("Ringing your browser…".to_owned(), Glyph::Outgoing, "live")
        }
        CallStatus::Queued | CallStatus::Initiated => ("Calling…".to_owned(), Glyph::Outgoing, "live"),
        CallStatus::Ringing => ("Ringing…".to_owned(), drawn, "live"),
        CallStatus::InProgress if call.on_hold => ("In progress, on hold".to_owned(), Glyph::Phone, "live"),
        CallStatus::InProgress => ("In progress".to_owned(), Glyph::Phone, "live"),
        _ if call.voicemail => (voicemail(call), Glyph::Voicemail, "voicemail"),
        CallStatus::Completed => (answered(call), drawn, ""),
        CallStatus::Busy if inbound => ("Declined".to_owned(), Glyph::Missed, "missed"),
        CallStatus::Busy => ("Busy".to_owned(), Glyph::Outgoing, ""),
        CallStatus::NoAnswer | CallStatus::Canceled if inbound => ("Missed".to_owned(), Glyph::Missed, "missed"),
        CallStatus::NoAnswer => ("No answer".to_owned(), Glyph::Outgoing, ""),
        CallStatus::Canceled => ("Cancelled".to_owned(), Glyph::Outgoing, ""),
        CallStatus::Failed => (failed(call), Glyph::Warning, "failed"),
    };
    Outcome { words, glyph, look }
}

/// Who called whom, in a word.
#[must_use]
pub const fn direction(call: &CallView) -> &'static str {
    match call.direction {
        Direction::Inbound => "Incoming",
        Direction::Outbound => "Outgoing",
    }
}

/// Whether it is the call in which the user hears himself.
#[must_use]
pub fn is_test(call: &CallView) -> bool {
    call.to == TEST_CALL
}

/// The number that calls the other party back; nothing where there is none.
#[must_use]
pub fn number_of_peer(call: &CallView) -> Option<&str> {
    let number = match call.direction {
        Direction::Inbound => &call.from,
        Direction::Outbound => &call.to,
    };
    let is_number = number.strip_prefix('+').is_some_and(|digits| digits.len() > 3)
        && number.chars().skip(1).all(|digit| digit.is_ascii_digit());
    is_number.then_some(number)
}

fn answered(call: &CallView) -> String {
    let what = match call.summary.answered_by {
        Some(LegRole::Forward) => "Forwarded",
        _ => "Answered",
    };
    match call.summary.duration_seconds {
        Some(seconds) => format!("{what}, {}", spoken(seconds)),
        None => what.to_owned(),
    }
}

fn voicemail(call: &CallView) -> String {
    let message = call
        .recordings
        .iter()
        .find(|recording| recording.kind == RecordingKind::Voicemail);
    match message.and_then(|message| message.duration_seconds) {
        Some(seconds) => format!("Voicemail, {}", clock(seconds)),
        None => "Voicemail".to_owned(),
    }
}

fn failed(call: &CallView) -> String {
    match (&call.reason, call.summary.error_code) {
        (Some(reason), _) => format!("Failed: {reason}"),
        (None, Some(code)) => format!("Failed: Twilio error {code}"),
        (None, None) => "Failed".to_owned(),
    }
}

/// A time as people say it: `42 s`, `4 min 12 s`, `1 h 4 min`.
#[must_use]
pub fn spoken(seconds: u32) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, _) => format!("{rest} s"),
        (0, _, 0) => format!("{minutes} min"),
        (0, ..) => format!("{minutes} min {rest} s"),
        (_, 0, _) => format!("{hours} h"),
        _ => format!("{hours} h {minutes} min"),
    }
}

/// A time as players show it: `0:23`, `1:04:09`.
#[must_use]
pub fn clock(seconds: u32) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 {
        format!("{minutes}:{rest:02}")
    } else {
        format!("{hours}:{minutes:02}:{rest:02}")
    }
}

#[cfg(test)]
mod tests {
    use domain::call::Summary;
    use domain::id::{CallId, RecordingId};
    use domain::recording::{RecordingStatus, RecordingView};
    use domain::time::UnixMillis;

    use super::*;

    const CALL: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn call(direction: Direction, status: CallStatus) -> CallView {
        CallView {
            id: CALL.parse::<CallId>().unwrap(),
            direction,
            origin: Origin::Browser,
            from: "+442079460199".to_owned(),
            to: "+14155550198".to_owned(),
            peer: "+44 20 7946 0199".to_owned(),
            summary: Summary {
                status,
                answered_at: None,
                ended_at: None,
                duration_seconds: None,
                missed: false,
                answered_by: None,
                error_code: None,
            },
            started_at: UnixMillis(0),
            provider_sid: None,
            voicemail: false,
            on_hold: false,
            reason: None,
            recordings: Vec::new(),
        }
    }

    fn words(direction: Direction, status: CallStatus) -> String {
        outcome(&call(direction, status)).words
    }

    #[test]
    fn how_a_call_ended_depends_on_who_called() {
        use Direction::{Inbound, Outbound};
        for (direction, status, expected) in [
            (Inbound, CallStatus::NoAnswer, "Missed"),
            (Inbound, CallStatus::Canceled, "Missed"),
            (Inbound, CallStatus::Busy, "Declined"),
            (Outbound, CallStatus::NoAnswer, "No answer"),
            (Outbound, CallStatus::Canceled, "Cancelled"),
            (Outbound, CallStatus::Busy, "Busy"),
            (Inbound, CallStatus::Ringing, "Ringing…"),
            (Outbound, CallStatus::Initiated, "Calling…"),
            (Outbound, CallStatus::InProgress, "In progress"),
        ] {
            assert_eq!(words(direction, status), expected);
        }
    }

    #[test]
    fn an_answered_call_says_how_long_and_by_whom() {
        let mut call = call(Direction::Inbound, CallStatus::Completed);
        call.summary.duration_seconds = Some(252);
        assert_eq!(outcome(&call).words, "Answered, 4 min 12 s");
        call.summary.answered_by = Some(LegRole::Forward);
        assert_eq!(outcome(&call).words, "Forwarded, 4 min 12 s");
    }

    #[test]
    fn a_message_is_more_than_a_missed_call() {
        let mut call = call(Direction::Inbound, CallStatus::NoAnswer);
        call.voicemail = true;
        assert_eq!(outcome(&call).words, "Voicemail");
        call.recordings.push(RecordingView {
            id: CALL.parse::<RecordingId>().unwrap(),
            kind: RecordingKind::Voicemail,
            status: RecordingStatus::Completed,
            duration_seconds: Some(23),
            channels: 1,
            started_at: UnixMillis(0),
        });
        assert_eq!(outcome(&call).words, "Voicemail, 0:23");
    }

    #[test]
    fn a_failure_says_why_as_far_as_it_is_known() {
        let mut call = call(Direction::Outbound, CallStatus::Failed);
        assert_eq!(outcome(&call).words, "Failed");
        call.summary.error_code = Some(13_224);
        assert_eq!(outcome(&call).words, "Failed: Twilio error 13224");
        call.reason = Some("This country is not allowed.".to_owned());
        assert_eq!(outcome(&call).words, "Failed: This country is not allowed.");
    }

    #[test]
    fn times_are_said_or_shown() {
        for (seconds, said, shown) in [
            (0, "0 s", "0:00"),
            (23, "23 s", "0:23"),
            (60, "1 min", "1:00"),
            (252, "4 min 12 s", "4:12"),
            (3600, "1 h", "1:00:00"),
            (3849, "1 h 4 min", "1:04:09"),
        ] {
            assert_eq!((spoken(seconds).as_str(), clock(seconds).as_str()), (said, shown));
        }
    }

    #[test]
    fn only_a_number_is_called_back() {
        let mut call = call(Direction::Inbound, CallStatus::NoAnswer);
        assert_eq!(number_of_peer(&call), Some("+442079460199"));
        for withheld in ["", "anonymous", "+", "+266696687x", "client:abc"] {
            call.from = withheld.to_owned();
            assert_eq!(number_of_peer(&call), None, "{withheld}");
        }
        call.direction = Direction::Outbound;
        assert_eq!(number_of_peer(&call), Some("+14155550198"));
    }
}
