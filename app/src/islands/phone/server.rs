//! What the phone asks our own server. Plain requests: a typed one each would weigh more than the phone's whole machine.

use js_sys::JSON;
use leptos::prelude::window;
use softphone::bindings::text;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response, UrlSearchParams};

const UNREACHABLE: &str = "Sniko could not be reached. Check your internet connection, then try again.";

/// Names and values as a form sends them.
pub(super) fn form(fields: &[(&str, &str)]) -> UrlSearchParams {
    // Without fields there is nothing that could be malformed.
    let form = UrlSearchParams::new().unwrap_or_else(|_| JsValue::UNDEFINED.unchecked_into());
    for (name, value) in fields {
        form.append(name, value);
    }
    form
}

/// Sends a form, and gives the answer or the server's refusal as a sentence.
pub(super) async fn post(path: &str, fields: &[(&str, &str)]) -> Result<JsValue, String> {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&form(fields));
    read(window().fetch_with_str_and_init(path, &request)).await
}

/// Asks.
pub(super) async fn get(path: &str) -> Result<JsValue, String> {
    read(window().fetch_with_str(path)).await
}

async fn read(asked: js_sys::Promise) -> Result<JsValue, String> {
    let unreachable = |_| UNREACHABLE.to_owned();
    let answer = JsFuture::from(asked).await.map_err(unreachable)?;
    let answer: Response = answer.unchecked_into();
    let body = JsFuture::from(answer.text().map_err(unreachable)?)
        .await
        .map_err(unreachable)?;
    let body = JSON::parse(&body.as_string().unwrap_or_default()).unwrap_or(JsValue::UNDEFINED);
    if answer.ok() {
        Ok(body)
    } else {
        Err(text(&body, "message").unwrap_or_else(|| UNREACHABLE.to_owned()))
    }
}
