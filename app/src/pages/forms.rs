//! Forms of one button.

use leptos::prelude::*;

use crate::islands::SubmitButton;

/// A button that posts to one of our addresses.
#[component]
pub fn PostButton(
    /// The address.
    action: &'static str,
    /// What it does.
    #[prop(into)]
    label: String,
    /// What it is doing.
    #[prop(into)]
    busy_label: String,
    /// Beside `button`: `quiet`, `danger`, `small`.
    #[prop(optional)]
    look: &'static str,
    /// Hidden fields.
    #[prop(optional)]
    fields: Vec<(&'static str, String)>,
) -> impl IntoView {
    let fields = fields
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <form class="inline" method="post" action=action>
            {fields.collect_view()}
            <SubmitButton label busy_label class=format!("button {look}") />
        </form>
    }
}
