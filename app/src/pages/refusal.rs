//! What a page says after a form was refused: the address then carries `?error=code`, and nothing that was typed.

use domain::problem::Problem;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::note::ProblemNote;

/// The refusal that the address names.
pub fn refusal() -> Option<Problem> {
    let code = use_query_map().with_untracked(|query| query.get("error"))?;
    let sentence = sentence(&code);
    Some(Problem::new(&code, sentence))
}

/// The same as a box; nothing where the address names none.
#[component]
pub fn RefusalNote() -> impl IntoView {
    refusal().map(|problem| {
        view! {
            <div role="alert">
                <ProblemNote problem />
            </div>
        }
    })
}

/// A code as a sentence. Codes come from the address, so unknown ones are answered without being repeated.
fn sentence(code: &str) -> &'static str {
    match code {
        "wrong_email_or_password" => "The e-mail address or the password is wrong.",
        "invalid_email" => "Enter an e-mail address such as name@example.com.",
        "invalid_password" => "Choose a password of at least 12 characters.",
        "invalid_sign_up" => {
            "Enter an e-mail address such as name@example.com, and a password of at least 12 characters."
        }
        "email_taken" => "There is an account with this e-mail address already. Sign in instead.",
        "sign_up_closed" => "New accounts are not open here. Ask your operator for one.",
        "too_many_attempts" => "Too many attempts. Wait a minute, then try again.",
        "not_signed_in" => "Sign in first.",
        "not_confirmed" => "Nothing was removed. Type the phone number or the word “disconnect” to confirm.",
        "number_in_use" => {
            "This number points elsewhere already. Tick the box that takes it over, or choose another number."
        }
        "invalid_phone_number" => "Choose a phone number.",
        "cross_site" => "This request came from another website, so nothing was done.",
        _ => "That did not work, and nothing was changed. Please try again.",
    }
}
