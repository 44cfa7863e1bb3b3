//! What Twilio tells of texts: verified, stored, and only then acknowledged.
//!
//! As with calls, a valid signature proves whose Auth Token signed, no more: a text is reached through its own account alone,
//! and what is told twice is done once.

use domain::id::{MessageId, UserId};
use domain::message::{MessageError, MessageMedia, MessageStatus};
use domain::segments::segments;
use secrecy::SecretString;
use store::{NewInbound, OptChange, Receipt, StatusApplied, StatusReport};
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
    /// Verifies a request.
    ///
    /// # Errors
    /// `Forbidden`, alike for every reason and in about the same time; `Internal` when the database fails.
    pub async fn verify(&self, request: &Unverified<'_>) -> Result<TextWebhook, Rejected> {
        let params = Params::parse(request.body);
        let claimed = params.account_sid().ok();
        let store = &self.parts.store;
        // The text that the address names says whose the request must be; else the account says it.
        let (message, owner, account) = match named(request.target) {
            Named::Nothing => (None, None, claimed.as_ref().map(ToString::to_string)),
            Named::Nonsense => (None, None, None),
            Named::Message(id) => match store.message_owner(id).await? {
                Some((user, account)) => (Some(id), Some(user), Some(account)),
                None => (None, None, None),
            },
        };
        let (user, tokens) = match &account {
            Some(account) => self.signers(account, owner).await?,
            None => (None, Vec::new()),
        };
        let known = !tokens.is_empty();
        let signed = self.voice.is_signed(request, &params, tokens);
        let asked = Asked::read(&params);
        let (true, true, Some(account_sid), Some(claimed), Ok(asked)) = (known, signed, account, claimed, asked) else {
            return Err(Rejected::Forbidden);
        };
        if claimed.as_str() != account_sid || self.is_anothers(&account_sid, asked.sid()).await? {
            return Err(Rejected::Forbidden);
        }
        Ok(TextWebhook {
            user,
            account_sid,
            message,
            asked,
            key: key_of(request.target, &params),
        })
    }

    /// Whose the account is, and the tokens that Twilio may have signed with.
    async fn signers(
        &self,
        account: &str,
        owner: Option<UserId>,
    ) -> Result<(Option<UserId>, Vec<SecretString>), ServiceError> {
        let tenant = self.parts.store.tenant_of_account(account).await?;
        let tenant = tenant.filter(|tenant| owner.is_none_or(|owner| owner == tenant.user_id));
        let mut tokens = match &tenant {
            Some(tenant) => self.voice.tokens_of(&tenant.connection)?,
            None => Vec::new(),
        };
        if let Some(system) = self.system().filter(|system| system.account_sid.as_str() == account) {
            tokens.push(system.auth_token.clone());
        }
        Ok((owner.or(tenant.map(|tenant| tenant.user_id)), tokens))
    }

    /// Whether the SID is known to belong to another account: then it is a forgery by a tenant who can sign.
    async fn is_anothers(&self, account: &str, sid: &str) -> Result<bool, ServiceError> {
        let owners = self.parts.store.accounts_of_message_sid(sid).await?;
        Ok(owners.iter().any(|owner| owner != account))
    }

    /// Stores what is told.
    ///
    /// # Errors
    /// When the database fails; then Twilio tells it again.
    pub async fn receive(&self, webhook: TextWebhook) -> Result<Reply, ServiceError> {
        let receipt = Receipt {
            key: webhook.key.clone(),
            answer: None,
        };
        let is_inbound = matches!(webhook.asked, Asked::Inbound(_));
        match (webhook.user, &webhook.asked) {
            (Some(user), Asked::Inbound(inbound)) => self.came_in(user, &webhook, inbound, &receipt).await?,
            (Some(user), Asked::Status(status)) => self.reported(user, &webhook, status, &receipt).await?,
            // The system's account is nobody's to read.
            (None, _) => {}
        }
        Ok(if is_inbound { Reply::Nothing } else { Reply::Noted })
    }

    async fn came_in(
        &self,
        user: UserId,
        webhook: &TextWebhook,
        inbound: &Inbound,
        receipt: &Receipt,
    ) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let sender = inbound.service.as_deref().unwrap_or(&inbound.to);
        let opt_change = match wish(inbound.opt_out_type.as_deref(), &inbound.body) {
            Some(Wish::Stop) => Some(OptChange::Out),
            Some(Wish::Start) => Some(OptChange::In),
            Some(Wish::Help) | None => None,
        };
        let media = inbound.media.iter().map(|medium| MessageMedia {
            source: medium.sid.clone(),
            content_type: Some(medium.kind.clone()).filter(|kind| !kind.is_empty()),
        });
        let new = NewInbound {
            id: MessageId(self.parts.entropy.uuid()),
            user_id: user,
            account_sid: webhook.account_sid.clone(),
            from: inbound.from.clone(),
            to: inbound.to.clone(),
            sender: sender.to_owned(),
            provider: "twilio".to_owned(),
            provider_sid: inbound.sid.clone(),
            media: media.collect(),
            segments: inbound.segments.unwrap_or_else(|| segments(&inbound.body).count),
            body: inbound.body.clone(),
            opt_change,
        };
        store.add_inbound(&new, Some(receipt), now).await?;
        Ok(())
    }

    async fn reported(
        &self,
        user: UserId,
        webhook: &TextWebhook,
        report: &Status,
        receipt: &Receipt,
    ) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let Some(status) = messaging::twilio_status(&twilio::MessageStatus::from(report.word.clone())) else {
            tracing::info!(sid = %report.sid, status = %report.word, "a text's status is none that is known here");
            return Ok(());
        };
        let error = fault(status, report.error_code);
        let told = StatusReport {
            user_id: user,
            account_sid: webhook.account_sid.clone(),
            message: webhook.message,
            provider_sid: report.sid.clone(),
            status,
            error,
            from: report.from.clone(),
            segments: None,
        };
        let applied = store.apply_status(&told, Some(receipt), now).await?;
        if let (StatusApplied::Done(message), Some(OPTED_OUT)) = (applied, report.error_code) {
            store.opt_out(user, &message.sender, &message.to, now).await?;
        }
        Ok(())
    }
}

/// Why it did not arrive, where it did not.
fn fault(status: MessageStatus, code: Option<u32>) -> Option<MessageError> {
    if !status.is_failure() {
        return None;
    }
    messaging::error_of_twilio(code, None)
}
