//! How the user wants his texts to be sent, and what he wants to be told.

use domain::message::TextSettings;
use domain::problem::Problem;
use domain::voice::VoiceSettings;
use twilio::MessagingServiceSid;

use super::{Messages, recipient};
use crate::calls::Fields;
use crate::voice::dialling;
use crate::{Caller, ServiceError, connections, numbers};

/// A Messaging Service of the user's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceChoice {
    /// `MG…`
    pub sid: String,
    /// The name that the user gave it.
    pub friendly_name: String,
    /// What he should know before he chooses it.
    pub note: Option<String>,
}

/// The settings, and what they mean here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextSettingsView {
    /// As the user has chosen.
    pub settings: TextSettings,
    /// The user's own number, as people write it; none where nothing is connected.
    pub own_number: Option<String>,
    /// Whether this installation has an account for messages of its own.
    pub can_notify: bool,
    /// Who sends the texts: `twilio` …
    pub provider: String,
}

impl Messages {
    /// The caller's settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settings(&self, caller: &Caller) -> Result<TextSettingsView, ServiceError> {
        let settings = self.parts.store.text_settings(caller.user_id).await?;
        self.in_words(caller, settings).await
    }

    /// Changes the settings that the form names.
    ///
    /// # Errors
    /// `Invalid` with a sentence for each field at fault: then nothing is changed. `Conflict` when a Messaging Service is
    /// chosen and nothing is connected; `Upstream` when Twilio cannot be asked for it.
    pub async fn save_settings(&self, caller: &Caller, form: &Fields) -> Result<TextSettingsView, ServiceError> {
        let user = caller.user_id;
        let mut new = self.parts.store.text_settings(user).await?;
        let field = |name: &str| form.get(name).map(|text| text.trim());
        let mut problem = Problem::new("invalid_text_settings", "Check the marked fields.");
        match field("messaging_service_sid") {
            None => {}
            Some("") => new.messaging_service_sid = None,
            Some(sid) if new.messaging_service_sid.as_deref() == Some(sid) => {}
            Some(sid) => match self.service(caller, sid).await? {
                Some(sid) => new.messaging_service_sid = Some(sid),
                None => {
                    problem = problem.field(
                        "messaging_service_sid",
                        "Choose one of this account's Messaging Services.",
                    );
                }
            },
        }
        match field("notify_number") {
            None => {}
            Some("") => new.notify_number = None,
            Some(number) => match self.notified(caller, number).await? {
                Ok(number) => new.notify_number = Some(number),
                Err(sentence) => problem = problem.field("notify_number", sentence),
            },
        }
        if let Some(word) = field("notify_sign_in") {
            new.notify_sign_in = matches!(word, "true" | "on" | "1");
        }
        if new.notify_sign_in && self.systems_outlet().is_none() {
            problem = problem.field(
                "notify_sign_in",
                "This installation has no account for its own messages. Ask your operator to set one up.",
            );
        }
        if new.notify_sign_in && new.notify_number.is_none() && !problem.fields.contains_key("notify_number") {
            problem = problem.field("notify_number", "Enter the number of your own phone.");
        }
        if !problem.fields.is_empty() {
            return Err(ServiceError::Invalid(problem));
        }
        let now = self.parts.clock.now();
        self.parts.store.set_text_settings(user, &new, now).await?;
        self.in_words(caller, new).await
    }

    /// The Messaging Services of the caller's account, as Twilio lists them.
    ///
    /// # Errors
    /// `Conflict` when nothing is connected; `Upstream` when Twilio does not answer.
    pub async fn services(&self, caller: &Caller) -> Result<Vec<ServiceChoice>, ServiceError> {
        let client = self.client(caller).await?;
        let services = client.list_messaging_services().await.map_err(upstream)?;
        let ours = self.inbound_address();
        Ok(services
            .into_iter()
            .map(|service| ServiceChoice {
                note: note(
                    service.inbound_request_url.as_deref(),
                    service.use_inbound_webhook_on_number == Some(true),
                    &ours,
                ),
                sid: service.sid.to_string(),
                friendly_name: service.friendly_name,
            })
            .collect())
    }

    /// The same SID, if the account has such a Service.
    async fn service(&self, caller: &Caller, sid: &str) -> Result<Option<String>, ServiceError> {
        let Ok(sid) = sid.parse::<MessagingServiceSid>() else {
            return Ok(None);
        };
        match self.client(caller).await?.fetch_messaging_service(&sid).await {
            Ok(service) => Ok(Some(service.sid.to_string())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(upstream(error)),
        }
    }

    /// The user's own phone: in any country, but no number that costs more than others.
    async fn notified(&self, caller: &Caller, number: &str) -> Result<Result<String, String>, ServiceError> {
        let connection = self.connection_of(caller.user_id).await?;
        let own = connection.map(|connection| connection.phone_number).unwrap_or_default();
        let country = dialling::describe(number, &own).map(|number| number.country);
        let settings = VoiceSettings {
            countries: country.into_iter().collect(),
            ..VoiceSettings::default()
        };
        Ok(recipient::check(number, &own, &settings)
            .map(|number| number.number)
            .map_err(|problem| problem.message))
    }

    pub(super) async fn client(&self, caller: &Caller) -> Result<twilio::Client, ServiceError> {
        let connection = self.connection_of(caller.user_id).await?;
        let connection = connection.ok_or_else(super::send::not_connected)?;
        connections::client_of(&self.parts, &connection)
    }

    /// Where texts come in.
    pub(super) fn inbound_address(&self) -> String {
        let base = self.parts.settings.app_url.as_str().trim_end_matches('/');
        format!("{base}/webhooks/sms/twilio")
    }

    async fn in_words(&self, caller: &Caller, settings: TextSettings) -> Result<TextSettingsView, ServiceError> {
        let connection = self.connection_of(caller.user_id).await?;
        Ok(TextSettingsView {
            settings,
            own_number: connection.map(|connection| numbers::formatted(&connection.phone_number)),
            can_notify: self.systems_outlet().is_some(),
            provider: self.provider().name().to_owned(),
        })
    }
}

/// Where answers to the Service's texts go, if they do not come here.
fn note(inbound: Option<&str>, by_number: bool, ours: &str) -> Option<String> {
    let here = by_number || inbound.is_some_and(|url| url.split('#').next() == Some(ours));
    (!here).then(|| {
        format!(
            "Answers to its texts do not come here. In the Twilio Console, let it use the number's own webhook, or {ours}."
        )
    })
}

pub(super) fn upstream(error: twilio::Error) -> ServiceError {
    ServiceError::Upstream(connections::problem_of(&error))
}
