//! The button of an ordinary form.

use std::time::Duration;

use leptos::ev::MouseEvent;
use leptos::html::Button;
use leptos::prelude::*;

/// After this long without an answer the button may be pressed again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Says what is going on once pressed, and swallows the second press.
#[island]
pub fn SubmitButton(
    /// What it does.
    label: String,
    /// What it is doing.
    busy_label: String,
    /// `button`, perhaps with `quiet` or `danger`.
    class: String,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let button = NodeRef::<Button>::new();
    let press = move |event: MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if button
            .get_untracked()
            .and_then(|button| button.form())
            .is_some_and(|form| form.check_validity())
        {
            busy.set(true);
            set_timeout(move || busy.set(false), PATIENCE);
        }
    };
    view! {
        <button node_ref=button type="submit" class=class aria-disabled=move || busy.get().then_some("true") on:click=press>
            {move || if busy.get() { busy_label.clone() } else { label.clone() }}
        </button>
    }
}
