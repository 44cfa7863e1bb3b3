//! What a connected number and App point at, and how that compares with what they point at now.

use domain::connection::StepKind;
use domain::id::ConnectionId;
use domain::setup::Pointing;
use twilio::{IncomingPhoneNumber, NewApplication, PhoneNumberWebhooks};
use url::Url;

use super::ours::{GROUPS, Ours};
use crate::numbers::formatted;

/// Asks Twilio to try a failed webhook up to five times more, whatever the failure; without it only a failed connect is
/// tried again, once. The fragment is never sent nor signed.
/// <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>
pub(crate) const RETRIES: &str = "#rc=5&rp=all";

/// The webhook URLs of this installation.
#[derive(Clone, Debug)]
pub(super) struct WebhookUrls {
    inbound: String,
    voice: String,
    call_status: String,
    texts: String,
}

impl WebhookUrls {
    pub(super) fn new(app_url: &Url) -> Self {
        Self::at(base_of(app_url))
    }

    /// Those of an installation at that public address.
    pub(super) fn at(base: &str) -> Self {
        let at = |path: &str| format!("{base}{path}{RETRIES}");
        Self {
            inbound: at("/twiml/inbound"),
            voice: at("/webhooks/twilio/voice"),
            call_status: at("/webhooks/twilio/call-status"),
            texts: at("/webhooks/sms/twilio"),
        }
    }

    /// The settings of a connected number.
    pub(super) fn phone_number(&self) -> PhoneNumberWebhooks {
        let post = || Some("POST".to_owned());
        PhoneNumberWebhooks {
            voice_url: Some(self.inbound.clone()),
            voice_method: post(),
            voice_fallback_url: Some(self.voice.clone()),
            voice_fallback_method: post(),
            sms_url: Some(self.texts.clone()),
            sms_method: post(),
            status_callback: Some(self.call_status.clone()),
            status_callback_method: post(),
            ..PhoneNumberWebhooks::default()
        }
    }

    /// The TwiML App of a connection, named by its marker.
    pub(super) fn application(&self, marker: String) -> NewApplication {
        let post = || Some("POST".to_owned());
        NewApplication {
            friendly_name: marker,
            voice_url: Some(self.inbound.clone()),
            voice_method: post(),
            voice_fallback_url: Some(self.voice.clone()),
            voice_fallback_method: post(),
            status_callback: Some(self.call_status.clone()),
            status_callback_method: post(),
            sms_url: Some(self.texts.clone()),
            sms_method: post(),
            message_status_callback: Some(self.texts.clone()),
            ..NewApplication::default()
        }
    }
}

/// The public address as it is remembered: without a slash at its end.
pub(super) fn base_of(app_url: &Url) -> &str {
    app_url.as_str().trim_end_matches('/')
}

/// The beginning of the name of everything that this installation makes.
pub(super) fn marker_of_install(install_id: &str) -> String {
    let install: String = install_id.chars().take(12).collect();
    format!("Sniko {install} ")
}

/// The connection that a name of this installation's was given for; nothing where it is not one.
pub(super) fn connection_of_marker(install_id: &str, name: &str) -> Option<ConnectionId> {
    name.strip_prefix(&marker_of_install(install_id))?.parse().ok()
}

/// The name that everything we make carries: it alone says that a resource is ours and of which connection.
/// At most 64 characters, Twilio's limit for a `FriendlyName`.
pub(super) fn marker(install_id: &str, connection: ConnectionId) -> String {
    format!("{}{connection}", marker_of_install(install_id))
}

/// How a resource is found in the console when its SID never reached us.
pub(super) fn fallback_name(kind: StepKind, phone_number_sid: &str, marker: &str) -> String {
    match kind {
        StepKind::PhoneNumber => phone_number_sid.to_owned(),
        _ => marker.to_owned(),
    }
}

/// Both settings side by side, for people: URLs without our retry fragment.
pub(super) fn pointing(now: &PhoneNumberWebhooks, then: &PhoneNumberWebhooks) -> Vec<Pointing> {
    GROUPS
        .into_iter()
        .map(|group| Pointing {
            label: group.label().to_owned(),
            now: group.target(now).map(shown),
            then: group.target(then).map(shown),
        })
        .collect()
}

/// A URL as a person reads it: without the connection overrides behind `#`.
pub(super) fn shown(url: &str) -> String {
    url.split_once('#').map_or(url, |(address, _)| address).to_owned()
}

/// A number of the account as a choice in the wizard.
pub(super) fn choice(number: &IncomingPhoneNumber, urls: &WebhookUrls) -> domain::setup::NumberChoice {
    let ours = Ours::new(urls, &[]);
    domain::setup::NumberChoice {
        sid: number.sid.to_string(),
        phone_number: number.phone_number.clone(),
        formatted: formatted(&number.phone_number),
        friendly_name: number.friendly_name.clone(),
        capabilities: domain::setup::Capabilities {
            voice: number.capabilities.voice,
            sms: number.capabilities.sms,
            mms: number.capabilities.mms,
        },
        in_use_by: ours.in_use_by(&number.webhooks),
        pointing: pointing(&number.webhooks, ours.today()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> WebhookUrls {
        WebhookUrls::new(&Url::parse("https://phone.example.com/").unwrap())
    }

    #[test]
    fn the_urls_are_those_of_the_contract_below_app_url() {
        let number = urls().phone_number();
        assert_eq!(
            number.voice_url.as_deref().map(shown).as_deref(),
            Some("https://phone.example.com/twiml/inbound")
        );
        assert_eq!(
            number.status_callback.as_deref().map(shown).as_deref(),
            Some("https://phone.example.com/webhooks/twilio/call-status")
        );
        assert_eq!(
            number.sms_url.as_deref().map(shown).as_deref(),
            Some("https://phone.example.com/webhooks/sms/twilio")
        );
    }

    #[test]
    fn a_marker_fits_a_friendly_name() {
        let id: ConnectionId = "0192f0c1-2f5e-7a3b-8c4d-0123456789ab".parse().unwrap();
        let install = "0123456789abcdef0123456789abcdef";
        let name = marker(install, id);
        assert!(name.len() <= 64);
        assert_eq!(connection_of_marker(install, &name), Some(id));
        for other in [
            "Sniko",
            "Sniko 0123456789ab",
            "Sniko ffffffffffff 0192f0c1-2f5e-7a3b-8c4d-0123456789ab",
        ] {
            assert_eq!(connection_of_marker(install, other), None, "{other}");
        }
    }
}
