//! The head of what was found at Twilio, with a button that looks again.

use leptos::prelude::*;

use crate::islands::SubmitButton;

/// The head.
#[component]
pub fn RecheckHead(
    /// The heading's id, by which the section is labelled.
    id: &'static str,
    /// The heading.
    title: &'static str,
    /// What the button says.
    label: &'static str,
) -> impl IntoView {
    view! {
        <div class="card-head">
            <h2 id=id>{title}</h2>
            <form class="inline" method="get" action="/twilio/setup">
                <input type="hidden" name="check" value="now" />
                <SubmitButton
                    label=label.to_owned()
                    busy_label="Checking…".to_owned()
                    class="button quiet small".to_owned()
                />
            </form>
        </div>
    }
}
