//! What Twilio would have told, had its reports not been lost: its lists are read now and then, and what nobody has told by then
//! is taken in.
//!
//! Each account's lists are read by one server at a time, which takes that on in the connection's row. Everything is merged the
//! way a report is, so that what is told after all, or read twice, changes nothing.

use std::time::Duration;

use domain::time::UnixMillis;
use jiff::Timestamp;
use store::{Sweep, Tenant};
use tokio::task::JoinSet;

use crate::messages::Messages;
use crate::voice::Voice;
use crate::{Parts, ServiceError};

/// How often it is looked whose lists are due.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const AFTER_A_FAULT: Duration = Duration::from_secs(10);
/// Accounts whose lists are read at the same time.
const AT_ONCE: u32 = 8;
/// How long reading may take until another server takes it for abandoned, in milliseconds.
const LEASE: i64 = 2 * 60 * 1000;
/// How often an account's lists are read, in milliseconds: what is lost is found within five minutes.
const EVERY: i64 = 4 * 60 * 1000;
/// After Twilio has refused the credentials, which seldom mends itself.
const SELDOM: i64 = 60 * 60 * 1000;
/// After Twilio could not be reached.
const AGAIN: i64 = 60 * 1000;
/// What had no time yet to be told when lists were read is in the next ones.
const OVERLAP: i64 = 10 * 60 * 1000;
/// How far back lists are read at most.
const FURTHEST: i64 = 14 * 24 * 60 * 60 * 1000;
/// How long a report may take; before, nothing is lost.
const ON_ITS_WAY: i64 = 30 * 1000;
/// Pages of 100 that are read of a list.
const PAGES: usize = 50;

/// Reads Twilio's lists.
#[derive(Clone)]
pub struct Reconciliation {
    parts: Parts,
    voice: Voice,
    messages: Messages,
}

/// Why a list was not read to its end.
pub(crate) enum Unread {
    /// Twilio did not give it.
    Twilio(twilio::Error),
    /// A fault of ours.
    Ours(ServiceError),
}

impl From<twilio::Error> for Unread {
    fn from(error: twilio::Error) -> Self {
        Self::Twilio(error)
    }
}

impl From<ServiceError> for Unread {
    fn from(error: ServiceError) -> Self {
        Self::Ours(error)
    }
}

impl From<store::Error> for Unread {
    fn from(error: store::Error) -> Self {
        Self::Ours(error.into())
    }
}

impl Reconciliation {
    /// Wires it to its parts.
    #[must_use]
    pub fn new(parts: Parts, voice: Voice, messages: Messages) -> Self {
        Self { parts, voice, messages }
    }

    /// Works until shutdown.
    pub(crate) async fn work(&self) {
        let shutdown = self.parts.shutdown.clone();
        if let Err(error) = self.begin().await {
            tracing::error!(error = %error.chain(), "Twilio's lists wait for their turn");
        }
        while !shutdown.is_cancelled() {
            let pause = match self.work_once().await {
                Ok(()) => LOOK_EVERY,
                Err(error) => {
                    tracing::error!(error = %error.chain(), "Twilio's lists could not be read");
                    AFTER_A_FAULT
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// At a start: while no server ran, nobody was told anything, so that nobody's lists wait for their time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self) -> Result<(), ServiceError> {
        let now = self.parts.clock.now();
        Ok(self.parts.store.hasten_sweeps(now, now.plus(LEASE)).await?)
    }

    /// Reads what is due now, and takes it in.
    ///
    /// # Errors
    /// When the database fails; what Twilio refuses is tried again later.
    pub async fn work_once(&self) -> Result<(), ServiceError> {
        loop {
            let now = self.parts.clock.now();
            let claimed = self.parts.store.claim_sweeps(now, now.plus(LEASE), AT_ONCE).await?;
            if claimed.is_empty() {
                return Ok(());
            }
            let mut sweeps = JoinSet::new();
            for sweep in claimed {
                let this = self.clone();
                sweeps.spawn(async move { this.sweep(&sweep).await });
            }
            while let Some(swept) = sweeps.join_next().await {
                swept.map_err(ServiceError::internal)??;
            }
            if self.parts.shutdown.is_cancelled() {
                return Ok(());
            }
        }
    }

    async fn sweep(&self, sweep: &Sweep) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let began = self.parts.clock.now();
        let tenant = store.tenant_of_account(&sweep.account_sid).await?;
        let Some(tenant) = tenant.filter(|tenant| tenant.connection.id == sweep.connection) else {
            // It was disconnected a moment ago.
            store.end_sweep(sweep, None, began.plus(SELDOM)).await?;
            return Ok(());
        };
        let (swept_until, pause) = tokio::select! {
            read = self.read(&tenant, sweep, began) => match read {
                Ok(()) => (Some(began), EVERY),
                Err(Unread::Ours(error)) => return Err(error),
                Err(Unread::Twilio(error)) => {
                    tracing::warn!(connection = %sweep.connection, %error, "Twilio's lists could not be read; they are tried again");
                    (None, pause_after(&error))
                }
            },
            // What was taken in stays; the rest is read after the next start.
            () = self.parts.shutdown.cancelled() => (None, 0),
        };
        store.end_sweep(sweep, swept_until, began.plus(pause)).await?;
        Ok(())
    }

    /// Reads the lists and takes in what nobody has told.
    async fn read(&self, tenant: &Tenant, sweep: &Sweep, now: UnixMillis) -> Result<(), Unread> {
        let client = crate::connections::client_of(&self.parts, &tenant.connection)?;
        let linked = tenant.connection.connected_at.unwrap_or(sweep.since);
        // What was before the account was linked is none of ours.
        let since = sweep.since.plus(-OVERLAP).max(now.plus(-FURTHEST)).max(linked);
        let since = Timestamp::from_millisecond(since.0).map_err(ServiceError::internal)?;
        let (calls, texts, recordings) = tokio::try_join!(
            client.list_calls_since(since, PAGES),
            client.list_messages_since(since, PAGES),
            client.list_recordings_since(since, PAGES),
        )?;
        if !(calls.complete && texts.complete && recordings.complete) {
            tracing::warn!(connection = %sweep.connection, "more has happened than Twilio's lists are read for at once");
        }
        let found = self.voice.take_in_calls(tenant, &calls.items).await?
            // After the calls that they are of.
            + self.voice.take_in_recordings(tenant, &recordings.items).await?
            + self.messages.take_in_texts(&client, tenant, &texts.items).await?;
        if found > 0 {
            tracing::info!(connection = %sweep.connection, found, "what Twilio had not told was found in its lists");
        }
        Ok(())
    }
}

/// When lists that could not be read are read next, in milliseconds from now.
fn pause_after(error: &twilio::Error) -> i64 {
    let asked = error
        .retry_after()
        .and_then(|pause| i64::try_from(pause.as_millis()).ok());
    if error.is_credentials_rejected() {
        SELDOM
    } else if error.is_rate_limited() {
        EVERY.max(asked.unwrap_or_default())
    } else {
        AGAIN.max(asked.unwrap_or_default())
    }
}

/// Whether what happened at that time, as Twilio writes it, should have been told by now. What has no time has not happened.
pub(crate) fn has_had_its_time(said: Option<&str>, now: UnixMillis) -> bool {
    let said = said.and_then(twilio::webhook::rfc2822);
    said.is_some_and(|said| now.since(UnixMillis(said.as_millisecond())) >= ON_ITS_WAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_still_be_told_is_not_lost() {
        let at = |seconds: i64| UnixMillis(1_790_000_000_000 + seconds * 1000);
        let said = Some("Mon, 21 Sep 2026 14:13:20 +0000");
        assert!(!has_had_its_time(said, at(29)));
        assert!(has_had_its_time(said, at(30)));
        assert!(!has_had_its_time(None, at(30)));
        assert!(!has_had_its_time(Some("soon"), at(30)));
    }
}
