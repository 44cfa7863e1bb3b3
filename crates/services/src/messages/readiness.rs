//! Whether texts can be sent, as far as Twilio tells.

use store::Connection;
use twilio::{Client, IncomingPhoneNumber};

use super::settings::upstream;
use super::{Messages, settings};
use crate::voice::dialling;
use crate::{Caller, ServiceError, connections};

/// What can be said of one condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadinessState {
    /// It is met.
    Good,
    /// Some texts will not arrive.
    Warning,
    /// No text will be sent.
    Bad,
    /// Twilio does not tell.
    Unknown,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadinessLine {
    /// What it is about.
    pub label: String,
    /// Whether it is met.
    pub state: ReadinessState,
    /// The same as a sentence, with the way out.
    pub sentence: String,
}

/// Every condition, the most important first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// The conditions.
    pub lines: Vec<ReadinessLine>,
}

/// A registration of a number in the United States, as far as Twilio tells.
enum Registration {
    Registered,
    Unregistered,
    InNoService,
}

impl Messages {
    /// Whether the caller's number can send texts; none where nothing is connected. Twilio is asked.
    ///
    /// # Errors
    /// `Upstream` when Twilio does not answer.
    pub async fn readiness(&self, caller: &Caller) -> Result<Option<Readiness>, ServiceError> {
        let Some(connection) = self.connection_of(caller.user_id).await? else {
            return Ok(None);
        };
        let client = connections::client_of(&self.parts, &connection)?;
        let sid = connection.phone_number_sid.parse().map_err(ServiceError::internal)?;
        let number = client.fetch_incoming_phone_number(&sid).await.map_err(upstream)?;
        let mut lines = vec![capability(&number), self.incoming(&number), trial(&connection)];
        if dialling::country_of(&connection.phone_number).as_deref() == Some("US") {
            lines.push(self.registration(&client, &connection).await);
        }
        if let Some(line) = self.sender(caller, &client).await? {
            lines.push(line);
        }
        Ok(Some(Readiness { lines }))
    }

    fn incoming(&self, number: &IncomingPhoneNumber) -> ReadinessLine {
        let ours = self.inbound_address();
        let webhooks = &number.webhooks;
        let url = webhooks.sms_url.as_deref().and_then(|url| url.split('#').next());
        match (&webhooks.sms_application_sid, url) {
            (None, Some(url)) if url == ours => line(
                "Incoming texts",
                ReadinessState::Good,
                "Texts to this number come here.",
            ),
            _ => line(
                "Incoming texts",
                ReadinessState::Warning,
                "Texts to this number go elsewhere. Press Repair to have them come here.",
            ),
        }
    }

    /// Whether the number may text phones in the United States.
    async fn registration(&self, client: &Client, connection: &Connection) -> ReadinessLine {
        let label = "Registration in the United States (A2P 10DLC)";
        if toll_free(&connection.phone_number) {
            return line(
                label,
                ReadinessState::Unknown,
                "Toll-free numbers must be verified before they text. Twilio does not tell whether this one is: look in its \
                 Console.",
            );
        }
        match registered(client, &connection.phone_number).await {
            Ok(Registration::Registered) => line(
                label,
                ReadinessState::Good,
                "This number is registered, by a Messaging Service that it belongs to.",
            ),
            Ok(Registration::Unregistered) => line(
                label,
                ReadinessState::Warning,
                "This number's Messaging Service is not registered, so carriers in the United States block its texts (30034). \
                 Register it in the Twilio Console under Messaging, Regulatory compliance.",
            ),
            Ok(Registration::InNoService) => line(
                label,
                ReadinessState::Warning,
                "This number is in no registered Messaging Service, so carriers in the United States may block its texts \
                 (30034). Register it in the Twilio Console under Messaging, Regulatory compliance.",
            ),
            Err(error) => {
                tracing::warn!(%error, "a registration could not be read");
                line(
                    label,
                    ReadinessState::Unknown,
                    "Twilio did not tell. Try again in a moment.",
                )
            }
        }
    }

    /// The chosen Messaging Service, if one is.
    async fn sender(&self, caller: &Caller, client: &Client) -> Result<Option<ReadinessLine>, ServiceError> {
        let chosen = self
            .parts
            .store
            .text_settings(caller.user_id)
            .await?
            .messaging_service_sid;
        let Some(chosen) = chosen else { return Ok(None) };
        let sid = chosen.parse().map_err(ServiceError::internal)?;
        let label = "Messaging Service";
        Ok(Some(match client.list_messaging_service_numbers(&sid).await {
            Ok(numbers) if numbers.is_empty() => line(
                label,
                ReadinessState::Bad,
                "The chosen Messaging Service has no number to send from. Add one in the Twilio Console.",
            ),
            Ok(_) => line(
                label,
                ReadinessState::Good,
                "The chosen Messaging Service has a number to send from.",
            ),
            Err(error) if error.is_not_found() => line(
                label,
                ReadinessState::Bad,
                "The chosen Messaging Service is not there any more. Choose another in the settings for texts.",
            ),
            Err(error) => return Err(settings::upstream(error)),
        }))
    }
}

fn capability(number: &IncomingPhoneNumber) -> ReadinessLine {
    let label = "Texts";
    match (number.capabilities.sms, number.capabilities.mms) {
        (true, true) => line(label, ReadinessState::Good, "This number can send texts and pictures."),
        (true, false) => line(
            label,
            ReadinessState::Good,
            "This number can send texts, but no pictures.",
        ),
        (false, _) => line(
            label,
            ReadinessState::Bad,
            "This number cannot send texts. Choose one with the capability SMS.",
        ),
    }
}

fn trial(connection: &Connection) -> ReadinessLine {
    let kind = connection.account.as_ref().map(|account| account.kind.as_str());
    match kind {
        Some("Trial") => line(
            "Account",
            ReadinessState::Warning,
            "A trial account texts only numbers that are verified in the Twilio Console, and adds a notice to each text.",
        ),
        Some(_) => line("Account", ReadinessState::Good, "The account has no trial limits."),
        None => line(
            "Account",
            ReadinessState::Unknown,
            "Nothing is known of the account's limits.",
        ),
    }
}

/// Whether a Messaging Service that the number is in is registered.
async fn registered(client: &Client, number: &str) -> Result<Registration, twilio::Error> {
    let mut found = Registration::InNoService;
    for service in client.list_messaging_services().await? {
        let numbers = client.list_messaging_service_numbers(&service.sid).await?;
        if numbers.iter().any(|known| known.phone_number == number) {
            if service.us_app_to_person_registered == Some(true) {
                return Ok(Registration::Registered);
            }
            found = Registration::Unregistered;
        }
    }
    Ok(found)
}

/// In the North American plan.
fn toll_free(number: &str) -> bool {
    ["800", "833", "844", "855", "866", "877", "888"]
        .iter()
        .any(|area| number.strip_prefix("+1").is_some_and(|rest| rest.starts_with(area)))
}

fn line(label: &str, state: ReadinessState, sentence: &str) -> ReadinessLine {
    ReadinessLine {
        label: label.to_owned(),
        state,
        sentence: sentence.to_owned(),
    }
}
