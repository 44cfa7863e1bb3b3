//! What is stored is handed to the provider: one text at a time to each person, everybody's in turn.
//!
//! A text is claimed with a lease, marked as being sent, and only then sent. Whatever is killed before the mark is sent later;
//! whatever is killed after it becomes unknown once the lease has run out, and is looked up.

use std::sync::Arc;
use std::time::Duration;

use domain::message::{MessageError, MessageStatus};
use domain::time::UnixMillis;
use futures::stream::{FuturesUnordered, StreamExt as _};
use messaging::{Outcome, OutgoingText, Rejection, RejectionKind, Report, Sender};
use store::{Claiming, Message, Sent};
use tokio::task::JoinSet;
use url::Url;

use super::{Messages, backoff};
use crate::connections::RETRIES;
use crate::{ServiceError, figures};

/// Texts in flight at once: all users', and one user's.
const AT_ONCE: usize = 64;
const PER_USER: u32 = 8;
/// How long a claimed text may wait to be sent, and how long the provider may take, in milliseconds. The second is longer than
/// the longest request.
const CLAIM: i64 = 30_000;
const SENDING: i64 = 90_000;
/// A text is not tried more often than that.
const ATTEMPTS_MAX: u32 = 60;
/// Pauses between two looks at the database.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const BREATH: Duration = Duration::from_millis(50);
const AFTER_A_FAULT: Duration = Duration::from_secs(5);
/// How often what came of a text is tried to be stored.
const STORE_TRIES: u32 = 6;

impl Messages {
    /// Hands over what is due, until shutdown; what is under way then is waited for.
    pub(super) async fn drain(&self) {
        let shutdown = &self.parts.shutdown;
        // Tasks of their own: one that waits for its turn to write is passed it while this one waits for its claim.
        let mut flying = JoinSet::new();
        while !shutdown.is_cancelled() {
            // Those that have ended meanwhile make room for one claim together.
            while flying.try_join_next().is_some() {}
            let room = AT_ONCE.saturating_sub(flying.len());
            let claimed = self.claim(room).await;
            let pause = match &claimed {
                Ok(claimed) if claimed.len() == room => Duration::ZERO,
                Ok(_) => self.until_due().await,
                Err(error) => {
                    tracing::error!(error = %error.chain(), "texts could not be claimed");
                    AFTER_A_FAULT
                }
            };
            for due in claimed.unwrap_or_default() {
                let messages = self.clone();
                flying.spawn(async move { messages.deliver_or_say(due).await });
            }
            let full = flying.len() >= AT_ONCE;
            tokio::select! {
                Some(_) = flying.join_next() => {}
                () = self.wake.notified(), if !full => {}
                () = tokio::time::sleep(pause), if !full => {}
                () = shutdown.cancelled() => {}
            }
        }
        while flying.join_next().await.is_some() {}
    }

    /// Hands over what is due now, and waits for what comes of it.
    pub(super) async fn drain_once(&self) -> Result<(), ServiceError> {
        loop {
            let claimed = self.claim(AT_ONCE).await?;
            if claimed.is_empty() {
                return Ok(());
            }
            let mut flying: FuturesUnordered<_> = claimed.into_iter().map(|due| self.deliver(due)).collect();
            while let Some(done) = flying.next().await {
                done?;
            }
        }
    }

    async fn claim(&self, room: usize) -> Result<Vec<Due>, ServiceError> {
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let now = self.parts.clock.now();
        let claiming = Claiming {
            lease: self.parts.entropy.hex::<16>(),
            until: now.plus(CLAIM),
            limit,
            per_user: PER_USER,
        };
        let claimed = self.parts.store.claim_due(&claiming, now).await?;
        let lease: Arc<str> = claiming.lease.into();
        Ok(claimed
            .into_iter()
            .map(|message| Due {
                message,
                lease: Arc::clone(&lease),
            })
            .collect())
    }

    /// How long nothing is due, as far as is known now.
    async fn until_due(&self) -> Duration {
        match self.parts.store.next_due().await {
            Ok(Some(at)) => {
                let wait = at.since(self.parts.clock.now());
                let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0));
                wait.clamp(BREATH, LOOK_EVERY)
            }
            _ => LOOK_EVERY,
        }
    }

    async fn deliver_or_say(&self, due: Due) {
        let id = due.message.id;
        if let Err(error) = self.deliver(due).await {
            tracing::error!(message = %id, error = %error.chain(), "a text could not be handed over");
        }
    }

    /// Sends one text, and stores what came of it.
    async fn deliver(&self, due: Due) -> Result<(), ServiceError> {
        let Due { message, lease } = due;
        let store = &self.parts.store;
        let text = self.outgoing(&message).await?;
        let now = self.parts.clock.now();
        if self.parts.shutdown.is_cancelled() {
            store.release_claims(&lease, now).await?;
            return Ok(());
        }
        if !store.mark_sending(message.id, &lease, now.plus(SENDING), now).await? {
            return Ok(());
        }
        let outcome = match text {
            Ok(text) => self.provider().send(&text).await,
            Err(sentence) => Outcome::Rejected(Rejection {
                kind: RejectionKind::Credentials,
                error: MessageError {
                    code: None,
                    message: sentence,
                },
            }),
        };
        figures::text_given(self.provider().name(), word(&outcome));
        let mut tries = 1;
        while let Err(error) = self.note(&message, &lease, &outcome).await {
            if tries == STORE_TRIES {
                // The lease runs out, and then it is looked up.
                return Err(error);
            }
            tracing::warn!(message = %message.id, error = %error.chain(), "what came of a text could not be stored yet");
            tokio::time::sleep(Duration::from_millis(100 << tries)).await;
            tries += 1;
        }
        if matches!(outcome, Outcome::Unknown) {
            self.look_for_soon(message);
        }
        Ok(())
    }

    /// Stores what came of it.
    async fn note(&self, message: &Message, lease: &str, outcome: &Outcome) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let kept = match outcome {
            Outcome::Accepted(report) => {
                let kept = store.mark_sent(message.id, lease, &sent(report), now).await?;
                self.wake.notify_one();
                kept
            }
            Outcome::Rejected(Rejection { kind, error }) => {
                if *kind == RejectionKind::OptedOut {
                    store
                        .opt_out(message.user_id, &message.sender, &message.to, now)
                        .await?;
                }
                store.mark_rejected(message.id, lease, error, now).await?
            }
            Outcome::NotSent { .. } if message.attempts + 1 >= ATTEMPTS_MAX => {
                let error = MessageError {
                    code: None,
                    message: "The provider could not be reached for a long time, so this text was given up.".to_owned(),
                };
                store.mark_rejected(message.id, lease, &error, now).await?
            }
            Outcome::NotSent { retry_after } => {
                let random = u64::from_be_bytes(self.parts.entropy.bytes::<8>());
                let again = now.plus(backoff::pause(message.attempts + 1, *retry_after, random));
                store.mark_not_sent(message.id, lease, again, None, now).await?
            }
            Outcome::Unknown => store.mark_unknown(message.id, lease, now).await?,
        };
        if !kept {
            tracing::warn!(message = %message.id, "what came of a text came after its lease");
        }
        Ok(())
    }

    /// The text as the provider is given it, or why it cannot go.
    pub(super) async fn outgoing(&self, message: &Message) -> Result<Result<OutgoingText, String>, ServiceError> {
        let credentials = match self.credentials_of(message).await? {
            Ok(credentials) => credentials,
            Err(sentence) => return Ok(Err(sentence)),
        };
        let addresses = message.media.iter().map(|medium| Url::parse(&medium.source));
        let media: Result<Vec<Url>, _> = addresses.collect();
        Ok(Ok(OutgoingText {
            reference: message.id.to_string(),
            credentials,
            sender: Sender::read(&message.sender),
            to: message.to.clone(),
            body: message.body.clone(),
            media: media.map_err(ServiceError::internal)?,
            status_callback: self.status_callback(message)?,
        }))
    }

    /// Where the provider reports to: the address names the text, so that a report can come before the provider's answer.
    fn status_callback(&self, message: &Message) -> Result<Option<Url>, ServiceError> {
        if !self.provider().capabilities().status_callbacks {
            return Ok(None);
        }
        let base = self.parts.settings.app_url.as_str().trim_end_matches('/');
        let address = format!("{base}/webhooks/sms/twilio?message={}{RETRIES}", message.id);
        Url::parse(&address).map(Some).map_err(ServiceError::internal)
    }
}

/// A text that is ours to send while the lease lasts.
struct Due {
    message: Message,
    lease: Arc<str>,
}

/// What came of it, for whoever counts.
const fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted(_) => "accepted",
        Outcome::Rejected(_) => "rejected",
        Outcome::NotSent { .. } => "not_sent",
        Outcome::Unknown => "unknown",
    }
}

/// What the provider says of a text that it has.
pub(super) fn sent(report: &Report) -> Sent {
    Sent {
        provider_sid: Some(report.provider_sid.clone()).filter(|sid| !sid.is_empty()),
        status: match report.status {
            // It is at the provider, whatever it does there.
            None => MessageStatus::Accepted,
            Some(status) => status.max(MessageStatus::Accepted),
        },
        segments: report.segments.filter(|segments| *segments > 0),
        from: report.from.clone().filter(|from| !from.is_empty()),
    }
}

/// The moment from which a text may be at the provider.
pub(super) fn earliest(message: &Message) -> UnixMillis {
    const CLOCKS_DIFFER: i64 = 60_000;
    let asked = message.send_at.unwrap_or(message.created_at);
    asked.plus(-CLOCKS_DIFFER)
}
