//! Texts that are to be sent.

use domain::call::Direction;
use domain::message::{MessageEventKind, MessageOrigin, MessageStatus};
use domain::time::UnixMillis;
use sqlx::{AnyConnection, query};

use super::events::{MessageEvent, note};
use super::lane::join;
use super::row::{Outgoing, insert};
use super::{AddedMessage, Message, NewMessage};
use crate::group::{Write, Written};
use crate::idempotency::{Claim, NewClaim, claim_in};
use crate::{Error, FeedKind, Store, feed, threads};

#[derive(Clone)]
struct AddMessage {
    new: NewMessage,
    claim: Option<NewClaim>,
    now: UnixMillis,
}

impl Store {
    /// Keeps a text that is to be sent, in one transaction with its claim. Once this has returned, it is durable.
    ///
    /// # Errors
    /// When the database fails; nothing is written then.
    pub async fn add_message(
        &self,
        new: &NewMessage,
        claim: Option<&NewClaim>,
        now: UnixMillis,
    ) -> Result<AddedMessage, Error> {
        self.write(&AddMessage {
            new: new.clone(),
            claim: claim.cloned(),
            now,
        })
        .await
    }
}

impl Write for AddMessage {
    type Done = AddedMessage;

    async fn write(&self, db: &mut AnyConnection) -> Result<Written<AddedMessage>, Error> {
        let Self { new, claim, now } = self;
        if let Some(claim) = claim {
            let claimed = claim_in(db, new.user_id, claim, new.id, *now).await?;
            if claimed != Claim::New {
                return Ok(Written::void(AddedMessage::Claimed(claimed)));
            }
        }
        let mut text = Outgoing::new(new, *now);
        match new.origin {
            MessageOrigin::User => threads::touch_by_message(db, &text.message).await?,
            MessageOrigin::System => threads::lock(db, new.user_id, "").await?,
        }
        if new.clears_draft {
            query("UPDATE threads SET draft = NULL WHERE user_id = $1 AND peer = $2")
                .bind(new.user_id.to_string())
                .bind(text.message.thread())
                .execute(&mut *db)
                .await?;
        }
        if text.message.status == MessageStatus::Queued {
            join(db, &mut text, *now).await?;
        }
        insert(db, &text).await?;
        note(db, new.id, &MessageEvent::new(MessageEventKind::Requested, *now)).await?;
        let line = feed::note(db, new.user_id, FeedKind::Message, new.id, *now).await?;
        let added = AddedMessage::New(Box::new(text.message));
        Ok(Written::told(added, new.user_id, line))
    }
}

impl Outgoing {
    fn new(new: &NewMessage, now: UnixMillis) -> Self {
        let send_at = new.send_at.filter(|at| *at > now);
        let status = if send_at.is_some() {
            MessageStatus::Scheduled
        } else {
            MessageStatus::Queued
        };
        let message = Message {
            id: new.id,
            user_id: new.user_id,
            account_sid: new.account_sid.clone(),
            origin: new.origin,
            direction: Direction::Outbound,
            from: new.from.clone(),
            to: new.to.clone(),
            sender: new.sender.clone(),
            provider: new.provider.clone(),
            provider_sid: None,
            body: new.body.clone(),
            media: new.media.clone(),
            status,
            segments: new.segments,
            error: None,
            created_at: now,
            at: send_at.unwrap_or(now),
            send_at,
            sent_at: None,
            delivered_at: None,
            attempts: 0,
            updated_at: now,
        };
        Self {
            message,
            lane: None,
            due_at: None,
            lease_token: None,
            lease_until: None,
            quiet_since: None,
        }
    }
}
