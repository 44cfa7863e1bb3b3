//! A connection as it should be beside what is at Twilio, in words.

use domain::setup::{Health, Pointing};
use domain::time::UnixMillis;
use twilio::{Account, Application, IncomingPhoneNumber, Key, NewApplication, PhoneNumberWebhooks};

use super::ours::{GROUPS, Group, Ours, place};
use super::wanted::shown;

/// What is at Twilio now; what is `None` is not there any more.
pub(super) struct Found {
    pub(super) account: Account,
    pub(super) number: Option<IncomingPhoneNumber>,
    pub(super) application: Option<Application>,
    pub(super) key: Option<Key>,
}

/// What is to be said of it.
pub(super) fn health(found: &Found, ours: &Ours, application: &NewApplication, now: UnixMillis) -> Health {
    let (mut missing, mut changes) = (Vec::new(), Vec::new());
    let mut phone_number = Vec::new();
    let mut lines = Vec::new();
    match &found.number {
        Some(number) => {
            phone_number = number_lines(&number.webhooks, ours.today());
            changes.extend(number_changes(&number.webhooks, ours));
            if changes.is_empty() && differs(&phone_number) {
                changes.push("How Twilio asks about the number's calls or texts was changed there.".to_owned());
            }
        }
        None => missing.push("The number is not in the account any more; disconnect, then choose another.".to_owned()),
    }
    match &found.application {
        Some(found) => {
            lines = application_lines(found, application);
            if differs(&lines) {
                changes.push("The TwiML App was changed at Twilio.".to_owned());
            }
        }
        None => missing.push("The TwiML App was deleted at Twilio: calls cannot be made from the browser.".to_owned()),
    }
    if found.key.is_none() {
        missing.push("The API key was deleted at Twilio: the browser phone cannot register.".to_owned());
    }
    let mendable = found.application.is_none() || found.key.is_none() || !changes.is_empty();
    Health {
        checked_at: now,
        in_order: missing.is_empty() && changes.is_empty(),
        phone_number,
        application: lines,
        missing,
        changes,
        problem: None,
        out_of_order_since: None,
        repairable: mendable,
    }
}

/// Whether the number is set exactly as it should be.
pub(super) fn is_as_wanted(now: &PhoneNumberWebhooks, ours: &Ours) -> bool {
    !differs(&number_lines(now, ours.today()))
}

/// The lines in which the App is not as it should be.
pub(super) fn application_differences(now: &Application, then: &NewApplication) -> Vec<Pointing> {
    let mut lines = application_lines(now, then);
    lines.retain(|line| line.now != line.then);
    lines
}

fn differs(lines: &[Pointing]) -> bool {
    lines.iter().any(|line| line.now != line.then)
}

/// How something is asked, as a person reads it: the method only where it is not the one that everything of ours has.
fn asked(url: Option<&str>, method: Option<&str>) -> Option<String> {
    let url = shown(url?);
    Some(match method {
        Some(method) if !method.eq_ignore_ascii_case("POST") => format!("{method} {url}"),
        _ => url,
    })
}

fn line(label: &str, now: Option<String>, then: Option<String>) -> Pointing {
    Pointing {
        label: label.to_owned(),
        now,
        then,
    }
}

/// The number's settings side by side. A fallback of texts, which we have none of, is a line only where somebody has set one.
fn number_lines(now: &PhoneNumberWebhooks, then: &PhoneNumberWebhooks) -> Vec<Pointing> {
    let voice = |of: &PhoneNumberWebhooks| match of.trunk_sid.as_ref().or(of.voice_application_sid.as_ref()) {
        Some(sid) => Some(sid.clone()),
        None => asked(of.voice_url.as_deref(), of.voice_method.as_deref()),
    };
    let fallback =
        |of: &PhoneNumberWebhooks| asked(of.voice_fallback_url.as_deref(), of.voice_fallback_method.as_deref());
    let texts = |of: &PhoneNumberWebhooks| match &of.sms_application_sid {
        Some(sid) => Some(sid.clone()),
        None => asked(of.sms_url.as_deref(), of.sms_method.as_deref()),
    };
    let status = |of: &PhoneNumberWebhooks| asked(of.status_callback.as_deref(), of.status_callback_method.as_deref());
    let mut lines = vec![
        line(Group::Voice.label(), voice(now), voice(then)),
        line("Calls, when that fails", fallback(now), fallback(then)),
        line(Group::Texts.label(), texts(now), texts(then)),
        line(Group::Status.label(), status(now), status(then)),
    ];
    if let Some(url) = now.sms_fallback_url.as_deref() {
        let now = asked(Some(url), now.sms_fallback_method.as_deref());
        lines.insert(3, line("Texts, when that fails", now, None));
    }
    lines
}

/// What somebody has done to the number.
fn number_changes(now: &PhoneNumberWebhooks, ours: &Ours) -> Vec<String> {
    let today = ours.today();
    GROUPS
        .into_iter()
        .filter(|group| group.target(now).map(shown) != group.target(today).map(shown))
        .map(|group| {
            let what = match group {
                Group::Voice => "incoming calls",
                Group::Texts => "incoming texts",
                Group::Status => "call status",
            };
            match group.target(now) {
                None => format!("Where the number's {what} go was cleared at Twilio."),
                Some(target) if ours.had(group, now) => {
                    format!(
                        "The number's {what} still go to {}, where Sniko was before.",
                        shown(target)
                    )
                }
                Some(target) => format!("The number's {what} were pointed at {} by somebody.", place(target)),
            }
        })
        .collect()
}

/// The App's settings side by side.
fn application_lines(now: &Application, then: &NewApplication) -> Vec<Pointing> {
    let both = |label: &str, now: (&Option<String>, &Option<String>), then: (&Option<String>, &Option<String>)| {
        line(
            label,
            asked(now.0.as_deref(), now.1.as_deref()),
            asked(then.0.as_deref(), then.1.as_deref()),
        )
    };
    vec![
        both(
            "Calls from the browser",
            (&now.voice_url, &now.voice_method),
            (&then.voice_url, &then.voice_method),
        ),
        both(
            "When that fails",
            (&now.voice_fallback_url, &now.voice_fallback_method),
            (&then.voice_fallback_url, &then.voice_fallback_method),
        ),
        both(
            "Call status",
            (&now.status_callback, &now.status_callback_method),
            (&then.status_callback, &then.status_callback_method),
        ),
        both(
            "Texts to the App",
            (&now.sms_url, &now.sms_method),
            (&then.sms_url, &then.sms_method),
        ),
        both(
            "Text status",
            (&now.message_status_callback, &None),
            (&then.message_status_callback, &None),
        ),
    ]
}
