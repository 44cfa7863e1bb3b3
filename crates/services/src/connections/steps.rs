//! What is done at Twilio for a connection, and how each act is undone.
//!
//! Every act follows a row that says it has begun. Its undo needs nothing but the rows: what was made is found by its SID,
//! and what may have been made without an answer reaching us is found by the marker in its name.

use domain::connection::{StepKind, StepState};
use domain::problem::Problem;
use domain::setup::{LeftBehind, Removed};
use store::Step;
use twilio::{IncomingPhoneNumber, PhoneNumberSid, PhoneNumberWebhooks};

use super::ours::Ours;
use super::run::{Run, Stop};
use super::{explain, verify, wanted};
use crate::{ServiceError, figures};

impl Run<'_> {
    /// Makes the connection: three round trips to Twilio one after the other (read account and number; make App and key;
    /// point the number), since the number is only touched when everything that its calls need is there.
    pub(super) async fn make(&self) -> Result<(), Stop> {
        let before = counted(StepKind::Verify, self.check()).await?;
        // Both rows first: then the two requests leave together.
        self.begin(StepKind::Application).await?;
        self.begin(StepKind::ApiKey).await?;
        let (application, api_key) = tokio::join!(
            counted(StepKind::Application, self.make_application()),
            counted(StepKind::ApiKey, self.make_api_key())
        );
        // The person reads the first of two problems; a fault of ours hides neither, since it stops the work.
        application.and(api_key)?;
        counted(StepKind::PhoneNumber, self.point_number(&before)).await
    }

    /// Writes that a step is about to be done.
    pub(super) async fn begin(&self, kind: StepKind) -> Result<(), Stop> {
        Ok(self
            .store()
            .start_step(self.connection.id, &self.lease, kind, None, self.now())
            .await?)
    }

    /// Reads the account and the number as they are now, and decides whether the number may be used.
    async fn check(&self) -> Result<PhoneNumberWebhooks, Stop> {
        let kind = StepKind::Verify;
        self.begin(kind).await?;
        let number_sid: PhoneNumberSid = super::stored_sid(&self.connection.phone_number_sid)?;
        let (account, number) = tokio::join!(
            self.client.fetch_account(),
            self.client.fetch_incoming_phone_number(&number_sid)
        );
        let account = match account {
            Ok(account) => account,
            Err(error) => return Err(self.refused(kind, &error).await),
        };
        let facts = match verify::usable(&account) {
            Ok(facts) => facts,
            Err(error) => return Err(self.fail(kind, error.problem()).await),
        };
        let number = match number {
            Ok(number) => number,
            Err(error) if error.is_not_found() => return Err(self.fail(kind, number_not_found()).await),
            Err(error) => return Err(self.refused(kind, &error).await),
        };
        let former = self
            .store()
            .webhook_bases_left_behind(&self.connection.phone_number_sid)
            .await?;
        let ours = Ours::new(&self.connections.urls, &former);
        if let Some(problem) = self.objection(&number, &ours) {
            return Err(self.fail(kind, problem).await);
        }
        let inherited = self.inherited_snapshot().await?;
        let id = self.connection.id;
        self.store()
            .mark_account(id, &self.lease, &facts, &number.phone_number, self.now())
            .await?;
        self.store()
            .finish_step(id, &self.lease, kind, Some(&facts.sid), self.now())
            .await?;
        Ok(ours.worth_restoring(&number.webhooks, inherited.as_ref()))
    }

    fn objection(&self, number: &IncomingPhoneNumber, ours: &Ours) -> Option<Problem> {
        if !number.capabilities.voice {
            let sentence = "This number cannot take calls. Choose one with the voice capability.";
            return Some(Problem::new("number_without_voice", sentence).field("phone_number_sid", sentence));
        }
        if self.connection.take_over {
            return None;
        }
        let used = ours.in_use_by(&number.webhooks)?;
        let sentence = format!("This number is already in use. {used} Confirm the take-over to point it here instead.");
        Some(Problem::new("number_in_use", sentence))
    }

    /// What an earlier connection that could not be taken back had found on this number.
    async fn inherited_snapshot(&self) -> Result<Option<PhoneNumberWebhooks>, Stop> {
        let snapshot = self
            .store()
            .number_snapshot_left_behind(&self.connection.phone_number_sid, self.connection.id)
            .await?;
        Ok(snapshot.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Makes the App, its step having begun.
    pub(super) async fn make_application(&self) -> Result<(), Stop> {
        let kind = StepKind::Application;
        let id = self.connection.id;
        let wanted = self.connections.urls.application(self.marker.clone());
        let mut made = self.client.create_application(&wanted).await;
        if made.as_ref().is_err_and(twilio::Error::outcome_unknown) {
            // It may have been made: look for it by its marker, and only make another when there is none.
            made = match self.client.list_applications(Some(&self.marker)).await {
                Ok(found) => match found.into_iter().next() {
                    Some(application) => Ok(application),
                    None => self.client.create_application(&wanted).await,
                },
                Err(_) => made,
            };
        }
        match made {
            Ok(application) => Ok(self
                .store()
                .finish_application(id, &self.lease, application.sid.as_str(), self.now())
                .await?),
            Err(error) => Err(self.refused(kind, &error).await),
        }
    }

    /// Makes the key and seals its secret, its step having begun.
    pub(super) async fn make_api_key(&self) -> Result<(), Stop> {
        let kind = StepKind::ApiKey;
        let id = self.connection.id;
        match self.create_key().await {
            Ok(key) => {
                let sealed = self.seal_key(&key.secret)?;
                Ok(self
                    .store()
                    .finish_api_key(id, &self.lease, key.sid.as_str(), &sealed, self.now())
                    .await?)
            }
            Err(error) => Err(self.refused(kind, &error).await),
        }
    }

    async fn point_number(&self, before: &PhoneNumberWebhooks) -> Result<(), Stop> {
        let kind = StepKind::PhoneNumber;
        let id = self.connection.id;
        let sid: PhoneNumberSid = super::stored_sid(&self.connection.phone_number_sid)?;
        let snapshot = serde_json::to_string(before).map_err(ServiceError::internal)?;
        self.store()
            .start_step(id, &self.lease, kind, Some(&snapshot), self.now())
            .await?;
        match self.set_number(&sid, self.ours.today()).await {
            Ok(()) => Ok(self
                .store()
                .finish_step(id, &self.lease, kind, Some(sid.as_str()), self.now())
                .await?),
            Err(Stop::Problem(problem)) => Err(self.fail(kind, problem).await),
            Err(stop) => Err(stop),
        }
    }

    /// Undoes every step that may have had an effect: the number first, so that its calls find their way again; then App
    /// and key. A step that cannot be undone does not keep the others.
    pub(super) async fn take_back(&self, steps: &[Step]) -> Result<Removed, ServiceError> {
        let mut removed = Removed::default();
        let open = |kind: StepKind| {
            steps
                .iter()
                .find(|step| step.kind == kind && may_have_effect(step.state))
        };
        if let Some(step) = open(StepKind::PhoneNumber) {
            let undone = self.restore_number(step).await;
            self.note(step, undone, &mut removed).await?;
        }
        let (application, api_key) = (open(StepKind::Application), open(StepKind::ApiKey));
        let (applications, keys) = tokio::join!(
            async { Some(self.remove_applications(application?.sid.as_deref()).await) },
            async { Some(self.remove_keys(api_key?.sid.as_deref()).await) },
        );
        for (step, undone) in [(application, applications), (api_key, keys)] {
            if let (Some(step), Some(undone)) = (step, undone) {
                self.note(step, undone, &mut removed).await?;
            }
        }
        Ok(removed)
    }

    /// Writes how undoing a step went.
    async fn note(
        &self,
        step: &Step,
        undone: Result<Vec<String>, twilio::Error>,
        removed: &mut Removed,
    ) -> Result<(), ServiceError> {
        let id = self.connection.id;
        match undone {
            Ok(sids) => {
                figures::step_ended(step.kind.as_str(), "taken_back");
                self.store()
                    .take_back_step(id, &self.lease, step.kind, self.now())
                    .await?;
                removed.removed.extend(sids);
            }
            Err(error) => {
                figures::step_ended(step.kind.as_str(), "left_behind");
                let problem = explain::problem_of(&error);
                self.store()
                    .leave_step_behind(id, &self.lease, step.kind, &problem, self.now())
                    .await?;
                let sid = step.sid.clone().unwrap_or_else(|| {
                    wanted::fallback_name(step.kind, &self.connection.phone_number_sid, &self.marker)
                });
                removed.left_behind.push(LeftBehind {
                    sid,
                    why: problem.message,
                });
            }
        }
        Ok(())
    }

    pub(super) async fn restore_number(&self, step: &Step) -> Result<Vec<String>, twilio::Error> {
        let Ok(sid) = self.connection.phone_number_sid.parse::<PhoneNumberSid>() else {
            return Ok(Vec::new());
        };
        let before: PhoneNumberWebhooks = step
            .snapshot
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let now = match self.client.fetch_incoming_phone_number(&sid).await {
            Ok(number) => number.webhooks,
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        if self.number_serves_another().await {
            return Ok(Vec::new());
        }
        match self.ours.restored(&now, &before) {
            Some(target) if target != now => {
                self.client.update_incoming_phone_number(&sid, &target).await?;
                Ok(vec![sid.to_string()])
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Whether a newer connection uses the number by now; then its webhooks are that one's.
    async fn number_serves_another(&self) -> bool {
        let sid = &self.connection.phone_number_sid;
        match self.store().number_in_other_connection(sid, self.connection.id).await {
            Ok(used) => used,
            Err(error) => {
                tracing::warn!(%error, "the number is left as it is, since its other connections cannot be read");
                true
            }
        }
    }
}

/// Does a step; one that fails is counted where that is written.
async fn counted<T>(kind: StepKind, step: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let done = step.await?;
    figures::step_ended(kind.as_str(), "done");
    Ok(done)
}

fn may_have_effect(state: StepState) -> bool {
    // A failed step counts too: "failed" was concluded from an answer, and an answer can be wrong about its own effect.
    matches!(
        state,
        StepState::Running | StepState::Done | StepState::Failed | StepState::LeftBehind
    )
}

fn number_not_found() -> Problem {
    let sentence = "This number is not in the account any more. Refresh the list and choose another.";
    Problem::new("number_not_found", sentence).field("phone_number_sid", sentence)
}
