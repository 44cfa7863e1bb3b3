//! TwiML Apps: <https://www.twilio.com/docs/usage/api/applications>.

use serde::Deserialize;
use url::Url;

use super::exchange::Form;
use super::{Client, Deletion, empty_as_none, null_as_empty};
use crate::error::Error;
use crate::sid::{AccountSid, ApplicationSid};

/// What a new TwiML App does. What is `None` is left to Twilio.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewApplication {
    /// Its name, at most 64 characters. Need not be unique.
    pub friendly_name: String,
    /// Asked for TwiML when a call comes in, or when a browser makes one.
    pub voice_url: Option<String>,
    /// `GET` or `POST`.
    pub voice_method: Option<String>,
    /// Asked when the voice URL fails. Only together with a voice URL.
    pub voice_fallback_url: Option<String>,
    /// `GET` or `POST`.
    pub voice_fallback_method: Option<String>,
    /// Told when a call ends.
    pub status_callback: Option<String>,
    /// `GET` or `POST`.
    pub status_callback_method: Option<String>,
    /// Asked for TwiML when a text comes in.
    pub sms_url: Option<String>,
    /// `GET` or `POST`.
    pub sms_method: Option<String>,
    /// Asked when the SMS URL fails. Only together with an SMS URL.
    pub sms_fallback_url: Option<String>,
    /// `GET` or `POST`.
    pub sms_fallback_method: Option<String>,
    /// Told how a text fares that was sent through this App.
    pub message_status_callback: Option<String>,
}

impl NewApplication {
    fn form(&self) -> Form<'_> {
        let mut form = vec![("FriendlyName", self.friendly_name.as_str())];
        let settings = [
            ("VoiceUrl", &self.voice_url),
            ("VoiceMethod", &self.voice_method),
            ("VoiceFallbackUrl", &self.voice_fallback_url),
            ("VoiceFallbackMethod", &self.voice_fallback_method),
            ("StatusCallback", &self.status_callback),
            ("StatusCallbackMethod", &self.status_callback_method),
            ("SmsUrl", &self.sms_url),
            ("SmsMethod", &self.sms_method),
            ("SmsFallbackUrl", &self.sms_fallback_url),
            ("SmsFallbackMethod", &self.sms_fallback_method),
            ("MessageStatusCallback", &self.message_status_callback),
        ];
        form.extend(
            settings
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.as_deref()?))),
        );
        form
    }
}

/// A TwiML App. The fields are those of [`NewApplication`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Application {
    /// Its identifier.
    pub sid: ApplicationSid,
    /// Whose it is.
    pub account_sid: AccountSid,
    /// Its name.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub friendly_name: String,
    /// See [`NewApplication::voice_url`].
    #[serde(default, deserialize_with = "empty_as_none")]
    pub voice_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub voice_method: Option<String>,
    /// See [`NewApplication::voice_fallback_url`].
    #[serde(default, deserialize_with = "empty_as_none")]
    pub voice_fallback_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub voice_fallback_method: Option<String>,
    /// See [`NewApplication::status_callback`].
    #[serde(default, deserialize_with = "empty_as_none")]
    pub status_callback: Option<String>,
    /// `GET` or `POST`.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub status_callback_method: Option<String>,
    /// See [`NewApplication::sms_url`].
    #[serde(default, deserialize_with = "empty_as_none")]
    pub sms_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub sms_method: Option<String>,
    /// See [`NewApplication::sms_fallback_url`].
    #[serde(default, deserialize_with = "empty_as_none")]
    pub sms_fallback_url: Option<String>,
    /// `GET` or `POST`.
    #[serde(default, deserialize_with = "empty_as_none")]
    pub sms_fallback_method: Option<String>,
    /// See [`NewApplication::message_status_callback`].
    #[serde(default, deserialize_with = "empty_as_none")]
    pub message_status_callback: Option<String>,
}

impl Client {
    /// Makes a TwiML App.
    pub async fn create_application(&self, application: &NewApplication) -> Result<Application, Error> {
        self.post(
            "create the application",
            self.account_url(&["Applications.json"]),
            application.form(),
        )
        .await
    }

    /// One TwiML App of the account.
    pub async fn fetch_application(&self, sid: &ApplicationSid) -> Result<Application, Error> {
        self.get("fetch the application", self.application_url(sid)).await
    }

    /// Sets a TwiML App to what is given; what is `None` stays as it is.
    pub async fn update_application(
        &self,
        sid: &ApplicationSid,
        application: &NewApplication,
    ) -> Result<Application, Error> {
        self.post("update the application", self.application_url(sid), application.form())
            .await
    }

    /// All TwiML Apps of the account, or those with exactly this name.
    pub async fn list_applications(&self, friendly_name: Option<&str>) -> Result<Vec<Application>, Error> {
        let mut url = self.account_url(&["Applications.json"]);
        if let Some(name) = friendly_name {
            url.query_pairs_mut().append_pair("FriendlyName", name);
        }
        let mut applications: Vec<Application> = self.list("list the applications", url).await?;
        // Twilio does not document how it compares names.
        applications.retain(|application| friendly_name.is_none_or(|name| application.friendly_name == name));
        Ok(applications)
    }

    /// Deletes a TwiML App. Twilio removes it from the phone numbers that refer to it.
    pub async fn delete_application(&self, sid: &ApplicationSid) -> Result<Deletion, Error> {
        self.delete("delete the application", self.application_url(sid)).await
    }

    fn application_url(&self, sid: &ApplicationSid) -> Url {
        self.account_url(&["Applications", &format!("{sid}.json")])
    }
}
