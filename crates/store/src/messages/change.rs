//! What a user does to his texts: calling one off, and sending one once more.

use domain::id::{MessageId, UserId};
use domain::message::{MessageEventKind, MessageStatus};
use domain::time::UnixMillis;
use sqlx::query;

use super::Retried;
use super::events::{MessageEvent, note};
use super::lane::{join, leave};
use super::row::{Outgoing, lock, update};
use crate::engine::Tx;
use crate::news::News;
use crate::{Error, FeedKind, Store, feed};

impl Store {
    /// Calls off a text that is scheduled, or waits and that no worker has claimed; `false` when it is too late.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cancel_message(&self, user: UserId, id: MessageId, now: UnixMillis) -> Result<bool, Error> {
        let mut tx = self.begin().await?;
        let text = lock(&mut tx, id, now).await?;
        let Some(mut text) = text.filter(|text| {
            let is_claimed = text.lease_until.is_some_and(|until| until > now);
            text.message.user_id == user && text.message.status.is_waiting() && !is_claimed
        }) else {
            tx.rollback().await?;
            return Ok(false);
        };
        text.message.status = MessageStatus::Canceled;
        (text.lease_token, text.lease_until) = (None, None);
        leave(&mut tx, &mut text, now).await?;
        // It has its place among what happened, not in a future that it does not have.
        query("UPDATE messages SET placed_at = $1 WHERE id = $2 AND placed_at > $1")
            .bind(now.0)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        self.finish(tx, &text, MessageEventKind::Canceled, now).await?;
        Ok(true)
    }

    /// Puts a text that did not arrive in line once more; `force` also one that may have been sent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry_message(
        &self,
        user: UserId,
        id: MessageId,
        force: bool,
        now: UnixMillis,
    ) -> Result<Retried, Error> {
        let mut tx = self.begin().await?;
        let text = lock(&mut tx, id, now).await?;
        let Some(mut text) = text.filter(|text| text.message.user_id == user) else {
            tx.rollback().await?;
            return Ok(Retried::Not);
        };
        let refused = match text.message.status {
            MessageStatus::Failed | MessageStatus::Undelivered => None,
            MessageStatus::Unknown if force => None,
            MessageStatus::Unknown => Some(Retried::NeedsForce),
            _ => Some(Retried::Not),
        };
        if let Some(refused) = refused {
            tx.rollback().await?;
            return Ok(refused);
        }
        let message = &mut text.message;
        message.status = MessageStatus::Queued;
        (message.provider_sid, message.error) = (None, None);
        (message.sent_at, message.delivered_at) = (None, None);
        // Whoever asked the provider before has nothing to tell of this attempt.
        (text.lease_token, text.lease_until, text.quiet_since) = (None, None, None);
        join(&mut tx, &mut text, now).await?;
        update(&mut tx, &text).await?;
        self.finish(tx, &text, MessageEventKind::Retried, now).await?;
        Ok(Retried::Queued(Box::new(text.message)))
    }

    async fn finish(&self, mut tx: Tx, text: &Outgoing, kind: MessageEventKind, now: UnixMillis) -> Result<(), Error> {
        let (user, id) = (text.message.user_id, text.message.id);
        note(&mut tx, id, &MessageEvent::new(kind, now)).await?;
        let line = feed::note(&mut tx, user, FeedKind::Message, id, now).await?;
        tx.tell(News::Feed { user, line });
        tx.commit().await?;
        Ok(())
    }
}
