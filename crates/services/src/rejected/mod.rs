//! Requests to webhooks that were refused: noted in passing, looked into in the background, and told in a sentence.
//!
//! Whoever sends a request that is not accepted learns nothing from the answer. The person whose calls do not arrive has to
//! learn why: a wrong Auth Token, an `APP_URL` that is not the address which Twilio knows, a proxy that rewrites paths.
//! [`Rejected::note`] costs next to nothing and never waits, so that a flood of forgeries is not slowed down by being
//! written down; what does not fit is counted and dropped. Nothing that was sent is stored: no signature, no parameter, no
//! query, no number.

mod address;
mod diagnosis;
mod reason;
mod view;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::time::UnixMillis;
use sha2::{Digest as _, Sha256};
use store::RefusedRequests;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::{Parts, ServiceError, figures};
use diagnosis::{Read, Verdict};

pub use reason::{Addresses, Reason, WayOut};
pub use view::RefusedView;

/// Refusals that wait to be looked into. More are counted and dropped.
const WAITING: usize = 256;
/// How often they are looked into: so that no more than that many are in that time, whoever sends how many.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often what was found out is stored, in looks.
const STORE_EVERY: u32 = 5;
/// Looked into with all signatures that are possible, in one look: of those that are alike, and of all. The others are
/// taken to be as those that were.
const CLOSELY_ALIKE: u32 = 4;
const CLOSELY: u32 = 32;
/// Rows that are kept for a user, and for nobody.
const KEEP: i64 = 50;
/// How long they are kept, in milliseconds.
pub const KEPT: i64 = 30 * 24 * 60 * 60 * 1000;

/// Where a request to a webhook was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
        f.debug_struct("Refusal")
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

/// The refused requests of the installation.
#[derive(Clone)]
pub struct Rejected {
    parts: Parts,
    sender: Sender<Refusal>,
    inside: Arc<Mutex<Inside>>,
    dropped: Arc<AtomicU64>,
}

/// What only whoever looks into refusals touches.
struct Inside {
    receiver: Receiver<Refusal>,
    /// What was found out and is not stored yet.
    found: HashMap<Verdict, Times>,
}

#[derive(Clone, Copy)]
struct Times {
    times: i64,
    first_at: UnixMillis,
    last_at: UnixMillis,
}

impl Rejected {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let found = HashMap::new();
        Self {
            parts,
            sender,
            inside: Arc::new(Mutex::new(Inside { receiver, found })),
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

    /// How many were not looked into since the start, because there were too many at once.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Looks into what was noted, until shutdown.
    pub(crate) async fn work(&self) {
        let shutdown = self.parts.shutdown.clone();
        let mut look: u32 = 0;
        while !shutdown.is_cancelled() {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = shutdown.cancelled() => {}
            }
            look = look.wrapping_add(1);
            self.look().await;
            if look.is_multiple_of(STORE_EVERY) || shutdown.is_cancelled() {
                self.store_and_tell().await;
            }
        }
    }

    /// Looks into what is waiting and stores what was found out.
    ///
    /// # Errors
    /// When the database fails; then it is stored with what is found out next.
    pub async fn work_once(&self) -> Result<(), ServiceError> {
        self.look().await;
        self.store().await
    }

    async fn store_and_tell(&self) {
        if let Err(error) = self.store().await {
            tracing::error!(error = %error.chain(), "refused requests could not be stored");
        }
    }

    /// Looks into what is waiting; closely only at some of those that are alike.
    async fn look(&self) {
        let mut inside = self.inside.lock().await;
        let now = self.parts.clock.now();
        let mut known: HashMap<_, (u32, Verdict)> = HashMap::new();
        let mut closely = 0;
        for _ in 0..WAITING {
            let Ok(refusal) = inside.receiver.try_recv() else {
                break;
            };
            let read = Read::of(refusal);
            let likeness = read.likeness();
            let seen = known.get(&likeness).filter(|(times, _)| *times >= CLOSELY_ALIKE);
            let verdict = match seen {
                Some((_, verdict)) => verdict.clone(),
                None if closely >= CLOSELY => {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                None => match self.diagnose(&read).await {
                    Ok(verdict) => {
                        closely += 1;
                        verdict
                    }
                    Err(error) => {
                        tracing::error!(error = %error.chain(), "a refused request could not be looked into");
                        continue;
                    }
                },
            };
            let before = known.get(&likeness).map_or(0, |(times, _)| *times);
            known.insert(likeness, (before + 1, verdict.clone()));
            add(&mut inside.found, verdict, now);
            // Others are waiting for the thread too.
            tokio::task::yield_now().await;
        }
    }

    async fn store(&self) -> Result<(), ServiceError> {
        let mut inside = self.inside.lock().await;
        if inside.found.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = inside
            .found
            .iter()
            .map(|(verdict, times)| row(verdict, *times))
            .collect::<Result<_, _>>()?;
        self.parts.store.add_refused(&rows, KEEP).await?;
        for (verdict, times) in inside.found.drain() {
            let times = u64::try_from(times.times).unwrap_or_default();
            figures::webhooks_refused(verdict.reason.as_str(), times);
        }
        Ok(())
    }

    /// Forgets what was refused for the last time too long ago.
    pub(crate) async fn forget(&self) -> Result<(), ServiceError> {
        let before = self.parts.clock.now().plus(-KEPT);
        while self.parts.store.forget_refused(before).await? == 1000 {}
        Ok(())
    }
}

/// What was found out waits in bounded room, also while the database does not take it.
const FOUND_MAX: usize = 1000;

fn add(found: &mut HashMap<Verdict, Times>, verdict: Verdict, now: UnixMillis) {
    if found.len() >= FOUND_MAX && !found.contains_key(&verdict) {
        return;
    }
    let times = found.entry(verdict).or_insert(Times {
        times: 0,
        first_at: now,
        last_at: now,
    });
    times.times += 1;
    times.last_at = now;
}

fn row(verdict: &Verdict, times: Times) -> Result<RefusedRequests, ServiceError> {
    let Verdict {
        user,
        account_sid,
        path,
        reason,
        addresses,
    } = verdict;
    let detail = match addresses {
        Some(addresses) => Some(serde_json::to_string(addresses).map_err(ServiceError::internal)?),
        None => None,
    };
    let whose = user.map(|user| user.to_string());
    let mut key = Sha256::new();
    for text in [
        whose.as_deref(),
        account_sid.as_deref(),
        Some(path),
        Some(reason.as_str()),
        detail.as_deref(),
    ] {
        let text = text.unwrap_or_default();
        key.update((text.len() as u64).to_be_bytes());
        key.update(text.as_bytes());
    }
    Ok(RefusedRequests {
        key: key.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        user_id: *user,
        account_sid: account_sid.clone(),
        path: (*path).to_owned(),
        reason: reason.as_str().to_owned(),
        detail,
        times: times.times,
        first_at: times.first_at,
        last_at: times.last_at,
    })
}
