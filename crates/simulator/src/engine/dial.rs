//! Dial: several legs are called at once, the first that answers is bridged.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

use super::child::{ChildEvent, ChildPlan, child};
use super::fetch::Page;
use super::leg::Leg;
use super::params::pair;
use super::pending::{Pending, Reporter};
use super::recording::{Made, Tape, Taping, absent};
use super::{Interrupt, Next, run};
use crate::calls::{Call, CallStatus, Command, Direction, client_identity, is_e164};
use crate::twiml::{Dial, Noun};

/// How long a parent that has ended waits for its children to end, so that theirs is told first.
const CHILDREN_END: Duration = Duration::from_secs(1);

/// How it came out.
#[derive(Debug)]
struct Outcome {
    status: CallStatus,
    child: Option<String>,
    /// Whole seconds, begun ones counted.
    talked: Option<u64>,
    recording: Option<Made>,
}

/// A leg that is called, or talks.
struct Children {
    sids: Vec<String>,
    events: UnboundedReceiver<(usize, ChildEvent)>,
}

impl Leg {
    pub(super) async fn dial(&mut self, page: &Page, dial: &Dial) -> Result<Next, Interrupt> {
        if let [Noun::Conference(conference)] = dial.nouns.as_slice() {
            return self.conference(page, dial, conference).await;
        }
        let outcome = match self.caller_id(dial) {
            Ok(caller_id) => self.call_and_talk(page, dial, &caller_id).await,
            Err(sentence) => {
                self.notice(13214, sentence);
                Ok(Outcome {
                    status: CallStatus::Failed,
                    child: None,
                    talked: None,
                    recording: None,
                })
            }
        };
        let (outcome, interrupt) = match outcome {
            Ok(outcome) => (outcome, None),
            Err((outcome, interrupt)) => (outcome, Some(interrupt)),
        };
        if outcome.talked.is_none() && outcome.status != CallStatus::Canceled {
            self.unanswered = outcome.status;
        }
        let extra = extra(outcome);
        match interrupt {
            None if dial.action.is_some() => Ok(self.goto(page, dial.action.as_ref(), extra)),
            None => Ok(Next::Verb),
            Some(Interrupt::Redirect(instructions)) => Err(Interrupt::Redirect(instructions)),
            Some(Interrupt::Ended) => {
                if dial.action.is_some() {
                    self.last_action(page, dial.action.as_ref(), extra);
                }
                Err(Interrupt::Ended)
            }
        }
    }

    /// Documented at <https://www.twilio.com/docs/api/errors/13214>: the own caller's number passes through, a browser has none,
    /// and everything else must be a number of the account.
    fn caller_id(&self, dial: &Dial) -> Result<String, String> {
        let world = self.shared.world();
        let call = world.book.call(&self.sid).ok_or("the call is gone")?;
        let only_clients = dial.nouns.iter().all(|noun| matches!(noun, Noun::Client(_)));
        let (from, to) = (&call.value.from, &call.value.to);
        match &dial.caller_id {
            None if client_identity(from).is_none() || only_clients => Ok(from.clone()),
            None => Err("Dial: invalid callerId value: a browser that calls a number needs one".to_owned()),
            Some(given) if only_clients || given == from || given == to && is_e164(to) => Ok(given.clone()),
            Some(given) => {
                let account = world.account(&self.account_sid).ok_or("the account is gone")?;
                let own = account.numbers.iter().any(|number| number.value.phone_number == *given);
                own.then(|| given.clone())
                    .ok_or_else(|| format!("Dial: invalid callerId value: {given} is not a number of the account"))
            }
        }
    }

    async fn call_and_talk(
        &mut self,
        page: &Page,
        dial: &Dial,
        caller_id: &str,
    ) -> Result<Outcome, (Outcome, Interrupt)> {
        if dial.answer_on_bridge {
            if let Some(line) = &self.party.line {
                line.ringing();
            }
        } else {
            self.answer();
        }
        let mut children = self.call_children(page, dial, caller_id);
        self.doing("dials");
        if self.answered {
            // Repeats until it is stopped.
            drop(self.audio().prompt(media::ringback()));
        }
        let mut open = vec![true; children.sids.len()];
        let mut worst = CallStatus::Failed;
        let answered = loop {
            if !open.contains(&true) {
                break None;
            }
            tokio::select! {
                Some((at, event)) = children.events.recv() => match event {
                    ChildEvent::Answered(leg) => break Some((at, leg)),
                    ChildEvent::Over(status) => {
                        open[at] = false;
                        worst = more_telling(worst, status);
                    }
                    ChildEvent::Left => {
                        open[at] = false;
                        worst = CallStatus::Completed;
                    }
                },
                interrupt = self.interrupt() => {
                    self.audio().stop_prompt();
                    self.hang_up(&mut children, None).await;
                    let outcome = Outcome { status: CallStatus::Canceled, child: children.sids.first().cloned(), talked: None, recording: None };
                    return Err((outcome, interrupt));
                }
            }
        };
        self.audio().stop_prompt();
        let Some((at, other)) = answered else {
            if let Some(tape) = self.tape(page, dial) {
                absent(&self.shared, &tape);
            }
            let child = children.sids.last().cloned();
            return Ok(Outcome {
                status: worst,
                child,
                talked: None,
                recording: None,
            });
        };
        self.hang_up(&mut children, Some(at)).await;
        self.talk(page, dial, &mut children, (at, other)).await
    }

    /// From the bridge to its end.
    async fn talk(
        &mut self,
        page: &Page,
        dial: &Dial,
        children: &mut Children,
        (at, other): (usize, media::Leg),
    ) -> Result<Outcome, (Outcome, Interrupt)> {
        self.answer();
        self.doing("talks");
        self.shared.media.bridge(self.audio(), &other);
        let taping = self.tape(page, dial).map(|tape| {
            let recorder = self.shared.media.record(self.audio().id(), Some(other.id()));
            Taping::start(&self.shared, tape, recorder)
        });
        let begun = Instant::now();
        let limit = tokio::time::sleep(dial.time_limit);
        tokio::pin!(limit);
        let mut keys = self.lend_keys();
        while keys.try_recv().is_ok() {}
        let mut hung_up = false;
        let interrupt = loop {
            tokio::select! {
                event = children.events.recv() => match event {
                    Some((from, ChildEvent::Over(_) | ChildEvent::Left)) if from == at => break None,
                    None => break None,
                    _ => {}
                },
                interrupt = self.interrupt() => break Some(interrupt),
                () = &mut limit, if !hung_up => {
                    hung_up = true;
                    self.shared.world().book.tell(&children.sids[at], Command::HangUp);
                }
                Some(key) = keys.recv() => if key == '*' && dial.hangup_on_star {
                    self.shared.world().book.tell(&children.sids[at], Command::HangUp);
                },
            }
        };
        self.keys = keys;
        self.audio().hears(&[]);
        let recording = taping.and_then(|taping| taping.stop(&self.shared));
        if interrupt.is_some() {
            self.hang_up(children, None).await;
        }
        let elapsed = u64::try_from(begun.elapsed().as_millis())
            .unwrap_or_default()
            .div_ceil(1000);
        let outcome = Outcome {
            status: CallStatus::Completed,
            child: children.sids.get(at).cloned(),
            talked: Some(self.seconds_of(&children.sids[at]).unwrap_or(elapsed)),
            recording,
        };
        match interrupt {
            None => Ok(outcome),
            Some(interrupt) => Err((outcome, interrupt)),
        }
    }

    /// From a leg's answer, which comes before its whisper, to its end.
    fn seconds_of(&self, sid: &str) -> Option<u64> {
        let world = self.shared.world();
        world.book.call(sid)?.value.seconds()
    }

    fn call_children(&self, page: &Page, dial: &Dial, caller_id: &str) -> Children {
        let (sender, events) = unbounded_channel();
        let mut sids = Vec::new();
        for (at, noun) in dial.nouns.iter().enumerate() {
            let (to, callback, whisper) = match noun {
                Noun::Number(number) => (number.number.clone(), &number.callback, &number.whisper),
                Noun::Client(client) => (format!("client:{}", client.identity), &client.callback, &client.whisper),
                Noun::Conference(_) => continue,
            };
            let plan = ChildPlan {
                parameters: match noun {
                    Noun::Client(client) => client.parameters.clone(),
                    _ => Vec::new(),
                },
                whisper: whisper.as_ref().and_then(|whisper| page.resolve(whisper).ok()),
                send_digits: match noun {
                    Noun::Number(number) => number.send_digits.clone(),
                    _ => None,
                },
                timeout: dial.timeout,
            };
            let mut call = Call::new(&self.account_sid, caller_id, &to, Direction::OutboundDial);
            call.parent = Some(self.sid.clone());
            let sid = self.shared.change(|world| world.book.add(call, None));
            let reporter = Reporter::new(self.resolved(page, callback.as_ref()), self.reporter.courier.clone());
            let pending = Pending::new(&self.shared, &sid, reporter);
            sids.push(sid);
            run(&self.shared, child(pending, plan, at, sender.clone()));
        }
        Children { sids, events }
    }

    /// Ends all children but one, and waits a moment until they have.
    async fn hang_up(&self, children: &mut Children, but: Option<usize>) {
        let mut told = 0;
        for (at, sid) in children.sids.iter().enumerate() {
            if Some(at) != but && self.shared.world().book.tell(sid, Command::HangUp) {
                told += 1;
            }
        }
        if but.is_some() {
            // They end while the others talk.
            return;
        }
        let all_over = async {
            while told > 0 {
                match children.events.recv().await {
                    Some((_, ChildEvent::Over(_) | ChildEvent::Left)) => told -= 1,
                    Some((_, ChildEvent::Answered(_))) => {}
                    None => return,
                }
            }
        };
        // What is late ends by itself.
        let _ = tokio::time::timeout(CHILDREN_END, all_over).await;
    }

    fn tape(&self, page: &Page, dial: &Dial) -> Option<Tape> {
        let record = dial.record?;
        Some(Tape {
            account_sid: self.account_sid.clone(),
            call_sid: self.sid.clone(),
            conference_sid: None,
            source: "DialVerb",
            dual: record.dual,
            callback: self.resolved(page, dial.recording_callback.as_ref()),
            courier: self.reporter.courier.clone(),
        })
    }
}

/// Of several legs that nobody answered, the one that says most. Assumed.
fn more_telling(one: CallStatus, other: CallStatus) -> CallStatus {
    let weight = |status| match status {
        CallStatus::Completed => 4,
        CallStatus::NoAnswer => 3,
        CallStatus::Busy => 2,
        CallStatus::Failed => 1,
        _ => 0,
    };
    if weight(other) > weight(one) { other } else { one }
}

fn extra(outcome: Outcome) -> Vec<(String, String)> {
    let mut extra = vec![
        pair("DialCallStatus", outcome.status.as_str()),
        pair("DialBridged", outcome.talked.is_some().to_string()),
    ];
    extra.extend(outcome.child.map(|sid| pair("DialCallSid", sid)));
    if let Some(talked) = outcome.talked {
        extra.push(pair("DialCallDuration", talked.to_string()));
    }
    if let Some(made) = outcome.recording {
        extra.push(pair("RecordingUrl", made.url));
        extra.push(pair("RecordingSid", made.sid));
        extra.push(pair("RecordingDuration", made.seconds.to_string()));
    }
    extra
}

#[cfg(test)]
mod tests {
    use super::more_telling;
    use crate::calls::CallStatus;

    #[test]
    fn of_several_legs_the_one_that_rang_says_most() {
        assert_eq!(more_telling(CallStatus::Failed, CallStatus::Busy), CallStatus::Busy);
        assert_eq!(
            more_telling(CallStatus::NoAnswer, CallStatus::Busy),
            CallStatus::NoAnswer
        );
        assert_eq!(
            more_telling(CallStatus::Failed, CallStatus::Canceled),
            CallStatus::Failed
        );
    }
}
