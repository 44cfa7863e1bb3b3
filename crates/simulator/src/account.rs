//! What a simulated account consists of. The names of the settings are Twilio's own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::messages::MessagingServiceSettings;

/// Whether an account pays.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum AccountKind {
    /// A trial account, with Twilio's limits for those.
    Trial,
    /// An upgraded account.
    #[default]
    Full,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountStatus {
    /// The usual state.
    #[default]
    Active,
    /// Can be read, but not changed.
    Suspended,
    /// Rejects its own credentials.
    Closed,
}

/// What a new account starts with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountSeed {
    /// Shown in Twilio's console; "Simulated account" when empty.
    pub friendly_name: String,
    /// Trial or full.
    pub kind: AccountKind,
    /// Active, suspended or closed.
    pub status: AccountStatus,
    /// The separate pair of credentials for automated tests, for which nearly everything is refused with 403 and 20008.
    pub test_credentials: bool,
    /// A fixed Account SID; made at random when absent.
    pub sid: Option<String>,
    /// A fixed Auth Token; made at random when absent.
    pub auth_token: Option<String>,
    /// Whom a trial account may call and text, beside its own numbers.
    pub verified_numbers: Vec<String>,
}

/// The pair of credentials that a customer copies from Twilio's console.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SimulatedAccount {
    /// `AC` and 32 hexadecimal digits.
    pub sid: String,
    /// 32 hexadecimal digits.
    pub auth_token: String,
}

/// How a webhook is requested.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// Parameters in the query.
    Get,
    /// Parameters in a form body; Twilio's default.
    #[default]
    Post,
}

/// What a number can do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Capabilities {
    /// Calls.
    pub voice: bool,
    /// Texts.
    pub sms: bool,
    /// Texts with media.
    pub mms: bool,
    /// Fax, which Twilio still lists.
    pub fax: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            voice: true,
            sms: true,
            mms: false,
            fax: false,
        }
    }
}

/// All settings of a number. An absent URL or SID is `None`; what Twilio shows for it (`""` or `null`) is the answer's business.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "Twilio's own names, one for one: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource"
)]
pub struct NumberSettings {
    pub phone_number: String,
    pub friendly_name: String,
    pub capabilities: Capabilities,
    pub voice_url: Option<String>,
    pub voice_method: HttpMethod,
    pub voice_fallback_url: Option<String>,
    pub voice_fallback_method: HttpMethod,
    pub voice_application_sid: Option<String>,
    pub voice_caller_id_lookup: bool,
    pub voice_receive_mode: Option<String>,
    pub trunk_sid: Option<String>,
    pub sms_url: Option<String>,
    pub sms_method: HttpMethod,
    pub sms_fallback_url: Option<String>,
    pub sms_fallback_method: HttpMethod,
    pub sms_application_sid: Option<String>,
    pub status_callback: Option<String>,
    pub status_callback_method: HttpMethod,
    pub address_sid: Option<String>,
    pub identity_sid: Option<String>,
    pub bundle_sid: Option<String>,
    pub emergency_address_sid: Option<String>,
    pub emergency_status: Option<String>,
}

/// What a new number starts with: its settings.
pub type NumberSeed = NumberSettings;

/// All settings of a TwiML App.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[allow(
    missing_docs,
    reason = "Twilio's own names, one for one: https://www.twilio.com/docs/usage/api/applications"
)]
pub struct ApplicationSettings {
    pub friendly_name: String,
    pub voice_url: Option<String>,
    pub voice_method: HttpMethod,
    pub voice_fallback_url: Option<String>,
    pub voice_fallback_method: HttpMethod,
    pub voice_caller_id_lookup: bool,
    pub status_callback: Option<String>,
    pub status_callback_method: HttpMethod,
    pub sms_url: Option<String>,
    pub sms_method: HttpMethod,
    pub sms_fallback_url: Option<String>,
    pub sms_fallback_method: HttpMethod,
    pub sms_status_callback: Option<String>,
    pub message_status_callback: Option<String>,
    pub public_application_connect_enabled: bool,
}

/// An account with everything in it except secrets and dates: two equal snapshots mean that nothing was left behind.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct AccountSnapshot {
    /// The Account SID.
    pub sid: String,
    /// The account's name.
    pub friendly_name: String,
    /// Trial or full.
    pub kind: AccountKind,
    /// Active, suspended or closed.
    pub status: AccountStatus,
    /// Numbers by SID.
    pub numbers: BTreeMap<String, NumberSettings>,
    /// TwiML Apps by SID.
    pub applications: BTreeMap<String, ApplicationSettings>,
    /// Names of the API keys by SID.
    pub keys: BTreeMap<String, String>,
    /// Messaging Services by SID.
    pub messaging_services: BTreeMap<String, MessagingServiceSettings>,
}
