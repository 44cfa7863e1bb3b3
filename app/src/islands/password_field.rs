//! The password of signing in and up.

use leptos::prelude::*;

use crate::components::field::SecretField;

/// A secret field of an ordinary form, with a button that shows what was typed.
#[island]
pub fn PasswordField(
    /// The field's name.
    name: String,
    /// What it is called.
    label: String,
    /// `current-password`, `new-password` or `off`.
    autocomplete: String,
    /// What may be entered.
    hint: Option<String>,
    /// Fewest characters.
    minlength: usize,
) -> impl IntoView {
    let fault = Signal::<Option<String>>::stored(None);
    view! { <SecretField name label autocomplete hint minlength fault /> }
}
