//! Texts that are new: to be sent, or come in.

use domain::call::Direction;
use domain::message::{MessageEventKind, MessageOrigin, MessageStatus};
use domain::time::UnixMillis;
use sqlx::{AnyConnection, query};

use super::events::{MessageEvent, note};
use super::lane::join;
use super::row::{Outgoing, insert};
use super::{AddedMessage, InboundAdded, Message, NewInbound, NewMessage};
use crate::group::{Write, Written};
use crate::idempotency::{Claim, NewClaim, claim_in};
use crate::receipts::take_receipt;
use crate::{Error, FeedKind, Receipt, Store, feed, opt_outs, threads};

#[derive(Clone)]
struct AddMessage {
    new: NewMessage,
    claim: Option<NewClaim>,
    now: UnixMillis,
}

#[derive(Clone)]
struct AddInbound {
    new: NewInbound,
    receipt: Option<Receipt>,
    /// When it came in, where it was only found later.
    found: Option<UnixMillis>,
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

    /// Keeps a text that came in, once however often it is told.
    ///
    /// # Errors
    /// When the database fails; nothing is written then.
    pub async fn add_inbound(
        &self,
        new: &NewInbound,
        receipt: Option<&Receipt>,
        now: UnixMillis,
    ) -> Result<InboundAdded, Error> {
        self.write(&AddInbound {
            new: new.clone(),
            receipt: receipt.cloned(),
            found: None,
            now,
        })
        .await
    }

    /// Keeps a text that came in at that moment, and of which nobody has told: it was found at the provider. It takes its place
    /// among the others.
    ///
    /// # Errors
    /// When the database fails; nothing is written then.
    pub async fn add_found(
        &self,
        new: &NewInbound,
        came_in: UnixMillis,
        now: UnixMillis,
    ) -> Result<InboundAdded, Error> {
        self.write(&AddInbound {
            new: new.clone(),
            receipt: None,
            found: Some(came_in),
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

impl Write for AddInbound {
    type Done = InboundAdded;

    async fn write(&self, db: &mut AnyConnection) -> Result<Written<InboundAdded>, Error> {
        let Self {
            new,
            receipt,
            found,
            now,
        } = self;
        if let Some(receipt) = receipt
            && take_receipt(db, new.user_id, receipt, *now).await?.is_some()
        {
            return Ok(Written::void(InboundAdded::Again));
        }
        let came_in = found.unwrap_or(*now);
        let text = Outgoing::received(new, came_in);
        threads::touch_by_message(db, &text.message).await?;
        if !insert(db, &text).await? {
            return Ok(Written::void(InboundAdded::Again));
        }
        if let Some(change) = new.opt_change {
            opt_outs::change_in(db, new.user_id, &new.sender, &new.from, change, came_in).await?;
        }
        note(db, new.id, &MessageEvent::new(MessageEventKind::Received, came_in)).await?;
        if found.is_some() {
            note(db, new.id, &MessageEvent::new(MessageEventKind::Found, *now)).await?;
        }
        let line = feed::note(db, new.user_id, FeedKind::Message, new.id, *now).await?;
        let added = InboundAdded::New(Box::new(text.message));
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
        Self::outside(Message {
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
        })
    }

    fn received(new: &NewInbound, now: UnixMillis) -> Self {
        Self::outside(Message {
            id: new.id,
            user_id: new.user_id,
            account_sid: new.account_sid.clone(),
            origin: MessageOrigin::User,
            direction: Direction::Inbound,
            from: new.from.clone(),
            to: new.to.clone(),
            sender: new.sender.clone(),
            provider: new.provider.clone(),
            provider_sid: Some(new.provider_sid.clone()),
            body: new.body.clone(),
            media: new.media.clone(),
            status: MessageStatus::Received,
            segments: new.segments,
            error: None,
            created_at: now,
            at: now,
            send_at: None,
            sent_at: None,
            delivered_at: None,
            attempts: 0,
            updated_at: now,
        })
    }

    /// In no lane.
    fn outside(message: Message) -> Self {
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
