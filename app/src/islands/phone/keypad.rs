//! Twelve keys, with letters.

use std::cell::Cell;
use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use super::desk::Screen;

/// How long 0 is held for a plus.
const LONG: Duration = Duration::from_millis(600);

/// Hears a key.
pub(super) type Press = fn(Screen, char);

thread_local! {
    /// The press that may become a long one, and whether it has: there is one finger at a time.
    static TIMER: Cell<Option<TimeoutHandle>> = const { Cell::new(None) };
    static HELD: Cell<bool> = const { Cell::new(false) };
}

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
pub(super) fn keypad(screen: Screen, press: Press, plus: bool, hidden: Signal<bool>) -> impl IntoView {
    let keys = KEYS.map(|(key, letters)| one_key(screen, key, letters, press, plus && key == '0'));
    view! {
        <div class="keypad" role="group" aria-label="Keypad" hidden=hidden>
            {keys.into_iter().collect_view()}
        </div>
    }
}

fn one_key(screen: Screen, key: char, letters: &'static str, press: Press, plus: bool) -> impl IntoView {
    let down = move |_| {
        HELD.set(false);
        if plus {
            let long = move || {
                HELD.set(true);
                press(screen, '+');
            };
            TIMER.set(set_timeout_with_handle(long, LONG).ok());
        }
    };
    let up = |_| {
        if let Some(timer) = TIMER.take() {
            timer.clear();
        }
    };
    let click = move |_| {
        // The long press has been told already.
        if !HELD.take() {
            press(screen, key);
        }
    };
    let spoken = match key {
        '*' => " star",
        '#' => " hash",
        _ => "",
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
            <span>{key.to_string()}</span>
            <span class="unseen">{spoken}</span>
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
