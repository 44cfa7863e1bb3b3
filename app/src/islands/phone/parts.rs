//! The phone's building blocks: one kind of each. Every kind of closure and element in a view brings a copy of the code that draws
//! it, so a view of many kinds would weigh more than all else here.

use leptos::prelude::*;
use softphone::machine::{Action, Call, Key, Shown};

use super::desk::{Screen, act};

/// A text that changes.
pub(super) fn text(of: impl Fn() -> String + Send + Sync + 'static) -> Signal<String> {
    boxed_text(Box::new(of))
}

fn boxed_text(of: Box<dyn Fn() -> String + Send + Sync>) -> Signal<String> {
    Signal::derive(of)
}

/// A condition that changes.
pub(super) fn flag(of: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    boxed_flag(Box::new(of))
}

fn boxed_flag(of: Box<dyn Fn() -> bool + Send + Sync>) -> Signal<bool> {
    Signal::derive(of)
}

/// Something of the phone, told again when the phone changes.
pub(super) fn see<T>(screen: Screen, what: impl FnOnce(&Shown) -> T) -> T {
    what(&screen.shown.read())
}

/// A text that does not.
pub(super) fn fixed(text: &str) -> Signal<String> {
    Signal::stored(text.to_owned())
}

/// A condition that never holds.
pub(super) fn never() -> Signal<bool> {
    Signal::stored(false)
}

/// The value of an attribute that is only there while a condition holds.
pub(super) fn only(is: Signal<bool>) -> Signal<Option<&'static str>> {
    Signal::derive(move || is.get().then_some("true"))
}

/// How a button is.
pub(super) struct Look {
    /// Its classes.
    pub class: Signal<String>,
    /// What stands on it.
    pub label: Signal<String>,
    /// Whether it is away.
    pub hidden: Signal<bool>,
    /// Whether it does nothing now.
    pub disabled: Signal<bool>,
    /// Whether it has opened something.
    pub opened: Option<RwSignal<bool>>,
}

impl Look {
    /// A button with a name that stays.
    pub(super) fn new(class: &str, label: &str) -> Self {
        Self {
            class: fixed(&format!("button {class}")),
            label: fixed(label),
            hidden: never(),
            disabled: never(),
            opened: None,
        }
    }

    /// The same, away while a condition holds.
    pub(super) fn hidden(mut self, hidden: Signal<bool>) -> Self {
        self.hidden = hidden;
        self
    }
}

/// A button.
pub(super) fn button(look: Look, press: impl Fn() + 'static) -> impl IntoView {
    boxed_button(look, Box::new(press))
}

fn boxed_button(look: Look, press: Box<dyn Fn()>) -> impl IntoView + use<> {
    let Look {
        class,
        label,
        hidden,
        disabled,
        opened,
    } = look;
    let expanded = Signal::derive(move || opened.map(|opened| if opened.get() { "true" } else { "false" }));
    view! {
        <button
            type="button"
            class=class
            hidden=hidden
            aria-disabled=only(disabled)
            aria-expanded=expanded
            on:click=move |_| press()
        >
            {label}
        </button>
    }
}

/// A button that shows or hides something.
pub(super) fn toggle(label: &str, shown: RwSignal<bool>) -> impl IntoView + use<> {
    let mut look = Look::new("quiet", label);
    look.opened = Some(shown);
    boxed_button(look, Box::new(move || shown.update(|shown| *shown = !*shown)))
}

/// A line; it is away while it is empty.
pub(super) fn line(class: &'static str, words: Signal<String>) -> impl IntoView {
    let hidden = flag(move || words.with(String::is_empty));
    view! {
        <p class=class hidden=hidden>
            {words}
        </p>
    }
}

/// A line that a screen reader is told of when it changes.
pub(super) fn spoken(
    id: &'static str,
    class: Signal<String>,
    label: &'static str,
    words: Signal<String>,
) -> impl IntoView {
    view! {
        <p id=id class=class role="status" aria-label=label>
            {words}
        </p>
    }
}

/// A field for a number in any format.
pub(super) fn number_field(id: &'static str, described: &'static str, typed: RwSignal<String>) -> impl IntoView {
    let value: Signal<String> = typed.into();
    view! {
        <input
            id=id
            type="tel"
            autocomplete="off"
            maxlength="60"
            aria-describedby=described
            prop:value=value
            on:input=move |event| typed.set(event_target_value(&event))
        />
    }
}

/// Something of the call that the user is in; nothing while there is none.
pub(super) fn current<T>(screen: Screen, what: impl FnOnce(&Call) -> T) -> Option<T> {
    see(screen, |shown| shown.current().map(what))
}

/// Wants something of the call that the user is in.
pub(super) fn act_on_current(screen: Screen, what: impl FnOnce(Key) -> Action) {
    let key = screen
        .shown
        .with_untracked(|shown| shown.current().map(|call| call.key));
    if let Some(key) = key {
        act(what(key));
    }
}
