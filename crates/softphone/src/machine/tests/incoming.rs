//! Calls that come in.

use super::*;

#[test]
fn a_call_rings_until_it_is_answered_declined_silenced_or_given_up() {
    let ends: [fn(&mut Desk, Key); 4] = [
        |desk, key| {
            desk.act(Action::Answer(key));
        },
        |desk, key| {
            desk.act(Action::Decline(key));
        },
        |desk, key| {
            desk.act(Action::Silence(key));
        },
        |desk, key| {
            desk.call(key, CallEvent::Cancelled);
        },
    ];
    for end in ends {
        let mut desk = Desk::ready();
        let key = desk.rings("+15550001111", "CA1");
        assert!(desk.taken().contains(&Command::Ring("+15550001111".into())));
        end(&mut desk, key);
        assert!(desk.taken().contains(&Command::StopRing));
    }
}

#[test]
fn a_silenced_call_can_still_be_answered() {
    let mut desk = Desk::ready();
    let key = desk.rings("+15550001111", "CA1");
    desk.act(Action::Silence(key))
        .act(Action::Answer(key))
        .act(Action::Answer(key));
    assert_eq!(desk.count(|command| *command == Command::Accept(key)), 1, "once");
    assert_eq!(desk.words(key), "Connecting…");
    desk.call(key, CallEvent::Accepted);
    assert_eq!(desk.phase(key), Some(Phase::Open));
}

#[test]
fn who_gave_up_is_missed_and_the_call_log_takes_it_back() {
    let mut desk = Desk::ready();
    let key = desk.rings("+15550001111", "CA1");
    desk.call(key, CallEvent::Cancelled).call(key, CallEvent::Disconnected);
    assert_eq!((desk.words(key).as_str(), desk.shown().missed), ("Missed call", 1));
    desk.act(Action::Seen);
    assert_eq!(desk.shown().missed, 0);
}

#[test]
fn what_another_device_answered_was_not_missed() {
    let mut desk = Desk::ready();
    let key = desk.rings("+15550001111", "CA1");
    desk.call(key, CallEvent::Cancelled);
    for _ in 0..2 {
        desk.event(Event::Report(report("id-CA1", None, CallStatus::InProgress)));
        assert_eq!(
            (desk.words(key).as_str(), desk.shown().missed),
            ("Answered elsewhere", 0)
        );
    }
}

#[test]
fn a_declined_call_was_not_missed() {
    let mut desk = Desk::ready();
    let key = desk.rings("+15550001111", "CA1");
    desk.act(Action::Decline(key)).act(Action::Decline(key));
    desk.call(key, CallEvent::Rejected);
    assert_eq!(desk.count(|command| *command == Command::Reject(key)), 1);
    assert_eq!((desk.words(key).as_str(), desk.shown().missed), ("Declined", 0));
}

#[test]
fn a_second_call_waits_with_a_short_tone_and_rings_when_the_first_is_over() {
    let (mut desk, first) = Desk::talking();
    let second = desk.rings("+15550001111", "CA2");
    assert_eq!(desk.phase(second), Some(Phase::Waiting));
    assert_eq!(desk.taken(), [Command::Beep]);
    assert_eq!(desk.phase(first), Some(Phase::Open));
    desk.call(first, CallEvent::Disconnected);
    assert_eq!(desk.phase(second), Some(Phase::Incoming));
    assert!(desk.taken().contains(&Command::Ring("+15550001111".into())));
}

#[test]
fn answering_the_waiting_call_ends_the_other_in_words() {
    let (mut desk, first) = Desk::talking();
    let second = desk.rings("+15550001111", "CA2");
    desk.act(Action::Answer(second));
    assert_eq!(desk.words(first), "You answered another call");
    desk.call(first, CallEvent::Disconnected);
    desk.call(second, CallEvent::Accepted);
    assert_eq!(desk.shown().current().unwrap().key, second);
    assert!(!desk.asked.contains(&Command::Disconnect(first)), "the SDK does it");
}

#[test]
fn declining_the_waiting_call_leaves_the_other_alone() {
    let (mut desk, first) = Desk::talking();
    let second = desk.rings("+15550001111", "CA2");
    desk.act(Action::Decline(second)).call(second, CallEvent::Rejected);
    assert_eq!(desk.phase(first), Some(Phase::Open));
}

#[test]
fn two_at_once_ring_once_and_the_second_rings_after_the_first() {
    let mut desk = Desk::ready();
    let first = desk.rings("+15550001111", "CA1");
    let second = desk.rings("+15550002222", "CA2");
    assert_eq!(desk.count(|command| matches!(command, Command::Ring(_))), 1);
    desk.act(Action::Decline(first));
    assert_eq!(desk.phase(second), Some(Phase::Incoming));
}

#[test]
fn a_call_told_again_after_signalling_broke_replaces_its_former_self() {
    let mut desk = Desk::ready();
    let first = desk.rings("+15550001111", "CA1");
    let again = desk.rings("+15550001111", "CA1");
    assert_eq!(desk.phase(again), Some(Phase::Incoming));
    assert_eq!(desk.shown().ringing().count(), 1);
    desk.pass(SECOND);
    assert_eq!(desk.phase(first), None);
}

#[test]
fn signalling_that_breaks_while_it_rings_ends_the_ring() {
    let mut desk = Desk::ready();
    let key = desk.rings("+15550001111", "CA1");
    desk.call(key, CallEvent::TransportClosed(false));
    assert!(desk.taken().contains(&Command::StopRing));
    assert_eq!(desk.words(key), "The connection was lost while it rang");
}

#[test]
fn a_call_that_the_server_makes_for_the_user_is_named_after_its_goal() {
    let mut desk = Desk::ready();
    let key = desk.rings("+442071838750", "CA1");
    let errand = Report {
        errand: true,
        ..report("id-CA1", Some("CA1"), CallStatus::Initiated)
    };
    desk.event(Event::Report(errand));
    assert_eq!(desk.words(key), "Answer to be connected");
    assert_eq!(desk.shown().calls[0].name(), "+1 555-123-0000");
    desk.call(key, CallEvent::Cancelled);
    assert_eq!(desk.shown().missed, 0);
}

#[test]
fn a_silent_browser_is_told_of_only_while_it_should_ring() {
    let mut desk = Desk::ready();
    desk.event(Event::RingBlocked(true));
    assert!(!desk.shown().ring_blocked);
    let key = desk.rings("+15550001111", "CA1");
    desk.event(Event::RingBlocked(true));
    assert!(desk.shown().ring_blocked);
    desk.act(Action::Answer(key));
    assert!(!desk.shown().ring_blocked);
}

#[test]
fn the_tabs_title_names_the_caller_before_anything_else() {
    let (mut desk, _) = Desk::talking();
    assert_eq!(desk.shown().title_mark().as_deref(), Some("● +15551230000"));
    desk.rings("+15550001111", "CA2");
    assert_eq!(desk.shown().title_mark().as_deref(), Some("📞 +15550001111"));
}
