//! Texts of which nothing is heard: looked up at the provider, and asked about.

use std::time::Duration;

use domain::message::MessageStatus;
use domain::time::UnixMillis;
use jiff::Timestamp;
use messaging::{LookupError, Report};
use store::{Message, StatusReport};

use super::outbox::{earliest, sent};
use super::{Messages, backoff};
use crate::ServiceError;

/// How often it is looked for work.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const AFTER_A_FAULT: Duration = Duration::from_secs(10);
/// A text of which nothing was heard for so long is asked about, in milliseconds.
const QUIET: i64 = 60_000;
/// How long asking may take until another server takes it for abandoned; less than the silence that is waited for anyway.
const LEASE: i64 = 3 * 60_000;
/// After that long, nothing more is to be expected.
const GIVE_UP: i64 = 3 * 24 * 60 * 60 * 1000;
/// Rows worked on at a time.
const AT_ONCE: u32 = 32;
/// How soon a text is looked for whose answer was lost: it may take a moment until it is listed.
const SOON: [Duration; 3] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(10)];

impl Messages {
    /// Works until shutdown.
    pub(super) async fn look_after(&self) {
        let shutdown = &self.parts.shutdown;
        while !shutdown.is_cancelled() {
            let pause = match self.look_once().await {
                Ok(()) => LOOK_EVERY,
                Err(error) => {
                    tracing::error!(error = %error.chain(), "texts could not be looked after");
                    AFTER_A_FAULT
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Asks about what is due now.
    pub(super) async fn look_once(&self) -> Result<(), ServiceError> {
        let now = self.parts.clock.now();
        for message in self.parts.store.expire_claims(now, AT_ONCE).await? {
            tracing::warn!(message = %message.id, "a text was being sent when the server stopped; it is looked up");
            self.look_for(&message).await?;
            // Others to the same person have waited for this.
            self.wake.notify_one();
        }
        let claimed = now.plus(LEASE);
        for message in self.parts.store.claim_polls(now.plus(-QUIET), claimed, AT_ONCE).await? {
            if self.parts.shutdown.is_cancelled() {
                return Ok(());
            }
            self.ask_about(&message, claimed).await?;
        }
        Ok(())
    }

    /// Looks for a text whose answer was lost, a few times.
    pub(super) fn look_for_soon(&self, message: Message) {
        let messages = self.clone();
        self.parts.tasks.spawn(async move {
            for pause in SOON {
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = messages.parts.shutdown.cancelled() => return,
                }
                match messages.look_for(&message).await {
                    Ok(false) => {}
                    Ok(true) => return,
                    Err(error) => {
                        tracing::warn!(message = %message.id, error = %error.chain(), "a text could not be looked up");
                    }
                }
            }
        });
    }

    /// Whether anything more is worth doing now: a text that nobody has heard of stays unknown.
    async fn look_for(&self, message: &Message) -> Result<bool, ServiceError> {
        if message.provider != self.provider().name() || !self.provider().capabilities().lookup {
            return Ok(true);
        }
        // Its report may have come meanwhile.
        let Some(message) = self.parts.store.message(message.user_id, message.id).await? else {
            return Ok(true);
        };
        if message.status != MessageStatus::Unknown {
            return Ok(true);
        }
        let Ok(text) = self.outgoing(&message).await? else {
            return Ok(true);
        };
        let since = Timestamp::from_millisecond(earliest(&message).0).map_err(ServiceError::internal)?;
        let found = match self.provider().find(&text, since).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(message = %message.id, ?error, "the provider could not be asked for a text");
                return Ok(false);
            }
        };
        let mut sids: Vec<String> = found.iter().map(|report| report.provider_sid.clone()).collect();
        // What is on its way is known by its text's id alone, and the first that nobody else has is this one.
        let known = self.parts.store.sids_known(&message.account_sid, &sids).await?;
        sids.retain(|sid| !known.contains(sid));
        let early = |report: &&Report| {
            let made = report.created_at.map(|at| UnixMillis(at.as_millisecond()));
            made.is_none_or(|made| made >= earliest(&message))
        };
        let mut candidates = found
            .iter()
            .filter(|report| sids.contains(&report.provider_sid))
            .filter(early);
        let Some(report) = candidates.next() else {
            return Ok(false);
        };
        let now = self.parts.clock.now();
        if self
            .parts
            .store
            .adopt(message.user_id, message.id, &sent(report), now)
            .await?
        {
            self.report(&message, report).await?;
        }
        self.wake.notify_one();
        Ok(true)
    }

    /// Asks how a text fares of which nothing was heard; it is taken on until `claimed`.
    async fn ask_about(&self, message: &Message, claimed: UnixMillis) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let age = now.since(earliest(message));
        if age > GIVE_UP || message.provider != self.provider().name() || !self.provider().capabilities().lookup {
            store.stop_polls(message.id, claimed).await?;
            return Ok(());
        }
        match (&message.provider_sid, self.credentials_of(message).await?) {
            (None, Ok(_)) if message.status == MessageStatus::Unknown => {
                self.look_for(message).await?;
            }
            (Some(sid), Ok(credentials)) => match self.provider().status(credentials.as_ref(), sid).await {
                Ok(Some(report)) => self.report(message, &report).await?,
                Ok(None) => {
                    store.stop_polls(message.id, claimed).await?;
                    return Ok(());
                }
                Err(LookupError::Unavailable | LookupError::Refused(_)) => {
                    tracing::warn!(message = %message.id, "the provider could not be asked about a text");
                }
            },
            // Nobody can be asked.
            _ => {
                store.stop_polls(message.id, claimed).await?;
                return Ok(());
            }
        }
        // The older, the less often.
        let asked = u32::try_from(age / (10 * 60_000)).unwrap_or(u32::MAX);
        let again = now.plus(backoff::patience(asked.saturating_add(1)) - QUIET);
        let now = self.parts.clock.now();
        store.mark_polled(message.id, claimed, again, now).await?;
        Ok(())
    }

    /// Takes in what the provider says of a text.
    async fn report(&self, message: &Message, report: &Report) -> Result<(), ServiceError> {
        let Some(status) = report.status else { return Ok(()) };
        let told = StatusReport {
            user_id: message.user_id,
            account_sid: message.account_sid.clone(),
            message: Some(message.id),
            provider_sid: report.provider_sid.clone(),
            status,
            error: report.error.clone(),
            from: report.from.clone(),
            segments: report.segments.filter(|segments| *segments > 0),
            opted_out: false,
        };
        self.parts
            .store
            .apply_status(&told, None, self.parts.clock.now())
            .await?;
        Ok(())
    }

    /// Does what is due in the background, until shutdown.
    pub(crate) async fn work(&self) {
        tokio::join!(self.drain(), self.look_after());
    }

    /// Does what is due now, and waits for what comes of it.
    ///
    /// # Errors
    /// When the database fails; what the provider refuses is stored with the text.
    pub async fn work_once(&self) -> Result<(), ServiceError> {
        self.look_once().await?;
        self.drain_once().await
    }
}
