//! A leg that is being called: until somebody answers, or nobody does.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::leg::Leg;
use super::params;
use super::party::Party;
use crate::calls::{Behaviour, CallStatus, Command, client_identity};
use crate::hook::{Courier, Hook, Purpose};
use crate::shared::Shared;
use crate::signalling::{Ring, Rung};
use crate::twiml::Callback;

/// Before a network says that it cannot reach a number, or that it is busy.
const NETWORK: Duration = Duration::from_millis(200);
/// Longer than any time-out.
const FOR_EVER: Duration = Duration::from_secs(86_400);

/// Reports how one leg gets on.
#[derive(Debug)]
pub(super) struct Reporter {
    pub(super) callback: Option<Callback>,
    pub(super) courier: Courier,
    sequence: u32,
}

impl Reporter {
    pub(super) fn new(callback: Option<Callback>, courier: Courier) -> Self {
        Self {
            callback,
            courier,
            sequence: 0,
        }
    }

    /// `event` as it is subscribed to, `status` as it is told.
    pub(super) fn report(&mut self, shared: &Shared, call_sid: &str, event: &str, status: &str) {
        let sequence = self.sequence;
        self.sequence += 1;
        let Some(callback) = self
            .callback
            .as_ref()
            .filter(|callback| callback.events.iter().any(|one| one == event))
        else {
            return;
        };
        let world = shared.world();
        let Some(call) = world.book.call(call_sid) else { return };
        self.courier.send(Hook {
            account_sid: call.value.account_sid.clone(),
            call_sid: call_sid.to_owned(),
            purpose: Purpose::CallStatus,
            target: callback.target.clone(),
            params: params::of_status(call, status, sequence),
        });
    }
}

#[derive(Debug)]
pub(super) struct Pending {
    pub(super) shared: Arc<Shared>,
    pub(super) sid: String,
    pub(super) account_sid: String,
    pub(super) reporter: Reporter,
    pub(super) sender: UnboundedSender<Command>,
    pub(super) commands: UnboundedReceiver<Command>,
}

impl Pending {
    /// For a call that the world knows. One that was forgotten meanwhile hears that it is over.
    pub(super) fn new(shared: &Arc<Shared>, sid: &str, reporter: Reporter) -> Self {
        let mut world = shared.world();
        let (sender, commands) = world.book.inbox(sid).unwrap_or_else(|| {
            let (sender, commands) = unbounded_channel();
            // Cannot fail: the receiver is here.
            let _ = sender.send(Command::HangUp);
            (sender, commands)
        });
        let account_sid = world.book.call(sid).map(|call| call.value.account_sid.clone());
        drop(world);
        Self {
            shared: Arc::clone(shared),
            sid: sid.to_owned(),
            account_sid: account_sid.unwrap_or_default(),
            reporter,
            sender,
            commands,
        }
    }

    /// Calls whom the call is for. `parameters` are for a browser.
    pub(super) async fn ring(
        &mut self,
        parameters: Vec<(String, String)>,
        timeout: Duration,
    ) -> Result<Party, CallStatus> {
        // Documented: a call that is canceled while it is queued tells nobody.
        if self.commands.try_recv().is_ok_and(|command| ends(Some(&command))) {
            self.reporter.callback = None;
            return Err(CallStatus::Canceled);
        }
        self.reporter.report(&self.shared, &self.sid, "initiated", "initiated");
        let found = self.shared.world().book.call(&self.sid).cloned();
        let Some(call) = found else {
            return Err(CallStatus::Failed);
        };
        let called = tokio::time::timeout(timeout, async {
            match client_identity(&call.value.to) {
                Some(identity) => {
                    let ring = Ring {
                        account_sid: self.account_sid.clone(),
                        identity: identity.to_owned(),
                        call_sid: self.sid.clone(),
                        from: call.value.from.clone(),
                        to: call.value.to.clone(),
                        stir_status: None,
                        parameters,
                    };
                    self.ring_browser(ring).await
                }
                None => self.ring_phone(&call.value.to).await,
            }
        });
        called.await.unwrap_or(Err(CallStatus::NoAnswer))
    }

    pub(super) fn rings(&mut self) {
        self.shared
            .change(|world| world.book.set_status(&self.sid, CallStatus::Ringing));
        self.reporter.report(&self.shared, &self.sid, "ringing", "ringing");
    }

    async fn ring_browser(&mut self, ring: Ring) -> Result<Party, CallStatus> {
        let registered = self.shared.signalling.is_registered(&ring.account_sid, &ring.identity);
        if !registered {
            // Assumed: Twilio waits a moment before it gives up.
            self.nobody_for(NETWORK).await?;
            self.sip_response(480);
            return Err(CallStatus::NoAnswer);
        }
        let mut ringing = self.shared.signalling.ring(ring);
        self.rings();
        loop {
            tokio::select! {
                rung = ringing.next() => match rung {
                    Rung::Answered(line) => return Ok(Party::browser(line, self.sender.clone())),
                    Rung::Rejected => {
                        self.sip_response(603);
                        return Err(CallStatus::Busy);
                    }
                    Rung::Gone => return Err(CallStatus::NoAnswer),
                },
                command = self.commands.recv() => if ends(command.as_ref()) {
                    return Err(CallStatus::Canceled);
                },
            }
        }
    }

    async fn ring_phone(&mut self, number: &str) -> Result<Party, CallStatus> {
        if self.shared.world().number_called(number).is_some() {
            return self.ring_number(number).await;
        }
        let script = self.shared.world().book.phones.script(number);
        match script.behaviour {
            Behaviour::Fail => {
                self.nobody_for(NETWORK).await?;
                return Err(CallStatus::Failed);
            }
            Behaviour::Busy => {
                self.nobody_for(NETWORK).await?;
                return Err(CallStatus::Busy);
            }
            Behaviour::Answer | Behaviour::NoAnswer | Behaviour::Reject | Behaviour::Manual => self.rings(),
        }
        let rings = Duration::from_millis(script.rings_ms);
        match script.behaviour {
            Behaviour::Answer => self.nobody_for(rings).await?,
            Behaviour::Reject => {
                self.nobody_for(rings).await?;
                self.sip_response(603);
                return Err(CallStatus::Busy);
            }
            Behaviour::Manual if self.by_hand().await? => {}
            Behaviour::Manual => {
                self.sip_response(603);
                return Err(CallStatus::Busy);
            }
            Behaviour::NoAnswer | Behaviour::Busy | Behaviour::Fail => {
                self.nobody_for(FOR_EVER).await?;
                return Err(CallStatus::NoAnswer);
            }
        }
        Ok(Party::phone(&self.shared, script))
    }

    fn sip_response(&self, code: u16) {
        self.shared.change(|world| {
            if let Some(call) = world.book.call_mut(&self.sid) {
                call.value.sip_response = Some(code);
            }
        });
    }

    /// Waits; an error when the call is taken back meanwhile.
    pub(super) async fn nobody_for(&mut self, time: Duration) -> Result<(), CallStatus> {
        let end = tokio::time::sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return Ok(()),
                command = self.commands.recv() => if ends(command.as_ref()) {
                    return Err(CallStatus::Canceled);
                },
            }
        }
    }

    /// Whether a person answers.
    async fn by_hand(&mut self) -> Result<bool, CallStatus> {
        loop {
            match self.commands.recv().await {
                Some(Command::Answer(answers)) => return Ok(answers),
                command if ends(command.as_ref()) => return Err(CallStatus::Canceled),
                _ => {}
            }
        }
    }

    /// Somebody is there.
    pub(super) fn answered(self, party: Party) -> Leg {
        let mut leg = Leg::new(self, party);
        leg.answer();
        leg
    }

    /// Nobody will be.
    pub(super) fn end(&mut self, status: CallStatus) {
        self.shared.change(|world| {
            world.book.live.remove(&self.sid);
            world.book.set_status(&self.sid, status);
        });
        self.reporter
            .report(&self.shared, &self.sid, "completed", status.as_str());
    }
}

pub(super) fn ends(command: Option<&Command>) -> bool {
    matches!(command, None | Some(Command::HangUp | Command::PartyLeft))
}
