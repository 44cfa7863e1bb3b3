//! What Twilio tells of texts: verified, stored, and only then acknowledged.
//!
//! As with calls, a valid signature proves whose Auth Token signed, no more: a text is reached through its own account alone,
//! and what is told twice is done once.

use domain::id::{MessageId, UserId};
use domain::message::{MessageError, MessageMedia, MessageStatus};
use domain::segments::segments;
use store::{InboundAdded, NewInbound, OptChange, Receipt, StatusApplied, StatusReport};
use twilio::webhook::Params;

use super::Messages;
use super::asked::{Asked, Inbound, Named, Status, named};
use super::keywords::{Wish, wish};
use crate::ServiceError;
use crate::voice::{Rejected, Unverified, key_of};

/// The other party has sent STOP.
const OPTED_OUT: u32 = 21_610;

/// A report of a text, or a text that came in, from Twilio, for one of our users or for the system.
pub struct TextWebhook {
    /// Whose it is; nobody's where the system's account was texted.
    user: Option<UserId>,
    account_sid: String,
    /// The text that the address names.
    message: Option<MessageId>,
    asked: Asked,
    /// Tells this request from every other.
    key: String,
}

/// What Twilio is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To a text that came in: nothing is to be sent back.
    Nothing,
    /// To a report: it is stored.
    Noted,
}

impl Messages {
    /// Verifies a request: its signature, and the shape of all that counts in it. Only what the system's own account tells of a
    /// user's text needs the database for it.
    ///
    /// # Errors
    /// `Forbidden`, alike for every reason and in about the same time; `Internal` when the database fails.
    pub async fn verify(&self, request: &Unverified<'_>) -> Result<TextWebhook, Rejected> {
        let params = Params::parse(request.body);
        let claimed = params.account_sid().ok();
        let tenant = match &claimed {
            Some(account) => self.parts.store.tenant_of_account(account.as_str()).await?,
            None => None,
        };
        let system = self
            .system()
            .filter(|system| claimed.as_ref() == Some(&system.account_sid));
        let mut tokens = match &tenant {
            Some(tenant) => self.voice.tokens_of(&tenant.connection)?,
            None => Vec::new(),
        };
        tokens.extend(system.map(|system| system.auth_token.clone()));
        let known = !tokens.is_empty();
        let signed = self.voice.is_signed(request, &params, tokens);
        let (true, true, Some(claimed)) = (known, signed, claimed) else {
            return Err(Rejected::Forbidden);
        };
        let message = match named(request.target) {
            Named::Nothing => None,
            Named::Message(id) => Some(id),
            Named::Nonsense => return Err(Rejected::Forbidden),
        };
        let asked = Asked::read(&params).map_err(|_| Rejected::Forbidden)?;
        let user = match (message, tenant) {
            // Texts of many users go out from the system's account: the text itself says whose it is.
            (Some(id), _) if system.is_some() => Some(self.owner_in(id, claimed.as_str()).await?),
            (_, tenant) => tenant.map(|tenant| tenant.user_id),
        };
        Ok(TextWebhook {
            user,
            account_sid: claimed.to_string(),
            message,
            asked,
            key: key_of(request.target, &params),
        })
    }

    /// Whose the text is, which must have gone out from that account.
    async fn owner_in(&self, id: MessageId, account_sid: &str) -> Result<UserId, Rejected> {
        let owner = self.parts.store.message_owner(id).await?;
        let owner = owner.filter(|(_, account)| account == account_sid);
        owner.map(|(user, _)| user).ok_or(Rejected::Forbidden)
    }

    /// Whether the SID is known to belong to another account: then it is a forgery by a tenant who can sign.
    async fn is_anothers(&self, account: &str, sid: &str) -> Result<bool, ServiceError> {
        let owners = self.parts.store.accounts_of_message_sid(sid).await?;
        Ok(owners.iter().any(|owner| owner != account))
    }

    /// Stores what is told.
    ///
    /// # Errors
    /// `Forbidden` when it speaks of what is not the tenant's; `Internal` when the database fails: then Twilio tells it again.
    pub async fn receive(&self, webhook: TextWebhook) -> Result<Reply, Rejected> {
        let TextWebhook {
            user,
            account_sid,
            message,
            asked,
            key,
        } = webhook;
        let receipt = Receipt { key, answer: None };
        match (user, asked) {
            (Some(user), Asked::Inbound(inbound)) => {
                self.came_in(user, account_sid, inbound, &receipt).await?;
                Ok(Reply::Nothing)
            }
            (Some(user), Asked::Status(status)) => {
                self.reported(user, (account_sid, message), status, &receipt).await?;
                Ok(Reply::Noted)
            }
            // The system's account is nobody's to read.
            (None, Asked::Inbound(inbound)) if self.is_anothers(&account_sid, &inbound.sid).await? => {
                Err(Rejected::Forbidden)
            }
            (None, Asked::Inbound(_)) => Ok(Reply::Nothing),
            (None, Asked::Status(_)) => Ok(Reply::Noted),
        }
    }

    async fn came_in(
        &self,
        user: UserId,
        account_sid: String,
        inbound: Inbound,
        receipt: &Receipt,
    ) -> Result<(), Rejected> {
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let opt_change = match wish(inbound.opt_out_type.as_deref(), &inbound.body) {
            Some(Wish::Stop) => Some(OptChange::Out),
            Some(Wish::Start) => Some(OptChange::In),
            Some(Wish::Help) | None => None,
        };
        let media = inbound.media.into_iter().map(|medium| MessageMedia {
            source: medium.sid,
            content_type: Some(medium.kind).filter(|kind| !kind.is_empty()),
        });
        let new = NewInbound {
            id: MessageId(self.parts.entropy.uuid()),
            user_id: user,
            account_sid,
            from: inbound.from,
            sender: inbound.service.unwrap_or_else(|| inbound.to.clone()),
            to: inbound.to,
            provider: "twilio".to_owned(),
            provider_sid: inbound.sid,
            media: media.collect(),
            segments: inbound.segments.unwrap_or_else(|| segments(&inbound.body).count),
            body: inbound.body,
            opt_change,
        };
        match store.add_inbound(&new, Some(receipt), now).await? {
            InboundAdded::New(_) => Ok(()),
            InboundAdded::Foreign => Err(Rejected::Forbidden),
            InboundAdded::Again => {
                crate::figures::webhook_repeated("text");
                Ok(())
            }
        }
    }

    async fn reported(
        &self,
        user: UserId,
        (account_sid, message): (String, Option<MessageId>),
        report: Status,
        receipt: &Receipt,
    ) -> Result<(), Rejected> {
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let Some(status) = messaging::twilio_status(&twilio::MessageStatus::from(report.word.clone())) else {
            if let Some(id) = message
                && self.owner_in(id, &account_sid).await? != user
            {
                return Err(Rejected::Forbidden);
            }
            tracing::info!(sid = %report.sid, status = %report.word, "a text's status is none that is known here");
            return Ok(());
        };
        let error = fault(status, report.error_code);
        let told = StatusReport {
            user_id: user,
            account_sid,
            message,
            provider_sid: report.sid,
            status,
            error,
            from: report.from,
            segments: None,
            opted_out: report.error_code == Some(OPTED_OUT),
        };
        match store.apply_status(&told, Some(receipt), now).await? {
            StatusApplied::Foreign => Err(Rejected::Forbidden),
            // The address names a text that is not the tenant's.
            StatusApplied::Unknown if message.is_some() => Err(Rejected::Forbidden),
            // Not one of ours: others may send with the same account.
            StatusApplied::Done(_) | StatusApplied::Unknown => Ok(()),
            StatusApplied::Again => {
                crate::figures::webhook_repeated("text");
                Ok(())
            }
        }
    }
}

/// Why it did not arrive, where it did not.
fn fault(status: MessageStatus, code: Option<u32>) -> Option<MessageError> {
    if !status.is_failure() {
        return None;
    }
    messaging::error_of_twilio(code, None)
}
