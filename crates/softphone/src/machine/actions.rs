//! What the person wants, and whether it can be done now.

use super::{Action, Call, Command, Hold, Key, Phase, Phone};

/// The last keys pressed that are kept.
const DIGITS_KEPT: usize = 40;

impl Phone {
    pub(super) fn act(&mut self, action: Action, now: i64) {
        match action {
            Action::Dial(to) => self.dial(&to, now),
            Action::Answer(key) => self.answer(key, now),
            Action::Decline(key) => {
                let ringing = self.call(key).filter(|call| call.is_ringing());
                if let Some(call) = ringing {
                    call.finish("Declined", false, now);
                    self.out.push(Command::Reject(key));
                    self.promote();
                }
            }
            Action::Silence(key) => {
                if let Some(call) = self.call(key) {
                    call.silenced = true;
                }
            }
            Action::End(key) => self.end(key, now),
            Action::Mute(key, on) => {
                if self.call(key).is_some_and(|call| call.is_current()) {
                    self.out.push(Command::Mute(key, on));
                }
            }
            Action::Hold(key, on) => self.hold(key, on),
            Action::Digit(key, digit) => self.digit(key, digit),
            Action::Transfer(key, to) => self.transfer(key, to),
            Action::Dismiss(key) => self.calls.retain(|call| call.key != key || call.is_live()),
            Action::Retry => self.retry(now),
            Action::Seen => self.missed = 0,
        }
    }

    fn dial(&mut self, to: &str, now: i64) {
        let to = match to.trim() {
            "" => self.last_dialled.clone(),
            to => Some(to.to_owned()),
        };
        let (status, detail) = self.status(now);
        // A second click, a call that came in between, or a phone that is not ready: the screen says why.
        let (Some(to), None) = (to, self.block(status, detail.as_deref())) else {
            return;
        };
        self.calls.retain(Call::is_live);
        let key = self.draw_key();
        self.calls.push(Call::new(key, Phase::Dialling, to.clone()));
        for call in &mut self.calls {
            if call.phase == Phase::Incoming {
                call.phase = Phase::Waiting;
            }
        }
        self.out.push(Command::Connect(key, to.clone()));
        if to != domain::phone::TEST_CALL {
            self.last_dialled = Some(to.clone());
            self.out.push(Command::Remember(to));
        }
    }

    fn answer(&mut self, key: Key, now: i64) {
        if self.call(key).is_none_or(|call| !call.is_ringing()) {
            return;
        }
        // The SDK has one call at a time: picking up ends the other.
        for call in &mut self.calls {
            if call.is_current() {
                call.finish("You answered another call", false, now);
            }
        }
        if let Some(call) = self.call(key) {
            call.phase = Phase::Answering;
        }
        for call in &mut self.calls {
            if call.phase == Phase::Incoming {
                call.phase = Phase::Waiting;
            }
        }
        self.out.push(Command::Accept(key));
    }

    fn end(&mut self, key: Key, now: i64) {
        let Some(call) = self.call(key).filter(|call| call.is_current()) else {
            return;
        };
        if call.ending.is_some() {
            return;
        }
        call.ending = Some(now);
        // Signalling that is down cannot carry our hanging up: the server ends what we may not reach.
        let unreachable = call.phase == Phase::Reconnecting;
        let reference = call.reference().filter(|_| unreachable).map(str::to_owned);
        self.out.push(Command::Disconnect(key));
        self.out.extend(reference.map(Command::EndAtServer));
    }

    fn hold(&mut self, key: Key, on: bool) {
        let Some(call) = self.call(key) else {
            return;
        };
        let (from, to) = if on {
            (Hold::Off, Hold::Holding)
        } else {
            (Hold::On, Hold::Resuming)
        };
        let reference = call.reference().map(str::to_owned);
        let Some(reference) = reference.filter(|_| call.is_open() && call.hold == from) else {
            return;
        };
        call.hold = to;
        call.problem = None;
        self.out.push(Command::Hold(key, reference, on));
    }

    fn transfer(&mut self, key: Key, to: String) {
        let Some(call) = self.call(key) else {
            return;
        };
        let reference = call.reference().map(str::to_owned);
        let can = call.is_open() && call.transfer.is_none() && !to.trim().is_empty();
        let Some(reference) = reference.filter(|_| can) else {
            return;
        };
        call.transfer = Some(to.clone());
        call.problem = None;
        self.out.push(Command::Transfer(key, reference, to));
    }

    fn digit(&mut self, key: Key, digit: char) {
        let Some(call) = self.call(key).filter(|call| call.is_open()) else {
            return;
        };
        if matches!(digit, '0'..='9' | '*' | '#') {
            call.digits.push(digit);
            let over = call.digits.len().saturating_sub(DIGITS_KEPT);
            call.digits.drain(..over);
            self.out.push(Command::SendDigit(key, digit));
        }
    }

    /// The call that waited rings, once there is no other.
    pub(super) fn promote(&mut self) {
        if self
            .calls
            .iter()
            .any(|call| call.is_current() || call.phase == Phase::Incoming)
        {
            return;
        }
        if let Some(call) = self.calls.iter_mut().find(|call| call.phase == Phase::Waiting) {
            call.phase = Phase::Incoming;
        }
    }
}
