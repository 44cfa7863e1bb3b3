//! What a person is told before anything happens in his account.

use domain::setup::AccountFacts;
use leptos::prelude::*;

/// Step one of the wizard says what the other two will do.
#[component]
pub fn WhatHappens() -> impl IntoView {
    view! {
        <aside class="card what" aria-labelledby="what-title">
            <h2 id="what-title">"What happens in your account"</h2>
            <p>"Verifying only reads. After you have chosen a number and pressed Save, Sniko makes:"</p>
            <dl>
                <div>
                    <dt>"1 TwiML App"</dt>
                    <dd>"tells Twilio where calls from the browser go"</dd>
                </div>
                <div>
                    <dt>"1 API key"</dt>
                    <dd>"signs the short-lived tokens of the browser's phone"</dd>
                </div>
                <div>
                    <dt>"3 webhook settings"</dt>
                    <dd>"of that one number: calls, texts and call status"</dd>
                </div>
            </dl>
            <p>
                <strong>"It costs nothing."</strong>
                " Twilio charges for calls, texts and the number itself, as ever."
            </p>
            <p>
                <strong>"It can be undone."</strong>
                " Disconnect deletes the App and the key, and gives the number the settings it has today."
            </p>
        </aside>
    }
}

/// Whose account it is: name, kind, status, and what a trial limits.
#[component]
pub fn AccountSummary(
    /// The account.
    account: AccountFacts,
) -> impl IntoView {
    let trial = account.is_trial();
    let kind = if trial { "Trial" } else { "Full account" };
    let status = if account.status == "active" {
        "badge good"
    } else {
        "badge warn"
    };
    view! {
        <p class="account-name">
            <strong>{account.friendly_name}</strong>
            " "
            <span class=if trial { "badge warn" } else { "badge" }>{kind}</span>
            " "
            <span class=status>{capitalised(&account.status)}</span>
        </p>
        <p>
            <code>{account.sid}</code>
        </p>
        {trial
            .then(|| {
                view! {
                    <p class="fine">
                        "A trial account reaches only the phone numbers you have verified at Twilio, and calls and texts begin "
                        "with a note that they come from a trial. Upgrading at Twilio lifts this; nothing has to be set up again."
                    </p>
                }
            })}
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
