//! A button that copies a text.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::gestures::write_text;

/// How long the button says how it went.
const SHOWN: Duration = Duration::from_secs(2);

/// Copies a text to the clipboard.
#[island]
pub fn CopyButton(
    /// The text.
    text: String,
    /// What it is, for those who hear the button's name alone.
    what: String,
) -> impl IntoView {
    let outcome = RwSignal::new("");
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            outcome.set(if write_text(&text).await.is_ok() {
                "Copied"
            } else {
                "Not allowed"
            });
            set_timeout(move || outcome.set(""), SHOWN);
        });
    };
    view! {
        <button type="button" class="button quiet small copy live-only" on:click=copy>
            {move || if outcome.get().is_empty() { "Copy" } else { outcome.get() }}
            <span class="unseen">{format!(" {what}")}</span>
        </button>
        <span class="unseen" role="status">
            {move || outcome.get()}
        </span>
    }
}
