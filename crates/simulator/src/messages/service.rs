//! Messaging Services: a pool of numbers with webhooks of its own.

use serde::{Deserialize, Serialize};

use crate::account::HttpMethod;
use crate::world::{Account, Stored};

/// All settings of a Messaging Service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "Twilio's own names, one for one: https://www.twilio.com/docs/messaging/api/service-resource"
)]
#[allow(clippy::struct_excessive_bools, reason = "so many has the resource")]
pub struct MessagingServiceSettings {
    pub friendly_name: String,
    pub inbound_request_url: Option<String>,
    pub inbound_method: HttpMethod,
    pub fallback_url: Option<String>,
    pub fallback_method: HttpMethod,
    pub status_callback: Option<String>,
    pub sticky_sender: bool,
    pub mms_converter: bool,
    pub smart_encoding: bool,
    pub fallback_to_long_code: bool,
    pub area_code_geomatch: bool,
    pub validity_period: u32,
    pub usecase: String,
    pub us_app_to_person_registered: bool,
    pub use_inbound_webhook_on_number: bool,
}

impl Default for MessagingServiceSettings {
    fn default() -> Self {
        Self {
            friendly_name: String::new(),
            inbound_request_url: None,
            inbound_method: HttpMethod::Post,
            fallback_url: None,
            fallback_method: HttpMethod::Post,
            status_callback: None,
            sticky_sender: true,
            mms_converter: true,
            smart_encoding: false,
            fallback_to_long_code: true,
            area_code_geomatch: true,
            validity_period: 36_000,
            usecase: "undeclared".to_owned(),
            us_app_to_person_registered: false,
            use_inbound_webhook_on_number: false,
        }
    }
}

/// A Messaging Service and its numbers, by their SIDs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Service {
    pub(crate) settings: MessagingServiceSettings,
    pub(crate) pool: Vec<Stored<()>>,
}

impl Service {
    pub(crate) fn has(&self, number_sid: &str) -> bool {
        self.pool.iter().any(|number| number.sid == number_sid)
    }
}

impl Account {
    /// The service that a number is in.
    pub(crate) fn service_of(&self, number_sid: &str) -> Option<&Stored<Service>> {
        self.services.iter().find(|service| service.value.has(number_sid))
    }

    pub(crate) fn service(&self, service_sid: &str) -> Option<&Stored<Service>> {
        self.services.iter().find(|service| service.sid == service_sid)
    }
}
