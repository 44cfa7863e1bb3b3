//! The port, and the list of those who fill it.

use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::drivers::webhook::WebhookSettings;
use crate::drivers::{log, memory, twilio, webhook};
use crate::outcome::{LookupError, Outcome, Report};
use crate::text::{Credentials, OutgoingText};

/// Somebody who sends texts.
#[async_trait]
pub trait SmsProvider: Debug + Send + Sync {
    /// Its name in settings and beside each text.
    fn name(&self) -> &'static str;

    /// What it can.
    fn capabilities(&self) -> Capabilities;

    /// Sends a text, at most once whatever happens on the way, and says what became of it.
    async fn send(&self, text: &OutgoingText) -> Outcome;

    /// How a text fares that was accepted. None where the provider does not have it, or cannot be asked.
    async fn status(
        &self,
        credentials: Option<&Credentials>,
        provider_sid: &str,
    ) -> Result<Option<Report>, LookupError> {
        let _ = (credentials, provider_sid);
        Ok(None)
    }

    /// Texts at the provider that may be this one, which was sent at `since` or later and whose answer was lost; the oldest
    /// first. Some may belong to other texts of ours that say the same: the caller knows those.
    async fn find(&self, text: &OutgoingText, since: Timestamp) -> Result<Vec<Report>, LookupError> {
        let _ = (text, since);
        Ok(Vec::new())
    }
}

/// What a provider can. Texts that are to be sent later are kept by us for every provider alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether each text needs the credentials of an account.
    pub credentials: bool,
    /// Whether it takes pictures, sounds and films.
    pub media: bool,
    /// How many of them.
    pub max_media: u32,
    /// Whether it tells by itself how texts fare.
    pub status_callbacks: bool,
    /// Whether it can be asked how a text fares, and for one whose answer was lost.
    pub lookup: bool,
    /// The longest text, in parts.
    pub max_segments: u32,
}

/// The provider in use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Provider(Arc<dyn SmsProvider>);

impl Deref for Provider {
    type Target = dyn SmsProvider;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

/// What providers are made of. A provider takes what is its own.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The way to Twilio. None where the operator has turned it off.
    pub twilio: Option<::twilio::Transport>,
    /// Where texts are posted as JSON.
    pub webhook: Option<WebhookSettings>,
}

/// No provider can be made. For the operator, at the start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// There is none of that name.
    #[error("SMS_DEFAULT={0:?} is no provider of texts: choose one of {known}", known = KNOWN.join(", "))]
    Unknown(String),
    /// It is turned off.
    #[error("SMS_DEFAULT={0}, but that provider is turned off: choose another one, or turn it on with {1}")]
    Disabled(&'static str, &'static str),
    /// Something that it needs is missing or wrong.
    #[error("SMS_DEFAULT={0} cannot be used: {1}")]
    Incomplete(&'static str, String),
}

type Driver = (&'static str, fn(&Settings) -> Result<Provider, SettingsError>);

/// Every driver: its name, and how it is made. A new one is a line here.
const DRIVERS: [Driver; 4] = [
    (twilio::NAME, twilio::from_settings),
    (webhook::NAME, webhook::from_settings),
    (log::NAME, log::from_settings),
    (memory::NAME, memory::from_settings),
];

/// The names that [`Provider::from_settings`] knows.
pub const KNOWN: [&str; DRIVERS.len()] = {
    let mut names = [""; DRIVERS.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = DRIVERS[index].0;
        index += 1;
    }
    names
};

impl Provider {
    /// One that somebody made.
    pub fn new(provider: impl SmsProvider + 'static) -> Self {
        Self(Arc::new(provider))
    }

    /// The one of this name.
    ///
    /// # Errors
    /// With a sentence for the operator when there is none, or it is turned off, or its settings are not complete.
    pub fn from_settings(name: &str, settings: &Settings) -> Result<Self, SettingsError> {
        match DRIVERS.iter().find(|(known, _)| *known == name) {
            Some((_, make)) => make(settings),
            None => Err(SettingsError::Unknown(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_provider_is_told_the_known_ones() {
        let error = Provider::from_settings("pigeon", &Settings::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "SMS_DEFAULT=\"pigeon\" is no provider of texts: choose one of twilio, webhook, log, memory"
        );
    }

    #[test]
    fn a_provider_that_is_turned_off_or_not_set_up_says_what_to_do() {
        let off = Provider::from_settings("twilio", &Settings::default()).unwrap_err();
        assert!(
            off.to_string().ends_with("turn it on with SMS_TWILIO_ENABLED=true"),
            "{off}"
        );
        let bare = Provider::from_settings("webhook", &Settings::default()).unwrap_err();
        assert!(bare.to_string().contains("SMS_WEBHOOK_URL"), "{bare}");
    }

    #[test]
    fn every_provider_goes_by_the_name_it_is_chosen_by() {
        let settings = Settings {
            twilio: Some(::twilio::Transport::new(::twilio::Endpoints::twilio()).unwrap()),
            webhook: Some(WebhookSettings {
                url: "https://texts.example/send".parse().unwrap(),
                token: "t".into(),
                signing_key: "k".into(),
            }),
        };
        for name in KNOWN {
            assert_eq!(Provider::from_settings(name, &settings).unwrap().name(), name);
        }
    }
}
