//! The connection in use.

use domain::connection::StepKind;
use domain::setup::{ConnectionView, StepView};
use leptos::prelude::*;

use super::Checked;
use super::explain::AccountSummary;
use super::health::{HealthCard, is_rejection};
use super::readiness::{ReadinessCard, Ready};
use super::test_call::TestCall;
use super::test_text::TestText;
use crate::api::confirmation::WORD;
use crate::components::icon::{Glyph, Icon};
use crate::components::step::ConsoleLink;
use crate::islands::{CopyButton, PasswordField, SubmitButton};
use crate::pages::moment::Moment;
use crate::pages::refusal::RefusalNote;

/// What is connected, whether it is as it should be, and the way out.
#[component]
pub fn ConnectionPage(
    /// The connection.
    connection: ConnectionView,
    /// What a re-check found just now, where one was asked for.
    health: Option<Checked>,
    /// Likewise, whether the number can text.
    ready: Option<Ready>,
    /// The simulator's page, where one stands in for Twilio.
    simulator_url: Option<String>,
) -> impl IntoView {
    let ConnectionView {
        connected,
        formatted,
        account,
        auth_token_last4,
        auth_token_saved_at,
        connected_at,
        pointing,
        steps,
        health: stored,
        notes,
        key,
        leftovers,
        read_at,
    } = connection;
    let rejected = matches!(&health, Some(Err(problem)) if is_rejection(problem))
        || stored
            .as_ref()
            .and_then(|stored| stored.problem.as_ref())
            .is_some_and(is_rejection);
    let number = connected.phone_number.clone();
    let trial = account.is_trial();
    view! {
        <RefusalNote />
        <section class="card connected" aria-labelledby="connected-title">
            <div class="connected-head">
                <p class="badge good">
                    <Icon glyph=Glyph::Check />
                    "Connected"
                </p>
                <h2 id="connected-title" class="big-number">
                    {formatted.clone()}
                </h2>
                <p class="fine">"Since " <Moment at=connected_at /></p>
            </div>
            <div>
                <AccountSummary account />
            </div>
            <Made steps />
        </section>
        <TestCall simulator_url=simulator_url.clone() />
        <TestText simulator_url trial />
        <ReadinessCard ready />
        <HealthCard checked=health stored pointing notes key leftovers read_at />
        <Token last4=auth_token_last4 saved_at=auth_token_saved_at open=rejected />
        <Disconnect formatted number />
    }
}

/// What connecting has made, to be found again at Twilio.
#[component]
fn Made(steps: Vec<StepView>) -> impl IntoView {
    let lines = steps.into_iter().filter_map(|step| {
        let what = match step.kind {
            StepKind::Verify => return None,
            StepKind::PhoneNumber => "Phone number",
            StepKind::Application => "TwiML App",
            StepKind::ApiKey => "API key",
        };
        let sid = step.sid?;
        Some(view! {
            <div>
                <dt>{what}</dt>
                <dd class="copyable">
                    <code>{sid.clone()}</code>
                    <CopyButton text=sid what=format!("the SID of the {what}") />
                    {step.console_url.map(|url| view! { <ConsoleLink url what=what.to_owned() /> })}
                </dd>
            </div>
        })
    });
    view! { <dl class="sids">{lines.collect_view()}</dl> }
}

#[component]
fn Token(
    last4: String,
    saved_at: domain::time::UnixMillis,
    /// Whether it has to be replaced, so that the field is there at once.
    open: bool,
) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="token-title">
            <h2 id="token-title">"Auth Token"</h2>
            <p>
                <span class="masked">{format!("•••• {last4}")}</span>
                <span class="fine">" saved " <Moment at=saved_at /></span>
            </p>
            <details open=open>
                <summary>"Replace"</summary>
                <form method="post" action="/twilio/setup/replace-token">
                    <p>
                        "After you have made a new Auth Token at Twilio, enter it here. It is verified before it replaces the "
                        "stored one."
                    </p>
                    <PasswordField
                        name="auth_token".to_owned()
                        label="New Auth Token".to_owned()
                        autocomplete="off".to_owned()
                        hint=Some("At least 32 characters".to_owned())
                        minlength=domain::credentials::AUTH_TOKEN_MIN_CHARS
                    />
                    <div class="actions">
                        <SubmitButton
                            label="Replace token".to_owned()
                            busy_label="Verifying…".to_owned()
                            class="button".to_owned()
                        />
                    </div>
                </form>
            </details>
        </section>
    }
}

#[component]
fn Disconnect(formatted: String, number: String) -> impl IntoView {
    // The browser's own check of what the server checks again: the word, or the number however it is spaced.
    let digits: String = number
        .chars()
        .skip(1)
        .map(|digit| format!("[\\s\\(\\)\\.\\-]*{digit}"))
        .collect();
    let word: String = WORD
        .chars()
        .map(|c| format!("[{}{c}]", c.to_ascii_uppercase()))
        .collect();
    let pattern = format!("\\s*({word}|\\+{digits})\\s*");
    let title = format!("{formatted} or the word {WORD}");
    view! {
        <section class="card danger" aria-labelledby="disconnect-title">
            <h2 id="disconnect-title">"Disconnect"</h2>
            <ul>
                <li>"The TwiML App and the API key are deleted from your Twilio account."</li>
                <li>"The number gets back what it pointed at before, unless that was changed at Twilio meanwhile."</li>
                <li>"The Auth Token and the key's secret are erased here."</li>
                <li>"Calls and texts of this number no longer come to Sniko. The number stays yours."</li>
            </ul>
            <details>
                <summary>"Disconnect this account"</summary>
                <form method="post" action="/twilio/disconnect">
                    <div class="field">
                        <label for="confirmation">"Type " <strong>{formatted}</strong> " or the word " <strong>{WORD}</strong></label>
                        <input
                            id="confirmation"
                            name="confirmation"
                            type="text"
                            autocomplete="off"
                            autocapitalize="off"
                            spellcheck="false"
                            required
                            maxlength="40"
                            pattern=pattern
                            title=title
                        />
                    </div>
                    <div class="actions">
                        <SubmitButton
                            label="Disconnect".to_owned()
                            busy_label="Disconnecting…".to_owned()
                            class="button danger".to_owned()
                        />
                    </div>
                </form>
            </details>
        </section>
    }
}
