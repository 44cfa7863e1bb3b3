//! The choice of a number, saved without leaving the page until there is something to watch.

use domain::problem::Problem;
use leptos::ev::SubmitEvent;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{FormData, HtmlFormElement};

use super::checklist::is_running;
use super::{CONNECTED, POLL, go, here, left_to_sign_in};
use crate::api::ApiError;
use crate::api::connections::{read_progress, save};
use crate::components::note::ProblemNote;

/// The page of this form.
const PAGE: &str = "/twilio/setup/number";

/// The parts of the form that its handlers reach for.
#[derive(Clone, Copy)]
struct Form {
    note: NodeRef<Div>,
    refusal: RwSignal<Option<Problem>>,
    busy: RwSignal<bool>,
}

impl Form {
    fn refuse(self, problem: Problem) {
        self.busy.set(false);
        self.refusal.set(Some(problem));
        // An element that is gone cannot be focused; nothing is lost.
        let _ = self.note.get_untracked().map(|note| note.focus());
    }

    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        if self.busy.get_untracked() {
            return;
        }
        let form: HtmlFormElement = event_target(event);
        let Some(number) = entry(&form, "phone_number_sid") else {
            return self.refuse(Problem::new("invalid_phone_number", "Choose a phone number."));
        };
        let take_over = entry(&form, "take_over").is_some();
        self.busy.set(true);
        self.refusal.set(None);
        watch(self.busy);
        spawn_local(async move {
            match save(None, None, number, take_over).await {
                Ok(_) => go(CONNECTED),
                Err(error) if left_to_sign_in(&error, "/twilio/setup/number") => {}
                Err(error) => self.tell(error).await,
            }
        });
    }

    /// What failed on the way has a page of its own; what was refused before anything was done is said here.
    async fn tell(self, error: ApiError) {
        match error.code.as_str() {
            // Another tab was quicker: the server shows what has become of it.
            "already_connected" | "nothing_verified" | "setup_in_progress" => go("/twilio/setup"),
            "number_in_use" => self.refuse(error.problem()),
            _ if matches!(read_progress().await, Ok(Some(_))) => go("/twilio/setup/save"),
            _ => self.refuse(error.problem()),
        }
    }
}

/// The form around the numbers, which the server has drawn.
#[island]
pub fn SaveForm(
    /// The numbers.
    children: Children,
) -> impl IntoView {
    let form = Form {
        note: NodeRef::new(),
        refusal: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    view! {
        <form method="post" action="/twilio/credentials" on:submit=move |event| form.submit(&event)>
            <div role="alert" tabindex="-1" node_ref=form.note>
                {move || form.refusal.get().map(|problem| view! { <ProblemNote problem /> })}
            </div>
            {children()}
            <div class="actions">
                <button type="submit" class="button" aria-disabled=move || form.busy.get().then_some("true")>
                    {move || if form.busy.get() { "Saving…" } else { "Save and connect" }}
                </button>
            </div>
        </form>
    }
}

/// Goes to the checklist as soon as there is one to watch; the request may be dropped then, its work goes on.
fn watch(busy: RwSignal<bool>) {
    set_timeout(
        move || {
            if !busy.get_untracked() || here() != PAGE {
                return;
            }
            spawn_local(async move {
                match read_progress().await {
                    Ok(Some(progress)) if is_running(progress.state) && here() == PAGE => go("/twilio/setup/save"),
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
