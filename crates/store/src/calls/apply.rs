//! All that one request changes about a call, whatever came before it and however often it comes. The requests that wait are
//! written together: read at once, folded in one after the other, written at once.

use domain::time::UnixMillis;

use super::fold::{Folded, fold, stopped};
use super::known::Calls;
use super::save::{noted, save_calls, save_lines, save_places};
use super::{Applied, CallTarget, CallWrite, NewCall};
use crate::bulk::Unit;
use crate::error::Kind;
use crate::feed::Note;
use crate::group::{Batch, Written};
use crate::idempotency::{Claim, claim_in};
use crate::receipts::Receipts;
use crate::{Error, FeedKind, Store, feed};

/// All of it, and when that was.
#[derive(Debug)]
pub(crate) struct ApplyCall {
    pub(super) write: CallWrite,
    now: UnixMillis,
}

impl Store {
    /// Writes all that one request changes, in one transaction. The order in which reports come does not matter, nor how
    /// often they come: the call ends up the same. Once this has returned, it is durable.
    ///
    /// # Errors
    /// When the database fails; nothing is written then.
    pub async fn apply(&self, write: &CallWrite, now: UnixMillis) -> Result<Applied, Error> {
        let write = write.clone();
        self.write_together(ApplyCall { write, now }).await
    }
}

impl Batch for ApplyCall {
    type Done = Applied;

    /// The order of the locks is the same everywhere: call, claim, what belongs to the call, receipt, thread, user.
    async fn write_all(unit: &mut Unit<'_>, group: &[&Self]) -> Result<Vec<Written<Applied>>, Error> {
        let mut calls = Calls::load(unit, group).await?;
        let asked = group
            .iter()
            .filter_map(|member| Some((member.write.user_id, member.write.receipt.as_ref()?)));
        let mut receipts = Receipts::load(unit, asked).await?;
        let mut outcomes = Vec::with_capacity(group.len());
        let mut folded = Vec::with_capacity(group.len());
        for member in group {
            match member.fold(unit, &mut calls, &mut receipts).await? {
                Outcome::Folded(done) => {
                    outcomes.push(None);
                    folded.push(*done);
                }
                Outcome::Stopped { because, claimed } => {
                    if claimed && group.len() > 1 {
                        // What it has claimed must go again, alone.
                        return Err(Kind::Apart.into());
                    }
                    outcomes.push(Some(because));
                }
            }
        }
        let mut done = save(unit, &calls, &receipts, folded).await?.into_iter();
        Ok(outcomes
            .into_iter()
            .filter_map(|outcome| outcome.map(Written::void).or_else(|| done.next()))
            .collect())
    }
}

enum Outcome<'a> {
    Folded(Box<Folded<'a>>),
    Stopped { because: Applied, claimed: bool },
}

impl ApplyCall {
    async fn fold<'a>(
        &'a self,
        unit: &mut Unit<'_>,
        calls: &mut Calls,
        receipts: &mut Receipts<'a>,
    ) -> Result<Outcome<'a>, Error> {
        let Self { write, now } = self;
        let stop = |because, claimed| Ok(Outcome::Stopped { because, claimed });
        if let Some(because) = stopped(calls, receipts, write) {
            return stop(because, false);
        }
        if let Some(claim) = &write.claim {
            let (CallTarget::Existing(id) | CallTarget::New(NewCall { id, .. })) = &write.target;
            let claimed = claim_in(unit.db, write.user_id, claim, *id, *now).await?;
            if claimed != Claim::New {
                return stop(Applied::Claimed(claimed), false);
            }
        }
        if calls.has_too_many(write) {
            return stop(Applied::TooMany, write.claim.is_some());
        }
        match fold(calls, receipts, write, *now)? {
            Some(folded) => Ok(Outcome::Folded(Box::new(folded))),
            None => stop(Applied::Unknown, write.claim.is_some()),
        }
    }
}

/// Writes what the group has changed; returns what came of each write that stands.
async fn save(
    unit: &mut Unit<'_>,
    calls: &Calls,
    receipts: &Receipts<'_>,
    folded: Vec<Folded<'_>>,
) -> Result<Vec<Written<Applied>>, Error> {
    let noted = noted(unit, &folded).await?;
    save_calls(unit, calls)?;
    let mut added = save_lines(unit, &folded, &noted)?;
    receipts.save(unit)?;
    save_places(unit, calls)?;
    let mut is_news = Vec::with_capacity(folded.len());
    for folded in &folded {
        let new_lines = folded.lines.iter().filter(|line| added.remove(&line.id)).count();
        is_news.push(folded.is_news || new_lines > 0);
    }
    let notes: Vec<_> = folded
        .iter()
        .zip(&is_news)
        .filter(|(_, is_news)| **is_news)
        .map(|(folded, _)| Note {
            user: folded.user,
            kind: FeedKind::Call,
            id: folded.call.id.0,
            at: folded.at,
        })
        .collect();
    let mut lines = feed::note_all(unit, &notes).await?.into_iter();
    let written = folded.into_iter().zip(is_news).map(|(folded, is_news)| Written {
        stands: true,
        news: is_news.then(|| lines.next()).flatten().map(|line| (folded.user, line)),
        result: Applied::Done {
            call: Box::new(folded.call),
            answer: folded.answer,
        },
    });
    Ok(written.collect())
}
