//! The signalling of Twilio's Voice SDK: a WebSocket at `/signal`, over which browsers register, dial, answer and hang up.
//!
//! It was written after what the unmodified SDK (2.18.5) sends and takes. Reading order: `socket` carries frames, `presence` and
//! `reception` act on what a browser says, `registry` knows who is there. Calls meet it at two places: [`Signalling::ring`] calls a browser, and
//! [`Signalling::dialled`] tells of browsers that dial; both end in a [`Line`].

mod call_error;
mod control;
mod frame;
mod line;
mod presence;
mod reception;
mod registry;
mod socket;
mod token;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use media::{Media, Shape};
use tokio::sync::mpsc;

pub(crate) use self::call_error::CallError;
pub(crate) use self::control::routes;
pub(crate) use self::line::{Ended, Line, Ringing, Rung};
use self::registry::{Faults, Registry, RingState};

/// Where the simulated Twilio is.
const EDGE: &str = "ashburn";

/// A browser that is to ring.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ring {
    pub(crate) account_sid: String,
    pub(crate) identity: String,
    /// Of the leg towards the browser.
    pub(crate) call_sid: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// `TN-Validation-Passed-A` and the like.
    pub(crate) stir_status: Option<String>,
    /// `<Parameter name value>`.
    pub(crate) parameters: Vec<(String, String)>,
}

/// A browser has dialled.
#[derive(Debug)]
pub(crate) struct Dialled {
    pub(crate) account_sid: String,
    pub(crate) application_sid: String,
    pub(crate) identity: String,
    /// What the page gave along, and what stands in the token.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) line: Line,
}

/// The handle.
#[derive(Clone)]
pub(crate) struct Signalling {
    inner: Arc<Inner>,
}

struct Inner {
    media: Media,
    /// Never held across an await, nor while a [`Line`] is dropped.
    registry: Mutex<Registry>,
    dialled: Mutex<Option<mpsc::UnboundedSender<Dialled>>>,
}

impl std::fmt::Debug for Signalling {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Signalling").finish_non_exhaustive()
    }
}

impl Signalling {
    pub(crate) fn new(media: Media) -> Self {
        Self {
            inner: Arc::new(Inner {
                media,
                registry: Mutex::default(),
                dialled: Mutex::default(),
            }),
        }
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.inner.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on browsers that dial come out here. Before, and when the receiver is gone, they are refused.
    pub(crate) fn dialled(&self) -> mpsc::UnboundedReceiver<Dialled> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut dialled = self.inner.dialled.lock().unwrap_or_else(PoisonError::into_inner);
        *dialled = Some(sender);
        receiver
    }

    /// Whether somebody could be called.
    pub(crate) fn is_registered(&self, account_sid: &str, identity: &str) -> bool {
        !self.registry().registered(account_sid, identity).is_empty()
    }

    /// Calls a browser, at every socket where it is registered. The first that answers has the call.
    pub(crate) fn ring(&self, ring: Ring) -> Ringing {
        let (rung, outcome) = mpsc::unbounded_channel();
        let mut registry = self.registry();
        let id = registry.next_id();
        let sockets = registry.registered(&ring.account_sid, &ring.identity);
        let state = RingState {
            ring,
            rung,
            declined: false,
        };
        registry.rings.insert(id, state);
        for socket in sockets {
            self.offer(&mut registry, id, socket);
        }
        registry.settle(id);
        Ringing {
            signalling: self.clone(),
            id,
            outcome,
        }
    }

    fn offer(&self, registry: &mut Registry, ring: u64, socket: u64) {
        match self.inner.media.offer() {
            Ok(offered) => registry.offer(ring, socket, offered),
            Err(error) => tracing::warn!(%error, "a browser cannot be called"),
        }
    }

    /// As at the start, except for calls and sockets.
    pub(crate) fn reset(&self) {
        let mut registry = self.registry();
        registry.faults = Faults::default();
        registry.log.clear();
        self.inner.media.shape(Shape::default());
    }
}

#[cfg(test)]
mod tests;
