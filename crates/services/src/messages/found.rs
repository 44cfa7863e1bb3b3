//! Texts as Twilio lists them: what was never told, because its reports were lost, is taken in from there.

use std::collections::HashMap;

use domain::call::Direction;
use domain::id::MessageId;
use domain::message::{MessageMedia, MessageStatus};
use domain::segments::segments;
use domain::time::UnixMillis;
use store::{InboundAdded, Message, MessageFilter, NewInbound, OptChange, StatusReport, Tenant};

use super::Messages;
use super::content::{BODY_MAX, MEDIA_MAX, tidied};
use super::keywords::{Wish, wish};
use crate::ServiceError;
use crate::reconcile::{Unread, has_had_its_time};

/// How many later texts of somebody are looked through for what he wanted last.
const LATER: u32 = 100;

impl Messages {
    /// Takes in what the list of texts tells and nobody else has: how far texts came, and texts to the connected number of
    /// which nothing was heard. Tells how many that changed.
    pub(crate) async fn take_in_texts(
        &self,
        client: &twilio::Client,
        tenant: &Tenant,
        listed: &[twilio::Message],
    ) -> Result<usize, Unread> {
        let store = &self.parts.store;
        let sids: Vec<String> = listed.iter().map(|text| text.sid.to_string()).collect();
        let known: HashMap<String, Message> = store
            .messages_of_sids(&tenant.connection.account_sid, &sids)
            .await?
            .into_iter()
            .filter_map(|message| Some((message.provider_sid.clone()?, message)))
            .collect();
        let service = store.text_settings(tenant.user_id).await?.messaging_service_sid;
        let now = self.parts.clock.now();
        let mut changed = 0;
        // Twilio lists the newest first; what came first is taken in first.
        for text in listed.iter().rev() {
            if !has_had_its_time(text.date_sent.as_deref(), now) {
                continue;
            }
            changed += usize::from(match known.get(text.sid.as_str()) {
                Some(message) => self.was_reported(message, text).await?,
                None if is_to_us(tenant, service.as_deref(), text) => {
                    self.came_in_unheard(client, tenant, text).await?
                }
                None => false,
            });
        }
        Ok(changed)
    }

    /// How far one of ours came.
    async fn was_reported(&self, message: &Message, text: &twilio::Message) -> Result<bool, ServiceError> {
        let status = messaging::twilio_status(&text.status);
        let (Some(status), Direction::Outbound) = (status, message.direction) else {
            return Ok(false);
        };
        if message.status.is_terminal() || message.status.merge(status) == message.status {
            return Ok(false);
        }
        let failed = status.is_failure();
        let error = messaging::error_of_twilio(text.error_code, text.error_message.as_deref()).filter(|_| failed);
        let told = StatusReport {
            user_id: message.user_id,
            account_sid: message.account_sid.clone(),
            message: Some(message.id),
            provider_sid: text.sid.to_string(),
            status,
            error,
            from: text.from.clone(),
            segments: text.num_segments.filter(|segments| *segments > 0),
            opted_out: false,
        };
        let now = self.parts.clock.now();
        self.parts.store.apply_status(&told, None, now).await?;
        Ok(true)
    }

    /// A text that we should have heard of.
    async fn came_in_unheard(
        &self,
        client: &twilio::Client,
        tenant: &Tenant,
        text: &twilio::Message,
    ) -> Result<bool, Unread> {
        let Some(from) = text.from.clone().filter(|from| !from.is_empty()) else {
            return Ok(false);
        };
        let now = self.parts.clock.now();
        let said = text.date_sent.as_deref().and_then(twilio::webhook::rfc2822);
        let came_in = said.map_or(now, |said| UnixMillis(said.as_millisecond()).min(now));
        let media = match text.num_media {
            None | Some(0) => Vec::new(),
            Some(_) => client.list_message_media(&text.sid).await?,
        };
        let media = media.into_iter().take(MEDIA_MAX).map(|medium| MessageMedia {
            source: medium.sid.to_string(),
            content_type: medium.content_type,
        });
        let body: String = tidied(&text.body).chars().take(BODY_MAX).collect();
        let service = text.messaging_service_sid.as_ref().map(ToString::to_string);
        let new = NewInbound {
            id: MessageId(self.parts.entropy.uuid()),
            user_id: tenant.user_id,
            account_sid: tenant.connection.account_sid.clone(),
            opt_change: self.wanted_last(tenant, &from, &body, came_in).await?,
            from,
            to: text.to.clone(),
            sender: service.unwrap_or_else(|| text.to.clone()),
            provider: "twilio".to_owned(),
            provider_sid: text.sid.to_string(),
            media: media.collect(),
            segments: text
                .num_segments
                .filter(|segments| *segments > 0)
                .unwrap_or_else(|| segments(&body).count),
            body,
        };
        let added = self.parts.store.add_found(&new, came_in, now).await?;
        Ok(matches!(added, InboundAdded::New(_)))
    }

    /// What the text changes about whether he may be texted: nothing where a later one has said something else.
    async fn wanted_last(
        &self,
        tenant: &Tenant,
        from: &str,
        body: &str,
        came_in: UnixMillis,
    ) -> Result<Option<OptChange>, ServiceError> {
        let change = match wish(None, body) {
            Some(Wish::Stop) => OptChange::Out,
            Some(Wish::Start) => OptChange::In,
            Some(Wish::Help) | None => return Ok(None),
        };
        let of_his = MessageFilter {
            peer: Some(from.to_owned()),
            direction: Some(Direction::Inbound),
        };
        let latest = self
            .parts
            .store
            .list_messages(tenant.user_id, &of_his, None, LATER)
            .await?;
        let mut later = latest.messages.iter().filter(|message| message.at > came_in);
        let overruled = later.any(|message| matches!(wish(None, &message.body), Some(Wish::Stop | Wish::Start)));
        Ok((!overruled).then_some(change))
    }
}

/// Whether we should have heard of it: a text to the connected number, or by the user's Messaging Service.
fn is_to_us(tenant: &Tenant, service: Option<&str>, text: &twilio::Message) -> bool {
    let arrived = messaging::twilio_status(&text.status) == Some(MessageStatus::Received);
    let by_service = text
        .messaging_service_sid
        .as_ref()
        .map(twilio::MessagingServiceSid::as_str);
    let inbound = text.direction.as_deref() == Some("inbound");
    inbound && arrived && (text.to == tenant.connection.phone_number || (service.is_some() && by_service == service))
}
