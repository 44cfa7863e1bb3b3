//! What the library's handle and all connections share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use media::Media;
use tokio::sync::watch;

use crate::signalling::Signalling;
use crate::world::World;

#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    /// Counts changes, for the page.
    pub(crate) changes: watch::Sender<u64>,
    /// True once the simulator is to stop.
    pub(crate) stopping: watch::Sender<bool>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    pub(crate) base_url: String,
    /// The audio of every call.
    pub(crate) media: Media,
    /// The browsers.
    pub(crate) signalling: Signalling,
    /// For webhooks.
    pub(crate) client: reqwest::Client,
}

impl Shared {
    pub(crate) fn new(base_url: String, media: Media, client: reqwest::Client) -> Self {
        Self {
            world: Mutex::default(),
            changes: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
            base_url,
            signalling: Signalling::new(media.clone()),
            media,
            client,
        }
    }

    /// Never held across an await. A panic while it was held (in a test's closure) does not make it useless.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something and tells the page.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let result = change(&mut self.world());
        self.changed();
        result
    }

    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Completes when the simulator is to stop.
    pub(crate) async fn stopped(&self) {
        // An error means that the sender is gone, which cannot be while `self` is here.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    /// Counts a request that begins; returns how many there are now.
    pub(crate) fn enter(&self) -> usize {
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        now
    }

    pub(crate) fn leave(&self) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::SeqCst)
    }

    pub(crate) fn forget_most_in_flight(&self) {
        self.most_in_flight
            .store(self.in_flight.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}
