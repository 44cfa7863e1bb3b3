//! The phone: docked on every signed-in page, and kept while one page follows another.

mod call_card;
mod desk;
mod device;
mod devices;
mod dial_pad;
mod help;
mod incoming;
mod keypad;
mod live;
mod ring;
mod server;
mod sound;
mod store;
mod tabs;

use domain::phone::PhoneView;
use leptos::either::{Either, EitherOf4};
use leptos::html::Div;
use leptos::mount::mount_to;
use leptos::prelude::*;
use softphone::machine::{Action, Key, Shown, Status, lasted};
use wasm_bindgen::JsCast as _;
use web_sys::CustomEvent;

use super::here;
use crate::components::icon::{Glyph, Icon};
use call_card::CallCard;
use desk::{Screen, act, needs_help};
use dial_pad::DialPad;
use help::MicrophoneHelp;
use incoming::IncomingCards;

/// From this width on the phone stands beside the page, and begins open; below, it covers a part of it.
const WIDE: f64 = 1152.0;

/// The browser's phone. It is made in the browser alone: without JavaScript it could do nothing.
#[island]
pub fn Phone(
    /// What it needs to know to begin.
    view: PhoneView,
) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    Effect::new(move || {
        if let Some(place) = place.get() {
            let view = view.clone();
            mount_to(place.unchecked_into(), move || view! { <Whole view /> }).forget();
        }
    });
    view! { <div node_ref=place></div> }
}

/// All of it.
#[component]
fn Whole(view: PhoneView) -> impl IntoView {
    let screen = Screen {
        shown: RwSignal::new(Shown::default()),
        clock: RwSignal::new(0),
        open: RwSignal::new(begins_open()),
    };
    let dialled = RwSignal::new(String::new());
    let number = view.formatted.clone();
    let simulated = view.signalling_host.is_some();
    desk::begin(view, screen);
    hear_wishes(screen, dialled);
    let current = Memo::new(move |_| screen.shown.with(|shown| shown.current().map(|call| call.key)));
    let devices = RwSignal::new(false);
    let body = move || match current.get() {
        Some(key) => Either::Left(view! { <CallCard key screen devices /> }),
        None => Either::Right(view! { <DialPad screen typed=dialled devices /> }),
    };
    view! {
        <section class="phone" aria-label="Phone" class:open=move || screen.open.get()>
            <p class="unseen" role="status" aria-label="Phone status">
                {move || screen.shown.with(Shown::announcement)}
            </p>
            <IncomingCards screen />
            <div class="phone-panel" id="phone-panel" hidden=move || !screen.open.get()>
                <div class="phone-head">
                    <p class="fine">{number}</p>
                    {simulated.then(|| view! { <span class="badge warn">"Simulator"</span> })}
                    <Missed screen />
                </div>
                <State screen />
                <Ended screen />
                {body}
            </div>
            <Bar screen />
        </section>
    }
}

/// The line that is always there: opens and closes the rest.
#[component]
fn Bar(screen: Screen) -> impl IntoView {
    let toggle = move |_| {
        screen.open.update(|open| *open = !*open);
        store::write("open", if screen.open.get_untracked() { "1" } else { "0" });
    };
    let call = Memo::new(move |_| {
        screen.shown.with(|shown| {
            shown
                .current()
                .map(|call| (call.key, call.name().to_owned(), call.words().to_owned(), call.since))
        })
    });
    let look = move || format!("dot {}", screen.shown.with(|shown| shown.status.look()));
    let words = move || match call.get() {
        Some((_, name, words, since)) => {
            let time = since.map(|since| lasted(since, screen.clock.get()));
            let state = match time {
                Some(time) if words == "Connected" => time,
                _ => words,
            };
            format!("{state} · {name}")
        }
        None => screen.shown.with(|shown| shown.status.word().to_owned()),
    };
    let end = move || {
        call.get().filter(|_| !screen.open.get()).map(|(key, ..)| {
            view! {
                <button type="button" class="button danger small" on:click=move |_| act(Action::End(key))>
                    "End call"
                </button>
            }
        })
    };
    view! {
        <div class="phone-bar">
            <button
                type="button"
                class="phone-toggle"
                aria-expanded=move || if screen.open.get() { "true" } else { "false" }
                aria-controls="phone-panel"
                on:click=toggle
            >
                <span class=look aria-hidden="true"></span>
                <span class="phone-word">
                    <span class="unseen">"Phone: "</span>
                    {words}
                </span>
                <Icon glyph=Glyph::Chevron />
            </button>
            {end}
        </div>
    }
}

/// Why the phone is not ready, and what helps.
#[component]
fn State(screen: Screen) -> impl IntoView {
    let shown = Memo::new(move |_| {
        screen.shown.with(|shown| {
            (
                shown.status,
                shown.detail.clone(),
                shown.signed_out,
                shown.microphone,
                shown.ring_blocked,
            )
        })
    });
    move || {
        let (status, detail, signed_out, microphone, ring_blocked) = shown.get();
        let way_out = if signed_out {
            EitherOf4::A(view! {
                <a class="button small" href="/sign-in" data-turbo="false">
                    "Sign in"
                </a>
            })
        } else if matches!(status, Status::Offline | Status::NotConnected) {
            EitherOf4::B(view! {
                <button type="button" class="button quiet small" on:click=move |_| act(Action::Retry)>
                    "Try again"
                </button>
            })
        } else if status == Status::OtherTab {
            EitherOf4::C(view! {
                <button type="button" class="button quiet small" on:click=move |_| tabs::ask_for_the_phone(true)>
                    "Use the phone in this tab"
                </button>
            })
        } else {
            EitherOf4::D(())
        };
        let detail = detail.filter(|_| !needs_help(microphone));
        let has_words = detail.is_some() || signed_out || status == Status::OtherTab;
        view! {
            {(has_words || status == Status::Offline)
                .then(|| {
                    view! {
                        <div class="phone-note">
                            {detail.map(|detail| view! { <p>{detail}</p> })} {way_out}
                        </div>
                    }
                })}
            {needs_help(microphone).then(|| view! { <MicrophoneHelp missing=microphone_is_missing(microphone) /> })}
            {ring_blocked
                .then(|| view! { <p class="phone-note">"Your browser keeps the ring silent until you click on the page."</p> })}
        }
    }
}

fn microphone_is_missing(microphone: softphone::machine::Microphone) -> bool {
    microphone == softphone::machine::Microphone::Missing
}

/// Calls that have just ended, and why.
#[component]
fn Ended(screen: Screen) -> impl IntoView {
    let ended = Memo::new(move |_| {
        screen.shown.with(|shown| {
            let ended = shown.calls.iter().filter(|call| !call.is_live());
            ended
                .map(|call| (call.key, call.name().to_owned(), call.words().to_owned()))
                .collect::<Vec<(Key, String, String)>>()
        })
    });
    let line = |(key, name, words): (Key, String, String)| {
        view! {
            <li class="phone-note">
                <p>
                    <strong>{name}</strong>
                    " "
                    {words}
                </p>
                <button type="button" class="button quiet small" on:click=move |_| act(Action::Dismiss(key))>
                    "Dismiss"
                </button>
            </li>
        }
    };
    view! { <ul class="phone-ended">{move || ended.get().into_iter().map(line).collect_view()}</ul> }
}

/// The way to the missed calls.
#[component]
fn Missed(screen: Screen) -> impl IntoView {
    move || {
        let missed = screen.shown.with(|shown| shown.missed);
        (missed > 0 && here() != "/calls").then(|| {
            let calls = if missed == 1 {
                "1 missed call".to_owned()
            } else {
                format!("{missed} missed calls")
            };
            view! { <a href="/calls?missed=true">{calls}</a> }
        })
    }
}

/// As it was left; else open where there is room.
fn begins_open() -> bool {
    match store::read("open").as_deref() {
        Some(open) => open == "1",
        None => window()
            .inner_width()
            .ok()
            .and_then(|width| width.as_f64())
            .is_some_and(|width| width >= WIDE),
    }
}

/// Other parts of a page ask for a call with the event `sniko:call`, whose detail is `{to}`.
fn hear_wishes(screen: Screen, dialled: RwSignal<String>) {
    let heard = window_event_listener_untyped("sniko:call", move |event| {
        let detail = event.unchecked_ref::<CustomEvent>().detail();
        let Some(to) = softphone::bindings::text(&detail, "to").filter(|to| !to.is_empty()) else {
            return;
        };
        screen.open.set(true);
        // Where it cannot be called now, the number waits in the field, with the reason below.
        let blocked = screen.shown.with_untracked(|shown| shown.block.is_some());
        if blocked && to != domain::phone::TEST_CALL {
            dialled.set(to);
        } else {
            act(Action::Dial(to));
        }
    });
    std::mem::forget(heard);
}
