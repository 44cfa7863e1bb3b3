//! What a page says after a form was done: the address then carries `?done=…`.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::icon::{Glyph, Icon};

/// The setup page after a connection is gone.
pub const DISCONNECTED: &str = "/twilio/setup?done=disconnected";

/// What the address says was done.
pub fn done() -> Option<String> {
    use_query_map().with_untracked(|query| query.get("done"))
}

/// The same as a box; nothing where the address names nothing that we know.
#[component]
pub fn DoneNote() -> impl IntoView {
    let sentence = done().and_then(|done| sentence(&done))?;
    Some(view! {
        <div class="note note-good" role="status">
            <Icon glyph=Glyph::Check />
            <p>{sentence}</p>
        </div>
    })
}

fn sentence(done: &str) -> Option<&'static str> {
    Some(match done {
        "connected" => "Connected. Calls and texts of your number come to Sniko from now on.",
        "disconnected" => {
            "Disconnected. The TwiML App and the API key are deleted, the number has its former settings, and your Auth \
             Token is erased here."
        }
        "removed" => "Everything is removed. Nothing of Sniko is left in your Twilio account.",
        "saved" => "Saved. It holds from the next call on.",
        "menu_saved" => "The menu is saved. Callers hear it from the next call on.",
        "recording_deleted" => "The recording is deleted here, and is being deleted at Twilio.",
        "password_changed" => "The password is changed, and every other browser is signed out.",
        "account_erased" => "Your account and everything that was stored of you is erased.",
        "user_erased" => "The account and everything that was stored of that person is erased.",
        "tried_again" => "It is tried again now. What comes of it is shown here in a few seconds.",
        "token_replaced" => "The new Auth Token is saved.",
        "key_rolled" => {
            "A new API key is in use. The former one is deleted at Twilio in an hour; calls in progress go on."
        }
        "searched" => "The account was searched. What should not be there is listed under At Twilio.",
        _ => return None,
    })
}
