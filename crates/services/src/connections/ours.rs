//! Which of a number's settings are ours: those of today, and those that it still has from a former address of this
//! installation. The rest is somebody else's, and is neither mended nor undone unasked.

use twilio::PhoneNumberWebhooks;

use super::wanted::{WebhookUrls, shown};

/// Where Twilio points a number that was bought and never configured; whoever has it there uses it for nothing.
const DEMO_HOST: &str = "https://demo.twilio.com/";

/// The three things a number does, each of which somebody may re-point by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Voice,
    Texts,
    Status,
}

pub(super) const GROUPS: [Group; 3] = [Group::Voice, Group::Texts, Group::Status];

impl Group {
    pub(super) fn label(self) -> &'static str {
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
    pub(super) fn target(self, webhooks: &PhoneNumberWebhooks) -> Option<&str> {
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

    /// Whether both lead to the same place, fallbacks, methods and connection overrides aside.
    fn same_target(self, a: &PhoneNumberWebhooks, b: &PhoneNumberWebhooks) -> bool {
        self.target(a).map(shown) == self.target(b).map(shown)
    }
}

/// Where we point a number.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    today: PhoneNumberWebhooks,
    /// Where it may still point from when the installation had another address.
    formerly: Vec<PhoneNumberWebhooks>,
}

impl Ours {
    /// Today's settings, and those of the public addresses that the number may have been pointed at.
    pub(super) fn new(urls: &WebhookUrls, bases: &[String]) -> Self {
        let today = urls.phone_number();
        let formerly = bases.iter().map(|base| WebhookUrls::at(base).phone_number());
        Self {
            formerly: formerly.filter(|former| *former != today).collect(),
            today,
        }
    }

    /// What a connected number is set to.
    pub(super) fn today(&self) -> &PhoneNumberWebhooks {
        &self.today
    }

    /// Whether this group leads to us, under whatever address of ours.
    fn has(&self, group: Group, now: &PhoneNumberWebhooks) -> bool {
        group.same_target(now, &self.today) || self.had(group, now)
    }

    /// Whether this group leads to a former address of ours.
    pub(super) fn had(&self, group: Group, now: &PhoneNumberWebhooks) -> bool {
        self.formerly.iter().any(|former| group.same_target(now, former))
    }

    /// What restoring writes: for each group that still leads where we pointed it, what it was before; the rest stays as
    /// somebody has set it meanwhile. `None` when nothing is ours any more.
    pub(super) fn restored(
        &self,
        now: &PhoneNumberWebhooks,
        before: &PhoneNumberWebhooks,
    ) -> Option<PhoneNumberWebhooks> {
        let mut target = now.clone();
        let mut touched = false;
        for group in GROUPS.into_iter().filter(|group| self.has(*group, now)) {
            group.copy(before, &mut target);
            touched = true;
        }
        touched.then_some(target)
    }

    /// What to restore later: what the number is set to now, except where that is already ours, left over from an earlier
    /// connection: there it is what that one found, or nothing.
    pub(super) fn worth_restoring(
        &self,
        now: &PhoneNumberWebhooks,
        inherited: Option<&PhoneNumberWebhooks>,
    ) -> PhoneNumberWebhooks {
        let mut before = now.clone();
        let nothing = PhoneNumberWebhooks::default();
        for group in GROUPS.into_iter().filter(|group| self.has(*group, now)) {
            group.copy(inherited.unwrap_or(&nothing), &mut before);
        }
        before
    }

    /// A sentence when the number already serves something else.
    pub(super) fn in_use_by(&self, now: &PhoneNumberWebhooks) -> Option<String> {
        let used = |group: &Group| {
            group.target(now).is_some_and(|target| !target.starts_with(DEMO_HOST)) && !self.has(*group, now)
        };
        let group = GROUPS.into_iter().find(used)?;
        let place = place(group.target(now)?);
        Some(match group {
            Group::Voice => format!("Its calls go to {place}."),
            Group::Texts => format!("Its texts go to {place}."),
            Group::Status => format!("Its call status goes to {place}."),
        })
    }

    /// The settings with each URL that leads to a former address of ours led to today's; `None` where there is none.
    pub(super) fn brought_up_to_date(&self, now: &PhoneNumberWebhooks) -> Option<PhoneNumberWebhooks> {
        let mut target = now.clone();
        let mut touched = false;
        let mut renew = |url: fn(&mut PhoneNumberWebhooks) -> (&mut Option<String>, &mut Option<String>)| {
            let of = |webhooks: &PhoneNumberWebhooks| url(&mut webhooks.clone()).0.as_deref().map(shown);
            let is = of(now);
            let former = self.formerly.iter().any(|former| of(former) == is);
            if is.is_some() && former && is != of(&self.today) {
                let mut today = self.today.clone();
                let (today, (address, method)) = (url(&mut today), url(&mut target));
                address.clone_from(today.0);
                method.clone_from(today.1);
                touched = true;
            }
        };
        // Where a trunk or an App takes the calls, the URLs lead nowhere, and the person decides.
        if now.trunk_sid.is_none() && now.voice_application_sid.is_none() {
            renew(|webhooks| (&mut webhooks.voice_url, &mut webhooks.voice_method));
            renew(|webhooks| (&mut webhooks.voice_fallback_url, &mut webhooks.voice_fallback_method));
        }
        if now.sms_application_sid.is_none() {
            renew(|webhooks| (&mut webhooks.sms_url, &mut webhooks.sms_method));
        }
        renew(|webhooks| (&mut webhooks.status_callback, &mut webhooks.status_callback_method));
        touched.then_some(target)
    }
}

/// A URL or a SID as part of a sentence.
pub(super) fn place(target: &str) -> String {
    match target.get(..2) {
        Some("TK") => format!("the SIP trunk {target}"),
        Some("AP") => format!("the TwiML App {target}"),
        _ => shown(target),
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    const FORMER: &str = "https://old.example.com";

    fn ours() -> Ours {
        let urls = WebhookUrls::new(&Url::parse("https://phone.example.com/").unwrap());
        Ours::new(&urls, &[FORMER.to_owned(), "https://phone.example.com".to_owned()])
    }

    fn former() -> PhoneNumberWebhooks {
        WebhookUrls::at(FORMER).phone_number()
    }

    fn voice(url: &str) -> PhoneNumberWebhooks {
        PhoneNumberWebhooks {
            voice_url: Some(url.into()),
            ..PhoneNumberWebhooks::default()
        }
    }

    #[test]
    fn a_number_that_points_nowhere_at_a_demo_or_at_us_is_free() {
        let ours = ours();
        assert_eq!(ours.in_use_by(&PhoneNumberWebhooks::default()), None);
        assert_eq!(ours.in_use_by(&voice("https://demo.twilio.com/welcome/voice/")), None);
        assert_eq!(ours.in_use_by(ours.today()), None);
    }

    #[test]
    fn a_number_that_serves_something_else_is_in_use_whatever_leads_there() {
        let ours = ours();
        assert!(
            ours.in_use_by(&voice("https://example.com/voice"))
                .is_some_and(|s| s.contains("example.com"))
        );
        let trunk = PhoneNumberWebhooks {
            trunk_sid: Some("TK0".into()),
            ..ours.today().clone()
        };
        assert!(ours.in_use_by(&trunk).is_some_and(|s| s.contains("SIP trunk")));
        let texts = PhoneNumberWebhooks {
            sms_application_sid: Some("AP0".into()),
            ..PhoneNumberWebhooks::default()
        };
        assert!(ours.in_use_by(&texts).is_some_and(|s| s.contains("TwiML App")));
    }

    #[test]
    fn restoring_writes_back_what_was_there_and_leaves_what_somebody_changed() {
        let ours = ours();
        let before = voice("https://example.com/voice");
        assert_eq!(ours.restored(ours.today(), &before), Some(before.clone()));

        let mut changed = ours.today().clone();
        changed.sms_url = Some("https://new.example.com/sms".into());
        let target = ours.restored(&changed, &before).unwrap();
        assert_eq!(target.voice_url, before.voice_url);
        assert_eq!(target.sms_url.as_deref(), Some("https://new.example.com/sms"));

        let elsewhere = PhoneNumberWebhooks {
            voice_url: Some("https://new.example.com".into()),
            sms_url: Some("https://new.example.com".into()),
            status_callback: Some("https://new.example.com".into()),
            ..PhoneNumberWebhooks::default()
        };
        assert_eq!(ours.restored(&elsewhere, &before), None);
    }

    #[test]
    fn our_own_urls_are_never_what_a_number_is_restored_to() {
        let ours = ours();
        assert_eq!(ours.worth_restoring(ours.today(), None), PhoneNumberWebhooks::default());
        let earlier = voice("https://example.com/voice");
        assert_eq!(ours.worth_restoring(ours.today(), Some(&earlier)), earlier);
        assert_eq!(ours.worth_restoring(&earlier, None), earlier);
    }

    #[test]
    fn what_leads_to_a_former_address_is_ours_and_brought_up_to_date() {
        let ours = ours();
        assert_eq!(ours.brought_up_to_date(&former()), Some(ours.today().clone()));
        assert_eq!(ours.brought_up_to_date(ours.today()), None);
        assert_eq!(ours.in_use_by(&former()), None);
        let before = voice("https://example.com/voice");
        assert_eq!(ours.restored(&former(), &before), Some(before));
        assert_eq!(ours.worth_restoring(&former(), None), PhoneNumberWebhooks::default());
    }

    #[test]
    fn what_somebody_has_set_is_left_beside_what_is_brought_up_to_date() {
        let ours = ours();
        let mut now = former();
        now.sms_url = Some("https://new.example.com/sms".into());
        let target = ours.brought_up_to_date(&now).unwrap();
        assert_eq!(target.voice_url, ours.today().voice_url);
        assert_eq!(target.sms_url, now.sms_url);
        // The calls go to a trunk: the URL beside it is not ours to judge.
        now.trunk_sid = Some("TK0".into());
        let target = ours.brought_up_to_date(&now).unwrap();
        assert_eq!((target.voice_url, target.trunk_sid), (now.voice_url, now.trunk_sid));
        assert_eq!(target.status_callback, ours.today().status_callback);
        assert_eq!(ours.brought_up_to_date(&voice("https://example.com/voice")), None);
    }
}
