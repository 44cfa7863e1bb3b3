//! Step three: watched while it runs, explained when it failed.

use domain::connection::ConnectionState;
use domain::setup::{Draft, Progress, StepView};
use leptos::prelude::*;

use crate::components::note::ProblemNote;
use crate::components::step::StepLines;
use crate::islands::{CONNECTED, Checklist};
use crate::pages::forms::PostButton;
use crate::pages::notice::DISCONNECTED;

/// The checklist, and what can be done once it has stopped.
#[component]
pub fn Save(
    /// How far it is.
    progress: Progress,
    /// What was chosen, for another try.
    draft: Option<Draft>,
) -> impl IntoView {
    match progress.state {
        ConnectionState::Provisioning => view! { <Running progress title="Connecting " /> }.into_any(),
        ConnectionState::TakingBack => view! { <Running progress title="Taking back what was made for " /> }.into_any(),
        ConnectionState::Disconnecting => view! { <Running progress title="Disconnecting " /> }.into_any(),
        _ => view! { <Failed progress draft /> }.into_any(),
    }
}

#[component]
fn Running(progress: Progress, title: &'static str) -> impl IntoView {
    let removing = progress.state == ConnectionState::Disconnecting;
    let next = if removing { DISCONNECTED } else { CONNECTED }.to_owned();
    let elapsed = progress.updated_at.since(progress.started_at);
    let Progress {
        state,
        phone_number: number,
        steps,
        problem,
        ..
    } = progress;
    view! {
        <noscript>
            <meta http-equiv="refresh" content="2; url=/twilio/setup" />
        </noscript>
        <section class="card" aria-labelledby="save-title">
            <h2 id="save-title">{title} <span class="no-wrap">{number}</span></h2>
            <p>"You can close this page. The work goes on, and this page shows it when you come back."</p>
            {problem
                .filter(|_| state == ConnectionState::TakingBack)
                .map(|problem| view! { <ProblemNote problem /> })}
            <Checklist elapsed next>
                <StepLines steps removing />
            </Checklist>
            <noscript>
                <p>
                    <a class="button quiet" href="/twilio/setup">
                        "Refresh"
                    </a>
                </p>
            </noscript>
        </section>
    }
}

#[component]
fn Failed(progress: Progress, draft: Option<Draft>) -> impl IntoView {
    let Progress {
        state,
        phone_number,
        phone_number_sid,
        steps,
        problem,
        ..
    } = progress;
    let outcome = if state == ConnectionState::LeftBehind {
        "What was made is taken back, but for what is listed above."
    } else {
        "What was made is taken back: your Twilio account is as it was before."
    };
    // Whoever saved a number in use has agreed to it; for one that was free he never had to.
    let chosen = draft.and_then(|draft| {
        draft
            .phone_numbers
            .into_iter()
            .find(|number| number.sid == phone_number_sid)
    });
    let retry = chosen.map(|number| {
        let mut fields = vec![("phone_number_sid", number.sid)];
        if number.in_use_by.is_some() {
            fields.push(("take_over", "true".to_owned()));
        }
        view! { <PostButton action="/twilio/credentials" label="Retry" busy_label="Saving…" fields /> }
    });
    let other = retry.is_some().then(|| {
        view! {
            <a class="button quiet" href="/twilio/setup/number">
                "Choose another number"
            </a>
        }
    });
    // The step that failed has the same to say as the whole.
    let steps = steps
        .into_iter()
        .map(|step| StepView {
            problem: step.problem.filter(|told| Some(told) != problem.as_ref()),
            ..step
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="save-title">
            <h2 id="save-title">{format!("{phone_number} is not connected")}</h2>
            <div role="alert">{problem.map(|problem| view! { <ProblemNote problem /> })}</div>
            <p>{outcome}</p>
            <StepLines steps />
            <div class="actions">
                {retry} {other}
                <PostButton
                    action="/twilio/setup/start-over"
                    label="Start over"
                    busy_label="Starting over…"
                    look="quiet"
                />
            </div>
        </section>
    }
}
