//! How writes get into the database: on SQLite, those that wait while another is made durable go into the next transaction
//! together, so that many share one wait for the disk.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use domain::id::UserId;
use domain::time::UnixMillis;
use sqlx::Connection as _;
use tokio::sync::oneshot;

use super::apply::{Outcome, apply_in};
use super::{Applied, CallWrite};
use crate::engine::{Turn, Tx};
use crate::error::Kind;
use crate::{Engine, Error, Store};

/// Most writes in one transaction.
const GROUP: usize = 64;

/// Writes that wait for their turn.
#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<VecDeque<Queued>>);

#[derive(Debug)]
struct Queued {
    write: CallWrite,
    now: UnixMillis,
    done: Done,
}

impl Queue {
    fn push(&self, queued: Queued) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(queued);
    }

    /// The next group; those whom nobody waits for any more are left out.
    fn take(&self) -> Vec<Queued> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut group = Vec::new();
        while group.len() < GROUP
            && let Some(queued) = queue.pop_front()
        {
            if !queued.done.is_closed() {
                group.push(queued);
            }
        }
        group
    }
}

type Done = oneshot::Sender<Result<Applied, Error>>;

impl Store {
    /// Writes all that one request changes, in one transaction. The order in which reports come does not matter, nor how
    /// often they come: the call ends up the same. Once this has returned, it is durable.
    ///
    /// # Errors
    /// When the database fails; nothing is written then.
    pub async fn apply(&self, write: &CallWrite, now: UnixMillis) -> Result<Applied, Error> {
        match self.engine() {
            Engine::Sqlite => self.apply_in_group(write, now).await,
            Engine::Postgres => self.apply_alone(write, now).await,
        }
    }

    async fn apply_alone(&self, write: &CallWrite, now: UnixMillis) -> Result<Applied, Error> {
        let mut tx = self.begin().await?;
        let outcome = apply_in(&mut tx, write, now).await?;
        if outcome.is_void() {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        self.tell(write.user_id, &outcome);
        Ok(outcome.applied)
    }

    async fn apply_in_group(&self, write: &CallWrite, now: UnixMillis) -> Result<Applied, Error> {
        let mut waiting = self.enqueue(write, now);
        loop {
            tokio::select! {
                biased;
                result = &mut waiting => match result {
                    Ok(result) => return result,
                    // Whoever was to write it has ended without.
                    Err(_) => waiting = self.enqueue(write, now),
                },
                turn = self.turn() => {
                    // By itself: that this one's caller goes away is no reason to write for the others again.
                    let store = self.clone();
                    drop(tokio::spawn(async move { store.lead(turn).await }).await);
                }
            }
        }
    }

    /// Writes those that wait, for whoever's turn it is, and tells each what came of it.
    async fn lead(&self, turn: Turn) {
        let group = self.queue().take();
        if group.is_empty() {
            return;
        }
        let (writes, told): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|Queued { write, now, done }| ((write, now), done))
            .unzip();
        // Whoever does not wait any more does not need to know.
        match self.write_group(turn, &writes).await {
            Ok(outcomes) => {
                for (done, outcome) in told.into_iter().zip(outcomes) {
                    drop(done.send(outcome.map(|outcome| outcome.applied)));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for done in told {
                    drop(done.send(Err(Kind::Group(Arc::clone(&error)).into())));
                }
            }
        }
    }

    fn enqueue(&self, write: &CallWrite, now: UnixMillis) -> oneshot::Receiver<Result<Applied, Error>> {
        let (done, waiting) = oneshot::channel();
        self.queue().push(Queued {
            write: write.clone(),
            now,
            done,
        });
        waiting
    }

    /// Writes the group; an error of the outer result is the whole group's.
    async fn write_group(
        &self,
        turn: Turn,
        writes: &[(CallWrite, UnixMillis)],
    ) -> Result<Vec<Result<Outcome, Error>>, Error> {
        let mut tx = self.begin_in(turn).await?;
        let mut outcomes = Vec::with_capacity(writes.len());
        for (write, now) in writes {
            outcomes.push(if writes.len() == 1 {
                apply_in(&mut tx, write, *now).await
            } else {
                apply_apart(&mut tx, write, *now).await?
            });
        }
        let stands = |outcome: &Result<Outcome, Error>| outcome.as_ref().is_ok_and(|outcome| !outcome.is_void());
        if outcomes.iter().any(stands) {
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        for ((write, _), outcome) in writes.iter().zip(&outcomes) {
            if let Ok(outcome) = outcome {
                self.tell(write.user_id, outcome);
            }
        }
        Ok(outcomes)
    }

    fn tell(&self, user: UserId, outcome: &Outcome) {
        if let Some(seq) = outcome.news {
            self.waiting().wake(user, seq);
        }
    }
}

/// Writes it so that its failure leaves the rest of the transaction as it is. An error of the outer result is the whole
/// transaction's.
async fn apply_apart(tx: &mut Tx, write: &CallWrite, now: UnixMillis) -> Result<Result<Outcome, Error>, Error> {
    let mut savepoint = tx.begin().await?;
    let outcome = apply_in(&mut savepoint, write, now).await;
    if outcome.as_ref().is_ok_and(|outcome| !outcome.is_void()) {
        savepoint.commit().await?;
    } else {
        savepoint.rollback().await?;
    }
    Ok(outcome)
}
