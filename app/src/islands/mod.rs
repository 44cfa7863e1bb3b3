//! The parts of pages that come to life in the browser. Everything around them is plain HTML, and works without them.

mod checklist;
mod composer;
mod copy_button;
mod country_names;
mod credentials_form;
mod gestures;
mod hearing;
mod live_calls;
mod live_thread;
mod local_time;
mod missed_calls;
mod password_field;
mod phone;
mod save_form;
mod settings_form;
mod submit_button;
mod test_call;

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

pub use checklist::Checklist;
pub use copy_button::CopyButton;
pub use country_names::CountryNames;
pub use credentials_form::CredentialsForm;
pub use live_calls::LiveCalls;
pub use local_time::LocalTime;
pub use missed_calls::MissedCalls;
pub use password_field::PasswordField;
pub use phone::Phone;
pub use save_form::SaveForm;
pub use settings_form::SettingsForm;
pub use submit_button::SubmitButton;
pub use test_call::TestCallState;

use crate::api::ApiError;

/// How often a running job is asked how far it is: quick enough to watch, slow enough to wait for a person.
const POLL: Duration = Duration::from_millis(500);

/// The connection, and that it was made just now.
pub const CONNECTED: &str = "/twilio/setup?done=connected";

/// Marks `<body data-hydrated>` once all islands of the page are awake.
///
/// Called once; pages that take the place of this one are woken by `public/js/navigation.js`, and marked likewise.
pub fn mark_hydrated() {
    if let Some(root) = document().document_element() {
        // Only what is no attribute name is ever refused.
        let _ = root.set_attribute("data-awake", "");
    }
    std::mem::forget(window_event_listener_untyped("turbo:load", |_| mark_page()));
    mark_page();
}

fn mark_page() {
    gestures::wake();
    composer::wake();
    live_thread::wake();
    // The islands are woken in microtasks that follow this call; a timer comes after all of them.
    set_timeout(
        || {
            if let Some(body) = document().body() {
                // Only what is no attribute name is ever refused.
                let _ = body.set_attribute("data-hydrated", "");
            }
        },
        Duration::ZERO,
    );
}

#[wasm_bindgen]
extern "C" {
    /// <https://turbo.hotwired.dev/reference/drive#turbo.visit>; absent for visitors who are not signed in.
    #[wasm_bindgen(catch, js_namespace = Turbo)]
    fn visit(path: &str) -> Result<(), JsValue>;
}

/// Goes to another page of ours, without leaving the document where that can be done.
fn go(path: &str) {
    if visit(path).is_err() {
        // Only what is no address is ever refused.
        let _ = window().location().assign(path);
    }
}

/// The address of the page. An island may outlive its page, and is then not to lead the visitor elsewhere.
fn here() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Leaves for the sign-in page where the session has ended meanwhile, and says so.
fn left_to_sign_in(error: &ApiError, back_to: &str) -> bool {
    let ended = error.code == "not_signed_in";
    if ended {
        go(&format!("/sign-in?next={back_to}"));
    }
    ended
}
