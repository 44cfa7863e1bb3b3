//! Twelve keys, with letters.

use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

/// How long 0 is held for a plus.
const LONG: Duration = Duration::from_millis(600);

const KEYS: [(char, &str); 12] = [
    ('1', ""),
    ('2', "ABC"),
    ('3', "DEF"),
    ('4', "GHI"),
    ('5', "JKL"),
    ('6', "MNO"),
    ('7', "PQRS"),
    ('8', "TUV"),
    ('9', "WXYZ"),
    ('*', ""),
    ('0', "+"),
    ('#', ""),
];

/// Twelve keys; each press is told, and with `plus` a long press on 0 is a plus.
#[component]
pub(super) fn Keypad(
    /// Hears the keys.
    press: Callback<char>,
    /// Whether 0 can be held for a plus.
    plus: bool,
    /// Shown only then.
    #[prop(into)]
    shown: Signal<bool>,
) -> impl IntoView {
    let keys = KEYS.map(|(key, letters)| view! { <OneKey key letters press=press plus=plus && key == '0' /> });
    view! {
        <div class="keypad" role="group" aria-label="Keypad" hidden=move || !shown.get()>
            {keys.into_iter().collect_view()}
        </div>
    }
}

#[component]
fn OneKey(key: char, letters: &'static str, press: Callback<char>, plus: bool) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let held = StoredValue::new(false);
    let down = move |_| {
        held.set_value(false);
        if plus {
            let long = move || {
                held.set_value(true);
                press.run('+');
            };
            timer.set_value(set_timeout_with_handle(long, LONG).ok());
        }
    };
    let up = move |_| {
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
    };
    let click = move |_| {
        // The long press has been told already.
        if held.get_value() {
            held.set_value(false);
        } else {
            press.run(key);
        }
    };
    let spoken = match key {
        '*' => Some(" star"),
        '#' => Some(" hash"),
        _ => None,
    };
    view! {
        <button
            type="button"
            class="key"
            on:pointerdown=down
            on:pointerup=up
            on:pointerleave=up
            on:click=click
        >
            <span>{key}</span>
            {spoken.map(|spoken| view! { <span class="unseen">{spoken}</span> })}
            <small aria-hidden="true">{letters}</small>
        </button>
    }
}

/// The key that was typed, where it is one of the phone's and no field takes it.
pub(super) fn typed_key(event: &KeyboardEvent) -> Option<char> {
    use wasm_bindgen::JsCast as _;
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let name = target.tag_name();
    if matches!(name.as_str(), "INPUT" | "SELECT" | "TEXTAREA")
        || event.ctrl_key()
        || event.meta_key()
        || event.alt_key()
    {
        return None;
    }
    let typed = event.key();
    let mut chars = typed.chars();
    match (chars.next(), chars.next()) {
        (Some(key @ ('0'..='9' | '*' | '#' | '+')), None) => Some(key),
        _ => None,
    }
}
