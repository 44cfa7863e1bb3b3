//! A person, or his program, wants a text sent: it is stored, which is all that he waits for.

use domain::id::{MessageId, UserId};
use domain::message::{MessageMedia, MessageOrigin, MessageView};
use domain::problem::Problem;
use domain::segments::segments;
use domain::time::UnixMillis;
use domain::voice::VoiceSettings;
use store::{AddedMessage, Claim, NewClaim, NewMessage, Retried};

use super::outlet::Outlet;
use super::{Messages, SendText, content, message_not_found, recipient, view};
use crate::voice::{claim_of, dialling};
use crate::{Caller, ServiceError};

/// What an idempotency key is used for.
const ROUTE: &str = "POST /api/messages";

impl Messages {
    /// Stores a text that is to be sent. The same key with the same request gives the same text.
    ///
    /// # Errors
    /// `Invalid` with a sentence for each field at fault, or when the key was used for another request; `Conflict` when
    /// nothing is connected, or the other party does not want texts.
    pub async fn send(
        &self,
        caller: &Caller,
        request: &SendText,
        idempotency_key: Option<&str>,
    ) -> Result<MessageView, ServiceError> {
        let user = caller.user_id;
        let claim = idempotency_key.map(|key| claim(key, request)).transpose()?;
        if let Some(claim) = &claim
            && let Some(earlier) = used(self.parts.store.lookup_message_claim(user, claim).await?)?
        {
            return self.earlier(user, earlier).await;
        }
        let now = self.parts.clock.now();
        let outlet = self.outlet(user).await?.ok_or_else(not_connected)?;
        let settings = self.parts.store.voice_settings(user).await?.unwrap_or_default();
        let body = content::tidied(&request.body);
        let to = checked(request, &body, &outlet, &settings, now).map_err(ServiceError::Invalid)?;
        if self.parts.store.opted_out(user, &outlet.sender, &to).await?.is_some() {
            return Err(ServiceError::Conflict(opted_out()));
        }
        let new = NewMessage {
            id: MessageId(self.parts.entropy.uuid()),
            user_id: user,
            origin: MessageOrigin::User,
            from: outlet.from(),
            to,
            sender: outlet.sender,
            account_sid: outlet.account_sid,
            provider: self.provider().name().to_owned(),
            segments: segments(&body).count,
            body,
            media: request.media.iter().map(|address| attached(address)).collect(),
            send_at: request.send_at.filter(|at| *at > now),
            clears_draft: true,
        };
        match self.parts.store.add_message(&new, claim.as_ref(), now).await? {
            AddedMessage::New(message) => {
                self.wake.notify_one();
                Ok(view(*message))
            }
            AddedMessage::Claimed(claim) => {
                let earlier = used(claim)?.ok_or_else(|| ServiceError::internal("a key is both new and used"))?;
                self.earlier(user, earlier).await
            }
        }
    }

    /// Sends a text once more that failed. One of unknown fate may arrive twice then, so that must be wanted (`force`).
    ///
    /// # Errors
    /// `NotFound` when it is none of his; `Conflict` with `message_fate_unknown` where `force` is needed.
    pub async fn retry(&self, caller: &Caller, id: &str, force: bool) -> Result<MessageView, ServiceError> {
        let message = self.message(caller, id).await?;
        let opted = self
            .parts
            .store
            .opted_out(caller.user_id, &message.sender, &message.to)
            .await?;
        if opted.is_some() {
            return Err(ServiceError::Conflict(opted_out()));
        }
        let now = self.parts.clock.now();
        match self
            .parts
            .store
            .retry_message(caller.user_id, message.id, force, now)
            .await?
        {
            Retried::Queued(message) => {
                self.wake.notify_one();
                Ok(view(*message))
            }
            Retried::NeedsForce => Err(ServiceError::Conflict(Problem::new(
                "message_fate_unknown",
                "Nobody knows whether this text was sent. If you send it again, it may arrive twice.",
            ))),
            Retried::Not => Err(ServiceError::Conflict(Problem::new(
                "message_not_retryable",
                "Only a text that failed can be sent again.",
            ))),
        }
    }

    /// Calls a text off that was not sent yet.
    ///
    /// # Errors
    /// `NotFound` when it is none of his; `Conflict` when it is too late.
    pub async fn cancel(&self, caller: &Caller, id: &str) -> Result<MessageView, ServiceError> {
        let message = self.message(caller, id).await?;
        let now = self.parts.clock.now();
        if !self.parts.store.cancel_message(caller.user_id, message.id, now).await? {
            return Err(ServiceError::Conflict(Problem::new(
                "message_not_cancelable",
                "This text cannot be called off any more.",
            )));
        }
        self.wake.notify_one();
        self.earlier(caller.user_id, message.id).await
    }

    /// The text as it is now.
    async fn earlier(&self, user: UserId, id: MessageId) -> Result<MessageView, ServiceError> {
        let found = self.parts.store.message(user, id).await?;
        found.map(view).ok_or_else(message_not_found)
    }
}

/// The number that it goes to, or all that is wrong.
fn checked(
    request: &SendText,
    body: &str,
    outlet: &Outlet,
    settings: &VoiceSettings,
    now: UnixMillis,
) -> Result<String, Problem> {
    let to = to_number(&request.to, outlet, settings);
    let faults = content::faults(body, &request.media, request.send_at, now);
    match to {
        Ok(to) if faults.is_empty() => Ok(to),
        to => {
            let mut problem = match to {
                Err(problem) => problem,
                Ok(_) => Problem::new("invalid_message", faults.values().next().cloned().unwrap_or_default()),
            };
            for (field, sentence) in faults {
                problem = problem.field(field, sentence);
            }
            Err(problem)
        }
    }
}

/// By the user's rules; where nothing is known of where he is, any country is as good as his.
pub(super) fn to_number(to: &str, outlet: &Outlet, settings: &VoiceSettings) -> Result<String, Problem> {
    let at_home = dialling::country_of(&outlet.own_number).is_some();
    let checked = if at_home || !settings.countries.is_empty() || !outlet.account_sid.is_empty() {
        recipient::check(to, &outlet.own_number, settings)
    } else {
        let country = dialling::describe(to, "").map(|number| number.country);
        let anywhere = VoiceSettings {
            countries: country.into_iter().collect(),
            ..VoiceSettings::default()
        };
        recipient::check(to, "", &anywhere)
    };
    checked.map(|number| number.number)
}

fn attached(address: &str) -> MessageMedia {
    MessageMedia {
        source: address.to_owned(),
        content_type: None,
    }
}

fn claim(idempotency_key: &str, request: &SendText) -> Result<NewClaim, ServiceError> {
    let at = request.send_at.map(|at| at.0.to_string()).unwrap_or_default();
    let parts = [request.to.as_str(), &request.body, &at];
    claim_of(
        ROUTE,
        idempotency_key,
        parts.into_iter().chain(request.media.iter().map(String::as_str)),
    )
}

/// What the key was used for, if it was.
fn used(claim: Claim<MessageId>) -> Result<Option<MessageId>, ServiceError> {
    match claim {
        Claim::New => Ok(None),
        Claim::Same(id) => Ok(Some(id)),
        Claim::Different => Err(ServiceError::Invalid(Problem::new(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request. Use a new one.",
        ))),
    }
}

pub(super) fn not_connected() -> ServiceError {
    ServiceError::Conflict(Problem::new(
        "twilio_not_connected",
        "No Twilio account is connected. Connect one under Settings → Twilio Setup.",
    ))
}

pub(super) fn opted_out() -> Problem {
    let sentence = "This person has asked for no more texts (STOP). You can write again once they have sent START.";
    Problem::new("recipient_opted_out", sentence).field("to", sentence)
}
