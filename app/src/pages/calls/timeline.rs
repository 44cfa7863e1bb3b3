//! What was noted about a call, in sentences.

use domain::call::{CallEventKind, CallEventView, CallStatus, Direction, LegRole};
use domain::time::UnixMillis;
use services::numbers::formatted;

/// What happened, as a sentence.
pub fn sentence(event: &CallEventView, direction: Direction) -> String {
    let detail = event.detail.as_deref().filter(|detail| !detail.is_empty());
    let with =
        |before: &str, without: &str| detail.map_or_else(|| without.to_owned(), |detail| format!("{before}{detail}"));
    let to = |before: &str, without: &str| {
        detail.map_or_else(|| without.to_owned(), |number| format!("{before}{}", formatted(number)))
    };
    match event.kind {
        CallEventKind::Status => match (event.leg, event.status) {
            (Some(role), Some(status)) => step(role, status, direction).to_owned(),
            _ => with("Status: ", "The status changed"),
        },
        CallEventKind::Requested => "Asked for over HTTP".to_owned(),
        CallEventKind::Refused => with("Not put through: ", "Not put through"),
        CallEventKind::NobodyThere => "No open page of Sniko could ring".to_owned(),
        CallEventKind::Menu => "The caller heard the menu".to_owned(),
        CallEventKind::Digit => with("The caller pressed ", "The caller pressed no key"),
        CallEventKind::Forwarded => to("Forwarded to ", "Forwarded"),
        CallEventKind::Voicemail => "The caller was asked to leave a message".to_owned(),
        CallEventKind::Recording => "A recording is there".to_owned(),
        CallEventKind::Held => "Put on hold".to_owned(),
        CallEventKind::Resumed => "Taken off hold".to_owned(),
        CallEventKind::Transferred => to("Handed to ", "Handed to somebody else"),
        CallEventKind::Problem => with("Problem: ", "Something failed"),
        CallEventKind::Found => "Twilio’s report was lost; Sniko looked it up".to_owned(),
    }
}

/// Whether a line is about something that went wrong.
pub fn is_bad(event: &CallEventView) -> bool {
    matches!(event.kind, CallEventKind::Refused | CallEventKind::Problem) || event.status == Some(CallStatus::Failed)
}

/// What a leg's status means for the people in the call.
const fn step(role: LegRole, status: CallStatus, direction: Direction) -> &'static str {
    match role {
        LegRole::Caller => match direction {
            Direction::Inbound => caller(status),
            Direction::Outbound => own(status),
        },
        LegRole::Browser => browser(status),
        LegRole::Forward => forward(status),
        LegRole::Callee => callee(status),
        LegRole::Transfer => transfer(status),
    }
}

/// The outside caller.
const fn caller(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Queued | CallStatus::Initiated | CallStatus::Ringing => "The call came in",
        CallStatus::InProgress => "Twilio took the call",
        CallStatus::Canceled => "The caller hung up before anybody answered",
        CallStatus::NoAnswer => "Nobody took the call",
        CallStatus::Busy => "The caller heard that the line is busy",
        CallStatus::Failed => "The call could not be taken",
        CallStatus::Completed => "The call ended",
    }
}

/// The user's browser, where he calls.
const fn own(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Queued => "The call was asked for",
        CallStatus::Initiated => "Your browser began the call",
        CallStatus::Ringing => "Your browser is being connected",
        CallStatus::InProgress => "Your browser is connected",
        CallStatus::Canceled => "You hung up before an answer",
        CallStatus::NoAnswer => "Your browser did not answer",
        CallStatus::Busy => "Your browser declined",
        CallStatus::Failed => "Your browser could not be connected",
        CallStatus::Completed => "The call ended",
    }
}

/// The user's browser, rung.
const fn browser(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Queued | CallStatus::Initiated => "Your browser is being called",
        CallStatus::Ringing => "Your browser rings",
        CallStatus::InProgress => "You answered",
        CallStatus::Canceled => "Your browser stopped ringing",
        CallStatus::NoAnswer => "You did not answer in time",
        CallStatus::Busy => "You declined",
        CallStatus::Failed => "Your browser could not be reached",
        CallStatus::Completed => "Your browser left the call",
    }
}

/// The phone that the user forwards to.
const fn forward(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Queued | CallStatus::Initiated => "The phone you forward to is being called",
        CallStatus::Ringing => "The phone you forward to rings",
        CallStatus::InProgress => "The phone you forward to answered",
        CallStatus::Canceled => "The phone you forward to stopped ringing",
        CallStatus::NoAnswer => "The phone you forward to did not answer",
        CallStatus::Busy => "The phone you forward to is busy",
        CallStatus::Failed => "The phone you forward to could not be reached",
        CallStatus::Completed => "The phone you forward to left the call",
    }
}

/// The party that the user calls.
const fn callee(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Queued | CallStatus::Initiated => "The other side is being called",
        CallStatus::Ringing => "The other side rings",
        CallStatus::InProgress => "The other side answered",
        CallStatus::Canceled => "The other side stopped ringing",
        CallStatus::NoAnswer => "The other side did not answer",
        CallStatus::Busy => "The other side is busy",
        CallStatus::Failed => "The other side could not be reached",
        CallStatus::Completed => "The other side left the call",
    }
}

/// The party that the call was handed to.
const fn transfer(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Queued | CallStatus::Initiated => "The party you handed the call to is being called",
        CallStatus::Ringing => "The party you handed the call to rings",
        CallStatus::InProgress => "The party you handed the call to answered",
        CallStatus::Canceled => "The party you handed the call to stopped ringing",
        CallStatus::NoAnswer => "The party you handed the call to did not answer",
        CallStatus::Busy => "The party you handed the call to is busy",
        CallStatus::Failed => "The party you handed the call to could not be reached",
        CallStatus::Completed => "The party you handed the call to left the call",
    }
}

/// A leg as its events tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegLine {
    /// Whose it is.
    pub who: &'static str,
    /// The first sign of it.
    pub began: UnixMillis,
    /// Until it ended, in seconds, from the moment it was picked up.
    pub connected: Option<u32>,
    /// How it ended, or where it is.
    pub status: CallStatus,
}

/// The legs of a call, in the order in which they began.
pub fn legs(events: &[CallEventView], direction: Direction) -> Vec<LegLine> {
    LegRole::ALL
        .iter()
        .filter_map(|role| leg(*role, events, direction))
        .collect()
}

fn leg(role: LegRole, events: &[CallEventView], direction: Direction) -> Option<LegLine> {
    let own = || {
        events
            .iter()
            .filter(move |event| event.leg == Some(role) && event.kind == CallEventKind::Status)
    };
    let status = own().filter_map(|event| event.status).max()?;
    let first = |wanted: fn(CallStatus) -> bool| {
        own()
            .filter(|event| event.status.is_some_and(wanted))
            .map(|event| event.at)
            .min()
    };
    let answered = first(|status| status == CallStatus::InProgress);
    let ended = first(CallStatus::is_terminal);
    let connected = answered
        .zip(ended)
        .and_then(|(from, to)| u32::try_from((to.since(from) + 500) / 1000).ok());
    let who = match (role, direction) {
        (LegRole::Caller, Direction::Inbound) => "The caller",
        (LegRole::Caller, Direction::Outbound) | (LegRole::Browser, _) => "Your browser",
        (LegRole::Forward, _) => "The phone you forward to",
        (LegRole::Callee, _) => "The other side",
        (LegRole::Transfer, _) => "The party you handed the call to",
    };
    Some(LegLine {
        who,
        began: own().map(|event| event.at).min()?,
        connected,
        status,
    })
}

/// A leg's status in a word or two.
pub const fn status_words(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Queued => "Waiting",
        CallStatus::Initiated => "Being called",
        CallStatus::Ringing => "Ringing",
        CallStatus::InProgress => "Connected",
        CallStatus::Canceled => "Given up",
        CallStatus::NoAnswer => "No answer",
        CallStatus::Busy => "Busy or declined",
        CallStatus::Failed => "Failed",
        CallStatus::Completed => "Ended",
    }
}

#[cfg(test)]
mod tests {
    use domain::id::CallEventId;

    use super::*;

    fn event(kind: CallEventKind, detail: Option<&str>) -> CallEventView {
        CallEventView {
            id: "01890a5d-ac96-774b-bcce-b302099a8057".parse::<CallEventId>().unwrap(),
            kind,
            leg: None,
            status: None,
            detail: detail.map(str::to_owned),
            at: UnixMillis(0),
        }
    }

    fn status(role: LegRole, status: CallStatus, at: i64) -> CallEventView {
        CallEventView {
            leg: Some(role),
            status: Some(status),
            at: UnixMillis(at),
            ..event(CallEventKind::Status, None)
        }
    }

    #[test]
    fn every_event_is_a_sentence_with_and_without_its_detail() {
        for kind in CallEventKind::ALL {
            for detail in [None, Some(""), Some("+14155550199")] {
                let said = sentence(&event(*kind, detail), Direction::Inbound);
                assert!(
                    said.starts_with(char::is_uppercase) && !said.ends_with([' ', ':']),
                    "{said:?}"
                );
            }
        }
        let digit = event(CallEventKind::Digit, Some("3"));
        assert_eq!(sentence(&digit, Direction::Inbound), "The caller pressed 3");
    }

    #[test]
    fn the_first_leg_is_the_caller_or_the_users_own_browser() {
        let begun = status(LegRole::Caller, CallStatus::Initiated, 0);
        assert_eq!(sentence(&begun, Direction::Inbound), "The call came in");
        assert_eq!(sentence(&begun, Direction::Outbound), "Your browser began the call");
        let declined = status(LegRole::Browser, CallStatus::Busy, 0);
        assert_eq!(sentence(&declined, Direction::Inbound), "You declined");
    }

    #[test]
    fn what_went_wrong_stands_out() {
        assert!(is_bad(&event(CallEventKind::Refused, None)));
        assert!(is_bad(&status(LegRole::Callee, CallStatus::Failed, 0)));
        assert!(!is_bad(&status(LegRole::Callee, CallStatus::Busy, 0)));
    }

    #[test]
    fn legs_are_what_their_events_add_up_to_in_any_order() {
        let events = [
            status(LegRole::Callee, CallStatus::Completed, 64_600),
            status(LegRole::Callee, CallStatus::Ringing, 1_000),
            status(LegRole::Callee, CallStatus::InProgress, 4_000),
            status(LegRole::Caller, CallStatus::InProgress, 500),
        ];
        let legs = legs(&events, Direction::Outbound);
        let told: Vec<_> = legs.iter().map(|leg| (leg.who, leg.status, leg.connected)).collect();
        assert_eq!(
            told,
            [
                ("Your browser", CallStatus::InProgress, None),
                ("The other side", CallStatus::Completed, Some(61)),
            ]
        );
        assert_eq!(legs.first().map(|leg| leg.began), Some(UnixMillis(500)));
    }
}
