//! Parts of forms that several pages have.

use domain::sign_in::PASSWORD_MIN_CHARS;
use leptos::prelude::*;

use crate::islands::{PasswordField, SubmitButton};

/// Where a new password is chosen.
#[component]
pub fn NewPassword(
    /// The field's name.
    name: &'static str,
    /// What it is called.
    label: &'static str,
) -> impl IntoView {
    view! {
        <PasswordField
            name=name.to_owned()
            label=label.to_owned()
            autocomplete="new-password".to_owned()
            hint=Some(format!("At least {PASSWORD_MIN_CHARS} characters. A few unrelated words are fine."))
            minlength=PASSWORD_MIN_CHARS
        />
    }
}

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
