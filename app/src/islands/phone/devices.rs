//! Which microphone and loudspeakers are used, and whether they work.

use std::time::Duration;

use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::NotificationPermission;

use super::sound::{Choice, choices, choose, close_meter, is_plain, level, open_meter, play_test};
use super::{ring, store};

/// How often the list looks what is plugged in, and the meter how loud it is.
const LOOK: Duration = Duration::from_secs(2);
const LISTEN: Duration = Duration::from_millis(100);

/// The choice of devices, with a meter and a test.
#[component]
pub(super) fn Devices() -> impl IntoView {
    let list = RwSignal::new(Vec::<Choice>::new());
    let look = move || {
        spawn_local(async move {
            let found = choices().await;
            if list.try_with_untracked(|list| *list != found) == Some(true) {
                list.set(found);
            }
        });
    };
    let timer = StoredValue::new(None::<IntervalHandle>);
    Effect::new(move || {
        look();
        timer.set_value(set_interval_with_handle(look, LOOK).ok());
    });
    on_cleanup(move || {
        if let Some(Some(timer)) = timer.try_get_value() {
            timer.clear();
        }
    });
    let plain = RwSignal::new(false);
    Effect::new(move || plain.set(is_plain()));
    let change = move |event| {
        let improved = event_target_checked(&event);
        store::write("plain", if improved { "0" } else { "1" });
        plain.set(!improved);
    };
    view! {
        <div class="devices" role="group" aria-label="Devices">
            <Chooser what="microphone" label="Microphone" kind="audioinput" list />
            <LevelMeter />
            <Chooser what="speaker" label="Speaker" kind="audiooutput" list />
            <Chooser what="ringer" label="Ring on" kind="audiooutput" list />
            <button type="button" class="button quiet small" on:click=move |_| play_test()>
                "Play a test sound"
            </button>
            <label class="check">
                <input type="checkbox" prop:checked=move || !plain.get() on:change=change />
                "Reduce echo and noise"
            </label>
            <Notify />
        </div>
    }
}

/// One list; it is left out where the browser does not let one choose.
#[component]
fn Chooser(what: &'static str, label: &'static str, kind: &'static str, list: RwSignal<Vec<Choice>>) -> impl IntoView {
    let id = format!("phone-{what}");
    move || {
        let chosen = store::read(what).unwrap_or_default();
        let found: Vec<_> = list.get().into_iter().filter(|choice| choice.kind == kind).collect();
        let options = found
            .iter()
            .filter(|choice| !matches!(choice.id.as_str(), "" | "default") && !choice.label.is_empty())
            .map(|choice| {
                let selected = choice.id == chosen;
                view! {
                    <option value=choice.id.clone() selected=selected>
                        {choice.label.clone()}
                    </option>
                }
            })
            .collect_view();
        (!found.is_empty()).then(|| {
            view! {
                <div class="field">
                    <label for=id.clone()>{label}</label>
                    <select id=id.clone() on:change=move |event| choose(what, &event_target_value(&event))>
                        <option value="">"The system's choice"</option>
                        {options}
                    </select>
                </div>
            }
        })
    }
}

/// A bar that moves with one's voice, while it is asked for.
#[component]
fn LevelMeter() -> impl IntoView {
    let loud = RwSignal::new(0.0);
    let listening = RwSignal::new(false);
    let timer = StoredValue::new(None::<IntervalHandle>);
    let stop = move || {
        if let Some(Some(timer)) = timer.try_get_value() {
            timer.clear();
        }
        close_meter();
        listening.try_set(false);
    };
    on_cleanup(stop);
    let press = move |_| {
        if listening.get_untracked() {
            return stop();
        }
        spawn_local(async move {
            // The panel may have been closed while the browser asked.
            if !open_meter().await || listening.try_set(true).is_some() {
                return close_meter();
            }
            let listen = move || {
                loud.try_set(level());
            };
            timer.set_value(set_interval_with_handle(listen, LISTEN).ok());
        });
    };
    view! {
        <div class="level">
            <button type="button" class="button quiet small" on:click=press>
                {move || if listening.get() { "Stop the microphone test" } else { "Test the microphone" }}
            </button>
            <meter
                min="0"
                max="1"
                low="0.25"
                optimum="0.6"
                aria-label="Loudness of the microphone"
                hidden=move || !listening.get()
                prop:value=move || loud.get()
            ></meter>
            <p class="fine" hidden=move || !listening.get()>
                "Speak: the bar should move."
            </p>
        </div>
    }
}

/// Asks to be allowed to tell of calls outside the page.
#[component]
fn Notify() -> impl IntoView {
    let permission = RwSignal::new(false);
    let said = RwSignal::new("");
    Effect::new(move || permission.set(ring::permission() == Some(NotificationPermission::Default)));
    let ask = move |_| {
        spawn_local(async move {
            let allowed = ring::ask_permission().await;
            permission.set(false);
            said.set(if allowed {
                "You are told of calls while this page is out of sight."
            } else {
                "The browser does not allow it. It can be changed beside the address."
            });
        });
    };
    view! {
        <button type="button" class="button quiet small" hidden=move || !permission.get() on:click=ask>
            "Notify me when somebody calls"
        </button>
        <p class="fine" role="status" aria-label="About notifications">
            {move || said.get()}
        </p>
    }
}
