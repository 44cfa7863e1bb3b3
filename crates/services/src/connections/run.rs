//! One worker's hold on one connection: its lease, kept alive while Twilio is being asked, and the rows it writes.

use std::time::Duration;

use domain::connection::{ConnectionState, StepKind};
use domain::problem::Problem;
use store::Connection;

use super::ours::Ours;
use super::{Connections, explain, leftovers, wanted};
use crate::{ServiceError, figures};

/// How long a lease holds without being renewed: after a crash, another worker waits that long at the most.
pub(super) const LEASE_MILLIS: i64 = 30_000;
const RENEW_EVERY: Duration = Duration::from_secs(8);

/// Why work on a connection stopped.
pub(super) enum Stop {
    /// A step failed for a reason that the person can read.
    Problem(Problem),
    /// Our own fault: the rows stand as they are, and the worker picks the connection up again.
    Internal(ServiceError),
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<ServiceError> for Stop {
    fn from(error: ServiceError) -> Self {
        Self::Internal(error)
    }
}

/// A connection that this worker holds the lease of.
pub(super) struct Run<'a> {
    pub(super) connections: &'a Connections,
    pub(super) connection: Connection,
    pub(super) lease: String,
    pub(super) client: twilio::Client,
    pub(super) marker: String,
    pub(super) ours: Ours,
    /// Former keys that are still at Twilio.
    pub(super) retired_keys: Vec<String>,
}

impl<'a> Run<'a> {
    /// Takes up a connection whose lease is already held.
    pub(super) async fn new(
        connections: &'a Connections,
        connection: Connection,
        lease: String,
    ) -> Result<Self, ServiceError> {
        let client = connections.client_of(&connection)?;
        let marker = wanted::marker(&connections.install_id().await?, connection.id);
        let store = &connections.parts.store;
        let watch = store.watch(connection.id).await?;
        let retired_keys = store.retired_keys(connection.id).await?;
        Ok(Self {
            connections,
            connection,
            lease,
            client,
            marker,
            ours: connections.ours(&watch),
            retired_keys,
        })
    }

    /// Does the work while renewing the lease; stops at once when another worker has taken it.
    pub(super) async fn hold<T>(&self, work: impl Future<Output = Result<T, ServiceError>>) -> Result<T, ServiceError> {
        let mut work = std::pin::pin!(work);
        let renewal = async {
            loop {
                tokio::time::sleep(RENEW_EVERY).await;
                let until = self.connections.parts.clock.now().plus(LEASE_MILLIS);
                // A failing database is found by the work itself; only a lost lease ends the work from here.
                if let Ok(false) = self.store().renew_lease(self.connection.id, &self.lease, until).await {
                    return ServiceError::internal("another worker has taken over this connection");
                }
            }
        };
        let result = tokio::select! {
            result = &mut work => result,
            lost = renewal => Err(lost),
        };
        if result.is_err() {
            // Let the worker have it at once rather than after the lease. When even this fails, it waits for the lease.
            if let Err(error) = self.store().release_lease(self.connection.id, &self.lease).await {
                tracing::warn!(connection = %self.connection.id, %error, "the lease could not be released");
            }
        }
        result
    }

    pub(super) fn store(&self) -> &store::Store {
        &self.connections.parts.store
    }

    pub(super) fn now(&self) -> domain::time::UnixMillis {
        self.connections.parts.clock.now()
    }

    /// Writes a failed step and hands back why.
    pub(super) async fn fail(&self, kind: StepKind, problem: Problem) -> Stop {
        let written = self
            .store()
            .fail_step(self.connection.id, &self.lease, kind, &problem, self.now())
            .await;
        figures::step_ended(kind.as_str(), "failed");
        match written {
            Ok(()) => Stop::Problem(problem),
            Err(error) => error.into(),
        }
    }

    pub(super) async fn refused(&self, kind: StepKind, error: &twilio::Error) -> Stop {
        self.fail(kind, explain::problem_of(error)).await
    }

    /// Notes that a restart has interrupted the making of this connection.
    pub(super) async fn interrupted(&self) -> Result<(), ServiceError> {
        let problem = Problem::new(
            "interrupted",
            "Sniko was restarted while it was connecting this number, so everything was taken back. Press Save again.",
        );
        Ok(self
            .store()
            .mark_taking_back(self.connection.id, &self.lease, &problem, self.now())
            .await?)
    }

    /// Takes everything back that the steps may have left at Twilio, and ends the connection accordingly.
    pub(super) async fn take_back_and_end(&self) -> Result<domain::setup::Removed, ServiceError> {
        let steps = self.store().steps(self.connection.id).await?;
        let removed = self.take_back(&steps).await?;
        let id = self.connection.id;
        let now = self.now();
        if removed.left_behind.is_empty() {
            let state = match self.connection.state {
                ConnectionState::Provisioning | ConnectionState::TakingBack => ConnectionState::Failed,
                _ => ConnectionState::Removed,
            };
            let last_look = leftovers::may_come_late(&steps).then(|| now.plus(leftovers::SETTLED_AFTER));
            self.store()
                .end_connection(id, &self.lease, state, last_look, now)
                .await?;
        } else {
            let again = now.plus(retry_delay(self.connection.attempts));
            self.store().mark_left_behind(id, &self.lease, again, now).await?;
        }
        Ok(removed)
    }
}

/// When removal is tried again, in milliseconds: after 30 s, doubling up to 6 h.
fn retry_delay(attempts: i64) -> i64 {
    const FIRST: i64 = 30_000;
    const LONGEST: i64 = 6 * 60 * 60 * 1000;
    FIRST.saturating_mul(1 << attempts.clamp(0, 20)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removal_is_tried_less_and_less_often_but_at_least_every_six_hours() {
        assert_eq!(retry_delay(0), 30_000);
        assert_eq!(retry_delay(1), 60_000);
        assert_eq!(retry_delay(30), 21_600_000);
    }
}
