//! What a page says after a form was refused: the address then carries `?error=code`, and nothing that was typed. (A text that was
//! refused is kept as a draft.)

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
    account(code)
        .or_else(|| twilio(code))
        .or_else(|| calls(code))
        .or_else(|| texts(code))
        .unwrap_or("That did not work, and nothing was changed. Please try again.")
}

/// Signing up and in.
fn account(code: &str) -> Option<&'static str> {
    Some(match code {
        "wrong_email_or_password" => "The e-mail address or the password is wrong.",
        "invalid_sign_in" => "Enter your e-mail address and your password.",
        "invalid_email" => "Enter an e-mail address such as name@example.com.",
        "invalid_password" => "Choose a password of at least 12 characters.",
        "invalid_sign_up" => {
            "Enter an e-mail address such as name@example.com, and a password of at least 12 characters."
        }
        "email_taken" => "There is an account with this e-mail address already. Sign in instead.",
        "sign_up_closed" => "New accounts are not open here. Ask your operator for one.",
        "too_many_attempts" => "Too many attempts. Wait a minute, then try again.",
        "too_many_requests" => "Too many requests. Wait a few seconds, then try again.",
        "not_signed_in" => "Sign in first.",
        "session_not_found" => "This session has ended already.",
        "wrong_password" => "This is not your password. Nothing was changed.",
        "erasure_not_confirmed" => "Type the e-mail address of the account to confirm. Nothing was erased.",
        "left_at_twilio" => {
            "Something could not be removed from the Twilio account, so nothing was erased. Try again later, or choose to \
             erase anyway and delete it there yourself."
        }
        "own_account" => "You can erase yourself under Settings, Account.",
        "user_not_found" => "There is no such user any more.",
        "job_not_found" => "This job is done, or somebody is at work on it.",
        "cross_site" => "This request came from another website, so nothing was done.",
        _ => return None,
    })
}

/// Calls and their settings.
fn calls(code: &str) -> Option<&'static str> {
    Some(match code {
        "invalid_call_settings" => "Nothing is saved yet: see what is said beside the fields.",
        "invalid_menu" => "The menu is not saved yet: see what is said beside the fields.",
        "call_not_found" => "There is no such call.",
        "recording_not_found" => "There is no such recording.",
        "recording_not_ready" => "This recording is still being made. Try again in a minute.",
        "recording_deleted" => "This recording is deleted already.",
        "invalid_filter" => "This list could not be shown. Choose its filters again.",
        _ => return None,
    })
}

/// Texts and their settings.
fn texts(code: &str) -> Option<&'static str> {
    Some(match code {
        "invalid_message" => {
            "This text cannot be sent: write 1 to 1600 characters, and choose a time that has not passed."
        }
        "recipient_opted_out" => {
            "This person has asked for no more texts (STOP). You can write again once they have sent START."
        }
        "idempotency_key_reused" => {
            "This form was sent before with another text, so this one was not sent. It stands below: send it from there."
        }
        "message_fate_unknown" => "Nobody knows whether this text was sent. If you send it again, it may arrive twice.",
        "message_not_retryable" => "Only a text that failed can be sent again.",
        "message_not_cancelable" => "This text cannot be called off any more.",
        "message_not_found" => "There is no such text.",
        "invalid_text_settings" => "Nothing is saved yet: see what is said beside the fields.",
        "country_not_allowed" => "Texts to this country are not allowed. You can allow it under Settings, Calls.",
        code if code.starts_with("number_") => "This number cannot be texted. Check it, then try again.",
        _ => return None,
    })
}

/// Connecting and disconnecting.
fn twilio(code: &str) -> Option<&'static str> {
    Some(match code {
        "invalid_credentials" => {
            "This cannot be an Auth Token: it has at least 32 letters and digits. Copy it again from the Twilio console."
        }
        "twilio_credentials_rejected" => {
            "Twilio does not accept this Auth Token for your account. Copy it again from the Twilio console."
        }
        "twilio_account_inactive" => {
            "Twilio has suspended or closed this account. Open the Twilio console and settle what it asks for."
        }
        "twilio_rate_limited" => "Twilio is limiting requests for this account. Wait a minute, then try again.",
        "twilio_unavailable" => {
            "Twilio could not be reached or did not answer properly. Check status.twilio.com, then try again."
        }
        "twilio_refused" => "Twilio refused this, and nothing was changed. Please try again.",
        "number_in_use" => {
            "This number points elsewhere already. Tick the box that takes it over, or choose another number."
        }
        "number_without_voice" => "This number cannot take calls. Choose another one.",
        "number_not_found" => "This number is not in the account any more. Refresh the list, then choose another.",
        "invalid_phone_number" => "Choose a phone number.",
        "nothing_verified" => "Nothing is verified any more: another tab has saved it, or started over.",
        "already_connected" => "Another number is connected already. Disconnect it first, then connect this one.",
        "account_taken" => "This Twilio account is already connected here by another user. Disconnect it there first.",
        "setup_in_progress" => "Another tab is changing this connection at the moment. Wait until it is done.",
        "twilio_not_connected" => "No Twilio account is connected any more.",
        "not_confirmed" => "Nothing was removed. Type the phone number or the word “disconnect” to confirm.",
        _ => return None,
    })
}
