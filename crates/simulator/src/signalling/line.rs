//! A browser's leg of a call, in the hands of who runs the call.

use media::Leg;
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::registry::{Call, Stage};
use super::{CallError, Signalling};

/// How a browser's leg ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ended {
    /// It hung up.
    ByBrowser,
    /// It went away and did not come back.
    Lost,
    /// [`Line::hang_up`].
    ByUs,
}

/// What became of a ring.
#[derive(Debug)]
pub(crate) enum Rung {
    /// Audio is negotiated, and the leg of the line can be patched.
    Answered(Line),
    /// Everybody who was asked has declined, or the last one who could have answered went away after another had declined.
    Rejected,
    /// Nobody is registered, or everybody went away.
    Gone,
}

/// A browser that is being called. Dropping it ends the ringing.
#[derive(Debug)]
pub(crate) struct Ringing {
    pub(super) signalling: Signalling,
    pub(super) id: u64,
    pub(super) outcome: mpsc::UnboundedReceiver<Rung>,
}

impl Ringing {
    /// Waits for the outcome. Nothing is lost when the wait is given up.
    pub(crate) async fn next(&mut self) -> Rung {
        self.outcome.recv().await.unwrap_or(Rung::Gone)
    }
}

impl Drop for Ringing {
    fn drop(&mut self) {
        let state = {
            let mut registry = self.signalling.registry();
            registry.cancel_forks(self.id);
            registry.rings.remove(&self.id)
        };
        // Dropped without the lock, as is a line that nobody has taken out.
        drop(state);
    }
}

/// The leg of a browser. Dropping it hangs up.
#[derive(Debug)]
pub(crate) struct Line {
    signalling: Signalling,
    id: u64,
    call_sid: String,
    identity: String,
    leg: Leg,
    ended: watch::Receiver<Option<Ended>>,
}

impl Line {
    pub(super) fn new(signalling: &Signalling, id: u64, call: &Call) -> Self {
        Self {
            signalling: signalling.clone(),
            id,
            call_sid: call.call_sid.clone(),
            identity: call.identity.clone(),
            leg: call.leg.clone(),
            ended: call.ended.subscribe(),
        }
    }

    pub(crate) fn call_sid(&self) -> &str {
        &self.call_sid
    }

    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }

    pub(crate) fn leg(&self) -> &Leg {
        &self.leg
    }

    /// Tells a browser that dialled that it rings at the other end. Once is enough.
    pub(crate) fn ringing(&self) {
        let mut registry = self.signalling.registry();
        let Some(call) = registry.calls.get_mut(&self.id) else {
            return;
        };
        if let Stage::Dialling { rung, .. } = &mut call.stage
            && !std::mem::replace(rung, true)
            && let Some(socket) = call.socket
        {
            registry.send(socket, "ringing", json!({ "callsid": self.call_sid }));
        }
    }

    /// Answers a browser that dialled. From then on it hears something.
    pub(crate) fn answer(&self) {
        self.ringing();
        let mut registry = self.signalling.registry();
        let Some(call) = registry.calls.get_mut(&self.id) else {
            return;
        };
        let Stage::Dialling { answer, .. } = &call.stage else {
            return;
        };
        let payload = json!({
            "callsid": call.call_sid,
            "sdp": answer,
            "reconnect": call.reconnect,
            "edge": super::EDGE,
        });
        call.stage = Stage::Open;
        if let Some(socket) = call.socket {
            registry.send(socket, "answer", payload);
        }
    }

    /// Ends the call, with what the page is to be told about it.
    pub(crate) fn hang_up(&self, error: Option<CallError>) {
        let mut registry = self.signalling.registry();
        let name = registry.calls.get(&self.id).map(|call| call.name().to_owned());
        if let Some(call) = registry.end(self.id, Ended::ByUs)
            && let (Some(socket), Some(name)) = (call.socket, name)
        {
            registry.hang_up(socket, &name, error);
        }
    }

    /// Waits for the end of the leg. Nothing is lost when the wait is given up.
    pub(crate) async fn ended(&self) -> Ended {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(ended) => ended.unwrap_or(Ended::Lost),
            Err(_) => Ended::Lost,
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.hang_up(None);
    }
}
