//! Step one: whose account it is.

use domain::setup::Setup;
use leptos::prelude::*;

use super::explain::WhatHappens;
use crate::components::icon::{Glyph, Icon};
use crate::components::note::ProblemNote;
use crate::islands::{CopyButton, CredentialsForm};
use crate::pages::refusal::refusal;

/// Where Twilio shows both values, under "Account Info".
const CONSOLE: &str = "https://console.twilio.com/";

/// Asks for Account SID and Auth Token.
#[component]
pub fn Credentials(
    /// The wizard.
    setup: Setup,
) -> impl IntoView {
    let Setup {
        refused,
        draft,
        simulator_url,
        app_url_fault,
        app_url,
        ..
    } = setup;
    // The details are kept on the server; what the address says is only the second choice.
    let (account_sid, problem) = match (refused, draft) {
        (Some(refused), _) => (refused.account_sid, Some(refused.problem)),
        (None, Some(draft)) => (Some(draft.account.sid), refusal()),
        (None, None) => (None, refusal()),
    };
    let fault = |name: &str| problem.as_ref().and_then(|problem| problem.fields.get(name).cloned());
    let (account_sid_fault, auth_token_fault) = (fault("account_sid"), fault("auth_token"));
    let problem = problem.filter(|problem| problem.fields.is_empty());
    view! {
        <div class="columns">
            <section class="card" aria-labelledby="credentials-title">
                <h2 id="credentials-title">"Enter your Account SID and Auth Token"</h2>
                <p>
                    "Both are on the start page of your "
                    <a href=CONSOLE target="_blank" rel="noopener noreferrer">
                        "Twilio console"
                        <Icon glyph=Glyph::External />
                    </a> ", under Account Info."
                </p>
                {app_url_fault
                    .map(|fault| {
                        view! {
                            <div class="note note-warn">
                                <Icon glyph=Glyph::Warning />
                                <p>{fault}</p>
                            </div>
                        }
                    })}
                <CredentialsForm account_sid=account_sid.unwrap_or_default() account_sid_fault auth_token_fault>
                    {problem
                        .map(|problem| {
                            view! {
                                <div class="earlier" role="alert">
                                    <ProblemNote problem />
                                </div>
                            }
                        })}
                </CredentialsForm>
            </section>
            <div class="stack">
                {simulator_url.map(|url| view! { <SimulatorHint url /> })} <WhatHappens />
                <p class="fine">"Webhooks will point to " <code>{app_url}</code></p>
            </div>
        </div>
    }
}

/// Offers the simulator where there is one.
#[component]
fn SimulatorHint(url: String) -> impl IntoView {
    view! {
        <aside class="card hint-card" aria-labelledby="simulator-title">
            <h2 id="simulator-title">"No Twilio account at hand?"</h2>
            <p>
                "This installation talks to a Twilio simulator. Its page shows an Account SID and an Auth Token to try, and "
                "what is made in the account."
            </p>
            <p class="copyable">
                <a href=url.clone() target="_blank" rel="noopener">
                    {url.clone()}
                    <Icon glyph=Glyph::External />
                </a>
                <CopyButton text=url what="the simulator's address".to_owned() />
            </p>
        </aside>
    }
}
