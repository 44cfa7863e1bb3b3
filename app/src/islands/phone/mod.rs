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
mod parts;
mod ring;
mod server;
mod sound;
mod store;
mod tabs;

use domain::phone::{PhoneView, missed_shown};
use leptos::html::Div;
use leptos::mount::mount_to;
use leptos::prelude::*;
use softphone::machine::{Action, Key, Shown, Status, lasted};
use wasm_bindgen::JsCast as _;
use web_sys::CustomEvent;

use super::here;
use crate::components::icon::{Glyph, Icon};
use call_card::call_card;
use desk::{Screen, act};
use devices::devices;
use dial_pad::{Person, dial_pad, read_recents};
use help::microphone_help;
use incoming::incoming_cards;
use parts::{Look, act_on_current, button, current, fixed, flag, line, see, spoken, text};

/// From this width on the phone stands beside the page, and begins open; below, it covers a part of it.
const WIDE: f64 = 1152.0;
/// As many calls that have ended are shown.
const ENDED: usize = 3;

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
            mount_to(place.unchecked_into(), move || whole(view)).forget();
        }
    });
    view! { <div node_ref=place></div> }
}

/// All of it.
fn whole(view: PhoneView) -> impl IntoView {
    let screen = Screen {
        shown: RwSignal::new(Shown::default()),
        clock: RwSignal::new(0),
        open: RwSignal::new(begins_open()),
        devices: RwSignal::new(false),
        plugged: RwSignal::default(),
        listening: RwSignal::new(false),
        keys: RwSignal::new(false),
        transfer: RwSignal::new(false),
        dialled: RwSignal::new(String::new()),
    };
    let number = view.formatted.clone();
    let real = view.signalling_host.is_none();
    let people = RwSignal::default();
    desk::begin(view, screen);
    hear_wishes(screen);
    follow(screen, people);
    let class = text(move || if screen.open.get() { "phone open" } else { "phone" }.to_owned());
    let closed = flag(move || !screen.open.get());
    let said = text(move || see(screen, Shown::announcement));
    view! {
        <section class=class aria-label="Phone">
            {spoken("phone-status", fixed("unseen"), "Phone status", said)} {incoming_cards(screen)}
            <div class="phone-panel" id="phone-panel" hidden=closed>
                <div class="phone-head">
                    {line("fine", fixed(&number))} <span class="badge warn" hidden=real>
                        "Simulator"
                    </span> {missed(screen)}
                </div>
                {state(screen)} {ended(screen)} {call_card(screen)} {dial_pad(screen, people)} {devices(screen)}
            </div>
            {bar(screen)}
        </section>
    }
}

/// The line that is always there: opens and closes the rest.
fn bar(screen: Screen) -> impl IntoView {
    let toggle = move |_| {
        screen.open.update(|open| *open = !*open);
        store::write("open", if screen.open.get_untracked() { "1" } else { "0" });
    };
    let look = text(move || format!("dot {}", see(screen, |shown| shown.status.look())));
    let words = text(move || {
        let call = current(screen, |call| {
            match call.since.filter(|_| call.words() == "Connected") {
                Some(since) => format!("{} · {}", lasted(since, screen.clock.get()), call.name()),
                None => format!("{} · {}", call.words(), call.name()),
            }
        });
        call.unwrap_or_else(|| see(screen, |shown| shown.status.word().to_owned()))
    });
    let expanded = text(move || screen.open.get().to_string());
    let no_end = flag(move || screen.open.get() || current(screen, |_| ()).is_none());
    view! {
        <div class="phone-bar">
            <button type="button" class="phone-toggle" aria-expanded=expanded aria-controls="phone-panel" on:click=toggle>
                <span class=look aria-hidden="true"></span>
                <span class="phone-word">
                    <span class="unseen">"Phone: "</span>
                    {words}
                </span>
                <Icon glyph=Glyph::Chevron />
            </button>
            {button(
                Look::new("danger small", "End call").hidden(no_end),
                move || act_on_current(screen, Action::End),
            )}
        </div>
    }
}

/// Why the phone is not ready, and what helps.
fn state(screen: Screen) -> impl IntoView {
    let status = move || see(screen, |shown| shown.status);
    let needs_help = move || see(screen, |shown| desk::needs_help(shown.microphone));
    let detail = text(move || {
        let detail = see(screen, |shown| shown.detail.clone());
        detail.filter(|_| !needs_help()).unwrap_or_default()
    });
    let signed_out = move || see(screen, |shown| shown.signed_out);
    let quiet = flag(move || {
        !matches!(status(), Status::Offline | Status::NotConnected | Status::OtherTab) && detail.with(String::is_empty)
    });
    let silent = text(move || {
        let silent = see(screen, |shown| shown.ring_blocked);
        let words = if silent {
            "Your browser keeps the ring silent until you click on the page."
        } else {
            ""
        };
        words.to_owned()
    });
    let again = flag(move || signed_out() || !matches!(status(), Status::Offline | Status::NotConnected));
    let elsewhere = flag(move || status() != Status::OtherTab);
    let signed_in = flag(move || !signed_out());
    view! {
        <div class="phone-note" hidden=quiet>
            {line("", detail)} <a class="button small" href="/sign-in" data-turbo="false" hidden=signed_in>
                "Sign in"
            </a> {button(Look::new("quiet small", "Try again").hidden(again), || act(Action::Retry))}
            {button(
                Look::new("quiet small", "Use the phone in this tab").hidden(elsewhere),
                || tabs::ask_for_the_phone(true),
            )}
        </div>
        {microphone_help(screen)}
        {line("phone-note", silent)}
    }
}

/// The calls that ended last, and why.
fn ended(screen: Screen) -> impl IntoView {
    let lines: Vec<_> = (0..ENDED).map(|place| ended_line(screen, place)).collect();
    view! { <ul class="phone-ended">{lines}</ul> }
}

fn ended_line(screen: Screen, place: usize) -> impl IntoView {
    let words = text(move || {
        let words = see(screen, |shown| {
            let call = shown.calls.iter().filter(|call| !call.is_live()).nth(place);
            call.map(|call| format!("{}: {}", call.name(), call.words()))
        });
        words.unwrap_or_default()
    });
    let dismiss = move || {
        let shown = screen.shown.get_untracked();
        if let Some(call) = shown.calls.iter().filter(|call| !call.is_live()).nth(place) {
            act(Action::Dismiss(call.key));
        }
    };
    let none = flag(move || words.with(String::is_empty));
    view! {
        <li class="phone-note" hidden=none>
            {line("", words)} {button(Look::new("quiet small", "Dismiss"), dismiss)}
        </li>
    }
}

/// What follows when another call is there, or something else is shown.
fn follow(screen: Screen, people: RwSignal<Vec<Person>>) {
    Effect::new(move |before: Option<(Option<Key>, bool, bool)>| {
        let key = current(screen, |call| call.key);
        let now = (key, screen.open.get(), screen.devices.get());
        let (key_before, open_before, devices_before) = before.unwrap_or_default();
        if key != key_before {
            screen.keys.set(false);
            screen.transfer.set(false);
        }
        if now.1 && key.is_none() && (!open_before || key_before.is_some()) {
            read_recents(people);
        }
        if now.2 != devices_before {
            devices::watch(screen, now.2);
        }
        now
    });
}

/// The way to the missed calls.
fn missed(screen: Screen) -> impl IntoView {
    let count = move || see(screen, |shown| shown.missed);
    let words = text(move || match count() {
        1 => "1 missed call".to_owned(),
        missed => format!("{} missed calls", missed_shown(missed)),
    });
    let none = flag(move || count() == 0 || here() == "/calls");
    view! {
        <a href="/calls?missed=true" hidden=none>
            {words}
        </a>
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
fn hear_wishes(screen: Screen) {
    let heard = window_event_listener_untyped("sniko:call", move |event| {
        let detail = event.unchecked_ref::<CustomEvent>().detail();
        let Some(to) = softphone::bindings::text(&detail, "to").filter(|to| !to.is_empty()) else {
            return;
        };
        if screen.open.try_set(true).is_some() {
            // The phone of a former page.
            return;
        }
        // Where it cannot be called now, the number waits in the field, with the reason below.
        let blocked = screen.shown.read_untracked().block.is_some();
        if blocked && to != domain::phone::TEST_CALL {
            screen.dialled.set(to);
        } else {
            act(Action::Dial(to));
        }
    });
    std::mem::forget(heard);
}
