//! What the tab with the phone tells all pages of the browser about the user's calls.

use js_sys::{JSON, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel; each message is `{event, data}`.
const CHANNEL: &str = "sniko-live";

/// Hears every message, its kind and its data, until `wanted` says no more.
pub fn hear(mut wanted: impl FnMut(&str, &JsValue) -> bool + 'static) {
    let Ok(channel) = BroadcastChannel::new(CHANNEL) else {
        return;
    };
    let own = channel.clone();
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        let message = message.data();
        let kind = word(&message, "event").unwrap_or_default();
        let told = Reflect::get(&message, &"data".into()).unwrap_or(JsValue::NULL);
        let told = told
            .as_string()
            .and_then(|text| JSON::parse(&text).ok())
            .unwrap_or(told);
        if !wanted(&kind, &told) {
            own.close();
        }
    });
    channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
}

/// A property that is a text.
pub fn word(of: &JsValue, name: &str) -> Option<String> {
    Reflect::get(of, &name.into()).ok()?.as_string()
}

/// Whether a property is true.
pub fn flag(of: &JsValue, name: &str) -> bool {
    Reflect::get(of, &name.into()).is_ok_and(|value| value.as_bool() == Some(true))
}
