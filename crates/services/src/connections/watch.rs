//! What is done for connections in use, whether anybody looks or not: checks, keys that roll, accounts that are searched.

use std::time::Duration;

use domain::id::ConnectionId;
use domain::time::UnixMillis;
use futures::StreamExt as _;

use super::Connections;
use super::check::CHECK_EVERY;
use super::errand::Errand;
use crate::ServiceError;

/// How often the watch looks for what is due; on a fault of ours it waits longer.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const AFTER_A_FAULT: Duration = Duration::from_secs(30);
/// Connections looked at side by side, and at most in one round: after a start, when all of them are due, Twilio is asked
/// about so many each [`LOOK_EVERY`].
const AT_ONCE: usize = 4;
const A_ROUND: i64 = 32;
/// In milliseconds: when work that failed is tried again, and how often an account is searched.
const SOON: i64 = 60 * 1000;
const LATER: i64 = 60 * 60 * 1000;
const SEARCH_EVERY: i64 = 24 * 60 * 60 * 1000;

/// One thing to do.
enum Due {
    Tidy(ConnectionId),
    /// A former key, claimed until then.
    Retire(ConnectionId, String, UnixMillis),
    Roll(ConnectionId),
    Check(ConnectionId),
    Search(ConnectionId),
}

impl Connections {
    /// Watches until shutdown.
    pub(crate) async fn watch(&self) {
        let shutdown = self.parts.shutdown.clone();
        while !shutdown.is_cancelled() {
            let pause = match self.watch_once().await {
                Ok(()) => LOOK_EVERY,
                Err(error) => {
                    tracing::error!(error = %error.chain(), "connections could not be watched");
                    AFTER_A_FAULT
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Does everything that is due. What was interrupted comes first, so that nothing is begun on top of it.
    ///
    /// # Errors
    /// The first fault of ours; what Twilio refuses is kept with the connection, and tried again later.
    pub async fn watch_once(&self) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let interrupted = store.interrupted_connections(now, A_ROUND).await?;
        self.each(interrupted.into_iter().map(Due::Tidy)).await?;
        let claimed = now.plus(LATER);
        let retired = store.claim_retired_keys(now, claimed, A_ROUND).await?.into_iter();
        self.each(retired.map(|key| Due::Retire(key.connection_id, key.sid, claimed)))
            .await?;
        if let Some(after) = self.roll_after() {
            let rolls = store.due_rolls(now.plus(-after), now, A_ROUND).await?;
            self.each(rolls.into_iter().map(Due::Roll)).await?;
        }
        let checks = store.claim_checks(now, now.plus(CHECK_EVERY), A_ROUND).await?;
        self.each(checks.into_iter().map(Due::Check)).await?;
        let searches = store.claim_searches(now, now.plus(SEARCH_EVERY), A_ROUND).await?;
        self.each(searches.into_iter().map(Due::Search)).await
    }

    async fn each(&self, due: impl Iterator<Item = Due>) -> Result<(), ServiceError> {
        let due: Vec<Due> = due.collect();
        let mut done = futures::stream::iter(due)
            .map(|one| self.do_due(one))
            .buffer_unordered(AT_ONCE);
        let mut result = Ok(());
        while let Some(one) = done.next().await {
            result = result.and(one);
        }
        result
    }

    async fn do_due(&self, due: Due) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let done = match &due {
            Due::Tidy(id) => self.run_errand(*id, Errand::Tidy).await,
            Due::Retire(id, key, _) => self.run_errand(*id, Errand::Retire(key.clone())).await,
            Due::Roll(id) => self.run_errand(*id, Errand::Roll).await,
            Due::Check(id) => self.look(*id).await.map(|_| true),
            Due::Search(id) => self.search(*id).await.map(|()| true),
        };
        let now = self.parts.clock.now();
        let problem = match done {
            Ok(true) => return Ok(()),
            Ok(false) => None,
            Err(error @ ServiceError::Internal(_)) => return Err(error),
            Err(error) => Some(error.problem()),
        };
        let again = now.plus(if problem.is_some() { LATER } else { SOON });
        match due {
            // A search comes back by itself, and a look has said when.
            Due::Check(_) => Ok(()),
            Due::Search(id) => Ok(store.search_at(id, again).await?),
            Due::Tidy(id) | Due::Roll(id) => Ok(store.try_again_at(id, again).await?),
            Due::Retire(_, key, claimed) => Ok(store.keep_retired_key(&key, claimed, problem.as_ref(), again).await?),
        }
    }
}
