//! How the phone makes itself heard and seen: the ring, a notification, the tab's title.

use std::cell::{Cell, RefCell};

use js_sys::Promise;
use leptos::prelude::*;
use leptos::task::spawn_local;
use softphone::machine::{Event, Shown};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlAudioElement, Notification, NotificationOptions, NotificationPermission};

use super::desk::tell;
use super::store;

#[wasm_bindgen]
extern "C" {
    type Player;

    /// <https://developer.mozilla.org/docs/Web/API/HTMLMediaElement/setSinkId>; absent in some browsers.
    #[wasm_bindgen(catch, method, js_name = setSinkId)]
    fn set_sink_id(this: &Player, id: &str) -> Result<Promise, JsValue>;
}

/// What rings.
#[derive(Default)]
pub(super) struct Ring {
    player: RefCell<Option<HtmlAudioElement>>,
    notification: RefCell<Option<Notification>>,
    waits_for_touch: Cell<bool>,
    /// The title as the phone has set it, and the page's own.
    title: RefCell<Option<(String, String)>>,
}

/// A sound of ours, out of the device that is chosen for it.
fn player(sound: &str, device: &str) -> Option<HtmlAudioElement> {
    let player = HtmlAudioElement::new_with_src(&format!("/sounds/1/{sound}.wav")).ok()?;
    let chosen = store::read(device).filter(|id| !id.is_empty());
    if let Some(Ok(set)) = chosen.map(|id| player.unchecked_ref::<Player>().set_sink_id(&id)) {
        spawn_local(async move {
            // A device that was unplugged: the sound comes out of the usual one.
            let _ = JsFuture::from(set).await;
        });
    }
    Some(player)
}

/// Plays a sound once, where the voices are heard.
pub(super) fn play(sound: &str) {
    if let Some(Ok(playing)) = player(sound, "speaker").map(|player| player.play()) {
        spawn_local(async move {
            let _ = JsFuture::from(playing).await;
        });
    }
}

/// Rings until it is stopped.
pub(super) fn ring(ring: &Ring, caller: &str, number: &str) {
    notify(ring, caller, number);
    let Some(player) = player("incoming", "ringer") else {
        return;
    };
    player.set_loop(true);
    *ring.player.borrow_mut() = Some(player);
    sound(ring);
}

/// Plays; a browser that has not been touched refuses, and is asked again at the first touch.
fn sound(ring: &Ring) {
    let playing = ring.player.borrow().as_ref().map(|player| player.play());
    let Some(Ok(playing)) = playing else {
        return;
    };
    if !ring.waits_for_touch.replace(true) {
        for event in ["pointerdown", "keydown"] {
            let heard = window_event_listener_untyped(event, |_| touched());
            std::mem::forget(heard);
        }
    }
    spawn_local(async move {
        tell(Event::RingBlocked(JsFuture::from(playing).await.is_err()));
    });
}

fn touched() {
    if let Some(desk) = super::desk::desk() {
        let silent = desk.ring.player.borrow().as_ref().is_some_and(|player| player.paused());
        if silent {
            sound(&desk.ring);
        }
    }
}

/// Rings no more.
pub(super) fn stop(ring: &Ring) {
    if let Some(player) = ring.player.take() {
        // A player that has no sound yet is as silent.
        let _ = player.pause();
    }
    if let Some(notification) = ring.notification.take() {
        notification.close();
    }
}

/// Tells of the call outside the page, where that was allowed and the page is not in sight.
fn notify(ring: &Ring, caller: &str, number: &str) {
    if permission() != Some(NotificationPermission::Granted) || !document().hidden() {
        return;
    }
    let options = NotificationOptions::new();
    options.set_body(&format!("calls {number}"));
    options.set_tag("sniko-call");
    options.set_icon("/favicon.svg");
    options.set_require_interaction(true);
    // Some systems only allow it to programs without a page.
    let Ok(notification) = Notification::new_with_options(caller, &options) else {
        return;
    };
    let pressed = Closure::<dyn FnMut()>::new(|| {
        // A window that may not come forward stays where it is.
        let _ = window().focus();
    });
    notification.set_onclick(Some(pressed.as_ref().unchecked_ref()));
    pressed.forget();
    *ring.notification.borrow_mut() = Some(notification);
}

/// Whether notifications are allowed; nothing where there are none.
pub(super) fn permission() -> Option<NotificationPermission> {
    let there = js_sys::Reflect::has(&window(), &"Notification".into()).unwrap_or(false);
    there.then(Notification::permission)
}

/// Asks for permission, and says how it was answered.
pub(super) async fn ask_permission() -> bool {
    let Ok(asked) = Notification::request_permission() else {
        return false;
    };
    // How it was answered is read afterwards.
    let _ = JsFuture::from(asked).await;
    permission() == Some(NotificationPermission::Granted)
}

/// Names the caller in the tab's title, and gives the page's own back afterwards.
pub(super) fn mark_title(ring: &Ring, shown: &Shown) {
    let now = document().title();
    let before = ring.title.take();
    // Another page may have come meanwhile, with a title of its own.
    let own = match before {
        Some((marked, own)) if marked == now => own,
        _ => now.clone(),
    };
    match shown.title_mark() {
        Some(mark) => {
            let marked = format!("{mark} – {own}");
            if marked != now {
                document().set_title(&marked);
            }
            *ring.title.borrow_mut() = Some((marked, own));
        }
        None if own != now => document().set_title(&own),
        None => {}
    }
}
