//! A button that copies a text.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// <https://developer.mozilla.org/docs/Web/API/Clipboard/writeText>; absent outside secure contexts.
    #[wasm_bindgen(catch, js_namespace = ["navigator", "clipboard"], js_name = writeText)]
    fn write_text(text: &str) -> Result<js_sys::Promise, wasm_bindgen::JsValue>;
}

/// How long the button says that it did.
const SHOWN: Duration = Duration::from_secs(2);

/// Copies a text to the clipboard.
#[island]
pub fn CopyButton(
    /// The text.
    text: String,
    /// What it is, for those who hear the button's name alone.
    what: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        copied.set(write_text(&text).is_ok());
        set_timeout(move || copied.set(false), SHOWN);
    };
    view! {
        <button type="button" class="button quiet small live-only" aria-label=format!("Copy {what}") on:click=copy>
            <span aria-live="polite">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
        </button>
    }
}
