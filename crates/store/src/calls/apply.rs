//! All that one request changes about a call, whatever came before it and however often it comes.

use domain::call::{CallEventKind, CallStatus, LegRole, LegState, summary};
use domain::id::{CallId, UserId};
use domain::time::UnixMillis;
use sqlx::{AnyConnection, query};

use super::read::legs_of;
use super::row::{call_columns, call_of, digits, save_leg, update};
use super::{Applied, Call, CallTarget, CallWrite, Leg, LegReport, NewCall, NewCallEvent, Receipt};
use crate::group::{Write, Written};
use crate::idempotency::{Claim, claim_in};
use crate::row::{get, parsed};
use crate::{Error, FeedKind, Store, feed, recordings, threads};

/// All of it, and when that was.
#[derive(Clone)]
struct ApplyCall {
    write: CallWrite,
    now: UnixMillis,
}

impl Write for ApplyCall {
    type Done = Applied;

    async fn write(&self, db: &mut AnyConnection) -> Result<Written<Applied>, Error> {
        apply_in(db, &self.write, self.now).await
    }
}

impl Store {
    /// Writes all that one request changes, in one transaction. The order in which reports come does not matter, nor how
    /// often they come: the call ends up the same. Once this has returned, it is durable.
    ///
    /// # Errors
    /// When the database fails; nothing is written then.
    pub async fn apply(&self, write: &CallWrite, now: UnixMillis) -> Result<Applied, Error> {
        self.write(&ApplyCall {
            write: write.clone(),
            now,
        })
        .await
    }
}

/// Writes it. The order of the locks is the same everywhere: receipt, claim, call, what belongs to the call, thread, user.
async fn apply_in(db: &mut AnyConnection, write: &CallWrite, now: UnixMillis) -> Result<Written<Applied>, Error> {
    if is_foreign(db, write).await? {
        return Ok(Written::void(Applied::Foreign));
    }
    if let Some(receipt) = &write.receipt
        && let Some(earlier) = take_receipt(db, write.user_id, receipt, now).await?
    {
        return Ok(Written::void(Applied::Again(earlier)));
    }
    if let Some(claim) = &write.claim {
        let (CallTarget::Existing(id) | CallTarget::New(NewCall { id, .. })) = &write.target;
        let claimed = claim_in(db, write.user_id, claim, *id, now).await?;
        if claimed != Claim::New {
            return Ok(Written::void(Applied::Claimed(claimed)));
        }
    }
    let Some((mut call, is_new)) = find_target(db, write, now).await? else {
        return Ok(Written::void(Applied::Unknown));
    };
    let before = call.clone();
    let mut changed = is_new;

    mark(&mut call, write);
    let mut legs = Vec::new();
    let sums_up = is_new || !write.legs.is_empty() || call.refused != before.refused;
    if sums_up {
        if !is_new {
            legs = legs_of(db, call.id).await?;
        }
        for report in &write.legs {
            let mut report = report.clone();
            if let (Some(hint), CallTarget::Existing(_)) = (report.hint, &write.target) {
                report.state.role = hint.role(&report.sid, call.provider_sid.as_deref(), call.direction);
            }
            let report = &report;
            changed |= apply_leg(db, &mut call, &mut legs, report).await?;
        }
    }
    for event in &write.events {
        changed |= add_event(db, call.id, event, None, None).await?;
    }
    if let Some(report) = &write.recording {
        changed |= recordings::apply_report(db, &mut call, report, now).await?;
    }
    if sums_up {
        let states: Vec<LegState> = legs.iter().map(|leg| leg.state).collect();
        call.summary = summary(call.direction, &states, call.refused);
    }
    if call.summary.status.is_terminal() {
        call.on_hold = false;
    }
    if call != before {
        update(db, &call).await?;
        changed = true;
    }
    let answer = final_answer(db, write, &call).await?;
    if is_new || call.peer() != before.peer() {
        threads::touch_by_call(db, &call).await?;
    }
    let news = if changed {
        let line = feed::note(db, write.user_id, FeedKind::Call, call.id, now).await?;
        Some((write.user_id, line))
    } else {
        None
    };
    Ok(Written {
        result: Applied::Done {
            call: Box::new(call),
            answer,
        },
        stands: true,
        news,
    })
}

/// Whether the write names what is another's.
async fn is_foreign(db: &mut AnyConnection, write: &CallWrite) -> Result<bool, Error> {
    for sid in &write.sids {
        let rows = query(
            "SELECT account_sid, call_id FROM call_legs WHERE sid = $1
             UNION ALL SELECT account_sid, call_id FROM recordings WHERE sid = $1",
        )
        .bind(sid)
        .fetch_all(&mut *db)
        .await?;
        for row in &rows {
            let call: CallId = parsed(row, "call_id", |text| text.parse().ok())?;
            let other = matches!(&write.target, CallTarget::Existing(id) if *id != call);
            if other || get::<String>(row, "account_sid")? != write.account_sid {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Keeps the receipt, or tells what the same request was answered before.
pub(crate) async fn take_receipt(
    db: &mut AnyConnection,
    user: UserId,
    receipt: &Receipt,
    now: UnixMillis,
) -> Result<Option<Option<String>>, Error> {
    let taken = query(
        "INSERT INTO webhook_inbox (user_id, dedupe_key, answer, received_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(user.to_string())
    .bind(&receipt.key)
    .bind(&receipt.answer)
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(None);
    }
    let row = query("SELECT answer FROM webhook_inbox WHERE user_id = $1 AND dedupe_key = $2")
        .bind(user.to_string())
        .bind(&receipt.key)
        .fetch_one(db)
        .await?;
    Ok(Some(get(&row, "answer")?))
}

/// The answer, with the id that the call has in place of the one it was to have.
async fn final_answer(db: &mut AnyConnection, write: &CallWrite, call: &Call) -> Result<Option<String>, Error> {
    let Some(receipt) = &write.receipt else { return Ok(None) };
    let (Some(answer), CallTarget::New(new)) = (&receipt.answer, &write.target) else {
        return Ok(receipt.answer.clone());
    };
    if new.id == call.id {
        return Ok(Some(answer.clone()));
    }
    let answer = answer.replace(&new.id.to_string(), &call.id.to_string());
    query("UPDATE webhook_inbox SET answer = $1 WHERE user_id = $2 AND dedupe_key = $3")
        .bind(&answer)
        .bind(write.user_id.to_string())
        .bind(&receipt.key)
        .execute(db)
        .await?;
    Ok(Some(answer))
}

/// The call, locked until the end of the transaction, and whether it was added now.
async fn find_target(
    db: &mut AnyConnection,
    write: &CallWrite,
    now: UnixMillis,
) -> Result<Option<(Call, bool)>, Error> {
    let new = match &write.target {
        CallTarget::Existing(id) => return Ok(lock(db, write, *id, now).await?.map(|call| (call, false))),
        CallTarget::New(new) => new,
    };
    if let Some(sid) = &new.provider_sid {
        let of_leg = query("SELECT call_id FROM call_legs WHERE sid = $1 AND account_sid = $2")
            .bind(sid)
            .bind(&write.account_sid)
            .fetch_optional(&mut *db)
            .await?;
        if let Some(row) = of_leg {
            let id = parsed(&row, "call_id", |text| text.parse().ok())?;
            let Some(mut call) = lock(db, write, id, now).await? else {
                return Ok(None);
            };
            fill_in(db, &mut call, new).await?;
            return Ok(Some((call, false)));
        }
    }
    let Some(mut call) = add(db, write, new, now).await? else {
        return Ok(None);
    };
    let is_new = call.id == new.id;
    if !is_new {
        fill_in(db, &mut call, new).await?;
    }
    Ok(Some((call, is_new)))
}

async fn lock(db: &mut AnyConnection, write: &CallWrite, id: CallId, now: UnixMillis) -> Result<Option<Call>, Error> {
    let row = query(concat!(
        "UPDATE calls SET updated_at = $1 WHERE id = $2 AND user_id = $3 AND account_sid = $4 RETURNING ",
        call_columns!()
    ))
    .bind(now.0)
    .bind(id.to_string())
    .bind(write.user_id.to_string())
    .bind(&write.account_sid)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(call_of).transpose()
}

/// Adds the call, or locks the one with its SID.
async fn add(db: &mut AnyConnection, write: &CallWrite, new: &NewCall, now: UnixMillis) -> Result<Option<Call>, Error> {
    let row = query(concat!(
        "INSERT INTO calls (id, user_id, account_sid, provider_sid, direction, origin, from_number, to_number, digits,
             status, live, started_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12)
         ON CONFLICT (provider_sid, account_sid) DO UPDATE SET updated_at = excluded.updated_at
             WHERE calls.user_id = excluded.user_id
         RETURNING ",
        call_columns!()
    ))
    .bind(new.id.to_string())
    .bind(write.user_id.to_string())
    .bind(&write.account_sid)
    .bind(&new.provider_sid)
    .bind(new.direction.as_str())
    .bind(new.origin.as_str())
    .bind(&new.from)
    .bind(&new.to)
    .bind(digits(new.direction, &new.from, &new.to))
    .bind(CallStatus::Queued.as_str())
    .bind(new.started_at.0)
    .bind(now.0)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(call_of).transpose()
}

/// Adds to a call what an earlier report could not tell.
async fn fill_in(db: &mut AnyConnection, call: &mut Call, new: &NewCall) -> Result<(), Error> {
    let started_at = call.started_at.min(new.started_at);
    let from = if call.from.is_empty() { &new.from } else { &call.from };
    let to = if call.to.is_empty() { &new.to } else { &call.to };
    if started_at == call.started_at && *from == call.from && *to == call.to {
        return Ok(());
    }
    query("UPDATE calls SET started_at = $1, from_number = $2, to_number = $3, digits = $4 WHERE id = $5")
        .bind(started_at.0)
        .bind(from)
        .bind(to)
        .bind(digits(call.direction, from, to))
        .bind(call.id.to_string())
        .execute(db)
        .await?;
    (call.from, call.to) = (from.clone(), to.clone());
    call.started_at = started_at;
    Ok(())
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

/// Folds a report into its leg; tells whether it said anything new.
async fn apply_leg(
    db: &mut AnyConnection,
    call: &mut Call,
    legs: &mut Vec<Leg>,
    report: &LegReport,
) -> Result<bool, Error> {
    let known = legs.iter().position(|leg| leg.sid == report.sid);
    let merged = Leg {
        sid: report.sid.clone(),
        state: known.map_or(report.state, |at| legs[at].state.merge(report.state)),
    };
    let mut changed = known.is_none_or(|at| legs[at] != merged);
    if changed && !save_leg(db, call, &merged).await? {
        // A leg stays with the call that had it first.
        return Ok(false);
    }
    if merged.state.role == LegRole::Caller && call.provider_sid.is_none() {
        name_by_provider(db, call, &merged.sid).await?;
    }
    match known {
        Some(at) => legs[at] = merged,
        None => legs.push(merged),
    }
    let event = NewCallEvent {
        id: report.event,
        kind: CallEventKind::Status,
        leg: Some(report.state.role),
        detail: None,
        at: report.state.started_at,
    };
    changed |= add_event(db, call.id, &event, Some(&report.sid), Some(report.state.status)).await?;
    Ok(changed)
}

/// Gives the call its first leg's SID, unless another call goes by it.
async fn name_by_provider(db: &mut AnyConnection, call: &mut Call, sid: &str) -> Result<(), Error> {
    let taken = query("SELECT id FROM calls WHERE provider_sid = $1 AND account_sid = $2")
        .bind(sid)
        .bind(&call.account_sid)
        .fetch_optional(db)
        .await?;
    if taken.is_none() {
        call.provider_sid = Some(sid.to_owned());
    }
    Ok(())
}

/// Notes an event, once: the same id, or the same status of the same leg, is not noted again.
async fn add_event(
    db: &mut AnyConnection,
    call: CallId,
    event: &NewCallEvent,
    leg_sid: Option<&str>,
    status: Option<CallStatus>,
) -> Result<bool, Error> {
    let added = query(
        "INSERT INTO call_events (id, call_id, kind, leg, leg_sid, status, detail, happened_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(event.id.to_string())
    .bind(call.to_string())
    .bind(event.kind.as_str())
    .bind(event.leg.map(LegRole::as_str))
    .bind(leg_sid)
    .bind(status.map(CallStatus::as_str))
    .bind(&event.detail)
    .bind(event.at.0)
    .execute(db)
    .await?;
    Ok(added.rows_affected() == 1)
}
