//! The SDK's device and calls: made, heard, and told what to do.

use js_sys::{Date, JSON};
use leptos::prelude::*;
use leptos::task::spawn_local;
use softphone::bindings::{self, Call, Device, Options, code, hear, number, parsed, text};
use softphone::machine::{CallEvent, Caller, Event, Key, NoToken};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlScriptElement, Response};

use super::desk::{Desk, draw_key, tell};
use super::sound;

/// The SDK, and what lets it speak to a simulator without TLS.
const SDK: &str = "/vendor/twilio-voice-2.18.5/twilio.min.js";
const SIMULATOR: &str = "/js/simulator-socket.js";

/// Loads the SDK.
pub(super) fn load_script(signalling_host: Option<String>) {
    let plain = window().location().protocol().is_ok_and(|protocol| protocol == "http:");
    match signalling_host.filter(|_| plain) {
        // In this order, because the SDK keeps the socket that it finds.
        Some(host) => insert(SIMULATOR, &host, |there| {
            if there {
                insert(SDK, "", |there| tell(Event::Script(there)));
            } else {
                tell(Event::Script(false));
            }
        }),
        None => insert(SDK, "", |there| tell(Event::Script(there))),
    }
}

fn insert(src: &str, host: &str, then: fn(bool)) {
    let script = document()
        .create_element("script")
        .ok()
        .and_then(|element| element.dyn_into::<HtmlScriptElement>().ok());
    let (Some(script), Some(head)) = (script, document().head()) else {
        return then(false);
    };
    script.set_src(src);
    // Only what is no attribute name is ever refused.
    let _ = script.set_attribute("data-host", host);
    let loaded = Closure::once_into_js(move || then(true));
    let failed = Closure::once_into_js(move || then(false));
    script.set_onload(Some(loaded.unchecked_ref()));
    script.set_onerror(Some(failed.unchecked_ref()));
    if head.append_child(&script).is_err() {
        then(false);
    }
}

/// Fetches a token, and says how long it lives by the server's own clock.
pub(super) fn fetch_token() {
    spawn_local(async {
        let event = match token().await {
            Ok((token, life)) => Event::Token(token, life),
            Err(why) => Event::NoToken(why),
        };
        tell(event);
    });
}

async fn token() -> Result<(String, i64), NoToken> {
    let failed = |_| NoToken::Failed;
    let answer = JsFuture::from(window().fetch_with_str("/twilio/token"))
        .await
        .map_err(failed)?;
    let answer: Response = answer.dyn_into().map_err(failed)?;
    match answer.status() {
        200 => {}
        401 => return Err(NoToken::SignedOut),
        404 | 409 => return Err(NoToken::NotConnected),
        _ => return Err(NoToken::Failed),
    }
    let body = JsFuture::from(answer.text().map_err(failed)?).await.map_err(failed)?;
    let body = JSON::parse(&body.as_string().unwrap_or_default()).map_err(failed)?;
    let (Some(token), Some(ends)) = (text(&body, "token"), text(&body, "expires_at")) else {
        return Err(NoToken::Failed);
    };
    let date = answer.headers().get("date").ok().flatten();
    let served = date.map(|date| Date::parse(&date)).filter(|at| at.is_finite());
    let life = Date::parse(&ends) - served.unwrap_or_else(Date::now);
    Ok((token, if life.is_finite() { life as i64 } else { 0 }))
}

/// Makes a device, and asks it to register.
pub(super) fn build(desk: &Desk, token: &str) {
    let options = bindings::device_options(&Options {
        signalling_host: desk.view.signalling_host.as_deref(),
        version: env!("CARGO_PKG_VERSION"),
    });
    let Ok(device) = Device::new(token, &parsed(&options)) else {
        return tell(Event::NoDevice);
    };
    let generation = desk.generation.get() + 1;
    desk.generation.set(generation);
    let on = |name: &str, event: fn(JsValue) -> Event| {
        let handler = move |one: JsValue, _: JsValue| {
            if is_current(generation) {
                tell(event(one));
            }
        };
        hear(&device, name, Box::new(handler));
    };
    on("registering", |_| Event::Registering);
    on("registered", |_| Event::Registered);
    on("unregistered", |_| Event::Unregistered);
    on("tokenWillExpire", |_| Event::TokenWillExpire);
    on("error", |error| Event::DeviceFault(code(&error)));
    let incoming = move |call: JsValue, _: JsValue| {
        if is_current(generation) {
            take_incoming(call.unchecked_into());
        }
    };
    hear(&device, "incoming", Box::new(incoming));
    if let Some(audio) = device.audio() {
        // The page rings by itself: it can be silenced, and a call is told at once.
        audio.incoming(false);
    }
    sound::apply_speaker(&device);
    *desk.device.borrow_mut() = Some(device.clone());
    if let Ok(registered) = device.register() {
        // What counts are the events: the promise may never settle.
        spawn_local(async move {
            let _ = JsFuture::from(registered).await;
        });
    }
}

fn is_current(generation: u32) -> bool {
    super::desk::desk().is_some_and(|desk| desk.generation.get() == generation)
}

pub(super) fn update_token(desk: &Desk, token: &str) {
    let device = desk.device.borrow().clone();
    if device.is_some_and(|device| device.update_token(token).is_err()) {
        tell(Event::NoDevice);
    }
}

pub(super) fn destroy(desk: &Desk) {
    // What it still says is not listened to.
    desk.generation.set(desk.generation.get() + 1);
    desk.calls.borrow_mut().clear();
    if let Some(device) = desk.device.take() {
        // One that is broken is as gone.
        let _ = device.destroy();
    }
}

/// Calls.
pub(super) fn connect(desk: &Desk, key: Key, to: &str) {
    let failed = move |code| tell(Event::Call(key, CallEvent::NotBegun(code)));
    let Some(device) = desk.device.borrow().clone() else {
        return failed(31000);
    };
    sound::apply_speaker(&device);
    match device.connect(&sound::call_options(Some(to))) {
        Err(error) => failed(code(&error)),
        Ok(begun) => spawn_local(async move {
            match JsFuture::from(begun).await {
                Ok(call) => follow(key, &call.unchecked_into()),
                Err(error) => failed(code(&error)),
            }
        }),
    }
}

fn take_incoming(call: Call) {
    let parameters = call.parameters();
    let call_id = call.custom_parameters().get(&"call_id".into()).as_string();
    let from = call.custom_parameters().get(&"from".into()).as_string();
    let caller = Caller {
        from: from.or_else(|| text(&parameters, "From")).unwrap_or_default(),
        formatted: call.custom_parameters().get(&"peer".into()).as_string(),
        sid: text(&parameters, "CallSid").unwrap_or_default(),
        call_id,
    };
    let key = draw_key();
    follow(key, &call);
    tell(Event::Incoming(key, caller));
}

/// Hears all of a call.
fn follow(key: Key, call: &Call) {
    let Some(desk) = super::desk::desk() else {
        return;
    };
    desk.calls.borrow_mut().push((key, call.clone()));
    for name in [
        "ringing",
        "accept",
        "disconnect",
        "cancel",
        "reject",
        "error",
        "reconnecting",
        "reconnected",
        "transportClose",
        "mute",
        "warning",
        "warning-cleared",
        "sample",
    ] {
        let own = call.clone();
        let handler = move |one: JsValue, _: JsValue| {
            if let Some(event) = call_event(name, &one, &own) {
                told(key, name, event, &own);
            }
        };
        hear(call, name, Box::new(handler));
    }
    // Some may have happened before anybody listened.
    tell_sid(key, call);
}

fn call_event(name: &str, one: &JsValue, call: &Call) -> Option<CallEvent> {
    Some(match name {
        "ringing" => CallEvent::Ringing,
        "accept" => CallEvent::Accepted,
        "disconnect" => CallEvent::Disconnected,
        "cancel" => CallEvent::Cancelled,
        "reject" => CallEvent::Rejected,
        "error" => CallEvent::Fault(code(one)),
        "reconnecting" => CallEvent::Reconnecting,
        "reconnected" => CallEvent::Reconnected,
        "transportClose" => return transport_closed(call),
        "mute" => CallEvent::Muted(one.is_truthy()),
        "warning" | "warning-cleared" => CallEvent::Warning(one.as_string()?, name == "warning"),
        "sample" => {
            let totals = js_sys::Reflect::get(one, &"totals".into()).ok()?;
            let received = number(&totals, "packetsReceived").unwrap_or_default();
            CallEvent::Sample(number(one, "mos"), received as u32)
        }
        _ => return None,
    })
}

/// The event comes before the SDK has decided whether it gives the call up: its status says so a moment later.
fn transport_closed(call: &Call) -> Option<CallEvent> {
    if call.status() == "pending" {
        return Some(CallEvent::TransportClosed(false));
    }
    let (key, call) = (key_of(call)?, call.clone());
    set_timeout(
        move || tell(Event::Call(key, CallEvent::TransportClosed(call.status() == "closed"))),
        std::time::Duration::ZERO,
    );
    None
}

fn key_of(call: &Call) -> Option<Key> {
    let desk = super::desk::desk()?;
    let calls = desk.calls.borrow();
    let wanted: &JsValue = call;
    calls
        .iter()
        .find(|(_, own)| AsRef::<JsValue>::as_ref(own) == wanted)
        .map(|(key, _)| *key)
}

fn told(key: Key, name: &str, event: CallEvent, call: &Call) {
    if matches!(name, "ringing" | "accept") {
        tell_sid(key, call);
    }
    tell(Event::Call(key, event));
    if matches!(name, "disconnect" | "cancel" | "reject")
        && let Some(desk) = super::desk::desk()
    {
        desk.calls.borrow_mut().retain(|(own, _)| *own != key);
        sound::let_microphone_go(&desk);
    }
}

fn tell_sid(key: Key, call: &Call) {
    if let Some(sid) = text(&call.parameters(), "CallSid") {
        tell(Event::Call(key, CallEvent::Sid(sid)));
    }
}

/// How long a key's tone and the pause after it take.
const TONE: u64 = 240;

/// Sends a key's tone once those before it are over: the browser would drop what it has not played yet.
pub(super) fn send_digit(desk: &Desk, key: Key, digit: char) {
    let idle = {
        desk.digits.borrow_mut().push(digit);
        !desk.sending.replace(true)
    };
    if idle {
        send_waiting(key);
    }
}

fn send_waiting(key: Key) {
    let Some(desk) = super::desk::desk() else {
        return;
    };
    let digits = desk.digits.take();
    if digits.is_empty() {
        desk.sending.set(false);
        return;
    }
    with_call(&desk, key, |call| call.send_digits(&digits));
    let pause = std::time::Duration::from_millis(TONE * digits.len() as u64);
    set_timeout(move || send_waiting(key), pause);
}

/// Does something with a call, which may be gone already: then it has said so, or its device is broken.
pub(super) fn with_call(desk: &Desk, key: Key, what: impl FnOnce(&Call) -> Result<(), JsValue>) {
    let failed = match desk.call(key) {
        Some(call) => what(&call).err().map(|error| code(&error)),
        None => None,
    };
    if let Some(code) = failed {
        tell(Event::Call(key, CallEvent::Fault(code)));
    }
}
