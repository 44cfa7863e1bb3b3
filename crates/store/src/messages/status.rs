//! What the provider reports of texts: in no certain order, sometimes twice, and sometimes before its answer to the request.

use domain::call::Direction;
use domain::id::{MessageId, UserId};
use domain::message::{MessageEventKind, MessageStatus};
use domain::time::UnixMillis;
use sqlx::{AnyConnection, query};

use super::events::{MessageEvent, note, went_by};
use super::lane::leave;
use super::row::{Outgoing, lock, update};
use super::{Message, Sent, StatusApplied, StatusReport};
use crate::group::{Write, Written};
use crate::receipts::take_receipt;
use crate::row::{get, parsed};
use crate::{Error, FeedKind, Receipt, Store, feed};

#[derive(Clone)]
struct ApplyStatus {
    report: StatusReport,
    receipt: Option<Receipt>,
    now: UnixMillis,
}

#[derive(Clone)]
struct Adopt {
    user: UserId,
    id: MessageId,
    sent: Sent,
    now: UnixMillis,
}

impl Store {
    /// Folds a report into its text, which comes to the same whatever the order of the reports.
    ///
    /// # Errors
    /// When the database fails; nothing is written then.
    pub async fn apply_status(
        &self,
        report: &StatusReport,
        receipt: Option<&Receipt>,
        now: UnixMillis,
    ) -> Result<StatusApplied, Error> {
        self.write(&ApplyStatus {
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

impl Write for ApplyStatus {
    type Done = StatusApplied;

    async fn write(&self, db: &mut AnyConnection) -> Result<Written<StatusApplied>, Error> {
        let Self { report, receipt, now } = self;
        let by_sid = match by_sid(db, report).await? {
            BySid::Anothers => return Ok(Written::void(StatusApplied::Foreign)),
            BySid::Own(id) => Some(id),
            BySid::Nobodys => None,
        };
        if let Some(receipt) = receipt
            && take_receipt(db, report.user_id, receipt, *now).await?.is_some()
        {
            return Ok(Written::void(StatusApplied::Again));
        }
        let id = report.message.or(by_sid);
        let text = match id {
            Some(id) => lock(db, id, *now).await?,
            None => None,
        };
        let Some(mut text) = text.filter(|text| is_about(report, &text.message)) else {
            return Ok(Written::void(StatusApplied::Unknown));
        };
        let id = text.message.id;
        let known = match &text.message.provider_sid {
            Some(known) => *known == report.provider_sid,
            // One that the text had at an earlier attempt tells nothing about this one.
            None => {
                !went_by(db, id, &report.provider_sid).await?
                    && !is_taken(db, &text.message, &report.provider_sid).await?
            }
        };
        if !known {
            return Ok(Written::kept(StatusApplied::Done(Box::new(text.message))));
        }
        let before = text.clone();
        fold_report(&mut text, report, *now);
        if text.message == before.message && text.lane.is_none() {
            update(db, &text).await?;
            return Ok(Written::kept(StatusApplied::Done(Box::new(text.message))));
        }
        leave(db, &mut text, *now).await?;
        let event = MessageEvent {
            status: Some(report.status),
            sid: Some(report.provider_sid.clone()),
            detail: report.error.as_ref().map(|error| error.message.clone()),
            ..MessageEvent::new(MessageEventKind::Reported, *now)
        };
        note(db, id, &event).await?;
        let line = feed::note(db, report.user_id, FeedKind::Message, id, *now).await?;
        let done = StatusApplied::Done(Box::new(text.message));
        Ok(Written::told(done, report.user_id, line))
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

fn is_about(report: &StatusReport, message: &Message) -> bool {
    message.user_id == report.user_id
        && message.account_sid == report.account_sid
        && message.direction == Direction::Outbound
}

/// Whose the text of a report's SID is.
enum BySid {
    /// The user's.
    Own(MessageId),
    /// It is not known, or another user's of the same account.
    Nobodys,
    /// Another account's: the report is a forgery by a tenant who can sign.
    Anothers,
}

async fn by_sid(db: &mut AnyConnection, report: &StatusReport) -> Result<BySid, Error> {
    // By the SID alone: SQLite would else look through all of the user's.
    let rows = query("SELECT id, user_id, account_sid FROM messages WHERE provider_sid = $1")
        .bind(&report.provider_sid)
        .fetch_all(db)
        .await?;
    let mut found = BySid::Nobodys;
    for row in &rows {
        if get::<String>(row, "account_sid")? != report.account_sid {
            return Ok(BySid::Anothers);
        }
        let user: UserId = parsed(row, "user_id", |text| text.parse().ok())?;
        if user == report.user_id {
            found = BySid::Own(parsed(row, "id", |text| text.parse().ok())?);
        }
    }
    Ok(found)
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
