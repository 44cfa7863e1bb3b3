//! Requests to webhooks that were refused: noted in passing, looked into in the background, and told in a sentence.
//!
//! Whoever sends a request that is not accepted learns nothing from the answer. The person whose calls do not arrive has to
//! learn why: a wrong Auth Token, an `APP_URL` that is not the address which Twilio knows, a proxy that rewrites paths.
//! [`Rejected::note`] costs next to nothing and never waits, so that a flood of forgeries is not slowed down by being
//! written down; what does not fit is counted and dropped. Nothing that was sent is stored: no signature, no parameter, no
//! query, no number.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::Mutex;

use crate::Parts;

/// Refusals that wait to be looked into. More are counted and dropped.
const WAITING: usize = 256;

/// Where a request to a webhook was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before anything was read: it is no POST.
    Method,
    /// It is not form encoded.
    MediaType,
    /// It is larger than is taken.
    TooLarge,
    /// It carries no signature, or more than one.
    Unsigned,
    /// It was read, and is not accepted: the signature, the account, or what it speaks of.
    Forbidden,
    /// It is signed, but no webhook has this address.
    Address,
}

/// What proxies say of the address that was asked. Never gone by; only good for an explanation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Via {
    /// `Host`
    pub host: Option<String>,
    /// `X-Forwarded-Host`
    pub forwarded_host: Option<String>,
    /// `X-Forwarded-Proto`
    pub forwarded_proto: Option<String>,
    /// `X-Forwarded-Port`
    pub forwarded_port: Option<String>,
    /// `X-Forwarded-Prefix`
    pub forwarded_prefix: Option<String>,
}

/// A refused request, for as long as it takes to look into it.
#[derive(Clone)]
pub struct Refusal {
    /// Where it was stopped.
    pub stage: Stage,
    /// Path and query, as they stand in the request line.
    pub target: String,
    /// The `X-Twilio-Signature` header, if there is one.
    pub signature: Option<String>,
    /// The form; empty where it was not read.
    pub body: Bytes,
    /// What proxies say.
    pub via: Via,
}

/// Nothing of what was sent: it is about people.
impl std::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refusal").field("stage", &self.stage).finish_non_exhaustive()
    }
}

/// The refused requests of the installation.
#[derive(Clone)]
pub struct Rejected {
    parts: Parts,
    sender: Sender<Refusal>,
    receiver: Arc<Mutex<Receiver<Refusal>>>,
    dropped: Arc<AtomicU64>,
}

impl Rejected {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self {
            parts,
            sender,
            receiver: Arc::new(Mutex::new(receiver)),
            dropped: Arc::default(),
        }
    }

    /// Notes a refused request. Never waits and writes nothing; `refusal` is only made where there is room for it.
    pub fn note(&self, refusal: impl FnOnce() -> Refusal) {
        match self.sender.try_reserve() {
            Ok(place) => place.send(refusal()),
            Err(_) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Rejected {
    /// Looks into what was noted, until shutdown.
    pub(crate) async fn work(&self) {
        let shutdown = self.parts.shutdown.clone();
        let mut receiver = self.receiver.lock().await;
        while !shutdown.is_cancelled() {
            tokio::select! {
                refusal = receiver.recv() => tracing::debug!(?refusal, "refused"),
                () = shutdown.cancelled() => {}
            }
        }
    }
}
