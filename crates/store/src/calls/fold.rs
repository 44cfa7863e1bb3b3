//! How a write changes what is known of its call. Nothing is read or written here: the same writes come to the same, one by one or
//! in a group, and each sees what those before it have changed.

use domain::call::{CallEventKind, CallStatus, LegRole, LegState, summary};
use domain::id::{CallEventId, CallId, UserId};
use domain::time::UnixMillis;

use super::known::{Calls, Known, KnownLeg, Sids};
use super::recorded::fold_report;
use super::{Applied, Call, CallTarget, CallWrite, Leg, LegReport, NewCall};
use crate::error::Kind;
use crate::receipts::Receipts;
use crate::{Error, Receipt};

/// A line for a call's timeline.
#[derive(Debug)]
pub(super) struct NewLine<'a> {
    pub(super) id: CallEventId,
    pub(super) call: CallId,
    pub(super) kind: CallEventKind,
    pub(super) leg: Option<LegRole>,
    pub(super) leg_sid: Option<&'a str>,
    pub(super) status: Option<CallStatus>,
    pub(super) detail: Option<&'a str>,
    pub(super) at: UnixMillis,
    /// Its call is new, so that the line cannot be there yet.
    pub(super) is_first: bool,
}

/// What came of one write.
#[derive(Debug)]
pub(super) struct Folded<'a> {
    pub(super) user: UserId,
    pub(super) call: Call,
    pub(super) answer: Option<String>,
    /// It said something new, be its lines new or not.
    pub(super) is_news: bool,
    /// Those of them that are not there yet are news as well.
    pub(super) lines: Vec<NewLine<'a>>,
    pub(super) at: UnixMillis,
}

/// What stops a write before it has changed anything, whatever its call.
pub(super) fn stopped(calls: &Calls, receipts: &Receipts<'_>, write: &CallWrite) -> Option<Applied> {
    let account = &write.account_sid;
    let is_foreign = |(known, call): &(String, CallId)| {
        known != account || matches!(&write.target, CallTarget::Existing(id) if id != call)
    };
    let mut owners = write
        .sids
        .iter()
        .flat_map(|sid| calls.legs.everywhere(sid).chain(calls.recorded.everywhere(sid)));
    if owners.any(is_foreign) {
        return Some(Applied::Foreign);
    }
    let earlier = receipts.earlier(write.user_id, write.receipt.as_ref()?)?;
    Some(Applied::Again(earlier))
}

/// Folds a write into its call; nothing where the tenant has no such call.
pub(super) fn fold<'a>(
    calls: &mut Calls,
    receipts: &mut Receipts<'a>,
    write: &'a CallWrite,
    now: UnixMillis,
) -> Result<Option<Folded<'a>>, Error> {
    let Some((id, is_new)) = find_target(calls, write)? else {
        return Ok(None);
    };
    let Calls {
        by_id,
        firsts,
        legs: owners,
        recorded,
        recordings,
        live,
    } = calls;
    let Some(known) = by_id.get_mut(&id) else {
        return Ok(None);
    };
    let mut folding = Folding {
        write,
        lines: Vec::new(),
        is_news: is_new,
    };
    known.is_written = true;
    known.call.updated_at = now;
    let before = known.call.clone();
    if let (CallTarget::New(new), false) = (&write.target, is_new) {
        fill_in(&mut known.call, new);
    }
    mark(&mut known.call, write);
    for report in &write.legs {
        folding.fold_leg(known, (owners, firsts), report);
    }
    for event in &write.events {
        folding.lines.push(NewLine {
            id: event.id,
            call: id,
            kind: event.kind,
            leg: event.leg,
            leg_sid: None,
            status: None,
            detail: event.detail.as_deref(),
            at: event.at,
            is_first: known.looked_up.is_none(),
        });
    }
    if let Some(report) = &write.recording {
        folding.is_news |= fold_report(recordings, &mut known.call, report, now);
        recorded.note(&report.sid, &write.account_sid, id);
    }
    if is_new || !write.legs.is_empty() || known.call.refused != before.refused {
        known.call.summary = summary(known.call.direction, &states(&known.legs), known.call.refused);
    }
    if known.call.summary.status.is_terminal() {
        known.call.on_hold = false;
    }
    if is_new && !known.call.summary.status.is_terminal() {
        *live.entry(write.user_id).or_default() += 1;
    }
    known.moves |= is_new || known.call.peer() != before.peer();
    let call = known.call.clone();
    let answer = write.receipt.as_ref().and_then(|receipt| answer(receipt, write, id));
    if let Some(receipt) = &write.receipt {
        receipts.take(write.user_id, receipt, answer.clone(), now);
    }
    Ok(Some(Folded {
        user: write.user_id,
        is_news: folding.is_news || call != before,
        call,
        answer,
        lines: folding.lines,
        at: now,
    }))
}

/// The call that is written, and whether it is added now.
fn find_target(calls: &mut Calls, write: &CallWrite) -> Result<Option<(CallId, bool)>, Error> {
    if let Some(id) = calls.named(write) {
        let is_his = |known: &Known| known.call.user_id == write.user_id && known.call.account_sid == write.account_sid;
        return Ok(calls.by_id.get(&id).is_some_and(is_his).then_some((id, false)));
    }
    let CallTarget::New(new) = &write.target else {
        return Ok(None);
    };
    if calls.by_id.contains_key(&new.id) {
        return Err(Kind::SameId.into());
    }
    if let Some(sid) = &new.provider_sid {
        calls.firsts.note(sid, &write.account_sid, new.id);
    }
    let known = Known {
        call: added(new, write),
        looked_up: None,
        legs: Vec::new(),
        is_written: true,
        moves: true,
    };
    calls.by_id.insert(new.id, known);
    Ok(Some((new.id, true)))
}

fn added(new: &NewCall, write: &CallWrite) -> Call {
    Call {
        id: new.id,
        user_id: write.user_id,
        account_sid: write.account_sid.clone(),
        provider_sid: new.provider_sid.clone(),
        direction: new.direction,
        origin: new.origin,
        from: new.from.clone(),
        to: new.to.clone(),
        summary: summary(new.direction, &[], false),
        refused: false,
        reason: None,
        asked_voicemail: false,
        voicemail: false,
        conference: None,
        on_hold: false,
        transferred_to: None,
        started_at: new.started_at,
        updated_at: new.started_at,
    }
}

/// Adds to a call what an earlier report could not tell.
fn fill_in(call: &mut Call, new: &NewCall) {
    call.started_at = call.started_at.min(new.started_at);
    if call.from.is_empty() {
        call.from.clone_from(&new.from);
    }
    if call.to.is_empty() {
        call.to.clone_from(&new.to);
    }
}

fn mark(call: &mut Call, write: &CallWrite) {
    let marks = &write.marks;
    if let Some(reason) = &marks.refused {
        call.refused = true;
        call.reason.get_or_insert_with(|| reason.clone());
    }
    if let Some(conference) = &marks.conference {
        call.conference.get_or_insert_with(|| conference.clone());
    }
    if let Some(number) = &marks.transferred_to {
        call.transferred_to = Some(number.clone());
    }
    call.asked_voicemail |= marks.asked_voicemail;
    call.on_hold = marks.on_hold.unwrap_or(call.on_hold);
}

/// The legs' states, oldest first.
fn states(legs: &[KnownLeg]) -> Vec<LegState> {
    let mut legs: Vec<&Leg> = legs.iter().map(|known| &known.leg).collect();
    legs.sort_unstable_by_key(|leg| (leg.state.started_at, &leg.sid));
    legs.into_iter().map(|leg| leg.state).collect()
}

/// The answer, with the id that the call has in place of the one it was to have.
fn answer(receipt: &Receipt, write: &CallWrite, id: CallId) -> Option<String> {
    let answer = receipt.answer.as_ref()?;
    match &write.target {
        CallTarget::New(new) if new.id != id => Some(answer.replace(&new.id.to_string(), &id.to_string())),
        _ => Some(answer.clone()),
    }
}

struct Folding<'a> {
    write: &'a CallWrite,
    lines: Vec<NewLine<'a>>,
    is_news: bool,
}

impl<'a> Folding<'a> {
    fn fold_leg(&mut self, known: &mut Known, (owners, firsts): (&mut Sids, &mut Sids), report: &'a LegReport) {
        let (call, account) = (&mut known.call, &self.write.account_sid);
        if owners.find(&report.sid, account).is_some_and(|owner| owner != call.id) {
            // A leg stays with the call that had it first.
            return;
        }
        let mut state = report.state;
        if let (Some(hint), CallTarget::Existing(_)) = (report.hint, &self.write.target) {
            state.role = hint.role(&report.sid, call.provider_sid.as_deref(), call.direction);
        }
        let line = NewLine {
            id: report.event,
            call: call.id,
            kind: CallEventKind::Status,
            leg: Some(state.role),
            leg_sid: Some(&report.sid),
            status: Some(state.status),
            detail: None,
            at: state.started_at,
            is_first: known.looked_up.is_none(),
        };
        self.lines.push(line);
        let role = match known.legs.iter_mut().find(|known| known.leg.sid == report.sid) {
            Some(known) => {
                let merged = known.leg.state.merge(state);
                if known.leg.state != merged {
                    known.leg.state = merged;
                    known.is_written = true;
                    self.is_news = true;
                }
                merged.role
            }
            None => {
                owners.note(&report.sid, account, call.id);
                let sid = report.sid.clone();
                known.legs.push(KnownLeg {
                    leg: Leg { sid, state },
                    is_written: true,
                });
                self.is_news = true;
                state.role
            }
        };
        // It gives the call its SID, unless another call goes by it.
        if role == LegRole::Caller && call.provider_sid.is_none() && firsts.find(&report.sid, account).is_none() {
            firsts.note(&report.sid, account, call.id);
            call.provider_sid = Some(report.sid.clone());
        }
    }
}
