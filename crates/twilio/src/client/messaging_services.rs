//! Messaging Services: <https://www.twilio.com/docs/messaging/api/service-resource>.

use serde::Deserialize;
use url::Url;

use super::{Client, empty_as_none, null_as_empty};
use crate::error::Error;
use crate::sid::{AccountSid, MessagingServiceSid, PhoneNumberSid};

/// A pool of numbers that texts are sent from, with its own settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MessagingService {
    /// Its identifier.
    pub sid: MessagingServiceSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// The name its owner gave it.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub friendly_name: String,
    /// Asked for TwiML when a text comes in to one of its numbers, unless the numbers' own addresses are.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub inbound_request_url: Option<String>,
    /// Whether the numbers' own addresses are asked when a text comes in.
    pub use_inbound_webhook_on_number: Option<bool>,
    /// Told how a text fares that names no address of its own.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub status_callback: Option<String>,
    /// Whether it is registered for texts from local numbers to the United States (A2P 10DLC).
    pub us_app_to_person_registered: Option<bool>,
    /// What its owner says it is for.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub usecase: Option<String>,
}

/// A number of a Messaging Service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServiceNumber {
    /// Its identifier.
    pub sid: PhoneNumberSid,
    /// In E.164 form.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub phone_number: String,
    /// Of which country, in two letters.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub country_code: Option<String>,
    /// What it can, for example `SMS`.
    #[serde(default)]
    pub capabilities: Vec<String>,
}

impl Client {
    /// All Messaging Services of the account.
    pub async fn list_messaging_services(&self) -> Result<Vec<MessagingService>, Error> {
        self.list("list the Messaging Services", self.services_url(&[])).await
    }

    /// One of them.
    pub async fn fetch_messaging_service(&self, sid: &MessagingServiceSid) -> Result<MessagingService, Error> {
        self.get("fetch the Messaging Service", self.services_url(&[sid.as_str()]))
            .await
    }

    /// The numbers of one.
    pub async fn list_messaging_service_numbers(&self, sid: &MessagingServiceSid) -> Result<Vec<ServiceNumber>, Error> {
        let url = self.services_url(&[sid.as_str(), "PhoneNumbers"]);
        self.list("list the Messaging Service's numbers", url).await
    }

    fn services_url(&self, path: &[&str]) -> Url {
        let mut segments = vec!["Services"];
        segments.extend(path);
        self.0.transport.messaging_url(&segments)
    }
}
