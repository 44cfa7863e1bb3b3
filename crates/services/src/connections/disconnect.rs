//! Disconnect: what was made is removed, what was changed is restored, the secrets are erased.

use domain::connection::ConnectionState;
use domain::id::ConnectionId;
use domain::setup::Removed;
use futures::future::try_join_all;
use tracing::Instrument as _;

use super::run::{LEASE_MILLIS, Run};
use super::{Connections, save};
use crate::{Caller, ServiceError};

impl Connections {
    /// Removes the caller's connection and forgets what was verified. Without one it only says what is left of earlier
    /// ones. The work goes on when the caller stops waiting.
    ///
    /// # Errors
    /// `Conflict` while the connection is being made or removed.
    pub async fn disconnect(&self, caller: &Caller) -> Result<Removed, ServiceError> {
        let user = caller.user_id;
        let Some(connection) = self.parts.store.current_connection(user).await? else {
            return Ok(Removed {
                removed: Vec::new(),
                left_behind: self.left_behind(user).await?,
            });
        };
        let lease = self.parts.entropy.hex::<16>();
        let now = self.parts.clock.now();
        let until = now.plus(LEASE_MILLIS);
        let started = connection.state == ConnectionState::Connected
            && self
                .parts
                .store
                .start_disconnect(user, connection.id, &lease, until, now)
                .await?;
        if !started {
            return Err(save::in_progress());
        }
        self.parts.store.discard_draft(user).await?;
        let removed = self.remove_in_background(connection.id, lease).await?.removed;
        Ok(Removed {
            removed,
            left_behind: self.left_behind(user).await?,
        })
    }

    /// Tries again to remove what earlier connections have left at Twilio.
    ///
    /// # Errors
    /// When the database fails; what Twilio refuses is in the answer.
    pub async fn retry_removal(&self, caller: &Caller) -> Result<Removed, ServiceError> {
        let user = caller.user_id;
        let removals = self
            .parts
            .store
            .connections_left_behind(user)
            .await?
            .into_iter()
            .map(|connection| async move {
                match self.lease(connection.id).await? {
                    Some(lease) => self.remove_in_background(connection.id, lease).await,
                    // The worker is at it; what it does not remove is listed below.
                    None => Ok(Removed::default()),
                }
            });
        let removed = try_join_all(removals)
            .await?
            .into_iter()
            .flat_map(|done| done.removed)
            .collect();
        Ok(Removed {
            removed,
            left_behind: self.left_behind(user).await?,
        })
    }

    /// Takes the connection's lease, unless somebody is at work on it.
    pub(super) async fn lease(&self, id: ConnectionId) -> Result<Option<String>, ServiceError> {
        let lease = self.parts.entropy.hex::<16>();
        let now = self.parts.clock.now();
        let taken = self
            .parts
            .store
            .take_lease(id, &lease, now.plus(LEASE_MILLIS), now)
            .await?;
        Ok(taken.then_some(lease))
    }

    async fn remove_in_background(&self, id: ConnectionId, lease: String) -> Result<Removed, ServiceError> {
        let connections = self.clone();
        let work = self
            .parts
            .tasks
            .spawn(async move { connections.finish(id, lease).await }.in_current_span());
        work.await.map_err(ServiceError::internal)?
    }

    /// Brings a leased connection to its end, whatever it was stopped at.
    pub(super) async fn finish(&self, id: ConnectionId, lease: String) -> Result<Removed, ServiceError> {
        let store = &self.parts.store;
        let connection = store.connection_for_worker(id).await?;
        let Some(connection) = connection.filter(|connection| connection.state.needs_worker()) else {
            store.release_lease(id, &lease).await?;
            return Ok(Removed::default());
        };
        let run = Run::new(self, connection, lease).await?;
        run.hold(async {
            if run.connection.state == ConnectionState::Provisioning {
                run.interrupted().await?;
            }
            run.take_back_and_end().await
        })
        .await
    }
}
