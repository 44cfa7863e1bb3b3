//! Delivers the callbacks of one call and its legs, one after the other, unless they are to come out of order.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Hook, request};
use crate::shared::Shared;

/// How long a callback waits for one that overtakes it.
const WAITS_TO_BE_OVERTAKEN: Duration = Duration::from_millis(1500);

/// The way to the courier. It goes home when the last of its callers has gone and everything is delivered.
#[derive(Clone, Debug)]
pub(crate) struct Courier(UnboundedSender<Hook>);

impl Courier {
    pub(crate) fn start(shared: &Arc<Shared>) -> Self {
        let (sender, receiver) = unbounded_channel();
        tokio::spawn(deliver_all(Arc::clone(shared), receiver));
        Self(sender)
    }

    pub(crate) fn send(&self, hook: Hook) {
        // Fails only while the program ends.
        let _ = self.0.send(hook);
    }
}

async fn deliver_all(shared: Arc<Shared>, mut hooks: UnboundedReceiver<Hook>) {
    while let Some(first) = hooks.recv().await {
        let reorder = shared.world().book.knobs.reorder;
        if reorder && let Ok(Some(second)) = tokio::time::timeout(WAITS_TO_BE_OVERTAKEN, hooks.recv()).await {
            deliver(&shared, second).await;
        }
        deliver(&shared, first).await;
    }
}

async fn deliver(shared: &Arc<Shared>, hook: Hook) {
    // What a callback is answered with means nothing; failures stand in the log.
    tokio::select! {
        _ = request(shared, &hook) => {}
        () = shared.stopped() => {}
    }
}
