//! The choice of a number, saved without leaving the page until there is something to watch.

use domain::problem::Problem;
use leptos::ev::SubmitEvent;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{FormData, HtmlFormElement};

use super::checklist::is_running;
use super::{POLL, go, left_to_sign_in};
use crate::api::connections::{read_progress, save};
use crate::components::note::ProblemNote;

/// The form around the numbers, which the server has drawn.
#[island]
pub fn SaveForm(
    /// Why the last attempt was refused.
    refusal: Option<Problem>,
    /// The numbers.
    children: Children,
) -> impl IntoView {
    let refusal = RwSignal::new(refusal);
    let busy = RwSignal::new(false);
    let note = NodeRef::<Div>::new();
    let refuse = move |problem| {
        busy.set(false);
        refusal.set(Some(problem));
        // An element that is gone cannot be focused; nothing is lost.
        let _ = note.get_untracked().map(|note| note.focus());
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let form: HtmlFormElement = event_target(&event);
        if busy.get_untracked() {
            return;
        }
        let Some(number) = entry(&form, "phone_number_sid") else {
            return refuse(Problem::new("invalid_phone_number", "Choose a phone number."));
        };
        let take_over = entry(&form, "take_over").is_some();
        busy.set(true);
        watch(busy);
        spawn_local(async move {
            match save(None, None, number, take_over).await {
                Ok(_) => go("/twilio/setup"),
                Err(error) if left_to_sign_in(&error, "/twilio/setup/number") => {}
                // Refused before anything was done. What failed on the way has a page of its own.
                Err(error)
                    if error.code == "number_in_use" || error.code == "unreachable" || !error.fields.is_empty() =>
                {
                    refuse(error.problem());
                }
                Err(_) => go("/twilio/setup/save"),
            }
        });
    };
    view! {
        <form method="post" action="/twilio/credentials" on:submit=submit>
            <div role="alert" tabindex="-1" node_ref=note>
                {move || refusal.get().map(|problem| view! { <ProblemNote problem /> })}
            </div>
            {children()}
            <div class="actions">
                <button type="submit" class="button" aria-disabled=move || busy.get().then_some("true")>
                    {move || if busy.get() { "Saving…" } else { "Save and connect" }}
                </button>
            </div>
        </form>
    }
}

/// Goes to the checklist as soon as there is one to watch; the request may be dropped then, its work goes on.
fn watch(busy: RwSignal<bool>) {
    set_timeout(
        move || {
            if !busy.get_untracked() {
                return;
            }
            spawn_local(async move {
                match read_progress().await {
                    Ok(Some(progress)) if is_running(progress.state) => go("/twilio/setup/save"),
                    _ => watch(busy),
                }
            });
        },
        POLL,
    );
}

/// What the form would send under a name.
fn entry(form: &HtmlFormElement, name: &str) -> Option<String> {
    FormData::new_with_form(form).ok()?.get(name).as_string()
}
