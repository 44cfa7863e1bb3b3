//! How writes get into the database: those that wait while others are made durable go into the next transaction together, so that
//! many share one wait for the disk, and writes of calls and texts also the statements.
//!
//! Whoever finds nobody at it sends a task that writes whatever waits, group after group, until nothing does.

mod members;

use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use members::{Members, Others, Queued};

use crate::calls::ApplyCall;
use crate::engine::Tx;
use crate::error::Kind;
use crate::messages::{AddInbound, ApplyStatus};
use crate::news::News;
pub(crate) use crate::written::{Batch, Write, Written};
use crate::{Engine, Error, Store, figures};

/// Groups that are written side by side where the database can.
const SIDE_BY_SIDE: usize = 3;
/// Of which many are written together.
const KINDS: usize = 3;
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
    fn next(&mut self, engine: Engine) -> Option<Group> {
        self.queue.with(|waiting| {
            let group = waiting.group.take(engine);
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
pub(crate) struct Group {
    calls: Members<ApplyCall>,
    reports: Members<ApplyStatus>,
    texts: Members<AddInbound>,
    others: Others,
    /// Which kind was taken last, where each is taken by itself.
    turn: usize,
}

/// A kind of which many are written together.
pub(crate) trait Grouped: Batch {
    /// Where they wait.
    fn add(group: &mut Group, queued: Queued<Self, Self::Done>);
}

impl Grouped for ApplyCall {
    fn add(group: &mut Group, queued: Queued<Self, Self::Done>) {
        group.calls.push(queued);
    }
}

impl Grouped for ApplyStatus {
    fn add(group: &mut Group, queued: Queued<Self, Self::Done>) {
        group.reports.push(queued);
    }
}

impl Grouped for AddInbound {
    fn add(group: &mut Group, queued: Queued<Self, Self::Done>) {
        group.texts.push(queued);
    }
}

impl Group {
    fn sizes(&self) -> [usize; 4] {
        let Self {
            calls,
            reports,
            texts,
            others,
            ..
        } = self;
        [calls.len(), reports.len(), texts.len(), others.len()]
    }

    fn len(&self) -> usize {
        self.sizes().iter().sum()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes as many as go together.
    fn take(&mut self, engine: Engine) -> Self {
        if engine == Engine::Sqlite {
            return Self {
                calls: self.calls.take(),
                reports: self.reports.take(),
                texts: self.texts.take(),
                others: self.others.take(),
                ..Self::default()
            };
        }
        // Of one kind, which locks everything in one order: of each in its turn, so that none waits for others that never end. The
        // others are not written here.
        let mut taken = Self::default();
        for _ in 0..KINDS {
            self.turn = (self.turn + 1) % KINDS;
            match self.turn {
                0 => taken.calls = self.calls.take(),
                1 => taken.reports = self.reports.take(),
                _ => taken.texts = self.texts.take(),
            }
            if !taken.is_empty() {
                break;
            }
        }
        taken
    }

    /// Its kinds, or, where it is of one, its halves.
    fn parts(mut self) -> Vec<Self> {
        if self.sizes().iter().filter(|size| **size > 0).count() < 2 {
            let later = Self {
                calls: self.calls.split(),
                reports: self.reports.split(),
                texts: self.texts.split(),
                others: self.others.split(),
                ..Self::default()
            };
            return vec![self, later];
        }
        let calls = Self {
            calls: self.calls,
            ..Self::default()
        };
        let reports = Self {
            reports: self.reports,
            ..Self::default()
        };
        let texts = Self {
            texts: self.texts,
            ..Self::default()
        };
        let others = Self {
            others: self.others,
            ..Self::default()
        };
        [calls, reports, texts, others]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// Writes all of it, and tells whether anything of it stands.
    async fn write(&mut self, tx: &mut Tx, engine: Engine) -> Result<bool, Failed> {
        let alone = self.len() == 1;
        let calls = self.calls.write(tx, engine).await.map_err(Failed::of)?;
        let reports = self.reports.write(tx, engine).await.map_err(Failed::of)?;
        let texts = self.texts.write(tx, engine).await.map_err(Failed::of)?;
        let others = self.others.write(tx, alone).await.map_err(Failed::whole)?;
        Ok(calls || reports || texts || others)
    }

    fn end(self, outcome: &Result<(), Arc<Error>>) {
        self.calls.end(outcome);
        self.reports.end(outcome);
        self.texts.end(outcome);
        self.others.end(outcome);
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

    fn of(error: Error) -> Self {
        let parts = error.is_of_the_rows();
        Self { error, parts }
    }
}

impl Store {
    /// Writes it in one transaction. Once this has returned, it is durable.
    pub(crate) async fn write<W: Write>(&self, write: &W) -> Result<W::Done, Error> {
        match self.engine() {
            Engine::Sqlite => {
                let (queued, waiting) = Queued::<W, W::Done>::new(write.clone());
                self.enqueue(|group| group.others.push(queued));
                waiting.await.unwrap_or_else(|_| Err(Kind::Interrupted.into()))
            }
            Engine::Postgres => self.write_alone(write).await,
        }
    }

    /// Writes it together with whatever else waits. Once this has returned, it is durable.
    pub(crate) async fn write_together<B: Grouped>(&self, write: B) -> Result<B::Done, Error> {
        let (queued, waiting) = Queued::new(write);
        self.enqueue(|group| B::add(group, queued));
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
            let Some(group) = writing.next(self.engine()) else {
                return;
            };
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
                Err(failed) if failed.parts && part.len() > 1 => parts.extend(part.parts().into_iter().rev()),
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
        let stands = match part.write(&mut tx, self.engine()).await {
            Ok(stands) => stands,
            Err(failed) => {
                // At once: the next part waits for it.
                tx.rollback().await.map_err(Failed::whole)?;
                return Err(failed);
            }
        };
        let ended = if stands { tx.commit().await } else { tx.rollback().await };
        ended.map_err(Failed::whole)
    }
}

#[cfg(test)]
mod tests;
