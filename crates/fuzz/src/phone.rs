//! The phone's state machine, whatever happens to it.

use domain::call::CallStatus;
use softphone::machine::{Action, CallEvent, Caller, Event, Key, Microphone, NoToken, Phase, Phone, Report, Shown};

/// One event: its kind, the call it is about, a text that comes with it, and the milliseconds since the one before.
pub type Step = (u8, u8, String, u16);

/// Whatever happens, in whatever order: nothing is lost on the way to other tabs, and a call that is over stays over.
pub fn phone(steps: &[Step]) {
    let mut phone = Phone::new(None, 0);
    let mut now = 1_000_000;
    let mut over: Vec<Key> = Vec::new();
    for (kind, key, text, millis) in steps {
        now += i64::from(*millis);
        let mut event = event(*kind, u32::from(key % 8), text);
        if let Event::Incoming(key, _) = &mut event {
            // Nobody else gives a new call its name.
            *key = phone.draw_key();
        }
        drop(phone.handle(event, now));
        let shown = phone.shown(now);
        assert_eq!(Shown::unpacked(&shown.packed()).as_ref(), Some(&shown));
        for call in &shown.calls {
            let ended = call.phase == Phase::Ended;
            assert_eq!(ended, call.end.is_some(), "{call:?}");
            assert!(ended || !over.contains(&call.key), "back to life: {call:?}");
        }
        over = shown
            .calls
            .iter()
            .filter(|call| call.phase == Phase::Ended)
            .map(|call| call.key)
            .collect();
    }
}

fn event(kind: u8, key: Key, text: &str) -> Event {
    let yes = text.len().is_multiple_of(2);
    let text = text.to_owned();
    let call = |event| Event::Call(key, event);
    match kind % 44 {
        0 => Event::Owned,
        1 => Event::Lost,
        2 => Event::Tick,
        3 => Event::Shown,
        4 => Event::Network(yes),
        5 => Event::Leaving,
        6 => Event::Microphone(if yes { Microphone::Allowed } else { Microphone::Denied }),
        7 => Event::Script(yes),
        8 => Event::Token(text, 600_000),
        9 => Event::NoToken(if yes { NoToken::Failed } else { NoToken::SignedOut }),
        10 => Event::NoDevice,
        11 => Event::Registering,
        12 => Event::Registered,
        13 => Event::Unregistered,
        14 => Event::TokenWillExpire,
        15 => Event::DeviceFault(if yes { 20_104 } else { 31_005 }),
        16 => Event::Incoming(
            key,
            Caller {
                from: text.clone(),
                sid: text,
                ..Caller::default()
            },
        ),
        17 => call(CallEvent::Sid(text)),
        18 => call(CallEvent::NotBegun(31_401)),
        19 => call(CallEvent::Ringing),
        20 => call(CallEvent::Accepted),
        21 => call(CallEvent::Disconnected),
        22 => call(CallEvent::Cancelled),
        23 => call(CallEvent::Rejected),
        24 => call(CallEvent::Fault(31_003)),
        25 => call(CallEvent::Reconnecting),
        26 => call(CallEvent::Reconnected),
        27 => call(CallEvent::TransportClosed(yes)),
        28 => call(CallEvent::Muted(yes)),
        29 => call(CallEvent::Warning(text, yes)),
        30 => call(CallEvent::Sample(yes.then_some(4.2), key)),
        31 => call(CallEvent::Held(yes, (!text.is_empty()).then_some(text))),
        32 => call(CallEvent::Transferred((!text.is_empty()).then_some(text))),
        33 => Event::RingBlocked(yes),
        34 => Event::Report(Report {
            call_id: text.clone(),
            sid: Some(text.clone()),
            status: if yes {
                CallStatus::Completed
            } else {
                CallStatus::Ringing
            },
            peer: text,
            reason: None,
            on_hold: yes,
            errand: !yes,
        }),
        35 => Event::Action(Action::Dial(text)),
        36 => Event::Action(Action::Answer(key)),
        37 => Event::Action(Action::Decline(key)),
        38 => Event::Action(Action::End(key)),
        39 => Event::Action(Action::Mute(key, yes)),
        40 => Event::Action(Action::Hold(key, yes)),
        41 => Event::Action(Action::Digit(key, text.chars().next().unwrap_or('1'))),
        42 => Event::Action(Action::Transfer(key, text)),
        _ => Event::Action(if yes { Action::Retry } else { Action::Dismiss(key) }),
    }
}
