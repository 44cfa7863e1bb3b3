//! What the SDK and the server report of calls.

use domain::call::CallStatus;

use super::call::Ending;
use super::{Call, CallEvent, Caller, Command, Event, Hold, Key, Phase, Phone, Report, faults};

/// Hanging up that takes longer than this is not waited for.
const END_PATIENCE: i64 = 4_000;
/// How long an ended call is shown: an ordinary one, and one whose end is to be read.
const SHOWN: (i64, i64) = (6_000, 60_000);

impl Phone {
    pub(super) fn incoming(&mut self, key: Key, caller: Caller, now: i64) {
        // Told again after signalling broke: the former one is void.
        for call in &mut self.calls {
            if call.is_ringing() && call.sid.as_deref() == Some(caller.sid.as_str()) {
                call.finish("Connecting again", false, now - SHOWN.1);
            }
        }
        let busy = self.calls.iter().any(Call::is_live);
        let phase = if busy { Phase::Waiting } else { Phase::Incoming };
        let mut call = Call::new(key, phase, caller.from);
        call.call_id = caller.call_id;
        call.formatted = caller.formatted;
        call.sid = Some(caller.sid).filter(|sid| !sid.is_empty());
        self.calls.push(call);
        if busy {
            self.out.push(Command::Beep);
        }
    }

    pub(super) fn call_event(&mut self, key: Key, event: CallEvent, now: i64) {
        let Some(call) = self.call(key) else {
            return;
        };
        match event {
            CallEvent::Sid(sid) => call.sid = Some(sid).filter(|sid| !sid.is_empty()).or(call.sid.take()),
            CallEvent::Ringing if call.phase == Phase::Dialling => call.phase = Phase::Ringing,
            CallEvent::Accepted if call.is_current() => {
                call.phase = Phase::Open;
                call.since.get_or_insert(now);
                self.microphone = super::Microphone::Allowed;
            }
            CallEvent::Disconnected => self.disconnected(key, now),
            CallEvent::Cancelled => self.missed_call(key, "Missed call", now),
            CallEvent::Rejected => {
                call.finish("Declined", false, now);
                self.promote();
            }
            CallEvent::NotBegun(code) => {
                self.fault_of(key, code, now);
                if let Some(call) = self.call(key) {
                    call.finish(faults::words(code), true, now);
                }
                self.promote();
            }
            CallEvent::Fault(code) => self.fault_of(key, code, now),
            CallEvent::Reconnecting if call.phase == Phase::Open => call.phase = Phase::Reconnecting,
            CallEvent::Reconnected if call.phase == Phase::Reconnecting => {
                call.phase = Phase::Open;
                call.problem = None;
            }
            CallEvent::TransportClosed(closed) => self.transport_closed(key, closed, now),
            CallEvent::Muted(muted) => call.muted = muted,
            CallEvent::Warning(name, raised) => call.quality.warn(&name, raised),
            CallEvent::Sample(mos, received) => call.quality.sample(mos, received, now),
            CallEvent::Held(on, problem) => {
                let (done, back) = if on {
                    (Hold::On, Hold::Off)
                } else {
                    (Hold::Off, Hold::On)
                };
                call.hold = if problem.is_none() { done } else { back };
                call.problem = problem;
            }
            CallEvent::Transferred(problem) => {
                if problem.is_some() {
                    call.transfer = None;
                }
                call.problem = problem;
            }
            _ => {}
        }
    }

    /// Why a call ended stands beside that it ended: the two come in either order.
    fn fault_of(&mut self, key: Key, code: u32, now: i64) {
        if faults::is_about_microphone(code) {
            self.microphone_fault(code);
        }
        if faults::is_about_token(code) {
            self.link_event(Event::DeviceFault(code), now);
        }
        let Some(call) = self.call(key) else {
            return;
        };
        let words = faults::words(code);
        match &mut call.end {
            Some(end) => (end.words, end.bad) = (words.to_owned(), true),
            // Told before the end, which will say no more; an open call may well go on.
            None => call.problem = Some(words.to_owned()),
        }
    }

    fn disconnected(&mut self, key: Key, now: i64) {
        let Some(call) = self.call(key) else {
            return;
        };
        let answered = call.since.is_some();
        let (words, bad) = if let Some(to) = &call.transfer {
            (format!("Transferred to {to}"), false)
        } else if call.ending.is_some() {
            let words = if answered { "You ended the call" } else { "You hung up" };
            (words.to_owned(), false)
        } else if let Some(problem) = call.problem.take() {
            (problem, true)
        } else if answered {
            ("Call ended".to_owned(), false)
        } else if call.is_ringing() {
            return self.missed_call(key, "Missed call", now);
        } else {
            ("Not answered".to_owned(), false)
        };
        call.finish(&words, bad, now);
        self.promote();
    }

    fn missed_call(&mut self, key: Key, words: &str, now: i64) {
        let Some(call) = self.call(key).filter(|call| call.is_live()) else {
            return;
        };
        call.finish(words, true, now);
        let errand = call.errand;
        if let (Some(end), false) = (&mut call.end, errand) {
            end.missed = true;
            self.missed = self.missed.saturating_add(1);
        }
        self.promote();
    }

    /// Without a reconnect token the SDK closes the call and never says so, and its device stays busy for ever.
    fn transport_closed(&mut self, key: Key, closed: bool, now: i64) {
        let Some(call) = self.call(key).filter(|call| call.is_live()) else {
            return;
        };
        if call.is_ringing() {
            // The device has dropped it; if it still rings at Twilio, it is told again.
            self.missed_call(key, "The connection was lost while it rang", now);
        } else if closed {
            let reference = call.reference().map(str::to_owned);
            call.finish("The connection was lost", true, now);
            self.out.extend(reference.map(Command::EndAtServer));
            self.promote();
            self.discard_device(now);
        }
    }

    /// The server hears from Twilio about all legs, and knows better why a call ended.
    pub(super) fn report(&mut self, report: Report) {
        let Report {
            call_id,
            sid,
            status,
            peer,
            reason,
            on_hold,
            errand,
        } = report;
        let ours = |call: &&mut Call| {
            call.call_id.as_deref() == Some(call_id.as_str()) || (call.sid.is_some() && call.sid == sid)
        };
        let Some(call) = self.calls.iter_mut().rev().find(ours) else {
            return;
        };
        call.call_id = Some(call_id.clone());
        call.errand = errand;
        if !peer.is_empty() {
            call.formatted = Some(peer);
        }
        if call.is_open() && matches!(call.hold, Hold::Off | Hold::On) {
            call.hold = if on_hold { Hold::On } else { Hold::Off };
        }
        // Why it is not put through is spoken to the user: the line is open, and nobody is there.
        if call.is_current() && !call.inbound && call.transfer.is_none() {
            call.problem = reason
                .clone()
                .or(outcome(status).map(str::to_owned))
                .or(call.problem.take());
        }
        let by_us = call.ending.is_some() || call.transfer.is_some();
        let inbound = call.inbound;
        if let Some(end) = call.end.as_mut().filter(|_| !by_us) {
            let taken_elsewhere = end.missed && status.is_answered();
            better_words(end, inbound, status, reason);
            if taken_elsewhere {
                self.missed = self.missed.saturating_sub(1);
            }
        }
    }

    pub(super) fn tick_calls(&mut self, now: i64) {
        let mut stuck = false;
        for call in &mut self.calls {
            if let Some(since) = call.since.filter(|_| call.is_open() && call.hold == Hold::Off) {
                call.quality.tick(since, now);
            }
            if call.is_live() && call.ending.is_some_and(|asked| now - asked > END_PATIENCE) {
                call.finish("You ended the call", false, now);
                let reference = call.reference().map(str::to_owned);
                self.out.extend(reference.map(Command::EndAtServer));
                stuck = true;
            }
        }
        if stuck {
            self.promote();
            self.discard_device(now);
        }
        self.calls.retain(|call| {
            call.end
                .as_ref()
                .is_none_or(|end| now - end.at < if end.bad { SHOWN.1 } else { SHOWN.0 })
        });
    }
}

fn better_words(end: &mut Ending, inbound: bool, status: CallStatus, reason: Option<String>) {
    if let Some(reason) = reason {
        (end.words, end.bad) = (reason, true);
    } else if inbound && end.missed && status.is_answered() {
        (end.words, end.bad, end.missed) = ("Answered elsewhere".to_owned(), false, false);
    } else if let Some(words) = outcome(status).filter(|_| !inbound) {
        (end.words, end.bad) = (words.to_owned(), true);
    }
}

/// Why a call that the user made was not put through.
const fn outcome(status: CallStatus) -> Option<&'static str> {
    match status {
        CallStatus::Busy => Some("They are busy."),
        CallStatus::NoAnswer => Some("They did not answer."),
        CallStatus::Failed => Some("The call could not be put through."),
        _ => None,
    }
}
