//! Calls that the user makes, and what can happen in any call.

use super::*;

#[test]
fn a_click_on_call_asks_for_nothing_but_the_call() {
    let mut desk = Desk::ready();
    let key = desk.dial("+1 (555) 123-0000");
    let asked = desk.taken();
    assert_eq!(asked[0], Command::Connect(key, "+1 (555) 123-0000".into()));
    assert_eq!(asked.len(), 3, "then it is remembered, and the server hears: {asked:?}");
    assert_eq!(desk.words(key), "Calling…");
    desk.call(key, CallEvent::Ringing);
    assert_eq!(desk.words(key), "Ringing…");
    desk.call(key, CallEvent::Accepted);
    assert_eq!(desk.shown().current().unwrap().since, Some(desk.now));
}

#[test]
fn a_double_click_calls_once_and_a_phone_that_is_not_ready_says_why() {
    let mut desk = Desk::ready();
    desk.dial("+15551230000");
    desk.act(Action::Dial("+15551230000".into()));
    assert_eq!(desk.count(|command| matches!(command, Command::Connect(..))), 1);
    assert_eq!(desk.shown().block.as_deref(), Some("You are in a call."));

    let mut desk = Desk::new();
    desk.act(Action::Dial("+15551230000".into()));
    assert_eq!((desk.taken(), desk.shown().block.is_some()), (vec![], true));
}

#[test]
fn an_empty_field_calls_the_last_number_again_but_never_the_test_call() {
    let mut desk = Desk::ready();
    desk.act(Action::Dial("  ".into()));
    assert_eq!(desk.shown().calls, [], "there is none yet");
    let key = desk.dial("+15551230000");
    desk.call(key, CallEvent::Disconnected);
    let key = desk.dial(domain::phone::TEST_CALL);
    desk.call(key, CallEvent::Disconnected).taken();
    let key = desk.dial("");
    assert!(desk.taken().contains(&Command::Connect(key, "+15551230000".into())));
    let mut desk = Desk::ready();
    desk.phone.last_dialled = Some("+44".into());
    desk.dial("");
}

#[test]
fn how_a_call_ends_is_said_in_words() {
    for (code, words) in [
        (31486, "They are busy."),
        (31603, "They declined the call."),
        (31480, "They cannot be reached right now."),
    ] {
        let mut desk = Desk::ready();
        let key = desk.dial("+15551230000");
        desk.call(key, CallEvent::Fault(code))
            .call(key, CallEvent::Disconnected);
        assert_eq!(desk.words(key), words);
    }
    let mut desk = Desk::ready();
    let key = desk.dial("+15551230000");
    desk.call(key, CallEvent::Disconnected);
    assert_eq!(desk.words(key), "Not answered");
    desk.event(Event::Report(report("id", None, CallStatus::Busy)));
    assert_eq!(desk.words(key), "Not answered", "another call's report");

    let (mut desk, key) = Desk::talking();
    desk.call(key, CallEvent::Disconnected);
    assert_eq!(desk.words(key), "Call ended");
    desk.pass(MINUTE);
    assert_eq!(desk.shown().calls, [], "and is gone after a while");
}

#[test]
fn the_servers_word_on_an_unanswered_call_is_the_better_one() {
    let mut desk = Desk::ready();
    let key = desk.dial("+15551230000");
    desk.call(key, CallEvent::Sid("CA1".into()))
        .call(key, CallEvent::Disconnected);
    desk.event(Event::Report(report("id", Some("CA1"), CallStatus::NoAnswer)));
    assert_eq!(desk.words(key), "They did not answer.");
    let refused = Report {
        reason: Some("Premium numbers cannot be called.".into()),
        ..report("id", Some("CA1"), CallStatus::Failed)
    };
    desk.event(Event::Report(refused));
    assert_eq!(desk.words(key), "Premium numbers cannot be called.");
}

#[test]
fn a_microphone_that_is_denied_ends_the_call_with_help_in_either_order() {
    for fault_first in [true, false] {
        let mut desk = Desk::ready();
        let key = desk.dial("+15551230000");
        let (first, second) = (CallEvent::Fault(31401), CallEvent::Disconnected);
        let (first, second) = if fault_first { (first, second) } else { (second, first) };
        desk.call(key, first).call(key, second);
        assert_eq!(desk.words(key), "The browser may not use the microphone.");
        assert_eq!(desk.status(), Status::NoMicrophone);
    }
}

#[test]
fn hanging_up_is_asked_for_once_and_not_waited_for_for_ever() {
    let (mut desk, key) = Desk::talking();
    desk.act(Action::End(key)).act(Action::End(key));
    assert_eq!(desk.taken(), [Command::Disconnect(key)]);
    assert_eq!(desk.words(key), "Ending…");
    desk.pass(5 * SECOND);
    assert_eq!(desk.phase(key), Some(Phase::Ended));
    let asked = desk.taken();
    assert!(asked.contains(&Command::EndAtServer("CA1".into())), "{asked:?}");
    assert!(
        asked.contains(&Command::DestroyDevice),
        "the device is stuck: {asked:?}"
    );
    desk.call(key, CallEvent::Disconnected);
    assert_eq!(desk.words(key), "You ended the call");
}

#[test]
fn a_call_that_is_ended_while_reconnecting_is_ended_by_the_server_too() {
    let (mut desk, key) = Desk::talking();
    desk.call(key, CallEvent::TransportClosed(false))
        .call(key, CallEvent::Reconnecting);
    assert_eq!(desk.words(key), "Reconnecting…");
    desk.act(Action::End(key));
    assert_eq!(
        desk.taken(),
        [Command::Disconnect(key), Command::EndAtServer("CA1".into())]
    );
}

#[test]
fn a_call_that_comes_back_goes_on() {
    let (mut desk, key) = Desk::talking();
    desk.call(key, CallEvent::Reconnecting)
        .pass(10 * SECOND)
        .call(key, CallEvent::Reconnected);
    assert_eq!(desk.phase(key), Some(Phase::Open));
}

#[test]
fn a_call_that_the_sdk_drops_silently_is_over_and_the_device_is_made_anew() {
    let (mut desk, key) = Desk::talking();
    desk.call(key, CallEvent::TransportClosed(true));
    assert_eq!(desk.words(key), "The connection was lost");
    let asked = desk.taken();
    assert!(asked.contains(&Command::DestroyDevice), "{asked:?}");
    assert!(asked.contains(&Command::EndAtServer("CA1".into())), "{asked:?}");
}

#[test]
fn hold_waits_for_the_server_and_says_why_it_cannot() {
    let (mut desk, key) = Desk::talking();
    desk.act(Action::Hold(key, true)).act(Action::Hold(key, true));
    assert_eq!(desk.taken(), [Command::Hold(key, "CA1".into(), true)]);
    desk.call(key, CallEvent::Held(true, None));
    assert_eq!(desk.words(key), "On hold");
    desk.act(Action::Hold(key, false));
    desk.call(key, CallEvent::Held(false, Some("Twilio did not answer.".into())));
    assert_eq!(desk.words(key), "On hold");
    let shown = desk.shown();
    assert_eq!(shown.calls[0].problem.as_deref(), Some("Twilio did not answer."));
    desk.act(Action::Hold(key, false))
        .call(key, CallEvent::Held(false, None));
    assert_eq!(desk.words(key), "Connected");
    let elsewhere = Report {
        on_hold: true,
        ..report("id", Some("CA1"), CallStatus::InProgress)
    };
    desk.event(Event::Report(elsewhere));
    assert_eq!(desk.words(key), "On hold", "held by another program");
}

#[test]
fn a_transfer_ends_the_call_with_its_target_and_a_refused_one_leaves_it() {
    let (mut desk, key) = Desk::talking();
    desk.act(Action::Transfer(key, " ".into()));
    assert_eq!(desk.taken(), []);
    desk.act(Action::Transfer(key, "+44 20".into()));
    assert_eq!(desk.taken(), [Command::Transfer(key, "CA1".into(), "+44 20".into())]);
    desk.call(key, CallEvent::Transferred(Some("That is no number.".into())));
    assert_eq!(desk.shown().calls[0].problem.as_deref(), Some("That is no number."));
    desk.act(Action::Transfer(key, "+442071838750".into()));
    desk.call(key, CallEvent::Transferred(None))
        .call(key, CallEvent::Disconnected);
    assert_eq!(desk.words(key), "Transferred to +442071838750");
}

#[test]
fn keys_are_sent_and_shown_and_nothing_else_is() {
    let (mut desk, key) = Desk::talking();
    for digit in "12x*#é".chars() {
        desk.act(Action::Digit(key, digit));
    }
    assert_eq!(desk.shown().calls[0].digits, "12*#");
    assert_eq!(desk.taken().len(), 4);
    for _ in 0..100 {
        desk.act(Action::Digit(key, '5'));
    }
    assert_eq!(desk.shown().calls[0].digits.len(), 40);
}

#[test]
fn mute_follows_the_sdk() {
    let (mut desk, key) = Desk::talking();
    desk.act(Action::Mute(key, true));
    assert_eq!(desk.taken(), [Command::Mute(key, true)]);
    assert!(!desk.shown().calls[0].muted);
    desk.call(key, CallEvent::Muted(true));
    assert!(desk.shown().calls[0].muted);
}

#[test]
fn a_call_without_sound_says_so_but_not_while_it_is_on_hold() {
    let (mut desk, key) = Desk::talking();
    desk.pass(8 * SECOND);
    assert_eq!(desk.shown().calls[0].quality.word(), "No sound");
    desk.call(key, CallEvent::Sample(Some(4.3), 40)).pass(SECOND);
    assert_eq!(desk.shown().calls[0].quality.word(), "Very good");
}

#[test]
fn what_is_announced_never_ticks() {
    let (mut desk, key) = Desk::talking();
    desk.event(Event::Report(report("id", Some("CA1"), CallStatus::InProgress)));
    let before = desk.shown().announcement();
    assert_eq!(before, "In call with +1 555-123-0000");
    desk.pass(10 * SECOND);
    assert_eq!(desk.shown().announcement(), before);
    desk.call(key, CallEvent::Disconnected);
    assert_eq!(desk.shown().announcement(), "+1 555-123-0000: Call ended");
    desk.pass(MINUTE);
    assert_eq!(desk.shown().announcement(), "Ready");
}

#[test]
fn a_busy_line_that_is_told_by_a_voice_is_told_in_words_too() {
    let (mut desk, key) = Desk::talking();
    desk.event(Event::Report(report("id", Some("CA1"), CallStatus::Busy)));
    assert_eq!(desk.shown().announcement(), "+1 555-123-0000: They are busy.");
    desk.call(key, CallEvent::Disconnected);
    assert_eq!(desk.words(key), "They are busy.");
}

#[test]
fn the_call_that_ended_last_is_announced() {
    let (mut desk, first) = Desk::talking();
    let second = desk.rings("+15550001111", "CA2");
    desk.act(Action::Decline(second));
    desk.pass(SECOND);
    desk.act(Action::End(first)).call(first, CallEvent::Disconnected);
    assert!(desk.shown().announcement().ends_with("You ended the call"));
}
