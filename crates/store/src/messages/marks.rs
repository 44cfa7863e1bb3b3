//! What a worker writes of the texts that it has claimed. Each holds only while the lease is still the text's; `false`
//! tells that it is not, and that nothing was written.

use domain::id::MessageId;
use domain::message::{MessageError, MessageEventKind, MessageStatus};
use domain::time::UnixMillis;
use sqlx::AnyConnection;

use super::Sent;
use super::events::{MessageEvent, note};
use super::lane::{join, leave};
use super::row::{Lane, Outgoing, lock, update};
use super::status::{fold_sent, is_taken};
use crate::group::{Write, Written};
use crate::{Error, FeedKind, Store, feed};

#[derive(Clone)]
struct Mark {
    id: MessageId,
    lease: String,
    kind: MarkKind,
    now: UnixMillis,
}

#[derive(Clone)]
enum MarkKind {
    Sending {
        until: UnixMillis,
    },
    Sent(Sent),
    Rejected(MessageError),
    NotSent {
        retry_at: UnixMillis,
        error: Option<MessageError>,
    },
    Unknown,
}

impl Store {
    async fn mark(&self, id: MessageId, lease: &str, kind: MarkKind, now: UnixMillis) -> Result<bool, Error> {
        let lease = lease.to_owned();
        self.write(&Mark { id, lease, kind, now }).await
    }

    /// The provider is about to be asked: to be written before it is. The lease holds until then.
    ///
    /// # Errors
    /// When the database fails; the provider must not be asked then.
    pub async fn mark_sending(
        &self,
        id: MessageId,
        lease: &str,
        until: UnixMillis,
        now: UnixMillis,
    ) -> Result<bool, Error> {
        self.mark(id, lease, MarkKind::Sending { until }, now).await
    }

    /// The provider took it. That is known even where the lease had run out meanwhile, unless it is sent once more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_sent(&self, id: MessageId, lease: &str, sent: &Sent, now: UnixMillis) -> Result<bool, Error> {
        self.mark(id, lease, MarkKind::Sent(sent.clone()), now).await
    }

    /// The provider refused it for good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_rejected(
        &self,
        id: MessageId,
        lease: &str,
        error: &MessageError,
        now: UnixMillis,
    ) -> Result<bool, Error> {
        self.mark(id, lease, MarkKind::Rejected(error.clone()), now).await
    }

    /// It certainly was not sent, and is tried again then; those to the same person wait behind it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_not_sent(
        &self,
        id: MessageId,
        lease: &str,
        retry_at: UnixMillis,
        error: Option<&MessageError>,
        now: UnixMillis,
    ) -> Result<bool, Error> {
        let error = error.cloned();
        self.mark(id, lease, MarkKind::NotSent { retry_at, error }, now).await
    }

    /// Whether the provider took it cannot be told.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_unknown(&self, id: MessageId, lease: &str, now: UnixMillis) -> Result<bool, Error> {
        self.mark(id, lease, MarkKind::Unknown, now).await
    }
}

impl Write for Mark {
    type Done = bool;

    async fn write(&self, db: &mut AnyConnection) -> Result<Written<bool>, Error> {
        let Some(mut text) = lock(db, self.id, self.now).await? else {
            return Ok(Written::void(false));
        };
        if text.lease_token.as_deref() != Some(self.lease.as_str()) {
            return Ok(Written::void(false));
        }
        let event = match &self.kind {
            MarkKind::Sending { until } => {
                if text.message.status != MessageStatus::Queued || text.lane != Some(Lane::Head) {
                    return Ok(Written::void(false));
                }
                text.message.status = MessageStatus::Sending;
                text.message.attempts += 1;
                text.due_at = None;
                text.lease_until = Some(*until);
                update(db, &text).await?;
                Some(MessageEvent::new(MessageEventKind::Sending, self.now))
            }
            MarkKind::Sent(sent) => Some(self.sent(db, &mut text, sent).await?),
            MarkKind::Rejected(error) => self.rejected(db, &mut text, error).await?,
            MarkKind::NotSent { retry_at, error } => self.not_sent(db, &mut text, *retry_at, error).await?,
            MarkKind::Unknown => become_unknown(db, &mut text, self.now).await?,
        };
        let Some(event) = event else {
            return Ok(Written::kept(true));
        };
        note(db, self.id, &event).await?;
        let line = feed::note(db, text.message.user_id, FeedKind::Message, self.id, self.now).await?;
        Ok(Written::told(true, text.message.user_id, line))
    }
}

impl Mark {
    async fn sent(&self, db: &mut AnyConnection, text: &mut Outgoing, sent: &Sent) -> Result<MessageEvent, Error> {
        let mut sent = sent.clone();
        if let Some(sid) = &sent.provider_sid
            && is_taken(db, &text.message, sid).await?
        {
            sent.provider_sid = None;
        }
        (text.lease_token, text.lease_until) = (None, None);
        fold_sent(text, &sent, self.now);
        leave(db, text, self.now).await?;
        Ok(MessageEvent {
            status: Some(sent.status),
            sid: sent.provider_sid,
            ..MessageEvent::new(MessageEventKind::Accepted, self.now)
        })
    }

    async fn rejected(
        &self,
        db: &mut AnyConnection,
        text: &mut Outgoing,
        error: &MessageError,
    ) -> Result<Option<MessageEvent>, Error> {
        (text.lease_token, text.lease_until) = (None, None);
        let was_open = is_open(text);
        if was_open {
            text.message.status = MessageStatus::Failed;
            text.message.error = Some(error.clone());
            text.quiet_since = None;
        }
        leave(db, text, self.now).await?;
        Ok(was_open.then(|| MessageEvent {
            detail: Some(error.message.clone()),
            ..MessageEvent::new(MessageEventKind::Rejected, self.now)
        }))
    }

    async fn not_sent(
        &self,
        db: &mut AnyConnection,
        text: &mut Outgoing,
        retry_at: UnixMillis,
        error: &Option<MessageError>,
    ) -> Result<Option<MessageEvent>, Error> {
        (text.lease_token, text.lease_until) = (None, None);
        if !is_open(text) {
            leave(db, text, self.now).await?;
            return Ok(None);
        }
        text.message.status = MessageStatus::Queued;
        text.message.error.clone_from(error);
        text.quiet_since = None;
        if text.lane == Some(Lane::Head) {
            text.due_at = Some(retry_at);
        } else {
            join(db, text, retry_at).await?;
        }
        update(db, text).await?;
        Ok(Some(MessageEvent {
            detail: error.as_ref().map(|error| error.message.clone()),
            ..MessageEvent::new(MessageEventKind::NotSent, self.now)
        }))
    }
}

/// Whether nothing is known yet of what came of asking the provider: no report has told it.
fn is_open(text: &Outgoing) -> bool {
    matches!(text.message.status, MessageStatus::Sending | MessageStatus::Unknown)
}

/// Ends the wait for the provider's answer. The lease's token stays: its holder may yet tell.
pub(super) async fn become_unknown(
    db: &mut AnyConnection,
    text: &mut Outgoing,
    now: UnixMillis,
) -> Result<Option<MessageEvent>, Error> {
    text.lease_until = None;
    let was_sending = text.message.status == MessageStatus::Sending;
    if was_sending {
        text.message.status = MessageStatus::Unknown;
        text.quiet_since = Some(now);
    }
    leave(db, text, now).await?;
    Ok(was_sending.then(|| MessageEvent::new(MessageEventKind::Unknown, now)))
}
