//! The way to Twilio: its beginning, sleep, lost networks, refused tokens, two tabs.

use super::*;

#[test]
fn script_and_token_are_fetched_side_by_side_and_the_device_is_made_of_both() {
    for script_first in [true, false] {
        let mut desk = Desk::new();
        assert_eq!(desk.status(), Status::Connecting);
        desk.event(Event::Owned);
        assert_eq!(desk.taken(), [Command::LoadScript, Command::FetchToken]);
        let (first, second) = (Event::Script(true), Event::Token("t".into(), HOUR));
        let (first, second) = if script_first { (first, second) } else { (second, first) };
        desk.event(first);
        assert_eq!(desk.taken(), []);
        desk.event(second);
        assert_eq!(desk.taken(), [Command::BuildDevice("t".into())]);
        desk.event(Event::Registering).event(Event::Registered);
        assert_eq!(desk.taken(), [Command::Presence(Presence::Ready)]);
        assert_eq!(desk.status(), Status::Ready);
    }
}

#[test]
fn registering_that_never_settles_ends_in_another_device() {
    let mut desk = Desk::new();
    desk.event(Event::Owned)
        .event(Event::Script(true))
        .event(Event::Token("t".into(), HOUR));
    desk.taken();
    desk.pass(14 * SECOND);
    assert_eq!(desk.taken(), []);
    desk.pass(2 * SECOND);
    assert_eq!(desk.taken(), [Command::DestroyDevice]);
    assert_eq!(desk.status(), Status::Offline);
    desk.pass(3 * SECOND);
    assert_eq!(desk.taken(), [Command::BuildDevice("t".into())]);
    desk.event(Event::Registered);
    assert_eq!(desk.status(), Status::Ready);
}

#[test]
fn pauses_between_devices_grow_up_to_a_minute() {
    let mut desk = Desk::new();
    desk.event(Event::Owned)
        .event(Event::Script(true))
        .event(Event::Token("t".into(), HOUR));
    desk.pass(20 * MINUTE);
    let built = desk.count(|command| matches!(command, Command::BuildDevice(_)));
    assert!((12..30).contains(&built), "{built}");
}

#[test]
fn a_script_that_does_not_load_is_tried_again() {
    let mut desk = Desk::new();
    desk.event(Event::Owned)
        .event(Event::Token("t".into(), HOUR))
        .event(Event::Script(false));
    assert_eq!(desk.status(), Status::Offline);
    desk.taken();
    desk.pass(3 * SECOND);
    assert_eq!(desk.taken(), [Command::LoadScript]);
    desk.event(Event::Script(true));
    assert_eq!(desk.taken(), [Command::BuildDevice("t".into())]);
}

#[test]
fn the_token_is_renewed_by_our_clock_without_the_sdks_timer() {
    let mut desk = Desk::ready();
    desk.pass(39 * MINUTE);
    assert_eq!(desk.count(|command| *command == Command::FetchToken), 0);
    desk.pass(2 * MINUTE);
    assert_eq!(desk.count(|command| *command == Command::FetchToken), 1, "once");
    desk.event(Event::Token("t2".into(), HOUR));
    assert_eq!(desk.count(|command| *command == Command::UpdateToken("t2".into())), 1);
}

#[test]
fn after_a_sleep_token_and_device_are_made_anew() {
    let mut desk = Desk::ready();
    desk.pass(MINUTE).taken();
    desk.sleep(9 * HOUR).event(Event::Shown);
    let asked = desk.taken();
    assert!(
        asked.contains(&Command::DestroyDevice) && asked.contains(&Command::FetchToken),
        "{asked:?}"
    );
    desk.event(Event::Token("t2".into(), HOUR));
    assert_eq!(desk.taken(), [Command::BuildDevice("t2".into())]);
}

#[test]
fn a_background_tab_that_ticks_once_a_minute_is_not_taken_for_a_sleeping_one() {
    let mut desk = Desk::ready();
    for _ in 0..10 {
        desk.sleep(MINUTE).event(Event::Tick);
    }
    assert_eq!(desk.count(|command| *command == Command::DestroyDevice), 0);
    assert_eq!(desk.status(), Status::Ready);
}

#[test]
fn a_sleep_in_a_call_does_not_cut_the_call_off() {
    let (mut desk, key) = Desk::talking();
    desk.event(Event::Tick);
    desk.sleep(5 * MINUTE).event(Event::Tick);
    assert_eq!(desk.count(|command| *command == Command::DestroyDevice), 0);
    assert_eq!(desk.phase(key), Some(Phase::Open));
}

#[test]
fn a_moment_without_connection_is_not_worth_a_word_and_a_long_one_is() {
    let mut desk = Desk::ready();
    for _ in 0..5 {
        desk.event(Event::DeviceFault(31005)).event(Event::DeviceFault(31000));
    }
    desk.event(Event::Unregistered).event(Event::Registering);
    desk.event(Event::Registered);
    assert_eq!(desk.status(), Status::Ready);

    desk.event(Event::DeviceFault(31005)).event(Event::Unregistered);
    desk.pass(2 * SECOND);
    assert_eq!(desk.status(), Status::Ready);
    desk.pass(3 * SECOND);
    assert_eq!(desk.status(), Status::Connecting);
    desk.pass(20 * SECOND);
    assert_eq!(desk.status(), Status::Offline);
    assert!(desk.asked.contains(&Command::DestroyDevice));
}

#[test]
fn without_a_network_the_phone_says_so_and_mends_itself_when_it_is_back() {
    let mut desk = Desk::ready();
    desk.event(Event::Network(false)).event(Event::Unregistered);
    assert_eq!(desk.status(), Status::Offline);
    assert!(desk.shown().block.is_some_and(|why| why.contains("internet")));
    desk.pass(HOUR).taken();
    desk.event(Event::Network(true));
    assert!(desk.taken().contains(&Command::FetchToken));
}

#[test]
fn a_refused_token_is_replaced_and_refused_for_ever_is_said() {
    let mut desk = Desk::ready();
    desk.event(Event::DeviceFault(20104));
    assert_eq!(desk.taken(), [Command::FetchToken]);
    assert_eq!(desk.status(), Status::Ready);
    desk.event(Event::Token("t2".into(), HOUR));
    assert_eq!(desk.taken(), [Command::UpdateToken("t2".into())]);
    desk.event(Event::Unregistered);
    for _ in 0..20 {
        desk.event(Event::DeviceFault(20101)).pass(5 * SECOND);
        desk.event(Event::Token("t".into(), HOUR));
    }
    assert_eq!(desk.status(), Status::Offline);
    assert!(desk.shown().detail.is_some_and(|why| why.contains("sign-in")));
    let fetched = desk.count(|command| *command == Command::FetchToken);
    assert!(fetched <= 20, "{fetched} in 100 s");
}

#[test]
fn who_is_signed_out_or_disconnected_is_told_and_left_in_peace() {
    for (why, status) in [
        (NoToken::SignedOut, Status::Offline),
        (NoToken::NotConnected, Status::NotConnected),
    ] {
        let mut desk = Desk::ready();
        desk.event(Event::TokenWillExpire).event(Event::NoToken(why));
        assert_eq!(desk.status(), status);
        assert_eq!(desk.shown().signed_out, why == NoToken::SignedOut);
        desk.taken();
        desk.pass(HOUR);
        assert_eq!(desk.taken(), [], "{why:?}");
        desk.act(Action::Retry);
        assert!(desk.taken().contains(&Command::FetchToken));
    }
}

#[test]
fn a_server_that_cannot_be_reached_is_asked_again_ever_more_seldom() {
    let mut desk = Desk::new();
    desk.event(Event::Owned).event(Event::Script(true));
    for _ in 0..600 {
        if desk.taken().contains(&Command::FetchToken) {
            desk.event(Event::NoToken(NoToken::Failed));
        }
        desk.pass(SECOND);
    }
    assert_eq!(desk.status(), Status::Offline);
    desk.taken();
    desk.pass(10 * MINUTE);
    assert!(desk.count(|command| *command == Command::FetchToken) <= 2);
}

#[test]
fn another_tab_takes_the_phone_and_gives_it_back() {
    let mut desk = Desk::ready();
    desk.event(Event::Lost);
    assert_eq!(
        desk.taken(),
        [Command::DestroyDevice, Command::Presence(Presence::Gone)]
    );
    assert_eq!(desk.status(), Status::OtherTab);
    desk.event(Event::Registered).pass(HOUR);
    assert_eq!(desk.taken(), [], "a mirror does nothing");
    desk.event(Event::Owned);
    assert!(!desk.asked.contains(&Command::LoadScript), "it is there already");
    assert!(desk.taken().contains(&Command::FetchToken), "the old one has run out");
}

#[test]
fn the_server_hears_every_half_minute_and_at_every_change_that_the_phone_is_there() {
    let mut desk = Desk::ready();
    desk.pass(2 * MINUTE);
    assert_eq!(desk.taken().len(), 4);
    let key = desk.dial("+15551230000");
    assert!(desk.taken().contains(&Command::Presence(Presence::Busy)));
    desk.act(Action::End(key)).call(key, CallEvent::Disconnected);
    assert!(desk.taken().contains(&Command::Presence(Presence::Ready)));
    desk.event(Event::Leaving);
    assert!(desk.taken().contains(&Command::Presence(Presence::Gone)));
}

#[test]
fn a_denied_microphone_is_a_state_with_help_and_allowing_it_ends_it() {
    let mut desk = Desk::ready();
    desk.event(Event::Microphone(Microphone::Denied));
    assert_eq!(desk.status(), Status::NoMicrophone);
    assert!(desk.shown().block.is_some());
    desk.act(Action::Dial("+15551230000".into()));
    assert_eq!(desk.shown().calls, []);
    desk.event(Event::Microphone(Microphone::Allowed));
    assert_eq!(desk.status(), Status::Ready);
}
