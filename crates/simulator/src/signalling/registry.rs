//! Who is connected, and which calls they have.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use media::Leg;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::token::Claims;
use super::{CallError, Ended, Ring, Rung, frame};
use crate::clock;

/// How many frames are remembered.
const LOGGED: usize = 2000;

/// What a socket is told to do.
#[derive(Debug)]
pub(super) enum Out {
    /// Send this.
    Frame(String),
    /// The token is valid for so long.
    Expires(Duration),
    /// Do nothing at all for a while, not even a heartbeat.
    Stall(Duration),
    /// End without a word.
    Cut,
}

/// A browser's connection.
pub(super) struct Socket {
    pub(super) outbox: mpsc::UnboundedSender<Out>,
    /// `None` until it has shown a valid token, and when that has expired.
    pub(super) claims: Option<Claims>,
    pub(super) expired: bool,
    pub(super) registered: bool,
    /// How long its calls are kept when it is lost.
    pub(super) grace: Duration,
}

impl Socket {
    pub(super) fn belongs_to(&self, account_sid: &str, identity: &str) -> bool {
        self.claims
            .as_ref()
            .is_some_and(|claims| claims.account_sid == account_sid && claims.identity == identity)
    }
}

pub(super) enum Stage {
    /// Offered to a browser as one of the forks of a ring.
    Offered { ring: u64 },
    /// Dialled by a browser, with the answer that waits to be sent.
    Dialling { answer: String, rung: bool },
    /// Answered.
    Open,
}

/// A browser's leg of a call, from the first frame to the last.
pub(super) struct Call {
    pub(super) account_sid: String,
    pub(super) identity: String,
    pub(super) call_sid: String,
    /// The name that the browser gave it at first.
    pub(super) temporary: Option<String>,
    /// Where it lives; `None` while its browser is away.
    pub(super) socket: Option<u64>,
    pub(super) leg: Leg,
    pub(super) reconnect: String,
    pub(super) stage: Stage,
    pub(super) ended: watch::Sender<Option<Ended>>,
    /// Counts how often it changed sockets, so that an old timer knows that it is old.
    pub(super) moves: u64,
}

impl Call {
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.call_sid == name || self.temporary.as_deref() == Some(name)
    }

    /// The name by which the browser knows it.
    pub(super) fn name(&self) -> &str {
        match (&self.stage, &self.temporary) {
            (Stage::Dialling { rung: false, .. }, Some(temporary)) => temporary,
            _ => &self.call_sid,
        }
    }
}

/// A browser that is being called, at all its sockets.
pub(super) struct RingState {
    pub(super) ring: Ring,
    pub(super) rung: mpsc::UnboundedSender<Rung>,
    pub(super) declined: bool,
}

/// A frame that was sent or received.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Logged {
    sequence: u64,
    time: String,
    socket: u64,
    identity: Option<String>,
    /// `browser` or `twilio`.
    from: &'static str,
    frame: Value,
}

impl Logged {
    pub(super) fn is_of(&self, identity: Option<&str>) -> bool {
        self.identity.as_deref() == identity
    }
}

/// What goes wrong on purpose.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// New sockets are refused until then.
    pub(super) refuse_until: Option<Instant>,
    /// So many of the next sockets are cut at once.
    pub(super) cuts: u32,
    /// Tokens are valid for so many seconds, whatever they say.
    pub(super) token_ttl: Option<u64>,
}

#[derive(Default)]
pub(super) struct Registry {
    pub(super) sockets: BTreeMap<u64, Socket>,
    pub(super) calls: BTreeMap<u64, Call>,
    pub(super) rings: BTreeMap<u64, RingState>,
    pub(super) faults: Faults,
    pub(super) log: VecDeque<Logged>,
    last_id: u64,
    last_logged: u64,
}

impl Registry {
    pub(super) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The sockets at which somebody can be called.
    pub(super) fn registered(&self, account_sid: &str, identity: &str) -> Vec<u64> {
        let mine = |socket: &Socket| socket.registered && socket.belongs_to(account_sid, identity);
        self.sockets
            .iter()
            .filter(|(_, socket)| mine(socket))
            .map(|(id, _)| *id)
            .collect()
    }

    /// The call of that name which lives at this socket.
    pub(super) fn call_at(&self, socket: u64, name: &str) -> Option<u64> {
        self.calls
            .iter()
            .find(|(_, call)| call.socket == Some(socket) && call.is_named(name))
            .map(|(id, _)| *id)
    }

    /// As [`Registry::call_at`], or one whose browser was away and has come back through this socket.
    pub(super) fn call_of(&self, socket: u64, name: &str) -> Option<u64> {
        let returned = |call: &Call| {
            let owner = self.sockets.get(&socket);
            call.socket.is_none()
                && call.is_named(name)
                && owner.is_some_and(|owner| owner.belongs_to(&call.account_sid, &call.identity))
        };
        self.call_at(socket, name).or_else(|| {
            let found = self.calls.iter().find(|(_, call)| returned(call));
            found.map(|(id, _)| *id)
        })
    }

    pub(super) fn forks(&self, ring: u64) -> Vec<u64> {
        self.calls
            .iter()
            .filter(|(_, call)| matches!(call.stage, Stage::Offered { ring: of } if of == ring))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Offers a call to a socket.
    pub(super) fn offer(&mut self, ring: u64, socket: u64, (leg, offer): (Leg, String)) {
        let Some(state) = self.rings.get(&ring) else {
            leg.close();
            return;
        };
        let reconnect = secret();
        let payload = frame::invite(&state.ring, &offer, &reconnect);
        let call = Call {
            account_sid: state.ring.account_sid.clone(),
            identity: state.ring.identity.clone(),
            call_sid: state.ring.call_sid.clone(),
            temporary: None,
            socket: Some(socket),
            leg,
            reconnect,
            stage: Stage::Offered { ring },
            ended: watch::Sender::new(None),
            moves: 0,
        };
        let id = self.next_id();
        self.calls.insert(id, call);
        self.send(socket, "invite", payload);
    }

    /// Takes a call out, closes its leg and tells who waits for its end.
    pub(super) fn end(&mut self, id: u64, ended: Ended) -> Option<Call> {
        let call = self.calls.remove(&id)?;
        call.leg.close();
        call.ended.send_replace(Some(ended));
        Some(call)
    }

    /// Ends every fork of a ring; the browsers stop ringing.
    pub(super) fn cancel_forks(&mut self, ring: u64) {
        for id in self.forks(ring) {
            if let Some(call) = self.end(id, Ended::ByUs)
                && let Some(socket) = call.socket
            {
                self.send(socket, "cancel", json!({ "callsid": call.call_sid }));
            }
        }
    }

    /// Ends a ring when nobody is left who could answer.
    pub(super) fn settle(&mut self, ring: u64) {
        if !self.forks(ring).is_empty() {
            return;
        }
        if let Some(state) = self.rings.remove(&ring) {
            let outcome = if state.declined { Rung::Rejected } else { Rung::Gone };
            // Whoever asked may have turned away.
            let _ = state.rung.send(outcome);
        }
    }

    pub(super) fn hang_up(&mut self, socket: u64, name: &str, error: Option<CallError>) {
        let mut payload = json!({ "callsid": name });
        if let Some(error) = error {
            payload["error"] = error.json();
        }
        self.send(socket, "hangup", payload);
    }

    pub(super) fn refuse(&mut self, socket: u64, error: CallError) {
        self.send(socket, "error", json!({ "error": error.json() }));
    }

    pub(super) fn send(&mut self, socket: u64, kind: &str, payload: Value) {
        let frame = json!({ "type": kind, "payload": payload });
        let text = frame.to_string();
        self.note(socket, "twilio", frame);
        self.order(socket, Out::Frame(text));
    }

    pub(super) fn order(&self, socket: u64, order: Out) {
        if let Some(socket) = self.sockets.get(&socket) {
            // A socket that has just gone is told to the registry by itself.
            let _ = socket.outbox.send(order);
        }
    }

    pub(super) fn note(&mut self, socket: u64, from: &'static str, frame: Value) {
        self.last_logged += 1;
        if self.log.len() == LOGGED {
            self.log.pop_front();
        }
        let claims = self.sockets.get(&socket).and_then(|socket| socket.claims.as_ref());
        self.log.push_back(Logged {
            sequence: self.last_logged,
            time: clock::now().to_string(),
            socket,
            identity: claims.map(|claims| claims.identity.clone()),
            from,
            frame: frame::redacted(frame),
        });
    }
}

/// What lets a browser take up its call again.
pub(super) fn secret() -> String {
    format!("{:032x}{:016x}", rand::random::<u128>(), rand::random::<u64>())
}
