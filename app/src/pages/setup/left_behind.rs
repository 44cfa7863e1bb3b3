//! What of an earlier connection is still in the account.

use domain::setup::LeftBehind;
use leptos::prelude::*;

use crate::components::icon::{Glyph, Icon};
use crate::islands::CopyButton;
use crate::pages::forms::PostButton;

/// Lists what could not be removed, and why.
#[component]
pub fn LeftBehindNote(
    /// What is still there.
    left_behind: Vec<LeftBehind>,
    /// Whether removing it was tried again just now.
    tried: bool,
) -> impl IntoView {
    let lines = left_behind.into_iter().map(|item| {
        view! {
            <li>
                <p class="copyable">
                    <code>{item.sid.clone()}</code>
                    <CopyButton text=item.sid.clone() what=item.sid />
                </p>
                <p>{item.why}</p>
            </li>
        }
    });
    view! {
        <section class="note note-warn" aria-labelledby="left-behind-title">
            <Icon glyph=Glyph::Warning />
            <div>
                <h2 id="left-behind-title">"Something is still in your Twilio account"</h2>
                <p role="status">
                    {if tried { "Tried again just now, without success. " } else { "It could not be removed yet. " }}
                    "Sniko keeps trying; you can also delete it in Twilio's console."
                </p>
                <ul class="left-behind">{lines.collect_view()}</ul>
                <PostButton
                    action="/twilio/setup/retry-removal"
                    label="Try again now"
                    busy_label="Trying again…"
                    look="quiet"
                />
            </div>
        </section>
    }
}
