//! How writes get into the database: on SQLite, those that wait while another is made durable go into the next transaction
//! together, so that many share one wait for the disk.

use std::collections::VecDeque;
use std::fmt::{self, Debug, Formatter};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use domain::id::UserId;
use sqlx::{AnyConnection, Connection as _};
use tokio::sync::oneshot;

use crate::engine::{Turn, Tx};
use crate::error::Kind;
use crate::news::News;
use crate::{Engine, Error, Store};

/// Most writes in one transaction.
const GROUP: usize = 64;

/// What came of a write within a transaction that is still open.
pub(crate) struct Written<T> {
    pub(crate) result: T,
    /// Whether it is to be kept; else what was written so far has to be undone.
    pub(crate) stands: bool,
    /// The number of the line in the user's feed, where something changed.
    pub(crate) news: Option<(UserId, i64)>,
}

impl<T> Written<T> {
    /// Kept, with a line in the user's feed.
    pub(crate) fn told(result: T, user: UserId, line: i64) -> Self {
        Self {
            result,
            stands: true,
            news: Some((user, line)),
        }
    }

    /// Kept, and no news to anybody.
    pub(crate) fn kept(result: T) -> Self {
        Self {
            result,
            stands: true,
            news: None,
        }
    }

    /// Undone.
    pub(crate) fn void(result: T) -> Self {
        Self {
            result,
            stands: false,
            news: None,
        }
    }
}

/// Something to write, alone or together with others.
pub(crate) trait Write: Clone + Send + Sync + 'static {
    /// What comes of it.
    type Done: Send + 'static;

    /// Writes it.
    fn write(&self, db: &mut AnyConnection) -> impl Future<Output = Result<Written<Self::Done>, Error>> + Send;
}

/// Writes that wait for their turn.
#[derive(Default)]
pub(crate) struct Queue(Mutex<VecDeque<Box<dyn Member>>>);

impl Debug for Queue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Queue")
    }
}

impl Queue {
    fn push(&self, member: Box<dyn Member>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(member);
    }

    /// The next group; those whom nobody waits for any more are left out.
    fn take(&self) -> Vec<Box<dyn Member>> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut group = Vec::new();
        while group.len() < GROUP
            && let Some(member) = queue.pop_front()
        {
            if member.is_waited_for() {
                group.push(member);
            }
        }
        group
    }
}

/// One of a group, whatever it writes.
trait Member: Send {
    fn is_waited_for(&self) -> bool;

    /// Writes it, keeps what came of it, and tells whether that stands.
    fn run<'a>(&'a mut self, db: &'a mut AnyConnection) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

    /// What it has to tell those who wait for news.
    fn news(&self) -> Option<(UserId, i64)>;

    /// Tells whoever waits for it what came of it; an error is the whole group's.
    fn end(self: Box<Self>, group: Result<(), Arc<Error>>);
}

struct Queued<W: Write> {
    write: W,
    written: Option<Result<Written<W::Done>, Error>>,
    done: oneshot::Sender<Result<W::Done, Error>>,
}

impl<W: Write> Member for Queued<W> {
    fn is_waited_for(&self) -> bool {
        !self.done.is_closed()
    }

    fn run<'a>(&'a mut self, db: &'a mut AnyConnection) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            let written = self.write.write(db).await;
            let stands = written.as_ref().is_ok_and(|written| written.stands);
            self.written = Some(written);
            stands
        })
    }

    fn news(&self) -> Option<(UserId, i64)> {
        self.written.as_ref()?.as_ref().ok()?.news
    }

    fn end(self: Box<Self>, group: Result<(), Arc<Error>>) {
        let result = match (group, self.written) {
            (Err(error), _) => Err(Kind::Group(error).into()),
            (Ok(()), Some(written)) => written.map(|written| written.result),
            // It had no turn: whoever waits sees that, and queues again.
            (Ok(()), None) => return,
        };
        // Whoever does not wait any more does not need to know.
        drop(self.done.send(result));
    }
}

impl Store {
    /// Writes it in one transaction. Once this has returned, it is durable.
    pub(crate) async fn write<W: Write>(&self, write: &W) -> Result<W::Done, Error> {
        match self.engine() {
            Engine::Sqlite => self.write_in_group(write).await,
            Engine::Postgres => self.write_alone(write).await,
        }
    }

    async fn write_alone<W: Write>(&self, write: &W) -> Result<W::Done, Error> {
        let mut tx = self.begin().await?;
        let written = write.write(&mut tx).await?;
        if written.stands {
            if let Some((user, line)) = written.news {
                tx.tell(News::Feed { user, line });
            }
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        Ok(written.result)
    }

    async fn write_in_group<W: Write>(&self, write: &W) -> Result<W::Done, Error> {
        let mut waiting = self.enqueue(write);
        loop {
            tokio::select! {
                biased;
                result = &mut waiting => match result {
                    Ok(result) => return result,
                    // Whoever was to write it has ended without.
                    Err(_) => waiting = self.enqueue(write),
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
        let mut group = self.queue().take();
        if group.is_empty() {
            return;
        }
        let outcome = self.write_group(turn, &mut group).await.map_err(Arc::new);
        for member in group {
            member.end(outcome.clone());
        }
    }

    fn enqueue<W: Write>(&self, write: &W) -> oneshot::Receiver<Result<W::Done, Error>> {
        let (done, waiting) = oneshot::channel();
        self.queue().push(Box::new(Queued {
            write: write.clone(),
            written: None,
            done,
        }));
        waiting
    }

    /// Writes the group; an error is the whole group's.
    async fn write_group(&self, turn: Turn, group: &mut [Box<dyn Member>]) -> Result<(), Error> {
        let mut tx = self.begin_in(turn).await?;
        let mut stands = false;
        let alone = group.len() == 1;
        for member in group {
            let kept = if alone {
                member.run(&mut tx).await
            } else {
                run_apart(&mut tx, member.as_mut()).await?
            };
            if kept && let Some((user, line)) = member.news() {
                tx.tell(News::Feed { user, line });
            }
            stands |= kept;
        }
        if stands { tx.commit().await } else { tx.rollback().await }
    }
}

/// Writes it so that its failure leaves the rest of the transaction as it is. An error is the whole transaction's.
async fn run_apart(tx: &mut Tx, member: &mut dyn Member) -> Result<bool, Error> {
    let mut savepoint = tx.begin().await?;
    let stands = member.run(&mut savepoint).await;
    if stands {
        savepoint.commit().await?;
    } else {
        savepoint.rollback().await?;
    }
    Ok(stands)
}
