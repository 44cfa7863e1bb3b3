//! A leg with somebody at its other end, and what can happen to it at any time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Interrupt;
use super::params;
use super::party::Party;
use super::pending::{Pending, Reporter};
use crate::calls::{CallStatus, Command, Notice};
use crate::hook::{Hook, Purpose};
use crate::shared::Shared;
use crate::signalling::CallError;
use crate::twiml::Target;

#[derive(Debug)]
pub(super) struct Leg {
    pub(super) shared: Arc<Shared>,
    pub(super) sid: String,
    pub(super) account_sid: String,
    pub(super) party: Party,
    pub(super) reporter: Reporter,
    sender: UnboundedSender<Command>,
    commands: UnboundedReceiver<Command>,
    pub(super) keys: UnboundedReceiver<char>,
    pub(super) answered: bool,
    /// How it ends if nobody takes it up, and what a browser is told then.
    pub(super) unanswered: CallStatus,
    declined: bool,
    /// For every document that cannot be fetched.
    pub(super) fallback: Option<Target>,
}

impl Leg {
    pub(super) fn new(pending: Pending, party: Party) -> Self {
        let Pending {
            shared,
            sid,
            account_sid,
            reporter,
            sender,
            commands,
        } = pending;
        shared.change(|world| {
            if let Some(live) = world.book.live.get_mut(&sid) {
                live.leg = Some(party.leg.clone());
            }
            world.book.past.insert(sid.clone(), party.leg.clone());
        });
        Self {
            keys: party.leg.digits(),
            shared,
            sid,
            account_sid,
            party,
            reporter,
            sender,
            commands,
            answered: false,
            unanswered: CallStatus::NoAnswer,
            declined: false,
            fallback: None,
        }
    }

    pub(super) fn audio(&self) -> &media::Leg {
        &self.party.leg
    }

    /// Takes the call up; the second time nothing happens.
    pub(super) fn answer(&mut self) {
        if self.answered {
            return;
        }
        self.answered = true;
        if let Some(line) = &self.party.line {
            line.answer();
        }
        self.shared
            .change(|world| world.book.set_status(&self.sid, CallStatus::InProgress));
        self.reporter
            .report(&self.shared, &self.sid, "answered", CallStatus::InProgress.as_str());
        self.party.act(&self.sender);
    }

    /// The call is to end after this time, whatever it does.
    pub(super) fn limit(&self, time: Duration) {
        let sender = self.sender.clone();
        tokio::spawn(async move {
            tokio::time::sleep(time).await;
            let _ = sender.send(Command::HangUp);
        });
    }

    /// A caller who is not answered hangs up when his patience ends.
    pub(super) fn lose_patience(&self) {
        let Some(patience) = self.party.patience() else { return };
        let (sender, shared, sid) = (self.sender.clone(), Arc::clone(&self.shared), self.sid.clone());
        tokio::spawn(async move {
            tokio::time::sleep(patience).await;
            let status = shared.world().book.call(&sid).map(|call| call.value.status);
            if status == Some(CallStatus::Ringing) {
                let _ = sender.send(Command::PartyLeft);
            }
        });
    }

    /// The next thing that ends whatever the call does. Cancel-safe.
    pub(super) async fn interrupt(&mut self) -> Interrupt {
        loop {
            match self.commands.recv().await {
                Some(Command::Redirect(instructions)) => return Interrupt::Redirect(instructions),
                None | Some(Command::HangUp | Command::PartyLeft) => return Interrupt::Ended,
                // Neither rings nor is in a conference.
                Some(Command::Answer(_) | Command::LeaveConference) => {}
            }
        }
    }

    /// As [`Self::interrupt`], for who is in a conference: `None` says that he is to leave it.
    pub(super) async fn interrupt_in_conference(&mut self) -> Option<Interrupt> {
        loop {
            match self.commands.recv().await {
                Some(Command::LeaveConference) => return None,
                Some(Command::Redirect(instructions)) => return Some(Interrupt::Redirect(instructions)),
                None | Some(Command::HangUp | Command::PartyLeft) => return Some(Interrupt::Ended),
                Some(Command::Answer(_)) => {}
            }
        }
    }

    /// Waits for something, unless the call is interrupted.
    pub(super) async fn wait<T>(&mut self, something: impl Future<Output = T>) -> Result<T, Interrupt> {
        tokio::pin!(something);
        tokio::select! {
            // What is there already is not lost to an interrupt that came at the same moment.
            biased;
            result = &mut something => Ok(result),
            interrupt = self.interrupt() => Err(interrupt),
        }
    }

    /// The keys, to be waited for beside other things. They are to be put back.
    pub(super) fn lend_keys(&mut self) -> UnboundedReceiver<char> {
        std::mem::replace(&mut self.keys, unbounded_channel().1)
    }

    pub(super) fn doing(&self, words: impl Into<String>) {
        let words = words.into();
        self.shared.change(|world| {
            let words = world.redact(&words);
            if let Some(call) = world.book.call_mut(&self.sid) {
                call.value.doing = words;
            }
        });
    }

    pub(super) fn notice(&self, code: u32, message: impl Into<String>) {
        let notice = Notice {
            code,
            message: message.into(),
        };
        tracing::info!(call = self.sid, code, notice.message, "notice");
        self.shared.change(|world| {
            if let Some(call) = world.book.call_mut(&self.sid) {
                call.value.notices.push(notice);
            }
        });
    }

    pub(super) fn hook(&self, purpose: Purpose, target: Target, extra: Vec<(String, String)>) -> Hook {
        let mut params = params::of_call(&self.shared.world(), &self.sid);
        // A browser's `To` takes the place of the empty one.
        params.retain(|(name, _)| !extra.iter().any(|(other, _)| other == name));
        params.extend(extra);
        Hook {
            account_sid: self.account_sid.clone(),
            call_sid: self.sid.clone(),
            purpose,
            target,
            params,
        }
    }

    /// Reject: as busy, or as somebody who declines. Assumed: the latter leaves the same trace as nobody answering.
    pub(super) fn reject(&mut self, busy: bool) {
        self.declined = !busy;
        self.unanswered = if busy { CallStatus::Busy } else { CallStatus::NoAnswer };
    }

    /// Ends the call.
    pub(super) fn end(&mut self) {
        let status = if self.answered {
            CallStatus::Completed
        } else {
            self.unanswered
        };
        self.audio().stop_prompt();
        self.party.leave(match status {
            CallStatus::Busy => Some(CallError::BUSY),
            CallStatus::NoAnswer if self.declined => Some(CallError::DECLINED),
            CallStatus::NoAnswer => Some(CallError::UNAVAILABLE),
            CallStatus::Failed => Some(CallError::FAILED),
            _ => None,
        });
        self.shared.change(|world| {
            world.book.live.remove(&self.sid);
            world.book.set_status(&self.sid, status);
        });
        self.reporter
            .report(&self.shared, &self.sid, "completed", status.as_str());
    }
}
