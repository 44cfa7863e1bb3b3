//! The live list of what is being done at Twilio.

use domain::connection::{ConnectionState, StepState};
use domain::setup::Progress;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{POLL, go};
use crate::api::connections::read_progress;
use crate::components::step::{StepLine, span};

/// Shows the steps as they run, and moves on when there is nothing to wait for any more.
#[island]
pub fn Checklist(
    /// How far it was when the page was made.
    progress: Progress,
) -> impl IntoView {
    let elapsed = RwSignal::new(progress.updated_at.since(progress.started_at));
    let removing = progress.state == ConnectionState::Disconnecting;
    let progress = RwSignal::new(progress);
    // Effects run in the browser only.
    Effect::new(move || {
        let began = js_sys::Date::now() - elapsed.get_untracked() as f64;
        poll(progress, elapsed, began);
    });
    view! {
        <p class="elapsed">
            <span role="status">{move || progress.with(summary)}</span>
            " "
            <span class="fine">{move || span(elapsed.get())}</span>
        </p>
        <ol class="steps">
            {move || {
                progress.get().steps.into_iter().map(|step| view! { <StepLine step removing /> }).collect_view()
            }}
        </ol>
    }
}

/// Asks again after a while, until the job has ended; then the server draws the page that follows.
fn poll(progress: RwSignal<Progress>, elapsed: RwSignal<i64>, began: f64) {
    set_timeout(
        move || {
            elapsed.set((js_sys::Date::now() - began) as i64);
            spawn_local(async move {
                match read_progress().await {
                    Ok(Some(now)) if is_running(now.state) => progress.set(now),
                    // Not reached just now: the job goes on without us, so keep asking.
                    Err(error) if error.code == "unreachable" => {}
                    _ => return go("/twilio/setup"),
                }
                poll(progress, elapsed, began);
            });
        },
        POLL,
    );
}

/// Whether somebody is at work on it right now.
pub(super) const fn is_running(state: ConnectionState) -> bool {
    matches!(
        state,
        ConnectionState::Provisioning | ConnectionState::TakingBack | ConnectionState::Disconnecting
    )
}

/// The whole list in a sentence, for those who cannot see it move.
fn summary(progress: &Progress) -> String {
    let settled = progress.steps.iter().filter(|step| match progress.state {
        ConnectionState::Provisioning => step.state == StepState::Done,
        _ => step.state != StepState::Running && step.state != StepState::Done,
    });
    let (settled, all) = (settled.count(), progress.steps.len());
    match progress.state {
        ConnectionState::Provisioning => format!("{settled} of {all} done"),
        ConnectionState::TakingBack => "Taking back what was made".to_owned(),
        _ => format!("{settled} of {all} removed"),
    }
}
