//! Which microphone and loudspeakers are used, and whether they work.

use std::cell::Cell;
use std::time::Duration;

use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::NotificationPermission;

use super::desk::Screen;
use super::parts::{self, Look, button, fixed, flag, line, spoken};
use super::sound::{Choice, choices, choose, close_meter, is_plain, level, open_meter, play_test};
use super::{ring, store};

/// How often the list looks what is plugged in, and the meter how loud it is.
const LOOK: Duration = Duration::from_secs(2);
const LISTEN: Duration = Duration::from_millis(100);

thread_local! {
    /// What looks and what listens, while it does.
    static LOOKS: Cell<Option<IntervalHandle>> = const { Cell::new(None) };
    static LISTENS: Cell<Option<IntervalHandle>> = const { Cell::new(None) };
}

/// Begins to look what is plugged in, or leaves off.
pub(super) fn watch(screen: Screen, shown: bool) {
    if let Some(timer) = LOOKS.take() {
        timer.clear();
    }
    if shown {
        look(screen);
        LOOKS.set(set_interval_with_handle(move || look(screen), LOOK).ok());
    } else if screen.listening.get_untracked() {
        stop(screen);
    }
}

fn look(screen: Screen) {
    spawn_local(async move {
        let found = choices().await;
        if *screen.plugged.read_untracked() != found {
            screen.plugged.set(found);
        }
    });
}

/// Lets the microphone go.
fn stop(screen: Screen) {
    if let Some(timer) = LISTENS.take() {
        timer.clear();
    }
    close_meter();
    screen.listening.set(false);
}

/// The choice of devices, with a meter and a test.
pub(super) fn devices(screen: Screen) -> impl IntoView {
    let list = screen.plugged;
    let improved = RwSignal::new(!is_plain());
    let change = move |event| {
        improved.set(event_target_checked(&event));
        store::write("plain", if improved.get_untracked() { "0" } else { "1" });
    };
    let checked: Signal<bool> = improved.into();
    let away = flag(move || !screen.devices.get());
    view! {
        <div class="devices" role="group" aria-label="Devices" hidden=away>
            {chooser("microphone", "Microphone", "audioinput", list)} {level_meter(screen)}
            {chooser("speaker", "Speaker", "audiooutput", list)} {chooser("ringer", "Ring on", "audiooutput", list)}
            {button(Look::new("quiet small", "Play a test sound"), play_test)} <label class="check">
                <input type="checkbox" prop:checked=checked on:change=change />
                "Reduce echo and noise"
            </label> {notify()}
        </div>
    }
}

/// One list; it is away where the browser does not let one choose.
fn chooser(what: &'static str, label: &'static str, kind: &'static str, list: RwSignal<Vec<Choice>>) -> impl IntoView {
    let id = format!("phone-{what}");
    let none = flag(move || list.with(|list| list.iter().all(|choice| choice.kind != kind)));
    let options = move || {
        let chosen = store::read(what).unwrap_or_default();
        let option = |choice: Choice| {
            let selected = choice.id == chosen;
            view! {
                <option value=choice.id selected=selected>
                    {choice.label}
                </option>
            }
        };
        let usual = Choice {
            kind: String::new(),
            id: String::new(),
            label: "The system's choice".to_owned(),
        };
        let found = list.get().into_iter().filter(|choice| {
            choice.kind == kind && !matches!(choice.id.as_str(), "" | "default") && !choice.label.is_empty()
        });
        std::iter::once(usual).chain(found).map(option).collect_view()
    };
    view! {
        <div class="field" hidden=none>
            <label for=id.clone()>{label}</label>
            <select id=id on:change=move |event| choose(what, &event_target_value(&event))>
                {options}
            </select>
        </div>
    }
}

/// A bar that moves with one's voice, while it is asked for.
fn level_meter(screen: Screen) -> impl IntoView {
    let loud = RwSignal::new(String::new());
    let listening = screen.listening;
    let press = move || {
        if listening.get_untracked() {
            return stop(screen);
        }
        spawn_local(async move {
            // The panel may have been closed while the browser asked.
            if !open_meter().await || !screen.devices.get_untracked() {
                return close_meter();
            }
            listening.set(true);
            let listen = move || loud.set(level().to_string());
            LISTENS.set(set_interval_with_handle(listen, LISTEN).ok());
        });
    };
    let mut look = Look::new("quiet small", "");
    look.label = parts::text(move || {
        let words = if listening.get() {
            "Stop the microphone test"
        } else {
            "Test the microphone"
        };
        words.to_owned()
    });
    let silent = flag(move || !listening.get());
    let value: Signal<String> = loud.into();
    let hint = parts::text(move || {
        if listening.get() {
            "Speak: the bar should move."
        } else {
            ""
        }
        .to_owned()
    });
    view! {
        <div class="level">
            {button(look, press)}
            <meter
                min="0"
                max="1"
                low="0.25"
                optimum="0.6"
                aria-label="Loudness of the microphone"
                hidden=silent
                prop:value=value
            ></meter>
            {line("fine", hint)}
        </div>
    }
}

/// Asks to be allowed to tell of calls outside the page.
fn notify() -> impl IntoView {
    let away = RwSignal::new(ring::permission() != Some(NotificationPermission::Default));
    let said = RwSignal::new(String::new());
    let ask = move || {
        spawn_local(async move {
            let allowed = ring::ask_permission().await;
            away.set(true);
            let words = if allowed {
                "You are told of calls while this page is out of sight."
            } else {
                "The browser does not allow it. It can be changed beside the address."
            };
            said.set(words.to_owned());
        });
    };
    let look = Look::new("quiet small", "Notify me when somebody calls").hidden(away.into());
    view! {
        {button(look, ask)}
        {spoken("phone-notify", fixed("fine"), "About notifications", said.into())}
    }
}
