//! What comes of the test call, below the button that makes it.

use leptos::html::P;
use leptos::prelude::*;

use super::hearing::{hear, word};

/// Says how far the test call is.
#[island]
pub fn TestCallState() -> impl IntoView {
    let said = RwSignal::new("");
    let root = NodeRef::<P>::new();
    Effect::new(move || {
        hear(move |kind, call| {
            if kind == "call" && word(call, "to").as_deref() == Some(domain::phone::TEST_CALL) {
                said.set(state(word(call, "status").as_deref().unwrap_or_default()));
            }
            root.get_untracked().is_some_and(|root| root.is_connected())
        });
    });
    view! {
        <p node_ref=root role="status" class="fine">
            {move || said.get()}
        </p>
    }
}

/// The state as a sentence.
fn state(status: &str) -> &'static str {
    match status {
        "queued" | "initiated" => "Calling…",
        "ringing" => "It rings…",
        "in-progress" => "Connected. Say something after the tone, and listen.",
        "completed" => "The test call is over. If you heard yourself, everything works.",
        _ => "The test call did not come through. The call log says why.",
    }
}
