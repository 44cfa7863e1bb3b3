//! How writes get into the database: on SQLite, those that wait while another is made durable go into the next transaction
//! together, so that many share one wait for the disk.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use domain::id::UserId;
use domain::time::UnixMillis;
use sqlx::Connection as _;
use tokio::sync::oneshot;

use super::apply::{Outcome, apply_in};
use super::{Applied, CallWrite};
use crate::engine::Tx;
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
    done: oneshot::Sender<Result<Applied, Error>>,
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

/// What is told once the group is durable.
struct Written {
    user: UserId,
    done: oneshot::Sender<Result<Applied, Error>>,
    outcome: Result<Outcome, Error>,
}

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
                    // Whoever was to write it failed or went away.
                    Err(_) => waiting = self.enqueue(write, now),
                },
                turn = self.turn() => {
                    let group = self.queue().take();
                    if !group.is_empty() {
                        let tx = self.begin_in(turn).await?;
                        self.write_group(tx, group).await?;
                    }
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

    /// Writes the group. When that fails, the writers' channels close and each of them tries again.
    async fn write_group(&self, mut tx: Tx, group: Vec<Queued>) -> Result<(), Error> {
        let alone = group.len() == 1;
        let mut all = Vec::with_capacity(group.len());
        let mut worth_it = false;
        for Queued { write, now, done } in group {
            let outcome = if alone {
                apply_in(&mut tx, &write, now).await
            } else {
                apply_apart(&mut tx, &write, now).await?
            };
            worth_it |= outcome.as_ref().is_ok_and(|outcome| !outcome.is_void());
            all.push(Written {
                user: write.user_id,
                done,
                outcome,
            });
        }
        if worth_it {
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        for Written { user, done, outcome } in all {
            if let Ok(outcome) = &outcome {
                self.tell(user, outcome);
            }
            // Whoever does not wait any more does not need to know.
            drop(done.send(outcome.map(|outcome| outcome.applied)));
        }
        Ok(())
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
