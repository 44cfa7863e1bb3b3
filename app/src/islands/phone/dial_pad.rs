//! Whom to call: a field that takes any format, the keypad, and those one spoke to lately.

use std::time::Duration;

use leptos::either::Either;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use softphone::bindings::text;
use softphone::machine::Action;
use wasm_bindgen::JsValue;

use super::desk::{Screen, act};
use super::devices::Devices;
use super::keypad::{Keypad, typed_key};
use super::server;
use crate::components::icon::{Glyph, Icon};

/// So long nothing is typed before the number is checked.
const PAUSE: Duration = Duration::from_millis(300);

/// A number that is being typed: in full, with its kind, or why it cannot be called.
#[derive(Clone)]
struct Found {
    formatted: String,
    kind: Option<String>,
    fault: Option<String>,
}

/// Somebody one spoke to lately.
#[derive(Clone)]
struct Person {
    number: String,
    formatted: String,
    outcome: String,
}

/// What the server thinks of a number that is being typed.
#[derive(Clone, Copy)]
pub(super) struct Check {
    typed: RwSignal<String>,
    found: RwSignal<Option<Found>>,
    turn: StoredValue<u32>,
}

impl Check {
    pub(super) fn of(typed: RwSignal<String>) -> Self {
        let check = Self {
            typed,
            found: RwSignal::new(None),
            turn: StoredValue::new(0),
        };
        Effect::new(move || {
            typed.track();
            check.later();
        });
        check
    }

    /// Forgets a check that is under way: what comes next is a call, and it comes first.
    pub(super) fn stop(self) {
        self.turn.update_value(|turn| *turn += 1);
    }

    fn later(self) {
        self.stop();
        self.found.set(None);
        let turn = self.turn.get_value();
        let is_mine = move || self.turn.try_get_value() == Some(turn);
        if self.typed.with_untracked(|typed| typed.trim().len() < 3) {
            return;
        }
        set_timeout(
            move || {
                if !is_mine() {
                    return;
                }
                let typed = self.typed.get_untracked();
                spawn_local(async move {
                    // Without an answer nothing is said: the call itself is checked again.
                    let path = format!("/phone/check?to={}", js_sys::encode_uri_component(&typed));
                    if let Ok(found) = server::get(&path).await
                        && is_mine()
                    {
                        self.found.set(Some(Found {
                            formatted: text(&found, "formatted").unwrap_or_default(),
                            kind: text(&found, "kind"),
                            fault: text(&found, "fault"),
                        }));
                    }
                });
            },
            PAUSE,
        );
    }

    /// The number in full, once it is known to be one that can be called.
    pub(super) fn words(self) -> impl IntoView {
        move || {
            self.found.get().map(|found| match found.fault {
                Some(fault) => Either::Left(view! { <span class="bad">{fault}</span> }),
                None => {
                    let kind = found.kind.map(|kind| format!(" · {kind}"));
                    Either::Right(view! {
                        <strong>{found.formatted}</strong>
                        {kind}
                    })
                }
            })
        }
    }
}

/// The phone while there is no call.
#[component]
pub(super) fn DialPad(
    screen: Screen,
    /// What stands in the field.
    typed: RwSignal<String>,
    /// Whether the devices are shown.
    devices: RwSignal<bool>,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let check = Check::of(typed);
    let call = move |event: SubmitEvent| {
        event.prevent_default();
        check.stop();
        act(Action::Dial(typed.get_untracked()));
        // An empty field calls the same number again.
        if screen.shown.with_untracked(|shown| shown.current().is_some()) {
            typed.set(String::new());
        }
    };
    let shorten = move || {
        typed.update(|typed| {
            typed.pop();
        });
    };
    let press = move |key: char| typed.update(|typed| typed.push(key));
    let keys = move |event: KeyboardEvent| {
        if let Some(key) = typed_key(&event) {
            press(key);
        } else if event.key() == "Backspace" && !is_field(&event) {
            shorten();
        }
    };
    let delete = move |_| {
        shorten();
        // An element that is gone cannot be focused; nothing is lost.
        let _ = field.get_untracked().map(|field| field.focus());
    };
    let block = Memo::new(move |_| screen.shown.with(|shown| shown.block.clone()));
    view! {
        <form class="dial-pad" data-turbo="false" on:submit=call on:keydown=keys>
            <label for="phone-number">"Number to call"</label>
            <div class="dial-field">
                <input
                    node_ref=field
                    id="phone-number"
                    type="tel"
                    autocomplete="off"
                    placeholder="+44 20 7946 0000"
                    maxlength="60"
                    aria-describedby="phone-check phone-block"
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                />
                <button type="button" class="button quiet" hidden=move || typed.with(String::is_empty) on:click=delete>
                    <Icon glyph=Glyph::Backspace />
                    <span class="unseen">"Delete the last digit"</span>
                </button>
            </div>
            <p class="fine phone-check" id="phone-check" role="status" aria-label="About the number">
                {check.words()}
            </p>
            <Keypad press=Callback::new(press) plus=true shown=true />
            <p class="fine" id="phone-block">
                {move || block.get()}
            </p>
            <div class="phone-actions">
                <button type="submit" class="button dial wide" aria-disabled=move || block.get().map(|_| "true")>
                    <Icon glyph=Glyph::Phone />
                    "Call"
                </button>
                <DevicesButton devices />
            </div>
        </form>
        {move || devices.get().then(|| view! { <Devices /> })}
        <Recents screen typed field />
    }
}

/// Shows the devices, or hides them.
#[component]
pub(super) fn DevicesButton(devices: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button quiet"
            aria-expanded=move || if devices.get() { "true" } else { "false" }
            on:click=move |_| devices.update(|shown| *shown = !*shown)
        >
            "Devices"
        </button>
    }
}

fn is_field(event: &KeyboardEvent) -> bool {
    use wasm_bindgen::JsCast as _;
    event
        .target()
        .is_some_and(|target| target.has_type::<web_sys::HtmlInputElement>())
}

/// Those one spoke to lately; a press puts the number into the field.
#[component]
fn Recents(screen: Screen, typed: RwSignal<String>, field: NodeRef<Input>) -> impl IntoView {
    let list = RwSignal::new(Vec::<Person>::new());
    Effect::new(move || {
        // After every call, since this is made anew then; but not before anybody looks.
        if screen.open.get() && list.with_untracked(Vec::is_empty) {
            spawn_local(async move {
                // Without it the field and the keypad are as good.
                if let Ok(found) = server::get("/phone/recent").await {
                    list.set(js_sys::Array::from(&found).iter().filter_map(person).collect());
                }
            });
        }
    });
    let line = move |person: Person| {
        let number = person.number;
        let take = move |_| {
            typed.set(number.clone());
            // An element that is gone cannot be focused; nothing is lost.
            let _ = field.get_untracked().map(|field| field.focus());
        };
        view! {
            <li>
                <button type="button" class="recent" on:click=take>
                    <span>{person.formatted}</span>
                    <span class="fine">{person.outcome}</span>
                </button>
            </li>
        }
    };
    move || {
        let people = list.get();
        (!people.is_empty()).then(|| {
            view! {
                <h2 class="phone-title" id="phone-recents">
                    "Recent"
                </h2>
                <ul class="recents" aria-labelledby="phone-recents">
                    {people.into_iter().map(line).collect_view()}
                </ul>
            }
        })
    }
}

fn person(told: JsValue) -> Option<Person> {
    Some(Person {
        number: text(&told, "number")?,
        formatted: text(&told, "formatted")?,
        outcome: text(&told, "outcome").unwrap_or_default(),
    })
}
