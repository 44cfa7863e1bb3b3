//! The phone, played through: events by a hand on the clock.

mod calls;
mod incoming;
mod link;

use super::*;

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 3_600_000;
/// Some moment.
const START: i64 = 1_700_000_000_000;

/// A phone with its clock, and what it has asked for.
pub(super) struct Desk {
    pub phone: Phone,
    pub now: i64,
    pub asked: Vec<Command>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            phone: Phone::new(None, 0),
            now: START,
            asked: Vec::new(),
        }
    }

    /// One that is ready to ring.
    pub(super) fn ready() -> Self {
        let mut desk = Self::new();
        desk.event(Event::Owned);
        desk.event(Event::Script(true));
        desk.event(Event::Token("t1".into(), HOUR));
        desk.event(Event::Registering);
        desk.event(Event::Registered);
        assert_eq!(desk.status(), Status::Ready);
        desk.asked.clear();
        desk
    }

    pub(super) fn event(&mut self, event: Event) -> &mut Self {
        let asked = self.phone.handle(event, self.now);
        self.asked.extend(asked);
        self
    }

    pub(super) fn act(&mut self, action: Action) -> &mut Self {
        self.event(Event::Action(action))
    }

    pub(super) fn call(&mut self, key: Key, event: CallEvent) -> &mut Self {
        self.event(Event::Call(key, event))
    }

    /// Time passes, second by second, as in a page that is awake.
    pub(super) fn pass(&mut self, millis: i64) -> &mut Self {
        let until = self.now + millis;
        while self.now < until {
            self.now = (self.now + SECOND).min(until);
            self.event(Event::Tick);
        }
        self
    }

    /// Time passes without anybody noticing.
    pub(super) fn sleep(&mut self, millis: i64) -> &mut Self {
        self.now += millis;
        self
    }

    pub(super) fn status(&self) -> Status {
        self.phone.shown(self.now).status
    }

    pub(super) fn shown(&self) -> Shown {
        self.phone.shown(self.now)
    }

    /// What has been asked for since the last look.
    pub(super) fn taken(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.asked)
    }

    pub(super) fn count(&self, is: impl Fn(&Command) -> bool) -> usize {
        self.asked.iter().filter(|command| is(command)).count()
    }

    /// Dials, and returns the call's name.
    pub(super) fn dial(&mut self, to: &str) -> Key {
        self.act(Action::Dial(to.into()));
        self.shown().current().unwrap().key
    }

    /// In a call that was dialled and answered.
    pub(super) fn talking() -> (Self, Key) {
        let mut desk = Self::ready();
        let key = desk.dial("+15551230000");
        desk.call(key, CallEvent::Sid("CA1".into()))
            .call(key, CallEvent::Ringing)
            .call(key, CallEvent::Accepted);
        desk.asked.clear();
        (desk, key)
    }

    /// Somebody calls.
    pub(super) fn rings(&mut self, from: &str, sid: &str) -> Key {
        let key = self.phone.draw_key();
        let caller = Caller {
            from: from.into(),
            sid: sid.into(),
            formatted: None,
            call_id: Some(format!("id-{sid}")),
        };
        self.event(Event::Incoming(key, caller));
        key
    }

    pub(super) fn phase(&self, key: Key) -> Option<Phase> {
        self.shown()
            .calls
            .iter()
            .find(|call| call.key == key)
            .map(|call| call.phase)
    }

    pub(super) fn words(&self, key: Key) -> String {
        let shown = self.shown();
        let call = shown.calls.iter().find(|call| call.key == key);
        call.map(|call| call.words().to_owned()).unwrap_or_default()
    }
}

pub(super) fn report(id: &str, sid: Option<&str>, status: CallStatus) -> Report {
    Report {
        call_id: id.into(),
        sid: sid.map(str::to_owned),
        status,
        peer: "+1 555-123-0000".into(),
        reason: None,
        on_hold: false,
        errand: false,
    }
}

#[test]
fn no_order_of_events_makes_the_phone_panic_or_ring_without_a_call() {
    let mut desk = Desk::ready();
    let key = desk.dial("+15551230000");
    let events = [
        CallEvent::Accepted,
        CallEvent::Disconnected,
        CallEvent::Cancelled,
        CallEvent::Rejected,
        CallEvent::Fault(31005),
        CallEvent::NotBegun(31000),
        CallEvent::Reconnecting,
        CallEvent::Reconnected,
        CallEvent::TransportClosed(true),
        CallEvent::Held(true, None),
        CallEvent::Transferred(None),
        CallEvent::Sid(String::new()),
    ];
    for first in &events {
        for second in &events {
            let other = desk.rings("+1555", "CA2");
            for key in [key, other, 99] {
                desk.call(key, first.clone()).call(key, second.clone());
            }
            desk.pass(2 * MINUTE);
            assert!(desk.shown().calls.iter().all(Call::is_live), "{first:?} {second:?}");
            for call in desk.shown().calls {
                desk.call(call.key, CallEvent::Cancelled)
                    .call(call.key, CallEvent::Disconnected);
            }
            desk.pass(2 * MINUTE);
            assert_eq!(desk.shown().calls, [], "{first:?} {second:?}");
            let rings = desk.count(|command| matches!(command, Command::Ring(_)));
            assert_eq!(rings, desk.count(|command| *command == Command::StopRing));
        }
    }
}
