//! Phone numbers that an account owns: <https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource>.

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use super::exchange::Form;
use super::{Client, empty_as_none, null_as_empty};
use crate::error::Error;
use crate::sid::{AccountSid, PhoneNumberSid};

/// A phone number that an account owns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IncomingPhoneNumber {
    /// Its identifier.
    pub sid: PhoneNumberSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// In E.164 form, such as `+14155550100`.
    pub phone_number: String,
    /// The name its owner gave it.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub friendly_name: String,
    /// What it can do.
    #[serde(default, deserialize_with = "null_as_nothing")]
    pub capabilities: Capabilities,
    /// What it does with calls and texts.
    #[serde(flatten)]
    pub webhooks: PhoneNumberWebhooks,
}

/// What a phone number can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// Calls.
    pub voice: bool,
    /// Texts.
    pub sms: bool,
    /// Texts with media.
    pub mms: bool,
}

fn null_as_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Capabilities, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Everything that a phone number does with calls and texts: to be saved before it is pointed elsewhere, and restored.
///
/// `None` is "not set", which Twilio writes as `null` or as an empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PhoneNumberWebhooks {
    /// Asked for TwiML when a call comes in. Ignored where there is a trunk or a voice application.
    #[serde(deserialize_with = "empty_as_none")]
    pub voice_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(deserialize_with = "empty_as_none")]
    pub voice_method: Option<String>,
    /// Asked when the voice URL fails. Only together with a voice URL.
    #[serde(deserialize_with = "empty_as_none")]
    pub voice_fallback_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(deserialize_with = "empty_as_none")]
    pub voice_fallback_method: Option<String>,
    /// The TwiML App (`AP…`) that takes the calls. Excludes a trunk.
    #[serde(deserialize_with = "empty_as_none")]
    pub voice_application_sid: Option<String>,
    /// The SIP trunk (`TK…`) that takes the calls. Excludes a voice application.
    #[serde(deserialize_with = "empty_as_none")]
    pub trunk_sid: Option<String>,
    /// Asked for TwiML when a text comes in. Ignored where there is an SMS application.
    #[serde(deserialize_with = "empty_as_none")]
    pub sms_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(deserialize_with = "empty_as_none")]
    pub sms_method: Option<String>,
    /// Asked when the SMS URL fails. Only together with an SMS URL.
    #[serde(deserialize_with = "empty_as_none")]
    pub sms_fallback_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(deserialize_with = "empty_as_none")]
    pub sms_fallback_method: Option<String>,
    /// The TwiML App (`AP…`) that takes the texts.
    #[serde(deserialize_with = "empty_as_none")]
    pub sms_application_sid: Option<String>,
    /// Told when a call ends. Not about texts.
    #[serde(deserialize_with = "empty_as_none")]
    pub status_callback: Option<String>,
    /// `GET` or `POST`.
    #[serde(deserialize_with = "empty_as_none")]
    pub status_callback_method: Option<String>,
}

impl PhoneNumberWebhooks {
    /// The form that makes a number exactly this: what is not set is sent empty, which clears it.
    ///
    /// Three exceptions, which Twilio demands. A fallback without its main URL is refused (errors 21405, 21406), so it is
    /// cleared. Of trunk and voice application only one can be: setting either deletes the other, so the other is not sent;
    /// a trunk wins, as it does in a call. A method cannot be empty, so one that is not set stays as it is.
    fn form(&self) -> Form<'_> {
        let voice_fallback_url = self.voice_url.as_ref().and(self.voice_fallback_url.as_ref());
        let sms_fallback_url = self.sms_url.as_ref().and(self.sms_fallback_url.as_ref());
        let mut form: Form<'_> = [
            ("VoiceUrl", self.voice_url.as_ref()),
            ("VoiceFallbackUrl", voice_fallback_url),
            ("SmsUrl", self.sms_url.as_ref()),
            ("SmsFallbackUrl", sms_fallback_url),
            ("SmsApplicationSid", self.sms_application_sid.as_ref()),
            ("StatusCallback", self.status_callback.as_ref()),
        ]
        .into_iter()
        .map(|(name, value)| (name, value.map(String::as_str).unwrap_or_default()))
        .collect();
        match (self.trunk_sid.as_deref(), self.voice_application_sid.as_deref()) {
            (Some(trunk), _) => form.push(("TrunkSid", trunk)),
            (None, Some(application)) => form.push(("VoiceApplicationSid", application)),
            (None, None) => form.extend([("TrunkSid", ""), ("VoiceApplicationSid", "")]),
        }
        let methods = [
            ("VoiceMethod", self.voice_method.as_deref()),
            ("VoiceFallbackMethod", self.voice_fallback_method.as_deref()),
            ("SmsMethod", self.sms_method.as_deref()),
            ("SmsFallbackMethod", self.sms_fallback_method.as_deref()),
            ("StatusCallbackMethod", self.status_callback_method.as_deref()),
        ];
        form.extend(methods.into_iter().filter_map(|(name, value)| Some((name, value?))));
        form
    }
}

impl Client {
    /// All phone numbers of the account.
    pub async fn list_incoming_phone_numbers(&self) -> Result<Vec<IncomingPhoneNumber>, Error> {
        self.list(
            "list the phone numbers",
            self.account_url(&["IncomingPhoneNumbers.json"]),
        )
        .await
    }

    /// One phone number of the account.
    pub async fn fetch_incoming_phone_number(&self, sid: &PhoneNumberSid) -> Result<IncomingPhoneNumber, Error> {
        self.get("fetch the phone number", self.number_url(sid)).await
    }

    /// Points a phone number elsewhere. All of `webhooks` is sent: what is not set there is cleared.
    pub async fn update_incoming_phone_number(
        &self,
        sid: &PhoneNumberSid,
        webhooks: &PhoneNumberWebhooks,
    ) -> Result<IncomingPhoneNumber, Error> {
        self.post("update the phone number", self.number_url(sid), webhooks.form())
            .await
    }

    fn number_url(&self, sid: &PhoneNumberSid) -> Url {
        self.account_url(&["IncomingPhoneNumbers", &format!("{sid}.json")])
    }
}
