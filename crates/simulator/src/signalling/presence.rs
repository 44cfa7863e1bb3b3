//! Browsers that come, show their token, register and go.

use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::frame::Listen;
use super::line::Ended;
use super::registry::{Out, Registry, Socket, Stage};
use super::token::{self, Claims};
use super::{CallError, EDGE, Signalling};
use crate::clock;
use crate::shared::Shared;

/// As the live service names it; the SDK makes `us1` of it.
const REGION: &str = "US_EAST_VIRGINIA";
/// The least time for which the call of a browser that is away is kept. The live service keeps none when the SDK does not ask for
/// it; that would leave the SDK in a state from which only destroying it helps.
const LEAST_GRACE: Duration = Duration::from_secs(5);
/// The most that the SDK can ask for.
const MOST_GRACE: Duration = Duration::from_secs(30);
/// How long a ring waits for a browser that has lost its connection.
const RETURN: Duration = Duration::from_secs(5);

impl Signalling {
    /// A socket is there.
    pub(super) fn opened(&self) -> (u64, mpsc::UnboundedReceiver<Out>) {
        let (outbox, orders) = mpsc::unbounded_channel();
        let mut registry = self.registry();
        let id = registry.next_id();
        registry.sockets.insert(
            id,
            Socket {
                outbox,
                claims: None,
                expired: false,
                registered: false,
                grace: LEAST_GRACE,
            },
        );
        if registry.faults.cuts > 0 {
            registry.faults.cuts -= 1;
            registry.order(id, Out::Cut);
        }
        (id, orders)
    }

    /// A socket is gone. Open calls wait for it to come back.
    pub(super) fn closed(&self, id: u64) {
        let mut registry = self.registry();
        let grace = registry.sockets.remove(&id).map_or(LEAST_GRACE, |socket| socket.grace);
        let lost = registry.calls.iter().filter(|(_, call)| call.socket == Some(id));
        let lost: Vec<u64> = lost.map(|(id, _)| *id).collect();
        for call_id in lost {
            let Some(call) = registry.calls.get_mut(&call_id) else {
                continue;
            };
            match call.stage {
                Stage::Open => {
                    call.socket = None;
                    call.moves += 1;
                    self.end_later(call_id, call.moves, grace);
                }
                // The SDK has no means to take up what was not answered.
                Stage::Dialling { .. } => {
                    registry.end(call_id, Ended::Lost);
                }
                Stage::Offered { ring } => {
                    registry.end(call_id, Ended::Lost);
                    self.settle_later(ring);
                }
            }
        }
    }

    fn end_later(&self, call: u64, moves: u64, grace: Duration) {
        self.later(grace, move |registry| {
            if registry.calls.get(&call).is_some_and(|call| call.moves == moves) {
                registry.end(call, Ended::Lost);
            }
        });
    }

    fn settle_later(&self, ring: u64) {
        self.later(RETURN, move |registry| registry.settle(ring));
    }

    fn later(&self, wait: Duration, change: impl FnOnce(&mut Registry) + Send + 'static) {
        // There is none when the whole program ends, and then nothing has to be done later.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let signalling = self.clone();
        runtime.spawn(async move {
            tokio::time::sleep(wait).await;
            change(&mut signalling.registry());
        });
    }

    /// The token has run out.
    pub(super) fn expired(&self, id: u64) {
        let mut registry = self.registry();
        if let Some(socket) = registry.sockets.get_mut(&id) {
            socket.claims = None;
            socket.expired = true;
            socket.registered = false;
            registry.refuse(id, CallError::EXPIRED);
            registry.send(id, "offline", json!({}));
        }
    }

    pub(super) fn listen(&self, shared: &Shared, id: u64, listen: &Listen) {
        let checked = token::check(&shared.world(), &listen.token, clock::now().as_second());
        let mut registry = self.registry();
        let ttl = registry.faults.token_ttl;
        let Some(socket) = registry.sockets.get_mut(&id) else {
            return;
        };
        let same = |new: &Claims| {
            let before = socket.claims.as_ref();
            before.is_none_or(|old| (&old.account_sid, &old.identity) == (&new.account_sid, &new.identity))
        };
        // A new token must not make somebody else of a browser that is registered.
        let claims = match checked {
            Ok(claims) if same(&claims) => claims,
            Ok(_) => return registry.refuse(id, CallError::INVALID_TOKEN),
            Err(error) => return registry.refuse(id, error),
        };
        let ttl = ttl.unwrap_or(claims.ttl);
        let token = json!({ "identity": claims.identity, "ttl": ttl });
        socket.claims = Some(claims);
        socket.expired = false;
        socket.grace = Duration::from_secs(listen.reconnect_timeout).clamp(LEAST_GRACE, MOST_GRACE);
        registry.order(id, Out::Expires(Duration::from_secs(ttl)));
        let connected = json!({ "region": REGION, "edge": EDGE, "gateway": "simulator", "token": token });
        registry.send(id, "connected", connected);
    }

    pub(super) fn register(&self, id: u64, audio: bool) {
        let mut registry = self.registry();
        let Some(socket) = registry.sockets.get_mut(&id) else {
            return;
        };
        let allowed = socket.claims.as_ref().map(|claims| claims.incoming);
        socket.registered = audio && allowed == Some(true);
        match (audio, allowed) {
            (false, _) => registry.send(id, "offline", json!({})),
            (true, Some(true)) => {
                registry.send(id, "ready", json!({}));
                self.join_rings(&mut registry, id);
            }
            (true, Some(false)) => registry.refuse(id, CallError::NOT_AUTHORIZED),
            (true, None) if socket.expired => registry.refuse(id, CallError::EXPIRED),
            // It was told what is wrong with its token.
            (true, None) => {}
        }
    }

    /// A browser that comes back while it is being called rings again. (The SDK cannot answer what was offered before.)
    fn join_rings(&self, registry: &mut Registry, socket: u64) {
        let Some(owner) = registry.sockets.get(&socket) else {
            return;
        };
        let for_owner = registry
            .rings
            .iter()
            .filter(|(_, state)| owner.belongs_to(&state.ring.account_sid, &state.ring.identity));
        let rings: Vec<u64> = for_owner.map(|(id, _)| *id).collect();
        for ring in rings {
            let forks = registry.forks(ring);
            let rings_here = |fork: &u64| registry.calls.get(fork).is_some_and(|call| call.socket == Some(socket));
            // Only when another socket was lost: who has declined is not asked again every 30 seconds.
            let declined = registry.rings.get(&ring).is_some_and(|state| state.declined);
            if !declined && !forks.iter().any(rings_here) {
                self.offer(registry, ring, socket);
            }
        }
    }
}
