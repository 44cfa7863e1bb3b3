//! Where the phone's machine meets the browser: events are told, commands carried out, the picture drawn and shown to other tabs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use domain::phone::{PhoneView, Presence};
use js_sys::Date;
use leptos::prelude::*;
use leptos::task::spawn_local;
use softphone::bindings;
use softphone::machine::{Action, CallEvent, Command, Event, Key, Microphone, Phone, Shown, Status};

use super::{device, live, ring, server, sound, store, tabs};

/// How often the machine looks at the clock.
const TICK: Duration = Duration::from_secs(1);

/// What is drawn.
#[derive(Clone, Copy)]
pub(super) struct Screen {
    /// The phone.
    pub shown: RwSignal<Shown>,
    /// Now, by the second, while a call is open.
    pub clock: RwSignal<i64>,
    /// Whether more than the bar is shown.
    pub open: RwSignal<bool>,
    /// Whether the devices are shown.
    pub devices: RwSignal<bool>,
    /// What is plugged in, and whether the microphone is listened to.
    pub plugged: RwSignal<Vec<sound::Choice>>,
    pub listening: RwSignal<bool>,
    /// Whether the keypad of a call is shown, and the form that hands it on.
    pub keys: RwSignal<bool>,
    pub transfer: RwSignal<bool>,
    /// What stands in the field for the number to call.
    pub dialled: RwSignal<String>,
}

/// The phone of this page.
pub(super) struct Desk {
    phone: RefCell<Phone>,
    /// What the tab with the phone has shown last.
    mirrored: RefCell<Option<Shown>>,
    screen: Screen,
    pub view: PhoneView,
    /// This page's name for itself.
    page: String,
    pub device: RefCell<Option<bindings::Device>>,
    /// Events of former devices are not listened to any more.
    pub generation: Cell<u32>,
    pub calls: RefCell<Vec<(Key, bindings::Call)>>,
    /// Keys whose tones wait for those before them, and whether any is being sent.
    pub digits: RefCell<String>,
    pub sending: Cell<bool>,
    pub ring: ring::Ring,
    pub tabs: tabs::Tabs,
    pub live: live::Live,
}

thread_local! {
    static DESK: RefCell<Option<Rc<Desk>>> = const { RefCell::new(None) };
}

/// The desk, while the page has a phone.
pub(super) fn desk() -> Option<Rc<Desk>> {
    DESK.with_borrow(Clone::clone)
}

/// Begins; what was left of a former phone of this document ends.
pub(super) fn begin(view: PhoneView, screen: Screen) {
    end_phone();
    let desk = Rc::new(Desk {
        phone: RefCell::new(Phone::new(store::read("last"), view.missed)),
        mirrored: RefCell::default(),
        screen,
        view,
        page: format!("{:x}-{:x}", Date::now() as u64, (js_sys::Math::random() * 1e12) as u64),
        device: RefCell::default(),
        generation: Cell::default(),
        calls: RefCell::default(),
        digits: RefCell::default(),
        sending: Cell::default(),
        ring: ring::Ring::default(),
        tabs: tabs::Tabs::begin(),
        live: live::Live::default(),
    });
    DESK.set(Some(desk));
    tabs::ask_for_the_phone(false);
    sound::watch();
    listen();
}

/// The page has no phone any more.
pub(super) fn end_phone() {
    if let Some(desk) = desk() {
        tell(Event::Lost);
        desk.live.close();
        desk.tabs.end();
        DESK.set(None);
    }
}

/// Now, in milliseconds since 1970.
pub(super) fn now() -> i64 {
    Date::now() as i64
}

/// Tells the machine what has happened, and does what it asks for.
pub(super) fn tell(event: Event) {
    let Some(desk) = desk() else {
        return;
    };
    let now = now();
    let commands = desk.phone.borrow_mut().handle(event, now);
    desk.draw(now);
    for command in commands {
        desk.perform(command);
    }
}

/// Does what the person wants, in the tab that has the phone.
pub(super) fn act(action: Action) {
    let Some(desk) = desk() else {
        return;
    };
    if desk.tabs.owns() {
        tell(Event::Action(action));
    } else {
        desk.tabs.forward(&action);
    }
}

/// A name for a call that comes in.
pub(super) fn draw_key() -> Key {
    desk().map_or(0, |desk| desk.phone.borrow_mut().draw_key())
}

impl Desk {
    /// The machine's picture, or that of the tab which has the phone.
    fn picture(&self, now: i64) -> Shown {
        let own = self.phone.borrow().shown(now);
        if own.status != Status::OtherTab {
            return own;
        }
        let mirrored = self.mirrored.borrow().clone();
        mirrored.map_or(own, |mut shown| {
            if shown.status == Status::Ready {
                shown.status = Status::OtherTab;
            }
            shown
        })
    }

    fn draw(&self, now: i64) {
        let shown = self.picture(now);
        let open = shown.calls.iter().any(|call| call.since.is_some() && call.is_live());
        if open {
            self.screen.clock.set(now);
        }
        if self.screen.shown.with_untracked(|before| *before != shown) {
            ring::mark_title(&self.ring, &shown);
            if self.tabs.owns() {
                self.tabs.show(&shown);
            }
            self.screen.shown.set(shown);
        }
    }

    /// Another tab shows what its phone does.
    pub(super) fn mirror(&self, shown: Shown) {
        *self.mirrored.borrow_mut() = Some(shown);
        self.draw(now());
    }

    /// Shows other tabs what the phone does.
    pub(super) fn show_again(&self) {
        self.tabs.show(&self.phone.borrow().shown(now()));
    }

    /// The SDK's own call, taken out so that nothing stays borrowed while it answers with events.
    pub(super) fn call(&self, key: Key) -> Option<bindings::Call> {
        let calls = self.calls.borrow();
        calls.iter().find(|(own, _)| *own == key).map(|(_, call)| call.clone())
    }

    fn perform(&self, command: Command) {
        match command {
            Command::LoadScript => device::load_script(self.view.signalling_host.clone()),
            Command::FetchToken => device::fetch_token(),
            Command::BuildDevice(token) => device::build(self, &token),
            Command::UpdateToken(token) => device::update_token(self, &token),
            Command::DestroyDevice => device::destroy(self),
            Command::Connect(key, to) => device::connect(self, key, &to),
            Command::Accept(key) => device::with_call(self, key, |call| call.accept(&sound::call_options(None))),
            Command::Reject(key) => device::with_call(self, key, bindings::Call::reject),
            Command::Disconnect(key) => device::with_call(self, key, bindings::Call::disconnect),
            Command::Mute(key, on) => device::with_call(self, key, |call| call.mute(on)),
            Command::SendDigit(key, digit) => device::send_digit(self, key, digit),
            Command::Hold(key, call, on) => {
                let done = move |problem| CallEvent::Held(on, problem);
                Self::send(
                    key,
                    "/phone/hold",
                    call,
                    "on",
                    if on { "true" } else { "false" }.to_owned(),
                    Box::new(done),
                );
            }
            Command::Transfer(key, call, to) => {
                Self::send(key, "/phone/transfer", call, "to", to, Box::new(CallEvent::Transferred));
            }
            Command::EndAtServer(call) => spawn_local(async move {
                // It may be over already; then there is nothing to end.
                let _ = server::post("/phone/end", &[("call", &call)]).await;
            }),
            Command::Ring(caller) => ring::ring(&self.ring, &caller, &self.view.formatted),
            Command::Beep => ring::play("waiting"),
            Command::StopRing => ring::stop(&self.ring),
            Command::Presence(presence) => self.present(presence),
            Command::Remember(to) => store::write("last", &to),
        }
    }

    /// Asks the server to do something with a call, and tells the machine how that went.
    fn send(
        key: Key,
        path: &'static str,
        call: String,
        name: &'static str,
        value: String,
        done: Box<dyn FnOnce(Option<String>) -> CallEvent>,
    ) {
        spawn_local(async move {
            let sent = server::post(path, &[("call", &call), (name, &value)]).await;
            tell(Event::Call(key, done(sent.err())));
        });
    }

    fn present(&self, presence: Presence) {
        let page = self.page.clone();
        let word = match presence {
            Presence::Ready => "ready",
            Presence::Busy => "busy",
            Presence::Gone => {
                // A page that leaves can only wave.
                let form = server::form(&[("device", &page), ("presence", "gone")]);
                let _ = window()
                    .navigator()
                    .send_beacon_with_opt_url_search_params("/phone/presence", Some(&form));
                return;
            }
        };
        spawn_local(async move {
            // Told again in half a minute.
            let _ = server::post("/phone/presence", &[("device", &page), ("presence", word)]).await;
        });
    }
}

/// Hears what the page itself goes through.
fn listen() {
    thread_local! {
        static LISTENS: Cell<bool> = const { Cell::new(false) };
    }
    if LISTENS.replace(true) {
        return;
    }
    set_interval(
        || {
            tell(Event::Tick);
            if let Some(desk) = desk().filter(|desk| desk.tabs.owns()) {
                desk.live.tick();
            }
        },
        TICK,
    );
    for (name, event) in [
        ("online", Event::Network(true)),
        ("offline", Event::Network(false)),
        ("pagehide", Event::Leaving),
        ("pageshow", Event::Shown),
        // Heard on its way from the document.
        ("visibilitychange", Event::Shown),
    ] {
        let hear = window_event_listener_untyped(name, move |_| tell(event.clone()));
        std::mem::forget(hear);
    }
    // Another page has taken the place of this one, perhaps one without a phone.
    let moved = window_event_listener_untyped("turbo:load", |_| {
        if document().get_element_by_id("phone").is_none() {
            end_phone();
        } else {
            look_at_page();
        }
    });
    std::mem::forget(moved);
    look_at_page();
    if !window().navigator().on_line() {
        tell(Event::Network(false));
    }
}

/// Whoever is in the call log has seen the missed calls.
fn look_at_page() {
    if window().location().pathname().is_ok_and(|path| path == "/calls") {
        act(Action::Seen);
    }
    if let Some(desk) = desk() {
        let shown = desk.screen.shown.get_untracked();
        ring::mark_title(&desk.ring, &shown);
    }
}

/// Whether something is missing that the person could allow.
pub(super) const fn needs_help(microphone: Microphone) -> bool {
    matches!(microphone, Microphone::Denied | Microphone::Missing)
}
