//! What is done to a connection in use, whoever asked: under its lease, and to the end even when nobody waits any more.

use domain::id::ConnectionId;
use tracing::Instrument as _;

use super::check::is_in_use;
use super::run::{Run, Stop};
use super::{Connections, explain};
use crate::ServiceError;

/// Something to do to a connection in use.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    /// The person pressed Repair: whatever differs is set back, what is gone is made anew.
    Repair,
    /// What is ours alone is set back.
    Mend,
    /// The API key is replaced.
    Roll,
    /// A repair or a roll was interrupted: what it made without our noting it is removed.
    Tidy,
    /// A former API key is deleted.
    Retire(String),
    /// What no row explains is removed.
    Clear,
}

impl Connections {
    /// Does it; `false` when somebody else is at work on the connection, or it is not in use any more.
    ///
    /// # Errors
    /// What Twilio refuses; a fault of ours.
    pub(super) async fn run_errand(&self, id: ConnectionId, errand: Errand) -> Result<bool, ServiceError> {
        let Some(lease) = self.lease(id).await? else {
            return Ok(false);
        };
        let connections = self.clone();
        let work = self
            .parts
            .tasks
            .spawn(async move { connections.leased_errand(id, lease, errand).await }.in_current_span());
        work.await.map_err(ServiceError::internal)?
    }

    async fn leased_errand(&self, id: ConnectionId, lease: String, errand: Errand) -> Result<bool, ServiceError> {
        let store = &self.parts.store;
        // Read under the lease: nobody changes it from here on.
        let connection = store.connection_for_worker(id).await?.filter(is_in_use);
        let Some(connection) = connection else {
            store.release_lease(id, &lease).await?;
            return Ok(false);
        };
        let run = Run::new(self, connection, lease).await?;
        let made = run.hold(async {
            let done = match &errand {
                Errand::Repair => run.repair().await,
                Errand::Mend => run.mend().await,
                Errand::Roll => run.roll_key().await,
                Errand::Tidy => run.tidy().await,
                Errand::Retire(key) => run.retire_key(key).await,
                Errand::Clear => run.clear_leftovers().await,
            };
            done.map_err(refusal)
        });
        if let Err(error) = made.await {
            if matches!(errand, Errand::Repair | Errand::Roll) {
                // Twilio may have made something all the same.
                store.search_at(id, self.parts.clock.now()).await?;
            }
            return Err(error);
        }
        store.release_lease(id, &run.lease).await?;
        Ok(true)
    }
}

pub(super) fn refusal(stop: Stop) -> ServiceError {
    match stop {
        Stop::Problem(problem) => explain::error_of(problem),
        Stop::Internal(error) => error,
    }
}
