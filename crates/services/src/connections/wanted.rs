//! What a connected number and App point at, and how that compares with what they point at now.

use domain::connection::StepKind;
use domain::id::ConnectionId;
use domain::setup::Pointing;
use twilio::{IncomingPhoneNumber, NewApplication, PhoneNumberWebhooks};
use url::Url;

use crate::numbers::formatted;

/// Asks Twilio to try a failed webhook up to five times more, whatever the failure; without it only a failed connect is
/// tried again, once. The fragment is never sent nor signed.
/// <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>
pub(crate) const RETRIES: &str = "#rc=5&rp=all";

/// Where Twilio points a number that was bought and never configured; whoever has it there uses it for nothing.
const DEMO_HOST: &str = "https://demo.twilio.com/";

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
        let base = app_url.as_str().trim_end_matches('/');
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

/// The name that everything we make carries: it alone says that a resource is ours and of which connection.
/// At most 64 characters, Twilio's limit for a `FriendlyName`.
pub(super) fn marker(install_id: &str, connection: ConnectionId) -> String {
    let install: String = install_id.chars().take(12).collect();
    format!("Sniko {install} {connection}")
}

/// How a resource is found in the console when its SID never reached us.
pub(super) fn fallback_name(kind: StepKind, phone_number_sid: &str, marker: &str) -> String {
    match kind {
        StepKind::PhoneNumber => phone_number_sid.to_owned(),
        _ => marker.to_owned(),
    }
}

/// The three things a number does, each of which somebody may re-point by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Voice,
    Texts,
    Status,
}

const GROUPS: [Group; 3] = [Group::Voice, Group::Texts, Group::Status];

impl Group {
    fn label(self) -> &'static str {
        match self {
            Self::Voice => "Incoming calls",
            Self::Texts => "Incoming texts",
            Self::Status => "Call status",
        }
    }

    /// Copies this group's settings from one to the other.
    fn copy(self, from: &PhoneNumberWebhooks, to: &mut PhoneNumberWebhooks) {
        match self {
            Self::Voice => {
                to.voice_url.clone_from(&from.voice_url);
                to.voice_method.clone_from(&from.voice_method);
                to.voice_fallback_url.clone_from(&from.voice_fallback_url);
                to.voice_fallback_method.clone_from(&from.voice_fallback_method);
                to.voice_application_sid.clone_from(&from.voice_application_sid);
                to.trunk_sid.clone_from(&from.trunk_sid);
            }
            Self::Texts => {
                to.sms_url.clone_from(&from.sms_url);
                to.sms_method.clone_from(&from.sms_method);
                to.sms_fallback_url.clone_from(&from.sms_fallback_url);
                to.sms_fallback_method.clone_from(&from.sms_fallback_method);
                to.sms_application_sid.clone_from(&from.sms_application_sid);
            }
            Self::Status => {
                to.status_callback.clone_from(&from.status_callback);
                to.status_callback_method.clone_from(&from.status_callback_method);
            }
        }
    }

    /// Where it leads, as one URL or SID. A trunk or an App makes Twilio ignore the URLs.
    fn target(self, webhooks: &PhoneNumberWebhooks) -> Option<&str> {
        match self {
            Self::Voice => webhooks
                .trunk_sid
                .as_deref()
                .or(webhooks.voice_application_sid.as_deref())
                .or(webhooks.voice_url.as_deref()),
            Self::Texts => webhooks.sms_application_sid.as_deref().or(webhooks.sms_url.as_deref()),
            Self::Status => webhooks.status_callback.as_deref(),
        }
    }

    /// Whether both lead to the same place, fallbacks and methods aside.
    fn same_target(self, a: &PhoneNumberWebhooks, b: &PhoneNumberWebhooks) -> bool {
        self.target(a) == self.target(b)
    }
}

/// What restoring writes: for each group that still leads where we pointed it, what it was before; the rest stays as
/// somebody has set it meanwhile. `None` when nothing is ours any more.
pub(super) fn restored(
    now: &PhoneNumberWebhooks,
    ours: &PhoneNumberWebhooks,
    before: &PhoneNumberWebhooks,
) -> Option<PhoneNumberWebhooks> {
    let mut target = now.clone();
    let mut touched = false;
    for group in GROUPS.into_iter().filter(|group| group.same_target(now, ours)) {
        group.copy(before, &mut target);
        touched = true;
    }
    touched.then_some(target)
}

/// What to restore later: what the number is set to now, except where that is already ours, left over from an earlier
/// connection: there it is what that one found, or nothing.
pub(super) fn worth_restoring(
    now: &PhoneNumberWebhooks,
    ours: &PhoneNumberWebhooks,
    inherited: Option<&PhoneNumberWebhooks>,
) -> PhoneNumberWebhooks {
    let mut before = now.clone();
    let nothing = PhoneNumberWebhooks::default();
    for group in GROUPS.into_iter().filter(|group| group.same_target(now, ours)) {
        group.copy(inherited.unwrap_or(&nothing), &mut before);
    }
    before
}

/// A sentence when the number already serves something else.
pub(super) fn in_use_by(now: &PhoneNumberWebhooks, ours: &PhoneNumberWebhooks) -> Option<String> {
    let used = |group: &Group| {
        group.target(now).is_some_and(|target| !target.starts_with(DEMO_HOST)) && !group.same_target(now, ours)
    };
    let group = GROUPS.into_iter().find(used)?;
    let target = group.target(now)?;
    let place = match target.get(..2) {
        Some("TK") => format!("the SIP trunk {target}"),
        Some("AP") => format!("the TwiML App {target}"),
        _ => target.to_owned(),
    };
    Some(match group {
        Group::Voice => format!("Its calls go to {place}."),
        Group::Texts => format!("Its texts go to {place}."),
        Group::Status => format!("Its call status goes to {place}."),
    })
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

/// Whether the number is set as it should be.
pub(super) fn is_ours(now: &PhoneNumberWebhooks, ours: &PhoneNumberWebhooks) -> bool {
    GROUPS.into_iter().all(|group| group.same_target(now, ours))
}

/// A number of the account as a choice in the wizard.
pub(super) fn choice(number: &IncomingPhoneNumber, urls: &WebhookUrls) -> domain::setup::NumberChoice {
    let ours = urls.phone_number();
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
        in_use_by: in_use_by(&number.webhooks, &ours),
        pointing: pointing(&number.webhooks, &ours),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> WebhookUrls {
        WebhookUrls::new(&Url::parse("https://phone.example.com/").unwrap())
    }

    fn voice(url: &str) -> PhoneNumberWebhooks {
        PhoneNumberWebhooks {
            voice_url: Some(url.into()),
            ..PhoneNumberWebhooks::default()
        }
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
        assert!(marker("0123456789abcdef0123456789abcdef", id).len() <= 64);
    }

    #[test]
    fn a_number_that_points_nowhere_at_a_demo_or_at_us_is_free() {
        let ours = urls().phone_number();
        assert_eq!(in_use_by(&PhoneNumberWebhooks::default(), &ours), None);
        assert_eq!(in_use_by(&voice("https://demo.twilio.com/welcome/voice/"), &ours), None);
        assert_eq!(in_use_by(&ours, &ours), None);
    }

    #[test]
    fn a_number_that_serves_something_else_is_in_use_whatever_leads_there() {
        let ours = urls().phone_number();
        assert!(in_use_by(&voice("https://example.com/voice"), &ours).is_some_and(|s| s.contains("example.com")));
        let trunk = PhoneNumberWebhooks {
            trunk_sid: Some("TK0".into()),
            ..ours.clone()
        };
        assert!(in_use_by(&trunk, &ours).is_some_and(|s| s.contains("SIP trunk")));
        let texts = PhoneNumberWebhooks {
            sms_application_sid: Some("AP0".into()),
            ..PhoneNumberWebhooks::default()
        };
        assert!(in_use_by(&texts, &ours).is_some_and(|s| s.contains("TwiML App")));
    }

    #[test]
    fn restoring_writes_back_what_was_there_and_leaves_what_somebody_changed() {
        let ours = urls().phone_number();
        let before = voice("https://example.com/voice");
        assert_eq!(restored(&ours, &ours, &before), Some(before.clone()));

        let mut changed = ours.clone();
        changed.sms_url = Some("https://new.example.com/sms".into());
        let target = restored(&changed, &ours, &before).unwrap();
        assert_eq!(target.voice_url, before.voice_url);
        assert_eq!(target.sms_url.as_deref(), Some("https://new.example.com/sms"));

        let elsewhere = PhoneNumberWebhooks {
            voice_url: Some("https://new.example.com".into()),
            sms_url: Some("https://new.example.com".into()),
            status_callback: Some("https://new.example.com".into()),
            ..PhoneNumberWebhooks::default()
        };
        assert_eq!(restored(&elsewhere, &ours, &before), None);
    }

    #[test]
    fn our_own_urls_are_never_what_a_number_is_restored_to() {
        let ours = urls().phone_number();
        assert_eq!(worth_restoring(&ours, &ours, None), PhoneNumberWebhooks::default());
        let earlier = voice("https://example.com/voice");
        assert_eq!(worth_restoring(&ours, &ours, Some(&earlier)), earlier);
        assert_eq!(worth_restoring(&earlier, &ours, None), earlier);
    }
}
