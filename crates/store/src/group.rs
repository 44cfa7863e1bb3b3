//! How writes get into the database: those that wait while others are made durable go into the next transaction together, so that
//! many share one wait for the disk, and writes of calls also the statements.
//!
//! Whoever finds nobody at it sends a task that writes whatever waits, group after group, until nothing does.

use std::collections::VecDeque;
use std::fmt::{self, Debug, Formatter};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use sqlx::{AnyConnection, Connection as _};
use tokio::sync::oneshot;

use crate::bulk::Unit;
use crate::calls::ApplyCall;
use crate::engine::Tx;
use crate::error::Kind;
use crate::news::News;
pub(crate) use crate::written::{Batch, Write, Written};
use crate::{Engine, Error, Store, figures};

/// Most writes of a kind in one transaction.
const GROUP: usize = 128;
/// Groups that are written side by side where the database can.
const SIDE_BY_SIDE: usize = 3;
/// How often a group is written that another server got in the way of.
const TRIES: u32 = 3;

/// Writes that wait for their turn.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    group: Group,
    /// How many are at work on it.
    writers: usize,
}

impl Debug for Queue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Queue")
    }
}

impl Queue {
    fn with<T>(&self, act: impl FnOnce(&mut Waiting) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One who writes what waits.
struct Writing {
    queue: Arc<Queue>,
    ended: bool,
}

impl Writing {
    /// The next group; when there is none, the work has ended.
    fn next(&mut self) -> Option<Group> {
        self.queue.with(|waiting| {
            let group = waiting.group.take();
            if group.is_empty() {
                waiting.writers -= 1;
                self.ended = true;
                return None;
            }
            Some(group)
        })
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.ended {
            // It was given up half-way: those who wait are told so, rather than that nobody comes.
            drop(self.queue.with(|waiting| {
                waiting.writers -= 1;
                std::mem::take(&mut waiting.group)
            }));
        }
    }
}

/// Writes that belong together.
#[derive(Default)]
struct Group {
    calls: VecDeque<Queued<ApplyCall, <ApplyCall as Batch>::Done>>,
    others: VecDeque<Box<dyn Member>>,
}

impl Group {
    fn len(&self) -> usize {
        self.calls.len() + self.others.len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes as many as go together; those whom nobody waits for any more are left out.
    fn take(&mut self) -> Self {
        let (mut calls, mut others) = (VecDeque::new(), VecDeque::new());
        while calls.len() < GROUP
            && let Some(member) = self.calls.pop_front()
        {
            if member.is_waited_for() {
                calls.push_back(member);
            }
        }
        while others.len() < GROUP
            && let Some(member) = self.others.pop_front()
        {
            if member.is_waited_for() {
                others.push_back(member);
            }
        }
        Self { calls, others }
    }

    fn halves(mut self) -> [Self; 2] {
        let later = Self {
            calls: self.calls.split_off(self.calls.len() / 2),
            others: VecDeque::new(),
        };
        [self, later]
    }

    fn end(self, outcome: &Result<(), Arc<Error>>) {
        for member in self.calls {
            member.end(outcome.clone());
        }
        for member in self.others {
            member.end_boxed(outcome.clone());
        }
    }
}

/// One of a group, whatever it writes.
trait Member: Send {
    fn is_waited_for(&self) -> bool;

    /// Writes it, keeps what came of it, and tells whether that stands.
    fn run<'a>(&'a mut self, db: &'a mut AnyConnection) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

    /// What it has to tell those who wait for news.
    fn news(&self) -> Option<News>;

    /// Tells whoever waits for it what came of it; an error is the whole group's.
    fn end_boxed(self: Box<Self>, group: Result<(), Arc<Error>>);
}

struct Queued<W, D> {
    write: W,
    written: Option<Result<Written<D>, Error>>,
    done: oneshot::Sender<Result<D, Error>>,
}

impl<W, D> Queued<W, D> {
    fn new(write: W) -> (Self, oneshot::Receiver<Result<D, Error>>) {
        let (done, waiting) = oneshot::channel();
        let queued = Self {
            write,
            written: None,
            done,
        };
        (queued, waiting)
    }

    fn is_waited_for(&self) -> bool {
        !self.done.is_closed()
    }

    fn stands(&self) -> bool {
        matches!(&self.written, Some(Ok(written)) if written.stands)
    }

    fn news(&self) -> Option<News> {
        let (user, line) = self.written.as_ref()?.as_ref().ok()?.news?;
        Some(News::Feed { user, line })
    }

    fn end(self, group: Result<(), Arc<Error>>) {
        let result = match (group, self.written) {
            (Err(error), _) => Err(Kind::Group(error).into()),
            (Ok(()), Some(written)) => written.map(|written| written.result),
            (Ok(()), None) => Err(Kind::Interrupted.into()),
        };
        // Whoever does not wait any more does not need to know.
        drop(self.done.send(result));
    }
}

impl<W: Write> Member for Queued<W, W::Done> {
    fn is_waited_for(&self) -> bool {
        self.is_waited_for()
    }

    fn run<'a>(&'a mut self, db: &'a mut AnyConnection) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            self.written = Some(self.write.write(db).await);
            self.stands()
        })
    }

    fn news(&self) -> Option<News> {
        self.news()
    }

    fn end_boxed(self: Box<Self>, group: Result<(), Arc<Error>>) {
        self.end(group);
    }
}

/// Why a group was not written.
struct Failed {
    error: Error,
    /// Parts of it may succeed.
    parts: bool,
}

impl Failed {
    fn whole(error: Error) -> Self {
        Self { error, parts: false }
    }
}

impl Store {
    /// Writes it in one transaction. Once this has returned, it is durable.
    pub(crate) async fn write<W: Write>(&self, write: &W) -> Result<W::Done, Error> {
        match self.engine() {
            Engine::Sqlite => {
                let (queued, waiting) = Queued::<W, W::Done>::new(write.clone());
                self.enqueue(|group| group.others.push_back(Box::new(queued)));
                waiting.await.unwrap_or_else(|_| Err(Kind::Interrupted.into()))
            }
            Engine::Postgres => self.write_alone(write).await,
        }
    }

    /// Writes what changes a call, together with whatever else waits. Once this has returned, it is durable.
    pub(crate) async fn write_call(&self, write: ApplyCall) -> Result<<ApplyCall as Batch>::Done, Error> {
        let (queued, waiting) = Queued::new(write);
        self.enqueue(|group| group.calls.push_back(queued));
        waiting.await.unwrap_or_else(|_| Err(Kind::Interrupted.into()))
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

    fn enqueue(&self, push: impl FnOnce(&mut Group)) {
        let most = match self.engine() {
            Engine::Sqlite => 1,
            Engine::Postgres => SIDE_BY_SIDE,
        };
        let begins = self.queue().with(|waiting| {
            push(&mut waiting.group);
            let begins = waiting.writers < most;
            waiting.writers += usize::from(begins);
            begins
        });
        if begins {
            let writing = Writing {
                queue: Arc::clone(self.queue()),
                ended: false,
            };
            // By itself: that this one's caller goes away is no reason to write for the others again.
            drop(tokio::spawn(self.clone().write_waiting(writing)));
        }
    }

    async fn write_waiting(self, mut writing: Writing) {
        loop {
            // Other transactions have their turns in between, and meanwhile the group grows.
            let turn = self.turn().await;
            let Some(group) = writing.next() else { return };
            self.write_group(group).await;
            drop(turn);
        }
    }

    /// Writes the group, where that fails in smaller and smaller parts, and tells each member what came of it.
    async fn write_group(&self, group: Group) {
        let (size, begun) = (group.len(), Instant::now());
        let mut parts = vec![group];
        while let Some(mut part) = parts.pop() {
            match self.write_part(&mut part).await {
                Err(failed) if failed.parts && part.len() > 1 => {
                    let [one, other] = part.halves();
                    parts.extend([other, one]);
                }
                outcome => part.end(&outcome.map_err(|failed| Arc::new(failed.error))),
            }
        }
        figures::group_written(size, begun.elapsed());
    }

    async fn write_part(&self, part: &mut Group) -> Result<(), Failed> {
        let mut tries = 1;
        loop {
            match self.try_part(part).await {
                Err(failed) if tries < TRIES && failed.error.is_passing(self.engine()) => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// Writes it in one transaction, for whoever has the turn.
    async fn try_part(&self, part: &mut Group) -> Result<(), Failed> {
        let mut tx = self.begin_in(None).await.map_err(Failed::whole)?;
        let alone = part.len() == 1;
        let mut stands = false;
        if let Err(error) = write_batch(&mut tx, self.engine(), &mut part.calls).await {
            let parts = error.is_of_the_rows();
            // At once: the next part waits for it.
            tx.rollback().await.map_err(Failed::whole)?;
            return Err(Failed { error, parts });
        }
        for member in part.calls.iter().filter(|member| member.stands()) {
            stands = true;
            if let Some(news) = member.news() {
                tx.tell(news);
            }
        }
        for member in &mut part.others {
            let kept = if alone {
                member.run(&mut tx).await
            } else {
                run_apart(&mut tx, member.as_mut()).await.map_err(Failed::whole)?
            };
            if kept && let Some(news) = member.news() {
                tx.tell(news);
            }
            stands |= kept;
        }
        let ended = if stands { tx.commit().await } else { tx.rollback().await };
        ended.map_err(Failed::whole)
    }
}

async fn write_batch<B: Batch>(
    tx: &mut Tx,
    engine: Engine,
    members: &mut VecDeque<Queued<B, B::Done>>,
) -> Result<(), Error> {
    if members.is_empty() {
        return Ok(());
    }
    let group: Vec<&B> = members.iter().map(|member| &member.write).collect();
    let mut unit = Unit::new(tx, engine);
    let written = B::write_all(&mut unit, &group).await?;
    unit.finish().await?;
    for (member, written) in members.iter_mut().zip(written) {
        member.written = Some(Ok(written));
    }
    Ok(())
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
