//! The front door.

use domain::connection::{StepKind, StepState};
use domain::setup::{Setup, StepView};
use domain::time::UnixMillis;
use leptos::prelude::*;
use leptos_meta::Title;

use super::{caller, loaded};
use crate::components::icon::{Glyph, Icon};
use crate::components::step::StepLines;

/// What the product does and the way in; for whom is signed in, what there is to do.
#[component]
pub fn Home() -> impl IntoView {
    match caller() {
        Some(_) => loaded(
            |services, caller| async move { services.connections.setup(&caller).await },
            |setup| view! { <Overview setup /> }.into_any(),
        ),
        None => view! { <Landing /> }.into_any(),
    }
}

#[component]
fn Landing() -> impl IntoView {
    let point = |title: &'static str, text: &'static str| {
        view! {
            <li class="card">
                <h2>{title}</h2>
                <p>{text}</p>
            </li>
        }
    };
    view! {
        <Title text="" />
        <section class="landing">
            <div class="pitch">
            <h1>"Your Twilio number rings in your browser"</h1>
            <p class="lead">
                "Connect your own Twilio account, choose a number, and a minute later you call and are called on any page of Sniko. "
                "Disconnect whenever you like, and your account is as it was before."
            </p>
            <p class="actions">
                <a class="button large" href="/sign-up">
                    "Create account"
                </a>
                <a class="button quiet large" href="/sign-in">
                    "Sign in"
                </a>
            </p>
            </div>
            <Preview />
            <ul class="points">
                {point(
                    "Nothing to configure by hand",
                    "The TwiML App, the API key and the webhooks are made for you, and you watch each one being made.",
                )}
                {point(
                    "All or nothing",
                    "If any step fails, what was made is taken back. What your number pointed at before is kept and restored.",
                )}
                {point(
                    "Your account stays yours",
                    "Your Auth Token is stored encrypted and never shown again. Twilio bills you directly; Sniko adds nothing.",
                )}
            </ul>
        </section>
    }
}

/// How it looks when it is done; a picture, nothing to read out.
#[component]
fn Preview() -> impl IntoView {
    let steps = StepKind::ALL
        .iter()
        .zip([310, 420, 380, 290])
        .map(|(kind, took)| StepView {
            kind: *kind,
            state: StepState::Done,
            sid: None,
            console_url: None,
            started_at: Some(UnixMillis(0)),
            finished_at: Some(UnixMillis(took)),
            problem: None,
        })
        .collect();
    view! {
        <div class="card preview" aria-hidden="true">
            <p class="badge good">
                <Icon glyph=Glyph::Check />
                "Connected"
            </p>
            <p class="big-number">"+44 20 7183 8750"</p>
            <StepLines steps />
        </div>
    }
}

#[component]
fn Overview(setup: Setup) -> impl IntoView {
    let next = match (setup.connection, setup.draft, setup.progress) {
        (Some(connection), ..) => view! {
            <section class="card next">
                <p class="badge good">
                    <Icon glyph=Glyph::Check />
                    "Connected"
                </p>
                <h2 class="big-number">{connection.formatted}</h2>
                <p>
                    {format!(
                        "Calls to this number ring in every open page of Sniko, through {}. To call somebody, use the phone on this page.",
                        connection.account.friendly_name,
                    )}
                </p>
                <p class="actions">
                    <a class="button" href="/calls">
                        "Open the call log"
                    </a>
                    <a class="button quiet" href="/twilio/setup">
                        "Look at the connection"
                    </a>
                </p>
            </section>
        }
        .into_any(),
        (None, draft, progress) => {
            let begun = draft.is_some() || progress.is_some();
            let label = if begun { "Continue the setup" } else { "Connect your Twilio account" };
            view! {
                <section class="card next">
                    <h2>"Connect your Twilio account"</h2>
                    <p>
                        "Three steps: verify your account, choose a number, save. It takes about a minute, costs nothing, "
                        "and can be undone at any time."
                    </p>
                    <p class="actions">
                        <a class="button" href="/twilio/setup">
                            {label}
                            <Icon glyph=Glyph::Arrow />
                        </a>
                    </p>
                </section>
            }
            .into_any()
        }
    };
    view! {
        <Title text="Overview" />
        <section class="page narrow">
            <h1>"Welcome"</h1>
            {next}
        </section>
    }
}
