//! The connection in use.

use domain::connection::StepKind;
use domain::setup::{ConnectionView, StepView};
use leptos::prelude::*;

use super::Checked;
use super::explain::AccountSummary;
use super::readiness::{ReadinessCard, Ready};
use super::test_call::TestCall;
use super::test_text::TestText;
use super::webhooks::PointingTable;
use crate::api::confirmation::WORD;
use crate::components::icon::{Glyph, Icon};
use crate::components::note::ProblemNote;
use crate::components::step::ConsoleLink;
use crate::islands::{CopyButton, PasswordField, SubmitButton};
use crate::pages::forms::PostButton;
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
    } = connection;
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
        <Webhooks health pointing />
        <Token last4=auth_token_last4 saved_at=auth_token_saved_at />
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
fn Webhooks(health: Option<Checked>, pointing: Vec<domain::setup::Pointing>) -> impl IntoView {
    let body = match health {
        Some(Ok(health)) => view! { <Findings health /> }.into_any(),
        Some(Err(problem)) => {
            let rejected = problem.code == "twilio_credentials_rejected";
            view! {
                <div role="alert">
                    <ProblemNote problem />
                </div>
                {rejected
                    .then(|| {
                        view! { <p>"If there is a new Auth Token at Twilio, enter it below, under Auth Token."</p> }
                    })}
            }
            .into_any()
        }
        None => view! {
            <PointingTable caption="What the number pointed at before, and since" now="Before" then="Now" pointing />
        }
        .into_any(),
    };
    view! {
        <section class="card" aria-labelledby="webhooks-title">
            <div class="card-head">
                <h2 id="webhooks-title">"Webhooks"</h2>
                <form class="inline" method="get" action="/twilio/setup">
                    <input type="hidden" name="check" value="now" />
                    <SubmitButton
                        label="Re-check".to_owned()
                        busy_label="Checking…".to_owned()
                        class="button quiet small".to_owned()
                    />
                </form>
            </div>
            {body}
        </section>
    }
}

/// What a re-check found: expected and actual side by side.
#[component]
fn Findings(health: domain::setup::Health) -> impl IntoView {
    let domain::setup::Health {
        checked_at,
        in_order,
        phone_number,
        application,
        missing,
    } = health;
    let verdict = if in_order {
        view! {
            <p class="badge good">
                <Icon glyph=Glyph::Check />
                "Everything is as it should be"
            </p>
        }
        .into_any()
    } else {
        view! {
            <div class="note note-warn">
                <Icon glyph=Glyph::Warning />
                <div>
                    <p>
                        <strong>"Something was changed at Twilio."</strong>
                        " Repair sets it back to what is expected."
                    </p>
                    {missing.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect_view()}
                    <PostButton action="/twilio/setup/repair" label="Repair" busy_label="Repairing…" look="small" />
                </div>
            </div>
        }
        .into_any()
    };
    let table = |caption: &str, pointing: Vec<_>| {
        let caption = caption.to_owned();
        (!pointing.is_empty())
            .then(|| view! { <PointingTable caption now="Actual" then="Expected" pointing compares=true /> })
    };
    view! {
        <div class="verdict" role="status">{verdict} <p class="fine">"Checked " <Moment at=checked_at /></p></div>
        {table("The number", phone_number)}
        {table("The TwiML App", application)}
    }
}

#[component]
fn Token(last4: String, saved_at: domain::time::UnixMillis) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="token-title">
            <h2 id="token-title">"Auth Token"</h2>
            <p>
                <span class="masked">{format!("•••• {last4}")}</span>
                <span class="fine">" saved " <Moment at=saved_at /></span>
            </p>
            <details>
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
