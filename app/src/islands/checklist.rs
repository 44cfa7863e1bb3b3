//! The live list of what is being done at Twilio.

use domain::connection::{ConnectionState, StepState};
use domain::setup::Progress;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{POLL, go, here};
use crate::api::connections::read_progress;
use crate::components::step::{StepLines, span};

/// What is shown; the server's drawing until the first answer.
#[derive(Clone, Copy)]
struct Shown {
    progress: RwSignal<Option<Progress>>,
    elapsed: RwSignal<i64>,
}

/// Shows the steps as they run, and moves on when there is nothing to wait for any more.
#[island]
pub fn Checklist(
    /// Since when it had been running when the page was made, in milliseconds.
    elapsed: i64,
    /// Where to when it has ended.
    next: String,
    /// The list as it was when the page was made.
    children: Children,
) -> impl IntoView {
    let shown = Shown {
        progress: RwSignal::new(None),
        elapsed: RwSignal::new(elapsed),
    };
    // Effects run in the browser only.
    Effect::new(move || poll(shown, js_sys::Date::now() - elapsed as f64, next.clone(), here()));
    view! {
        <p class="elapsed">
            <span role="status">{move || shown.progress.with(|progress| progress.as_ref().map(summary))}</span>
            " "
            <span class="fine">{move || span(shown.elapsed.get())}</span>
        </p>
        <div hidden=move || shown.progress.with(Option::is_some)>{children()}</div>
        {move || {
            shown
                .progress
                .get()
                .map(|progress| {
                    let removing = progress.state == ConnectionState::Disconnecting;
                    view! { <StepLines steps=progress.steps removing /> }
                })
        }}
    }
}

/// Asks again after a while, until the job has ended; then the server draws the page that follows.
fn poll(shown: Shown, began: f64, next: String, page: String) {
    set_timeout(
        move || {
            if here() != page {
                return;
            }
            shown.elapsed.set((js_sys::Date::now() - began) as i64);
            spawn_local(async move {
                match read_progress().await {
                    _ if here() != page => return,
                    Ok(Some(now)) if is_running(now.state) => shown.progress.set(Some(now)),
                    // Not reached just now: the job goes on without us, so keep asking.
                    Err(error) if error.code == "unreachable" => {}
                    // Connected, or removed.
                    Ok(None) => return go(&next),
                    _ => return go("/twilio/setup"),
                }
                poll(shown, began, next, page);
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
