//! What is due in the background: calls of which nothing was heard, recordings that are to go, and what is forgotten.

use std::time::Duration;

use domain::call::{CallEventKind, CallStatus, Direction, LegRole};
use domain::time::UnixMillis;
use store::{Call, CallTarget, CallWrite, Leg, LegReport, Recording, Tenant};
use twilio::{CallFilter, CallSid, RecordingSid};

use super::answer::DAY;
use super::legs::{self, Report};
use super::{Voice, control, found};
use crate::ServiceError;

/// How often is looked for work, and how often for what is to be forgotten.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const AFTER_A_FAULT: Duration = Duration::from_secs(10);
const TIDY_EVERY: i64 = 10 * 60 * 1000;
/// Twilio is asked about a live call of which nothing was heard for so long, in milliseconds.
const QUIET: i64 = 2 * 60 * 1000;
/// Rows worked on at a time.
const AT_ONCE: u32 = 32;
/// How long one piece of work may take until another server takes it for abandoned, in milliseconds.
const LEASE: i64 = 5 * 60 * 1000;
/// A removal in vain is tried again after a minute, doubling up to six hours.
const FIRST_DELAY: i64 = 60_000;
const LONGEST_DELAY: i64 = 6 * 60 * 60 * 1000;
/// How long what tells a repeated request from a new one is kept.
const KEEP: i64 = 7 * DAY;

impl Voice {
    /// Works until shutdown.
    pub(crate) async fn work(&self) {
        let shutdown = self.parts.shutdown.clone();
        let mut tidied = UnixMillis(0);
        while !shutdown.is_cancelled() {
            let pause = match self.work_once().await {
                Ok(()) => LOOK_EVERY,
                Err(error) => {
                    tracing::error!(error = %error.chain(), "calls could not be worked on");
                    AFTER_A_FAULT
                }
            };
            let now = self.parts.clock.now();
            if now.since(tidied) >= TIDY_EVERY {
                tidied = now;
                if let Err(error) = self.tidy().await {
                    tracing::error!(error = %error.chain(), "what is old could not be forgotten");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }

    /// Does what is due now.
    ///
    /// # Errors
    /// When the database fails; what Twilio refuses is tried again later.
    pub async fn work_once(&self) -> Result<(), ServiceError> {
        let now = self.parts.clock.now();
        let claimed = now.plus(LEASE);
        for (recording, attempts) in self.parts.store.claim_removals(now, claimed, AT_ONCE).await? {
            if self.parts.shutdown.is_cancelled() {
                return Ok(());
            }
            self.remove(&recording, attempts, claimed).await?;
        }
        for recording in self
            .parts
            .store
            .claim_unfinished(now, now.plus(-QUIET), AT_ONCE)
            .await?
        {
            if self.parts.shutdown.is_cancelled() {
                return Ok(());
            }
            self.ask_about_recording(&recording).await?;
        }
        for call in self
            .parts
            .store
            .claim_stale_calls(now, now.plus(-QUIET), AT_ONCE)
            .await?
        {
            if self.parts.shutdown.is_cancelled() {
                return Ok(());
            }
            self.look_after(&call).await?;
        }
        Ok(())
    }

    /// Retires recordings that are kept longer than their users want, and forgets what has served its time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tidy(&self) -> Result<(), ServiceError> {
        let now = self.parts.clock.now();
        let store = &self.parts.store;
        while store.retire_recordings(now, AT_ONCE).await? > 0 {}
        store.forget_previous_tokens(now).await?;
        store.forget_receipts(now.plus(-KEEP)).await?;
        store.forget_feed(now.plus(-KEEP)).await?;
        store.forget_claims(now.plus(-KEEP)).await?;
        Ok(())
    }

    /// Has Twilio delete a recording; one that is not there is deleted. It is taken on until `claimed`: a crash costs no more
    /// than that, and another server leaves it alone until then.
    async fn remove(&self, recording: &Recording, attempts: u32, claimed: UnixMillis) -> Result<(), ServiceError> {
        let now = self.parts.clock.now();
        let store = &self.parts.store;
        let Some((tenant, _)) = store.tenant_of_call(recording.call_id).await? else {
            // The account is not linked any more, so nobody may delete anything in it.
            return Ok(store.mark_recording_deleted(recording.id, now).await?);
        };
        let sid: RecordingSid = recording.sid.parse().map_err(ServiceError::internal)?;
        match self.client_of(&tenant)?.delete_recording(&sid).await {
            Ok(_) => store.mark_recording_deleted(recording.id, now).await?,
            Err(error) => {
                tracing::warn!(recording = %recording.id, %error, "a recording could not be deleted; it is tried again");
                let again = now.plus(delay(attempts));
                store.postpone_removal(recording.id, claimed, again).await?;
            }
        }
        Ok(())
    }

    /// Asks Twilio how far a recording is whose call is over, and of whose end nothing was heard.
    async fn ask_about_recording(&self, recording: &Recording) -> Result<(), ServiceError> {
        let Some((tenant, call)) = self.parts.store.tenant_of_call(recording.call_id).await? else {
            // Nobody can be asked.
            return self.lost_recording(recording).await;
        };
        let sid: RecordingSid = recording.sid.parse().map_err(ServiceError::internal)?;
        match self.client_of(&tenant)?.fetch_recording(&sid).await {
            Ok(found) => {
                self.found_recording(&call, &found).await?;
                Ok(())
            }
            Err(error) if error.is_not_found() => self.lost_recording(recording).await,
            Err(error) => {
                tracing::warn!(recording = %recording.id, %error, "Twilio could not be asked about a recording; it is tried again");
                Ok(())
            }
        }
    }

    /// Asks Twilio how far a call is of which nothing was heard, since reports do get lost.
    async fn look_after(&self, call: &Call) -> Result<(), ServiceError> {
        let mut write = CallWrite::on(call.user_id, &call.account_sid, CallTarget::Existing(call.id));
        let known = self.parts.store.legs(call.id).await?;
        match self.parts.store.tenant_of_call(call.id).await? {
            None => {
                // The account is not linked any more: what became of the call will not be known.
                let live = known.iter().filter(|leg| !leg.state.status.is_terminal());
                write.legs = live.map(|leg| self.unknown_end(leg, call)).collect();
                if write.legs.is_empty() {
                    write.marks.refused = Some("The Twilio account was disconnected during this call.".to_owned());
                }
            }
            Some((tenant, _)) => match self.found(&tenant, call, &known).await {
                Ok(found) => write.legs = found,
                Err(Lost::Nowhere) => {
                    let sentence = "Twilio knows nothing of this call.".to_owned();
                    let event = self.event(CallEventKind::Problem, Some(sentence.clone()), self.parts.clock.now());
                    write.events.push(event);
                    write.marks.refused = Some(sentence);
                }
                Err(Lost::Unreachable(error)) => {
                    tracing::warn!(call = %call.id, %error, "Twilio could not be asked about a call; it is tried again");
                }
                Err(Lost::Ours(error)) => return Err(error),
            },
        }
        // Even where there is no news: it is then left alone for a while.
        self.parts.store.apply(&write, self.parts.clock.now()).await?;
        Ok(())
    }

    /// Takes in what Twilio says of a call just now; what it does not say changes nothing, since it may know of it in a moment.
    pub(super) async fn ask_about(&self, tenant: &Tenant, call: &Call) -> Result<(), ServiceError> {
        let known = self.parts.store.legs(call.id).await?;
        match self.found(tenant, call, &known).await {
            Ok(legs) => {
                let mut write = CallWrite::on(call.user_id, &call.account_sid, CallTarget::Existing(call.id));
                write.legs = legs;
                self.parts.store.apply(&write, self.parts.clock.now()).await?;
                Ok(())
            }
            Err(Lost::Ours(error)) => Err(error),
            Err(Lost::Nowhere | Lost::Unreachable(_)) => Ok(()),
        }
    }

    /// What Twilio says of the call's legs.
    async fn found(&self, tenant: &Tenant, call: &Call, known: &[Leg]) -> Result<Vec<LegReport>, Lost> {
        let client = self.client_of(tenant)?;
        let first = match &call.provider_sid {
            Some(sid) => control::sid(sid)?,
            None => self
                .unanswered_create(&client, tenant, known)
                .await?
                .ok_or(Lost::Nowhere)?,
        };
        let mut found = match client.fetch_call(&first).await {
            Ok(found) => vec![(found, LegRole::Caller)],
            Err(error) if error.is_not_found() => return Err(Lost::Nowhere),
            Err(error) => return Err(Lost::Unreachable(error)),
        };
        let children = client
            .list_calls(&CallFilter {
                parent: Some(first.clone()),
                ..CallFilter::default()
            })
            .await?;
        found.extend(children.into_iter().map(|child| {
            let role = role_of(known, child.sid.as_str(), &child.to, call.direction);
            (child, role)
        }));
        // Whom the call was handed to is dialled by another leg than the first.
        for leg in known.iter().filter(|leg| !leg.state.status.is_terminal()) {
            if found.iter().any(|(call, _)| call.sid.as_str() == leg.sid) {
                continue;
            }
            match client.fetch_call(&control::sid(&leg.sid)?).await {
                Ok(call) => found.push((call, leg.state.role)),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error.into()),
            }
        }
        let reports = found.iter().filter_map(|(call, role)| self.reported(call, *role));
        Ok(reports.collect())
    }

    /// The call of a request to Twilio that was never answered: one to the user's browser that we know nothing of.
    async fn unanswered_create(
        &self,
        client: &twilio::Client,
        tenant: &Tenant,
        known: &[Leg],
    ) -> Result<Option<CallSid>, Lost> {
        let browser = format!("client:{}", tenant.voice_identity);
        for status in [
            twilio::CallStatus::InProgress,
            twilio::CallStatus::Ringing,
            twilio::CallStatus::Queued,
        ] {
            let filter = CallFilter {
                status: Some(status),
                ..CallFilter::default()
            };
            for call in client.list_calls(&filter).await? {
                let from_api = call.direction.as_deref() == Some("outbound-api") && call.to == browser;
                let ours = known.iter().any(|leg| leg.sid == call.sid.as_str());
                if from_api && !ours && !self.parts.store.knows_leg(call.sid.as_str()).await? {
                    return Ok(Some(call.sid));
                }
            }
        }
        Ok(None)
    }

    fn reported(&self, call: &twilio::Call, role: LegRole) -> Option<LegReport> {
        let now = self.parts.clock.now();
        let moment = |text: &Option<String>| {
            let said = text.as_deref().and_then(twilio::webhook::rfc2822);
            legs::moment(said, now)
        };
        let status = legs::status(&call.status)?;
        let at = if status.is_terminal() {
            moment(&call.end_time)
        } else {
            moment(&call.start_time)
        };
        let report = Report {
            sid: call.sid.as_str(),
            role,
            status,
            at,
            duration: call.duration,
            error_code: None,
        };
        Some(report.noted(self.parts.entropy))
    }

    fn unknown_end(&self, leg: &Leg, call: &Call) -> LegReport {
        let status = if leg.state.status == CallStatus::InProgress {
            CallStatus::Completed
        } else {
            CallStatus::Canceled
        };
        let report = Report {
            sid: &leg.sid,
            role: leg.state.role,
            status,
            at: call.updated_at,
            duration: None,
            error_code: None,
        };
        report.noted(self.parts.entropy)
    }
}

/// Why it is not known how far a call is.
enum Lost {
    /// Twilio has no such call.
    Nowhere,
    /// Twilio did not answer.
    Unreachable(twilio::Error),
    /// A fault of ours.
    Ours(ServiceError),
}

impl From<twilio::Error> for Lost {
    fn from(error: twilio::Error) -> Self {
        Self::Unreachable(error)
    }
}

impl From<ServiceError> for Lost {
    fn from(error: ServiceError) -> Self {
        Self::Ours(error)
    }
}

impl From<store::Error> for Lost {
    fn from(error: store::Error) -> Self {
        Self::Ours(error.into())
    }
}

/// What a leg is for that the first one has dialled.
fn role_of(known: &[Leg], sid: &str, to: &str, direction: Direction) -> LegRole {
    if let Some(leg) = known.iter().find(|leg| leg.sid == sid) {
        return leg.state.role;
    }
    found::role_of_new(to, direction)
}

/// When a removal is tried again that was tried so often.
fn delay(attempts: u32) -> i64 {
    FIRST_DELAY
        .saturating_mul(1 << i64::from(attempts.saturating_sub(1)).min(20))
        .min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removal_is_tried_less_and_less_often() {
        assert_eq!(delay(1), 60_000);
        assert_eq!(delay(3), 240_000);
        assert_eq!(delay(100), LONGEST_DELAY);
    }
}
