//! A quiet word, on the pages of calls and texts, that something at Twilio keeps them from working.

use axum::http::request::Parts;
use domain::setup::Health;
use leptos::prelude::*;
use services::Services;

use super::{caller, reading};
use crate::components::icon::{Glyph, Icon};

/// One sentence and the way to the setup page, while the connection is not as it should be.
#[component]
pub fn TroubleNote() -> impl IntoView {
    let here = use_context::<Parts>()?.uri.path().to_owned();
    if !["/calls", "/messages"].iter().any(|page| here.starts_with(page)) {
        return None;
    }
    let (services, caller) = use_context::<Services>().zip(caller())?;
    let health = reading(async move { services.connections.health(&caller).await });
    Some(Suspend::new(async move {
        // Without it the page is as good; the setup page tells the same.
        let health = health.await.ok().flatten();
        health.as_ref().and_then(sentence).map(|sentence| {
            view! {
                <aside class="note note-warn trouble" aria-label="Connection">
                    <Icon glyph=Glyph::Warning />
                    <p>{sentence} " " <a href="/twilio/setup">"Open Twilio Setup"</a></p>
                </aside>
            }
        })
    }))
}

fn sentence(health: &Health) -> Option<&'static str> {
    let code = health.problem.as_ref().map(|problem| problem.code.as_str());
    match code {
        _ if health.in_order => None,
        Some("twilio_credentials_rejected") => {
            Some("Twilio does not accept the stored Auth Token any more, so calls and texts do not work.")
        }
        Some("twilio_account_inactive") => {
            Some("Twilio has suspended or closed this account, so calls and texts do not work.")
        }
        _ => Some("Something was changed at Twilio, and calls or texts may not work."),
    }
}

#[cfg(test)]
mod tests {
    use domain::problem::Problem;
    use domain::time::UnixMillis;

    use super::*;

    #[test]
    fn only_what_is_not_in_order_is_worth_a_word() {
        let mut health = Health {
            checked_at: UnixMillis(0),
            in_order: true,
            phone_number: Vec::new(),
            application: Vec::new(),
            missing: Vec::new(),
            changes: Vec::new(),
            problem: None,
            out_of_order_since: None,
            repairable: false,
        };
        assert_eq!(sentence(&health), None);
        health.in_order = false;
        assert!(sentence(&health).unwrap().contains("changed"));
        health.problem = Some(Problem::new("twilio_credentials_rejected", ""));
        assert!(sentence(&health).unwrap().contains("Auth Token"));
    }
}
