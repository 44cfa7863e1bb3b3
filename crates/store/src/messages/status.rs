//! What the provider reports of texts: in no certain order, sometimes twice, and sometimes before its answer to the request. The
//! reports that wait are written together: read at once, folded in one after the other, written at once.

use domain::call::Direction;
use domain::id::{MessageId, UserId};
use domain::message::{MessageEventKind, MessageStatus};
use domain::time::UnixMillis;
use sqlx::{AnyConnection, query};

use super::events::{MessageEvent, note};
use super::known::{BySid, Texts};
use super::row::{Lane, Outgoing, lock, update};
use super::save::{NewLine, save_lines, save_texts};
use super::{Message, Sent, StatusApplied, StatusReport};
use crate::bulk::Unit;
use crate::feed::Note;
use crate::group::{Batch, Write, Written};
use crate::opt_outs::Change;
use crate::receipts::Receipts;
use crate::{Error, FeedKind, OptChange, Receipt, Store, feed, opt_outs};

/// A report, and when it came.
#[derive(Debug)]
pub(crate) struct ApplyStatus {
    pub(crate) report: StatusReport,
    pub(crate) receipt: Option<Receipt>,
    pub(crate) now: UnixMillis,
}

#[derive(Clone)]
struct Adopt {
    user: UserId,
    id: MessageId,
    sent: Sent,
    now: UnixMillis,
}

impl Store {
    /// Folds a report into its text, which comes to the same whatever the order of the reports. Once this has returned, it is
    /// durable.
    ///
    /// # Errors
    /// When the database fails; nothing is written then.
    pub async fn apply_status(
        &self,
        report: &StatusReport,
        receipt: Option<&Receipt>,
        now: UnixMillis,
    ) -> Result<StatusApplied, Error> {
        self.write_together(ApplyStatus {
            report: report.clone(),
            receipt: receipt.cloned(),
            now,
        })
        .await
    }

    /// A text whose fate was unknown was found at the provider; `false` when that is not so any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn adopt(&self, user: UserId, id: MessageId, sent: &Sent, now: UnixMillis) -> Result<bool, Error> {
        let sent = sent.clone();
        self.write(&Adopt { user, id, sent, now }).await
    }
}

/// What came of one report.
struct Folded<'a> {
    applied: StatusApplied,
    /// It is written, or at least that it was here.
    stands: bool,
    /// For the text's story, where the report says something new.
    line: Option<NewLine<'a>>,
}

impl Folded<'_> {
    fn void(applied: StatusApplied) -> Self {
        Self {
            applied,
            stands: false,
            line: None,
        }
    }

    fn kept(message: &Message) -> Self {
        Self {
            applied: StatusApplied::Done(Box::new(message.clone())),
            stands: true,
            line: None,
        }
    }
}

impl Batch for ApplyStatus {
    type Done = StatusApplied;

    /// The order of the locks is the same everywhere: lane, text, receipt, user.
    async fn write_all(unit: &mut Unit<'_>, group: &[&Self]) -> Result<Vec<Written<StatusApplied>>, Error> {
        let mut texts = Texts::load(unit, group).await?;
        let asked = group
            .iter()
            .filter_map(|member| Some((member.report.user_id, member.receipt.as_ref()?)));
        let mut receipts = Receipts::load(unit, asked).await?;
        let mut outcomes = Vec::with_capacity(group.len());
        let (mut lines, mut changes, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        for member in group {
            let folded = member.fold(&mut texts, &mut receipts);
            changes.extend(member.change(&folded.applied));
            let news = folded.line.map(|line| {
                notes.push(Note {
                    user: member.report.user_id,
                    kind: FeedKind::Message,
                    id: line.id.0,
                    at: member.now,
                });
                lines.push(line);
                member.report.user_id
            });
            outcomes.push((folded.applied, folded.stands, news));
        }
        save_texts(unit, &texts)?;
        save_lines(unit, &lines)?;
        opt_outs::change_all(unit, &changes)?;
        receipts.save(unit)?;
        let mut numbers = feed::note_all(unit, &notes).await?.into_iter();
        let written = outcomes.into_iter().map(|(result, stands, news)| Written {
            result,
            stands,
            news: news.and_then(|user| Some((user, numbers.next()?))),
        });
        Ok(written.collect())
    }
}

impl ApplyStatus {
    /// Folds the report into what is known of its text. Nothing is read or written here: the same reports come to the same, one
    /// by one or in a group.
    fn fold<'a>(&'a self, texts: &mut Texts, receipts: &mut Receipts<'a>) -> Folded<'a> {
        let Self { report, receipt, now } = self;
        if matches!(texts.owner(report), BySid::Anothers) {
            return Folded::void(StatusApplied::Foreign);
        }
        if let Some(receipt) = receipt
            && receipts.earlier(report.user_id, receipt).is_some()
        {
            return Folded::void(StatusApplied::Again);
        }
        let Some(id) = texts.named(report) else {
            return Folded::void(StatusApplied::Unknown);
        };
        let may_be_called = texts.may_be_called(id, &report.provider_sid);
        let known = texts.by_id.get_mut(&id);
        let Some(known) = known.filter(|known| known.text.message.direction == Direction::Outbound) else {
            return Folded::void(StatusApplied::Unknown);
        };
        if let Some(receipt) = receipt {
            receipts.take(report.user_id, receipt, receipt.answer.clone(), *now);
        }
        let text = &mut known.text;
        known.is_written = true;
        text.message.updated_at = *now;
        let is_it = match &text.message.provider_sid {
            Some(sid) => *sid == report.provider_sid,
            None => may_be_called,
        };
        if !is_it {
            return Folded::kept(&text.message);
        }
        let before = text.message.clone();
        fold_report(text, report, *now);
        if text.message == before && text.lane.is_none() {
            return Folded::kept(&text.message);
        }
        let left = text.leave();
        let folded = Folded {
            line: Some(NewLine {
                id,
                kind: MessageEventKind::Reported,
                status: Some(report.status),
                sid: Some(&report.provider_sid),
                detail: report.error.as_ref().map(|error| error.message.as_str()),
                at: *now,
            }),
            ..Folded::kept(&text.message)
        };
        if left == Some(Lane::Head) {
            let lane = (report.user_id, text.message.thread().to_owned());
            texts.open.entry(lane).or_insert(*now);
        }
        if before.provider_sid.is_none() {
            texts.places.note_sid(report.provider_sid.clone(), id);
        }
        folded
    }

    /// That the other party wants no more texts.
    fn change(&self, applied: &StatusApplied) -> Option<Change> {
        let StatusApplied::Done(message) = applied else {
            return None;
        };
        self.report.opted_out.then(|| Change {
            user: message.user_id,
            sender: message.sender.clone(),
            peer: message.to.clone(),
            change: OptChange::Out,
            at: self.now,
        })
    }
}

impl Write for Adopt {
    type Done = bool;

    async fn write(&self, db: &mut AnyConnection) -> Result<Written<bool>, Error> {
        let Some(mut text) = lock(db, self.id, self.now).await? else {
            return Ok(Written::void(false));
        };
        let is_lost = text.message.status == MessageStatus::Unknown && text.message.provider_sid.is_none();
        if text.message.user_id != self.user || !is_lost {
            return Ok(Written::void(false));
        }
        if let Some(sid) = &self.sent.provider_sid
            && is_taken(db, &text.message, sid).await?
        {
            return Ok(Written::void(false));
        }
        fold_sent(&mut text, &self.sent, self.now);
        update(db, &text).await?;
        let event = MessageEvent {
            status: Some(self.sent.status),
            sid: self.sent.provider_sid.clone(),
            ..MessageEvent::new(MessageEventKind::Found, self.now)
        };
        note(db, self.id, &event).await?;
        let line = feed::note(db, self.user, FeedKind::Message, self.id, self.now).await?;
        Ok(Written::told(true, self.user, line))
    }
}

/// Folds in what the provider says when it takes a text. A report may have come before.
pub(super) fn fold_sent(text: &mut Outgoing, sent: &Sent, now: UnixMillis) {
    if let Some(sid) = &sent.provider_sid {
        text.message.provider_sid = Some(sid.clone());
    }
    fold(text, sent.status, sent.from.as_ref(), sent.segments, now);
}

fn fold_report(text: &mut Outgoing, report: &StatusReport, now: UnixMillis) {
    text.message.provider_sid = Some(report.provider_sid.clone());
    fold(text, report.status, report.from.as_ref(), report.segments, now);
    let message = &mut text.message;
    if message.status.is_failure() && report.status == message.status && report.error.is_some() {
        message.error.clone_from(&report.error);
    }
}

fn fold(text: &mut Outgoing, status: MessageStatus, from: Option<&String>, segments: Option<u32>, now: UnixMillis) {
    let message = &mut text.message;
    // Whatever the provider tells, it has the text.
    let told = status.max(MessageStatus::Accepted);
    message.status = message.status.merge(told);
    if let Some(from) = from {
        message.from.clone_from(from);
    }
    message.segments = segments.unwrap_or(message.segments);
    message.sent_at.get_or_insert(now);
    if matches!(told, MessageStatus::Delivered | MessageStatus::Read) {
        message.delivered_at.get_or_insert(now);
    }
    if !message.status.is_failure() {
        message.error = None;
    }
    text.quiet_since = (!message.status.is_terminal()).then_some(now);
}

/// Whether another text goes by that id of the provider's.
pub(super) async fn is_taken(db: &mut AnyConnection, message: &Message, sid: &str) -> Result<bool, Error> {
    let row =
        query("SELECT id FROM messages WHERE provider_sid = $1 AND account_sid = $2 AND provider = $3 AND id <> $4")
            .bind(sid)
            .bind(&message.account_sid)
            .bind(&message.provider)
            .bind(message.id.to_string())
            .fetch_optional(db)
            .await?;
    Ok(row.is_some())
}
