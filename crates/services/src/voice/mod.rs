//! Calls: what Twilio asks and reports, what a person does with a running call, and what is due in the background.
//!
//! Whatever Twilio asks is verified ([`webhook`]), decided without reading or writing anything ([`flow`]), stored together
//! with its answer, and only then answered ([`answer`], [`reports`]): a request that comes again gets the answer that it got
//! before. [`control`] is what a person does with a call that is running, [`request`] begins one from the server, and
//! [`worker`] asks Twilio about calls of which nothing was heard, and has recordings deleted.

mod answer;
mod asked;
mod control;
pub mod countries;
pub mod dialling;
mod echo;
mod flow;
mod found;
mod legs;
mod reports;
mod request;
mod urls;
mod webhook;
mod worker;

use std::sync::Arc;

use domain::id::{RecordingId, UserId};
use domain::problem::Problem;
use domain::voice::VoiceSettings;
use secrecy::SecretString;
use store::{Call, Tenant};

use crate::{Caller, Parts, ServiceError};

pub use asked::{RecordingReport, StatusReport, VoiceRequest};
pub(crate) use request::claim_of;
pub(crate) use webhook::key_of;
pub use webhook::{Asked, Rejected, Unverified, Webhook};

use urls::Urls;

/// The use cases of calls.
#[derive(Clone)]
pub struct Voice {
    parts: Parts,
    urls: Urls,
    /// Stands in for the token of a tenant that does not exist, so that nobody learns from the time taken who does.
    nobody: SecretString,
}

impl Voice {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            urls: Urls::new(&parts.settings.app_url),
            nobody: SecretString::from(parts.entropy.hex::<16>()),
            parts,
        }
    }

    /// One of the caller's recordings is to go, here and at Twilio.
    ///
    /// # Errors
    /// `NotFound` when it is none of his.
    pub async fn delete_recording(&self, caller: &Caller, id: RecordingId) -> Result<(), ServiceError> {
        let now = self.parts.clock.now();
        if self
            .parts
            .store
            .mark_recording_deleting(caller.user_id, id, now)
            .await?
            || self.parts.store.recording(caller.user_id, id).await?.is_some()
        {
            return Ok(());
        }
        Err(ServiceError::NotFound(Problem::new(
            "recording_not_found",
            "There is no such recording.",
        )))
    }

    /// How many seconds a further call may take.
    async fn within_caps(&self, user: UserId, settings: &VoiceSettings) -> Result<Result<u32, Problem>, ServiceError> {
        let now = self.parts.clock.now();
        let since = now.plus(-answer::DAY);
        let (live, used) = self.parts.store.calls_and_seconds(user, since, now).await?;
        Ok(dialling::within_caps(live, used, settings))
    }

    /// The seconds of outbound calls in the last 24 hours.
    async fn used_today(&self, user: UserId) -> Result<u64, ServiceError> {
        let now = self.parts.clock.now();
        Ok(self
            .parts
            .store
            .outbound_seconds(user, now.plus(-answer::DAY), now)
            .await?)
    }

    async fn settings(&self, user: UserId) -> Result<VoiceSettings, ServiceError> {
        Ok(self.parts.store.voice_settings(user).await?.unwrap_or_default())
    }

    fn client_of(&self, tenant: &Tenant) -> Result<twilio::Client, ServiceError> {
        crate::connections::client_of(&self.parts, &tenant.connection)
    }

    /// One of the caller's calls, by our id or by the SID of one of its legs, with the account that it runs in.
    async fn call_of(&self, caller: &Caller, call: &str) -> Result<(Arc<Tenant>, Call), ServiceError> {
        let found = match urls::call_id(call) {
            Some(id) => self.parts.store.call(caller.user_id, id).await?,
            None if call.parse::<twilio::CallSid>().is_ok() => {
                self.parts.store.call_by_sid(caller.user_id, call).await?
            }
            None => None,
        };
        let not_found = || ServiceError::NotFound(Problem::new("call_not_found", "There is no such call."));
        let call = found.ok_or_else(not_found)?;
        self.parts
            .store
            .tenant_of_call(call.id)
            .await?
            .ok_or_else(crate::connections::not_connected)
    }
}
