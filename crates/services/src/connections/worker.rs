//! Finishes what a crash, a restart or an unreachable Twilio has left.

use std::time::Duration;

use futures::StreamExt as _;
use store::Engine;

use super::{Connections, wanted};
use crate::ServiceError;

/// How often the worker looks for work; on a fault of ours it waits longer.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const AFTER_A_FAULT: Duration = Duration::from_secs(10);
/// Connections worked on side by side, each with a few requests to Twilio.
const AT_ONCE: usize = 4;

impl Connections {
    /// Before the first request of a start: on an embedded database nobody else can be at work, so a lease that is still
    /// there belongs to a process that has died.
    pub(crate) async fn recover(&self) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        store
            .note_app_url(wanted::base_of(&self.parts.settings.app_url))
            .await?;
        store.check_all(self.parts.clock.now()).await?;
        if self.parts.store.engine() == Engine::Sqlite {
            self.parts.store.clear_leases().await?;
        }
        Ok(())
    }

    /// Works until shutdown.
    pub(crate) async fn work(&self) {
        let shutdown = self.parts.shutdown.clone();
        while !shutdown.is_cancelled() {
            let pause = match self.work_once().await {
                Ok(()) => LOOK_EVERY,
                Err(error) => {
                    tracing::error!(error = %error.chain(), "connections could not be worked on");
                    AFTER_A_FAULT
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Takes up every connection that is due.
    ///
    /// # Errors
    /// The first fault of ours; what Twilio refuses is written to the connection and tried again later.
    pub async fn work_once(&self) -> Result<(), ServiceError> {
        let (store, now) = (&self.parts.store, self.parts.clock.now());
        let due = store.due_connections(now, 64).await?.into_iter();
        let last_looks = store.due_last_looks(now, 64).await?.into_iter();
        let due: Vec<_> = due
            .map(|id| (id, false))
            .chain(last_looks.map(|id| (id, true)))
            .collect();
        let mut done = futures::stream::iter(due)
            .map(|(id, over)| async move {
                match self.lease(id).await? {
                    Some(lease) if over => self.last_look(id, lease).await,
                    Some(lease) => self.finish(id, lease).await.map(drop),
                    None => Ok(()),
                }
            })
            .buffer_unordered(AT_ONCE);
        let mut result = Ok(());
        while let Some(one) = done.next().await {
            result = result.and(one);
        }
        result
    }
}
