//! One tab has the phone; the others show what it does, and pass on what is wanted.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::set_timeout;
use leptos::task::spawn_local;
use softphone::machine::{Action, Event, Shown};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BroadcastChannel, MessageEvent};

use super::desk::{act, desk, tell};

/// The lock and the channel.
const NAME: &str = "sniko-phone";
/// A lock that is free is given sooner than this.
const SOON: Duration = Duration::from_millis(400);

#[wasm_bindgen]
extern "C" {
    /// <https://developer.mozilla.org/docs/Web/API/LockManager/request>; absent outside secure contexts.
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request_lock(name: &str, options: &JsValue, held: &Function) -> Result<Promise, JsValue>;
}

/// What is between the tabs.
pub(super) struct Tabs {
    channel: Option<BroadcastChannel>,
    owns: Cell<bool>,
    /// Lets the lock go.
    release: Rc<RefCell<Option<Function>>>,
}

impl Tabs {
    pub(super) fn begin() -> Self {
        let channel = BroadcastChannel::new(NAME).ok();
        if let Some(channel) = &channel {
            let heard = Closure::<dyn FnMut(MessageEvent)>::new(|message: MessageEvent| {
                hear(&message.data().as_string().unwrap_or_default());
            });
            channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
            heard.forget();
        }
        Self {
            channel,
            owns: Cell::new(false),
            release: Rc::default(),
        }
    }

    pub(super) fn end(&self) {
        if let Some(channel) = &self.channel {
            channel.close();
        }
        if let Some(release) = self.release.take() {
            // Resolving a promise cannot fail.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }

    /// Whether this tab has the phone.
    pub(super) fn owns(&self) -> bool {
        self.owns.get()
    }

    fn post(&self, kind: &str, value: &str) {
        if let Some(channel) = &self.channel {
            // Only a closed channel refuses; then nobody listens.
            let _ = channel.post_message(&format!("{kind} {value}").into());
        }
    }

    /// Shows the others what the phone does.
    pub(super) fn show(&self, shown: &Shown) {
        self.post("shown", &shown.packed());
    }

    /// Passes on what the person wants.
    pub(super) fn forward(&self, action: &Action) {
        self.post("act", &action.packed());
    }
}

fn hear(message: &str) {
    let (Some(desk), Some((kind, value))) = (desk(), message.split_once(' ')) else {
        return;
    };
    match (kind, desk.tabs.owns()) {
        ("shown", false) => {
            // A tab of an older version may speak otherwise: nothing is drawn then.
            if let Some(shown) = Shown::unpacked(value) {
                desk.mirror(shown);
            }
        }
        ("hello", true) => desk.show_again(),
        ("act", true) => {
            if let Some(action) = Action::unpacked(value) {
                act(action);
            }
        }
        _ => {}
    }
}

/// Waits for the phone, or takes it from the tab that has it.
pub(super) fn ask_for_the_phone(now: bool) {
    let Some(desk) = desk() else {
        return;
    };
    let release = Rc::clone(&desk.tabs.release);
    // Called with the lock; what is returned holds it.
    let held = Closure::once_into_js(move || {
        own(true);
        Promise::new(&mut |resolve, _| *release.borrow_mut() = Some(resolve))
    });
    let options = Object::new();
    if now {
        // A plain object takes every property.
        let _ = Reflect::set(&options, &"steal".into(), &true.into());
    }
    let Ok(asked) = request_lock(NAME, &options, held.unchecked_ref()) else {
        // Without locks every tab has a phone; the first to answer wins.
        own(true);
        return;
    };
    spawn_local(async move {
        // It fails when another tab takes the phone.
        if JsFuture::from(asked).await.is_err() {
            own(false);
            ask_for_the_phone(false);
        }
    });
    set_timeout(
        || {
            if super::desk::desk().is_some_and(|desk| !desk.tabs.owns()) {
                own(false);
            }
        },
        SOON,
    );
}

fn own(it: bool) {
    let Some(desk) = desk() else {
        return;
    };
    desk.tabs.owns.set(it);
    if it {
        tell(Event::Owned);
        desk.live.open();
    } else {
        desk.live.close();
        tell(Event::Lost);
        desk.tabs.post("hello", "");
    }
}
