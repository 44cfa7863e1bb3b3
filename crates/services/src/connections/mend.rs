//! Mending: what is ours alone by itself, the rest when the person presses Repair.

use domain::connection::{StepKind, StepState};
use store::NewNote;
use twilio::{Application, ApplicationSid, PhoneNumberSid, PhoneNumberWebhooks};

use super::check::find;
use super::run::{Run, Stop};
use super::{compare, explain, wanted};

impl Run<'_> {
    /// Sets back what differs and makes anew what is gone, whoever did it: the person has said so.
    pub(super) async fn repair(&self) -> Result<(), Stop> {
        let found = find(&self.client, &self.connection).await?;
        let application = async {
            match &found.application {
                None => {
                    self.begin(StepKind::Application).await?;
                    self.make_application().await?;
                    self.tell("You had it repaired: a new TwiML App was made.").await
                }
                Some(application) => self.set_application(application).await,
            }
        };
        let key = async {
            if found.key.is_none() {
                self.begin(StepKind::ApiKey).await?;
                self.make_api_key().await?;
                self.tell("You had it repaired: a new API key was made.").await?;
            }
            Ok(())
        };
        let (application, key) = tokio::join!(application, key);
        application.and(key)?;
        let Some(number) = &found.number else { return Ok(()) };
        if !compare::is_as_wanted(&number.webhooks, &self.ours) {
            self.set_number(&number.sid, self.ours.today()).await?;
            self.tell("You had it repaired: the number was pointed here again.")
                .await?;
        }
        Ok(())
    }

    /// Sets back what is ours alone, as it is at this moment: the App, and what of the number leads to a former address.
    pub(super) async fn mend(&self) -> Result<(), Stop> {
        let found = find(&self.client, &self.connection).await?;
        if let Some(application) = &found.application {
            self.set_application(application).await?;
        }
        let Some(number) = &found.number else { return Ok(()) };
        if let Some(target) = self.ours.brought_up_to_date(&number.webhooks) {
            self.set_number(&number.sid, &target).await?;
            let base = wanted::base_of(&self.connections.parts.settings.app_url);
            self.tell(&format!(
                "The number still pointed at a former address of Sniko; it points at {base} now."
            ))
            .await?;
        }
        Ok(())
    }

    /// Ends what was interrupted half-way. What was made without our noting it is found by our marker and removed; what was
    /// in use before is in use still.
    pub(super) async fn tidy(&self) -> Result<(), Stop> {
        let id = self.connection.id;
        for step in self.store().steps(id).await? {
            if step.state != StepState::Running {
                continue;
            }
            match step.kind {
                StepKind::Application => {
                    self.remove_unknown_applications().await.map_err(asked)?;
                }
                StepKind::ApiKey => {
                    self.remove_unknown_keys().await.map_err(asked)?;
                }
                StepKind::Verify | StepKind::PhoneNumber => {}
            }
            self.store().settle_step(id, &self.lease, step.kind, self.now()).await?;
        }
        Ok(self.store().check_at(id, self.now()).await?)
    }

    async fn set_application(&self, found: &Application) -> Result<(), Stop> {
        let wanted = self.connections.urls.application(self.marker.clone());
        let differences = compare::application_differences(found, &wanted);
        let Some(first) = differences.first() else {
            return Ok(());
        };
        let sid: &ApplicationSid = &found.sid;
        self.client.update_application(sid, &wanted).await.map_err(asked)?;
        let was = first.now.as_deref().unwrap_or("nothing");
        let label = &first.label;
        self.tell(&format!(
            "The TwiML App was not as it should be (“{label}” was {was}); it is set back."
        ))
        .await
    }

    /// Sets the number, once it is remembered that it may be pointed at this address. Setting the same values again changes
    /// nothing, so an unanswered update is simply repeated, once.
    pub(super) async fn set_number(&self, sid: &PhoneNumberSid, target: &PhoneNumberWebhooks) -> Result<(), Stop> {
        let base = wanted::base_of(&self.connections.parts.settings.app_url);
        self.store()
            .add_webhook_base(self.connection.id, &self.lease, base, self.now())
            .await?;
        let mut set = self.client.update_incoming_phone_number(sid, target).await;
        if set.as_ref().is_err_and(twilio::Error::outcome_unknown) {
            set = self.client.update_incoming_phone_number(sid, target).await;
        }
        set.map(drop).map_err(asked)
    }

    /// Writes a line for whoever reads what was done.
    pub(super) async fn tell(&self, sentence: &str) -> Result<(), Stop> {
        let note = self.new_note(sentence);
        Ok(self
            .store()
            .add_note(self.connection.id, &self.lease, &note, self.now())
            .await?)
    }

    pub(super) fn new_note(&self, sentence: &str) -> NewNote {
        NewNote {
            id: self.connections.parts.entropy.uuid(),
            sentence: sentence.to_owned(),
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn asked(error: twilio::Error) -> Stop {
    Stop::Problem(explain::problem_of(&error))
}
