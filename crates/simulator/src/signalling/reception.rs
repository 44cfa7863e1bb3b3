//! What follows from what a browser says about calls.

use std::sync::{Arc, PoisonError};

use media::Leg;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::frame::{Described, Frame, Invite, Message};
use super::line::{Ended, Line, Rung};
use super::registry::{Call, Stage, secret};
use super::token::Claims;
use super::{CallError, Dialled, EDGE, Signalling};
use crate::shared::Shared;
use crate::sid;

impl Signalling {
    /// A frame came in.
    pub(super) fn said(&self, shared: &Arc<Shared>, id: u64, text: &str) {
        let value: Value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
        self.registry().note(id, "browser", value.clone());
        match Frame::read(value) {
            None => self.registry().refuse(id, CallError::MALFORMED),
            Some(Frame::Listen(listen)) => self.listen(shared, id, &listen),
            Some(Frame::Register { audio }) => self.register(id, audio),
            Some(Frame::Invite(invite)) => match &invite.reconnect {
                Some(reconnect) => self.take_up(id, &invite, reconnect),
                None => self.dial(shared, id, &invite),
            },
            Some(Frame::Answer(answer)) => self.answered(id, &answer),
            Some(Frame::Reinvite(offer)) => self.reinvite(id, &offer),
            Some(Frame::Hangup(call)) => self.hung_up(id, &call.callsid),
            Some(Frame::Reject(call)) => self.hung_up(id, &call.callsid),
            Some(Frame::Dtmf(keys)) => {
                if let Some(leg) = self.leg(id, &keys.callsid) {
                    leg.press(&keys.dtmf);
                }
            }
            Some(Frame::Message(message)) => self.acknowledge(id, &message),
            Some(Frame::Other) => {}
        }
    }

    fn leg(&self, socket: u64, name: &str) -> Option<Leg> {
        let registry = self.registry();
        let id = registry.call_of(socket, name)?;
        registry.calls.get(&id).map(|call| call.leg.clone())
    }

    /// `device.connect`.
    fn dial(&self, shared: &Shared, id: u64, invite: &Invite) {
        let claims = {
            let mut registry = self.registry();
            // A frame that the SDK had queued can come twice.
            if registry.call_at(id, &invite.callsid).is_some() {
                return;
            }
            let Some(socket) = registry.sockets.get(&id) else {
                return;
            };
            let error = if socket.expired {
                CallError::EXPIRED
            } else {
                CallError::NOT_AUTHORIZED
            };
            match socket.claims.clone() {
                Some(claims) => claims,
                None => return registry.hang_up(id, &invite.callsid, Some(error)),
            }
        };
        match self.begin(shared, id, invite, claims) {
            Ok(dialled) => {
                let dialled = self.hand_over(dialled);
                if let Some(dialled) = dialled {
                    dialled.line.hang_up(Some(CallError::UNAVAILABLE));
                }
            }
            Err(error) => self.registry().hang_up(id, &invite.callsid, Some(error)),
        }
    }

    /// Gives it back when nobody runs calls.
    fn hand_over(&self, dialled: Dialled) -> Option<Dialled> {
        let sender = {
            let sender = self.inner.dialled.lock();
            sender.unwrap_or_else(PoisonError::into_inner).clone()
        };
        match sender {
            Some(sender) => sender.send(dialled).err().map(|error| error.0),
            None => Some(dialled),
        }
    }

    fn begin(&self, shared: &Shared, id: u64, invite: &Invite, claims: Claims) -> Result<Dialled, CallError> {
        let application_sid = claims.application_sid.ok_or(CallError::NOT_AUTHORIZED)?;
        let known = {
            let world = shared.world();
            let account = world.account(&claims.account_sid);
            account.is_some_and(|account| account.has_application(&application_sid))
        };
        if !known {
            return Err(CallError::APPLICATION_NOT_FOUND);
        }
        let (leg, answer) = self.inner.media.answer(&invite.sdp).map_err(|error| {
            tracing::info!(%error, "a browser's offer is refused");
            CallError::BAD_DESCRIPTION
        })?;
        let call = Call {
            account_sid: claims.account_sid.clone(),
            identity: claims.identity.clone(),
            call_sid: sid::new("CA"),
            temporary: Some(invite.callsid.clone()),
            socket: Some(id),
            leg,
            reconnect: secret(),
            stage: Stage::Dialling { answer, rung: false },
            ended: watch::Sender::new(None),
            moves: 0,
        };
        let mut registry = self.registry();
        let call_id = registry.next_id();
        let line = Line::new(self, call_id, &call);
        registry.calls.insert(call_id, call);
        Ok(Dialled {
            account_sid: claims.account_sid,
            application_sid,
            identity: claims.identity,
            parameters: merged(claims.parameters, &invite.twilio.params),
            line,
        })
    }

    /// After a lost connection, or for a new token, the SDK asks for the call that it has.
    fn take_up(&self, id: u64, invite: &Invite, reconnect: &str) {
        let mut registry = self.registry();
        let Some(owner) = registry.sockets.get(&id) else {
            return;
        };
        let found = registry.calls.iter().find(|(_, call)| {
            matches!(call.stage, Stage::Open)
                && call.is_named(&invite.callsid)
                && call.reconnect == reconnect
                && owner.belongs_to(&call.account_sid, &call.identity)
        });
        let Some(call_id) = found.map(|(id, _)| *id) else {
            return registry.hang_up(id, &invite.callsid, Some(CallError::NOT_FOUND));
        };
        let Some(call) = registry.calls.get_mut(&call_id) else {
            return;
        };
        call.socket = Some(id);
        call.moves += 1;
        let mut payload = json!({ "callsid": call.call_sid, "reconnect": call.reconnect, "edge": EDGE });
        // The description of a session that goes on has candidates by now; one without comes from a page that begins anew.
        if !invite.sdp.contains("a=candidate")
            && invite.sdp.contains("a=setup:actpass")
            && let Ok(answer) = call.leg.replace(&invite.sdp)
        {
            payload["sdp"] = json!(answer);
        }
        registry.send(id, "answer", payload);
    }

    /// `call.accept`.
    fn answered(&self, id: u64, answer: &Described) {
        let rung = self.accept(id, answer);
        // Without the lock: a line that nobody wants is dropped here.
        if let Some((sender, outcome)) = rung {
            drop(sender.send(outcome));
        }
    }

    fn accept(&self, id: u64, answer: &Described) -> Option<(mpsc::UnboundedSender<Rung>, Rung)> {
        let mut registry = self.registry();
        let Some(call_id) = registry.call_at(id, &answer.callsid) else {
            // Somebody else was faster, or the caller has given up.
            registry.hang_up(id, &answer.callsid, None);
            return None;
        };
        let call = registry.calls.get_mut(&call_id)?;
        let Stage::Offered { ring } = call.stage else {
            return None;
        };
        if let Err(error) = call.leg.accept_answer(&answer.sdp) {
            tracing::info!(%error, "a browser's answer is refused");
            registry.end(call_id, Ended::ByUs);
            registry.hang_up(id, &answer.callsid, Some(CallError::BAD_DESCRIPTION));
            registry.settle(ring);
            return None;
        }
        call.stage = Stage::Open;
        let line = Line::new(self, call_id, call);
        registry.cancel_forks(ring);
        match registry.rings.remove(&ring) {
            Some(state) => Some((state.rung, Rung::Answered(line))),
            None => {
                drop(registry);
                None
            }
        }
    }

    /// A restart of ICE.
    fn reinvite(&self, id: u64, offer: &Described) {
        let answer = self.leg(id, &offer.callsid).map(|leg| leg.reoffer(&offer.sdp));
        let mut registry = self.registry();
        let call = registry.call_of(id, &offer.callsid);
        let reconnect = call
            .and_then(|call| registry.calls.get(&call))
            .map(|call| call.reconnect.clone());
        match answer {
            Some(Ok(sdp)) => {
                let payload = json!({ "callsid": offer.callsid, "sdp": sdp, "reconnect": reconnect });
                registry.send(id, "answer", payload);
            }
            Some(Err(_)) => registry.hang_up(id, &offer.callsid, Some(CallError::BAD_DESCRIPTION)),
            None => registry.hang_up(id, &offer.callsid, Some(CallError::NOT_FOUND)),
        }
    }

    /// `call.disconnect`, `call.reject`, or the page was left.
    fn hung_up(&self, id: u64, name: &str) {
        let mut registry = self.registry();
        let Some(call_id) = registry.call_of(id, name) else {
            return;
        };
        let Some(call) = registry.end(call_id, Ended::ByBrowser) else {
            return;
        };
        if let Stage::Offered { ring } = call.stage {
            if let Some(state) = registry.rings.get_mut(&ring) {
                state.declined = true;
            }
            registry.settle(ring);
        }
    }

    fn acknowledge(&self, id: u64, message: &Message) {
        let mut registry = self.registry();
        if registry.call_of(id, &message.callsid).is_some() {
            let payload = json!({
                "acktype": "message",
                "callsid": message.callsid,
                "voiceeventsid": message.voiceeventsid,
            });
            registry.send(id, "ack", payload);
        }
    }
}

/// What stands in the token was signed by the customer's server and wins.
fn merged(granted: Vec<(String, String)>, dialled: &str) -> Vec<(String, String)> {
    let mut all = granted;
    for (name, value) in form_urlencoded::parse(dialled.as_bytes()).into_owned() {
        if !all.iter().any(|(known, _)| *known == name) {
            all.push((name, value));
        }
    }
    all
}
