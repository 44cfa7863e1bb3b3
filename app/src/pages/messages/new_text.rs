//! Writing to somebody new: the number leads to the thread with him, where texts are written.

use leptos::prelude::*;

use crate::components::field::Fault;
use crate::components::icon::{Glyph, Icon};

/// Asks to whom.
#[component]
pub fn NewText(
    /// What was entered before.
    to: String,
    /// Why that cannot be texted.
    fault: Option<String>,
) -> impl IntoView {
    let (open, invalid) = (fault.is_some(), fault.as_ref().map(|_| "true"));
    view! {
        <details class="new-text" open=open>
            <summary>"New text"</summary>
            <form method="get" action="/messages">
                <div class="field">
                    <label for="to">"To"</label>
                    <p class="hint" id="to-hint">
                        "A phone number in any spelling; abroad with its country code."
                    </p>
                    <input
                        id="to"
                        name="to"
                        type="tel"
                        autocomplete="tel"
                        required
                        maxlength="40"
                        placeholder="+44 20 7183 8750"
                        value=to
                        aria-describedby="to-fault to-hint"
                        aria-invalid=invalid
                    />
                    <Fault id="to-fault".to_owned() text=fault />
                </div>
                <button type="submit" class="button">
                    "Write a text"
                    <Icon glyph=Glyph::Arrow />
                </button>
            </form>
        </details>
    }
}
