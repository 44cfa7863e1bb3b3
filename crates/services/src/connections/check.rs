//! Re-check and Repair: the connection as it should be, beside what is at Twilio now.

use domain::connection::StepKind;
use domain::setup::{Health, Pointing};
use store::Connection;
use twilio::{
    ApiKeySid, Application, ApplicationSid, Client, IncomingPhoneNumber, Key, NewApplication, PhoneNumberSid,
};

use super::run::{Run, Stop};
use super::{Connections, explain, not_connected, save, stored_sid, view, wanted};
use crate::{Caller, ServiceError};

/// What is at Twilio now; what is `None` is not there any more.
struct Found {
    number: Option<IncomingPhoneNumber>,
    application: Option<Application>,
    key: Option<Key>,
}

impl Connections {
    /// Compares the connection with what is at Twilio now.
    ///
    /// # Errors
    /// `NotFound` when nothing is connected; `Upstream` or `Invalid` when Twilio does not let us look.
    pub async fn check(&self, caller: &Caller) -> Result<Health, ServiceError> {
        let connection = self.in_use(caller).await?.ok_or_else(not_connected)?;
        let found = find(&self.client_of(&connection)?, &connection).await?;
        Ok(self.health(&found))
    }

    /// Sets back what differs and makes anew what is gone, then looks again.
    ///
    /// # Errors
    /// As [`Self::check`]; `Conflict` while the connection is being changed; what Twilio refuses.
    pub async fn repair(&self, caller: &Caller) -> Result<Health, ServiceError> {
        let connection = self.in_use(caller).await?.ok_or_else(not_connected)?;
        let lease = self.lease(connection.id).await?.ok_or_else(save::in_progress)?;
        let connections = self.clone();
        let work = self.parts.tasks.spawn(async move {
            let run = Run::new(&connections, connection, lease).await?;
            run.hold(run.repair()).await?;
            Ok::<_, ServiceError>(run.store().release_lease(run.connection.id, &run.lease).await?)
        });
        work.await.map_err(ServiceError::internal)??;
        self.check(caller).await
    }

    fn health(&self, found: &Found) -> Health {
        let mut missing = Vec::new();
        let mut phone_number = Vec::new();
        let mut application = Vec::new();
        match &found.number {
            Some(number) => phone_number = wanted::pointing(&number.webhooks, &self.urls.phone_number()),
            None => missing.push("The number is not in the account any more; disconnect, then choose another.".into()),
        }
        match &found.application {
            Some(found) => application = application_pointing(found, &self.urls.application(String::new())),
            None => missing.push("The TwiML App was deleted.".into()),
        }
        if found.key.is_none() {
            missing.push("The API key was deleted: the browser phone cannot register.".into());
        }
        let differs = |pointing: &[Pointing]| pointing.iter().any(|one| one.now != one.then);
        Health {
            checked_at: self.parts.clock.now(),
            in_order: missing.is_empty() && !differs(&phone_number) && !differs(&application),
            phone_number,
            application,
            missing,
        }
    }
}

impl Run<'_> {
    async fn repair(&self) -> Result<(), ServiceError> {
        let found = find(&self.client, &self.connection).await?;
        let application = async {
            match &found.application {
                None => {
                    self.begin(StepKind::Application).await?;
                    self.make_application().await
                }
                Some(application) => self.set_application(application).await,
            }
        };
        let key = async {
            if found.key.is_none() {
                self.begin(StepKind::ApiKey).await?;
                self.make_api_key().await?;
            }
            Ok(())
        };
        let (application, key) = tokio::join!(application, key);
        application.and(key).map_err(refusal)?;
        let Some(number) = &found.number else { return Ok(()) };
        if !wanted::is_ours(&number.webhooks, &self.ours()) {
            self.client
                .update_incoming_phone_number(&number.sid, &self.ours())
                .await
                .map_err(asked)?;
        }
        Ok(())
    }

    async fn set_application(&self, found: &Application) -> Result<(), Stop> {
        let wanted = self.connections.urls.application(self.marker.clone());
        if application_pointing(found, &wanted)
            .iter()
            .any(|one| one.now != one.then)
        {
            let set = self.client.update_application(&found.sid, &wanted).await;
            set.map_err(|error| Stop::Problem(explain::problem_of(&error)))?;
        }
        Ok(())
    }
}

async fn find(client: &Client, connection: &Connection) -> Result<Found, ServiceError> {
    let connected = view::connected(connection)?;
    let number: PhoneNumberSid = stored_sid(&connected.phone_number_sid)?;
    let application: ApplicationSid = stored_sid(&connected.application_sid)?;
    let key: ApiKeySid = stored_sid(&connected.api_key_sid)?;
    let (number, application, key) = tokio::join!(
        client.fetch_incoming_phone_number(&number),
        client.fetch_application(&application),
        client.fetch_key(&key)
    );
    Ok(Found {
        number: there(number)?,
        application: there(application)?,
        key: there(key)?,
    })
}

/// What was read, or that it is not there.
fn there<T>(read: Result<T, twilio::Error>) -> Result<Option<T>, ServiceError> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(asked(error)),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn asked(error: twilio::Error) -> ServiceError {
    explain::error_of(explain::problem_of(&error))
}

fn refusal(stop: Stop) -> ServiceError {
    match stop {
        Stop::Problem(problem) => explain::error_of(problem),
        Stop::Internal(error) => error,
    }
}

/// The App's URLs as they are and as they should be.
fn application_pointing(now: &Application, then: &NewApplication) -> Vec<Pointing> {
    let line = |label: &str, now: &Option<String>, then: &Option<String>| Pointing {
        label: label.to_owned(),
        now: now.as_deref().map(wanted::shown),
        then: then.as_deref().map(wanted::shown),
    };
    vec![
        line("Calls from the browser", &now.voice_url, &then.voice_url),
        line("When that fails", &now.voice_fallback_url, &then.voice_fallback_url),
        line("Call status", &now.status_callback, &then.status_callback),
        line(
            "Text status",
            &now.message_status_callback,
            &then.message_status_callback,
        ),
    ]
}
