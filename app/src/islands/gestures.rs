//! What plain HTML of ours asks for, wherever on a page it stands: `data-call` calls a number with the phone, `data-copy` copies a
//! text, and `data-clock` writes a moment in the reader's own manner. Parts of pages can so be exchanged without waking anything up.

use std::cell::Cell;

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{CustomEvent, CustomEventInit, Element, Event};

#[wasm_bindgen]
extern "C" {
    /// <https://developer.mozilla.org/docs/Web/API/Clipboard/writeText>; absent outside secure contexts.
    #[wasm_bindgen(catch, js_namespace = ["navigator", "clipboard"], js_name = writeText)]
    pub async fn write_text(text: &str) -> Result<(), JsValue>;
}

/// What the phone listens for; its detail is `{to}`.
const CALL: &str = "sniko:call";
/// How long a button says how copying went, in milliseconds.
const SHOWN: std::time::Duration = std::time::Duration::from_secs(2);

thread_local! {
    static LISTENS: Cell<bool> = const { Cell::new(false) };
}

/// Once, when the first page has woken up: the document stays when another page takes its place.
pub fn wake() {
    if LISTENS.replace(true) {
        return;
    }
    tell_zone();
    write_page();
    let drawn = Closure::<dyn Fn(Event)>::new(|_| write_page());
    let heard = Closure::<dyn Fn(Event)>::new(|event: Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(target) = target {
            press(&target);
        }
    });
    // Only what is no function is ever refused.
    let _ = document().add_event_listener_with_callback("click", heard.as_ref().unchecked_ref());
    // Another page was put in the place of the last one.
    let _ = document().add_event_listener_with_callback("turbo:render", drawn.as_ref().unchecked_ref());
    heard.forget();
    drawn.forget();
}

fn write_page() {
    if let Some(page) = document().document_element() {
        write_moments(&page);
    }
}

/// The reader's time zone as the browser knows it, e.g. `Europe/London`.
pub fn zone() -> Option<String> {
    let format = Intl::DateTimeFormat::new(&Array::new(), &Object::new());
    Reflect::get(&format.resolved_options(), &"timeZone".into())
        .ok()?
        .as_string()
}

/// Tells the server the reader's zone with every page from now on.
pub fn tell_zone() {
    if let Some(zone) = zone() {
        let cookie = format!("zone={zone}; path=/; max-age=31536000; samesite=lax");
        // A browser that keeps no cookies is not signed in either.
        let _ = Reflect::set(&document(), &"cookie".into(), &cookie.into());
    }
}

/// Writes every moment within an element as the reader is used to.
pub fn write_moments(within: &Element) {
    let Ok(moments) = within.query_selector_all("time[data-clock]") else {
        return;
    };
    for index in 0..moments.length() {
        let moment = moments.item(index).and_then(|node| node.dyn_into::<Element>().ok());
        if let Some(moment) = moment {
            let text = moment
                .get_attribute("datetime")
                .and_then(|at| written(&at, moment.get_attribute("data-clock").as_deref()));
            if text.is_some() {
                moment.set_text_content(text.as_deref());
            }
        }
    }
}

fn written(datetime: &str, style: Option<&str>) -> Option<String> {
    let styles: &[(&str, &str)] = match style {
        Some("minute") => &[("timeStyle", "short")],
        Some("second") => &[("timeStyle", "medium")],
        _ => &[("dateStyle", "medium"), ("timeStyle", "short")],
    };
    let options = Object::new();
    for (name, value) in styles {
        Reflect::set(&options, &(*name).into(), &(*value).into()).ok()?;
    }
    let date = Date::new(&JsValue::from_str(datetime));
    // The method that takes both styles; "default" is the reader's own language.
    let write: Function = Reflect::get(&date, &"toLocaleString".into()).ok()?.dyn_into().ok()?;
    write.call2(&date, &"default".into(), &options).ok()?.as_string()
}

/// Asks the phone to call a number.
pub fn call(to: &str) {
    let (init, detail) = (CustomEventInit::new(), Object::new());
    // A plain object takes every property.
    let _ = Reflect::set(&detail, &"to".into(), &to.into());
    init.set_detail(&detail);
    init.set_bubbles(true);
    if let Ok(event) = CustomEvent::new_with_event_init_dict(CALL, &init) {
        let _ = document().dispatch_event(&event);
    }
}

fn press(target: &Element) {
    let pressed = |selector: &str| target.closest(selector).ok().flatten();
    if let Some(button) = pressed("[data-call]") {
        call(&button.get_attribute("data-call").unwrap_or_default());
    } else if let Some(button) = pressed("[data-copy]") {
        copy(button);
    }
}

/// Copies, and says on the button how that went.
fn copy(button: Element) {
    let text = button.get_attribute("data-copy").unwrap_or_default();
    spawn_local(async move {
        let outcome = if write_text(&text).await.is_ok() {
            "Copied"
        } else {
            "Not allowed"
        };
        let Some(word) = button.first_child() else {
            return;
        };
        let before = word.text_content();
        if matches!(before.as_deref(), Some("Copied" | "Not allowed")) {
            return;
        }
        word.set_text_content(Some(outcome));
        set_timeout(move || word.set_text_content(before.as_deref()), SHOWN);
    });
}
