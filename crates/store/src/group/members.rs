//! Those who wait for what they write, each by himself or many of one kind together.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use sqlx::{AnyConnection, Connection as _};
use tokio::sync::oneshot;

use super::{Batch, Write, Written};
use crate::bulk::Unit;
use crate::engine::Tx;
use crate::error::Kind;
use crate::news::News;
use crate::{Engine, Error};

/// Most writes of a kind in one transaction.
const MOST: usize = 128;

/// One who waits, whatever he writes.
pub(super) trait Member: Send {
    fn is_waited_for(&self) -> bool;

    /// Writes it, keeps what came of it, and tells whether that stands.
    fn run<'a>(&'a mut self, db: &'a mut AnyConnection) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

    /// What it has to tell those who wait for news.
    fn news(&self) -> Option<News>;

    /// Tells whoever waits for it what came of it; an error is the whole group's.
    fn end_boxed(self: Box<Self>, group: Result<(), Arc<Error>>);
}

pub(crate) struct Queued<W, D> {
    write: W,
    written: Option<Result<Written<D>, Error>>,
    done: oneshot::Sender<Result<D, Error>>,
}

impl<W, D> Queued<W, D> {
    pub(super) fn new(write: W) -> (Self, oneshot::Receiver<Result<D, Error>>) {
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

/// Many of one kind.
pub(super) struct Members<B: Batch>(VecDeque<Queued<B, B::Done>>);

impl<B: Batch> Default for Members<B> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<B: Batch> Members<B> {
    pub(super) fn push(&mut self, queued: Queued<B, B::Done>) {
        self.0.push_back(queued);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes as many as go together; those whom nobody waits for any more are left out.
    pub(super) fn take(&mut self) -> Self {
        Self(first(&mut self.0, Queued::is_waited_for))
    }

    /// Takes the second half away.
    pub(super) fn split(&mut self) -> Self {
        Self(self.0.split_off(self.0.len() / 2))
    }

    /// Writes all of them, and tells whether anything of it stands.
    pub(super) async fn write(&mut self, tx: &mut Tx, engine: Engine) -> Result<bool, Error> {
        if self.0.is_empty() {
            return Ok(false);
        }
        let group: Vec<&B> = self.0.iter().map(|member| &member.write).collect();
        let mut unit = Unit::new(tx, engine);
        let written = B::write_all(&mut unit, &group).await?;
        unit.finish().await?;
        for (member, written) in self.0.iter_mut().zip(written) {
            member.written = Some(Ok(written));
        }
        let mut stands = false;
        for member in self.0.iter().filter(|member| member.stands()) {
            stands = true;
            if let Some(news) = member.news() {
                tx.tell(news);
            }
        }
        Ok(stands)
    }

    pub(super) fn end(self, outcome: &Result<(), Arc<Error>>) {
        for member in self.0 {
            member.end(outcome.clone());
        }
    }
}

/// Each by himself.
#[derive(Default)]
pub(super) struct Others(VecDeque<Box<dyn Member>>);

impl Others {
    pub(super) fn push(&mut self, queued: impl Member + 'static) {
        self.0.push_back(Box::new(queued));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes as many as go together; those whom nobody waits for any more are left out.
    pub(super) fn take(&mut self) -> Self {
        Self(first(&mut self.0, |member| member.is_waited_for()))
    }

    /// Takes the second half away.
    pub(super) fn split(&mut self) -> Self {
        Self(self.0.split_off(self.0.len() / 2))
    }

    /// Writes each so that its failure leaves the rest of the transaction as it is, and tells whether anything of it stands. An
    /// error is the whole transaction's.
    pub(super) async fn write(&mut self, tx: &mut Tx, alone: bool) -> Result<bool, Error> {
        let mut stands = false;
        for member in &mut self.0 {
            let kept = if alone {
                member.run(tx).await
            } else {
                run_apart(tx, member.as_mut()).await?
            };
            if kept && let Some(news) = member.news() {
                tx.tell(news);
            }
            stands |= kept;
        }
        Ok(stands)
    }

    pub(super) fn end(self, outcome: &Result<(), Arc<Error>>) {
        for member in self.0 {
            member.end_boxed(outcome.clone());
        }
    }
}

/// The first of them that are waited for, as many as go together.
fn first<T>(members: &mut VecDeque<T>, is_waited_for: impl Fn(&T) -> bool) -> VecDeque<T> {
    let mut taken = VecDeque::new();
    while taken.len() < MOST
        && let Some(member) = members.pop_front()
    {
        if is_waited_for(&member) {
            taken.push_back(member);
        }
    }
    taken
}

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
