//! Whom to call: a field that takes any format, the keypad, and those one spoke to lately.

use std::cell::Cell;
use std::time::Duration;

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use softphone::bindings::text;
use softphone::machine::Action;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::HtmlElement;

use super::desk::{Screen, act};
use super::keypad::{keypad, typed_key};
use super::parts::{self, Look, button, current, flag, never, number_field, only, see, spoken, toggle};
use super::server;
use crate::components::icon::{Glyph, Icon};

/// So long nothing is typed before the number is checked.
const PAUSE: Duration = Duration::from_millis(300);

thread_local! {
    /// Counts what is typed: an answer to something older is not shown.
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// Somebody one spoke to lately.
#[derive(Clone)]
pub(super) struct Person {
    number: String,
    formatted: String,
    outcome: String,
}

/// What the server thinks of a number that is being typed.
#[derive(Clone, Copy)]
pub(super) struct Check {
    typed: RwSignal<String>,
    /// The number in full with its kind, or why it cannot be called.
    words: RwSignal<String>,
    bad: RwSignal<bool>,
}

impl Check {
    pub(super) fn of(typed: RwSignal<String>) -> Self {
        let check = Self {
            typed,
            words: RwSignal::default(),
            bad: RwSignal::new(false),
        };
        Effect::new(move || {
            typed.track();
            check.later();
        });
        check
    }

    /// Forgets a check that is under way: what comes next is a call, and it comes first.
    pub(super) fn stop(self) {
        TURN.set(TURN.get() + 1);
    }

    fn later(self) {
        self.stop();
        self.words.set(String::new());
        let turn = TURN.get();
        let is_mine = move || TURN.get() == turn;
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
                        let fault = text(&found, "fault");
                        self.bad.set(fault.is_some());
                        let kind = text(&found, "kind")
                            .map(|kind| format!(" · {kind}"))
                            .unwrap_or_default();
                        let number = text(&found, "formatted").unwrap_or_default();
                        self.words.set(fault.unwrap_or_else(|| number + &kind));
                    }
                });
            },
            PAUSE,
        );
    }

    pub(super) fn words(self) -> Signal<String> {
        self.words.into()
    }

    pub(super) fn class(self) -> Signal<String> {
        parts::text(move || {
            if self.bad.get() {
                "fine phone-check bad"
            } else {
                "fine phone-check"
            }
            .to_owned()
        })
    }
}

/// The phone while there is no call.
pub(super) fn dial_pad(screen: Screen, people: RwSignal<Vec<Person>>) -> impl IntoView {
    let typed = screen.dialled;
    let check = Check::of(typed);
    let block = parts::text(move || see(screen, |shown| shown.block.clone()).unwrap_or_default());
    let call = move |event: SubmitEvent| {
        event.prevent_default();
        check.stop();
        act(Action::Dial(typed.get_untracked()));
        // An empty field calls the same number again.
        if screen.shown.read_untracked().current().is_some() {
            typed.set(String::new());
        }
    };
    let shorten = move || {
        typed.update(|typed| {
            typed.pop();
        });
    };
    let keys = move |event: KeyboardEvent| {
        if let Some(key) = typed_key(&event) {
            press(screen, key);
        } else if event.key() == "Backspace" && !is_field(&event) {
            shorten();
        }
    };
    let empty = flag(move || typed.with(String::is_empty));
    let in_call = flag(move || current(screen, |_| ()).is_some());
    let blocked = only(flag(move || block.with(|block| !block.is_empty())));
    view! {
        <div class="idle" hidden=in_call>
            <form class="dial-pad" data-turbo="false" on:submit=call on:keydown=keys>
                <label for="phone-number">"Number to call"</label>
                <div class="dial-field">
                    {number_field("phone-number", "phone-check phone-block", typed)}
                    {button(
                        Look::new("quiet", "⌫ Delete").hidden(empty),
                        move || {
                            shorten();
                            focus_field();
                        },
                    )}
                </div>
                {spoken("phone-check", check.class(), "About the number", check.words())} {keypad(screen, press, true, never())}
                <p class="fine" id="phone-block">
                    {block}
                </p>
                <div class="phone-actions">
                    <button type="submit" class="button dial wide" aria-disabled=blocked>
                        <Icon glyph=Glyph::Phone />
                        "Call"
                    </button>
                    {toggle("Devices", screen.devices)}
                </div>
            </form>
            {recents(screen, people)}
        </div>
    }
}

/// Goes on in the field. An element that is gone cannot be focused; nothing is lost.
fn focus_field() {
    let field = document().get_element_by_id("phone-number");
    let _ = field.map(|field| field.unchecked_into::<HtmlElement>().focus());
}

fn is_field(event: &KeyboardEvent) -> bool {
    event
        .target()
        .is_some_and(|target| target.has_type::<web_sys::HtmlInputElement>())
}

fn press(screen: Screen, key: char) {
    screen.dialled.update(|typed| typed.push(key));
}

/// Reads whom one spoke to lately.
pub(super) fn read_recents(list: RwSignal<Vec<Person>>) {
    spawn_local(async move {
        // Without it the field and the keypad are as good.
        if let Ok(found) = server::get("/phone/recent").await {
            list.set(js_sys::Array::from(&found).iter().filter_map(person).collect());
        }
    });
}

/// Those one spoke to lately; a press puts the number into the field.
fn recents(screen: Screen, list: RwSignal<Vec<Person>>) -> impl IntoView {
    let line = move |person: Person| {
        let number = person.number;
        let take = move |_| {
            screen.dialled.set(number.clone());
            focus_field();
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
    let none = flag(move || list.with(Vec::is_empty));
    view! {
        <h2 class="phone-title" id="phone-recents" hidden=none>
            "Recent"
        </h2>
        <ul class="recents" aria-labelledby="phone-recents" hidden=none>
            {move || list.get().into_iter().map(line).collect_view()}
        </ul>
    }
}

fn person(told: JsValue) -> Option<Person> {
    Some(Person {
        number: text(&told, "number")?,
        formatted: text(&told, "formatted")?,
        outcome: text(&told, "outcome").unwrap_or_default(),
    })
}
