//! Where a text is written: it counts its segments, keeps what was typed as a draft, and sends without leaving the page. The form itself is
//! plain HTML (`data-composer`) and works without this.

use std::cell::Cell;
use std::time::Duration;

use js_sys::Reflect;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, Event, HtmlElement, HtmlFormElement, KeyboardEvent, UrlSearchParams};

use super::hearing::word;
use super::settings_form::{UNREACHED, post, send};
use super::{go, here, live_thread};
use crate::components::segments::{counted, left};

/// How long nothing is typed before the draft is kept.
const PAUSE: Duration = Duration::from_millis(700);
/// The field grows up to this many lines.
const LINES_MAX: usize = 10;
/// About how many characters stand on a line, in browsers that cannot measure it themselves.
const LINE: usize = 48;
/// The field that is written in.
const BODY: &str = "[name=body]";
/// Holds what was tried to send last.
const TRIED: &str = "data-tried";
/// Marks the button while a text is on its way.
const BUSY: &str = "aria-disabled";

thread_local! {
    static LISTENS: Cell<bool> = const { Cell::new(false) };
    /// Counts what is typed, so that only the last pause keeps a draft.
    static TYPED: Cell<u32> = const { Cell::new(0) };
    /// Whether something was typed that is no draft yet.
    static UNKEPT: Cell<bool> = const { Cell::new(false) };
}

/// Listens once for all pages, and counts what the page came with.
pub(super) fn wake() {
    if !LISTENS.replace(true) {
        listen("input", |event| {
            if let Some(form) = composer(event).filter(|_| is_body(event)) {
                typed(&form);
            }
        });
        listen("keydown", key);
        listen("submit", |event| {
            if let Some(form) = composer(event) {
                event.prevent_default();
                submit(form);
            }
        });
        listen("visibilitychange", |_| {
            if document().hidden()
                && UNKEPT.get()
                && let Some(form) = here_is()
            {
                keep(&form);
            }
        });
    }
    if let Some(form) = here_is() {
        show_count(&form);
    }
}

fn listen(kind: &str, heard: impl Fn(&Event) + 'static) {
    let heard = Closure::<dyn Fn(Event)>::new(move |event: Event| heard(&event));
    // Only what is no function is ever refused.
    let _ = document().add_event_listener_with_callback(kind, heard.as_ref().unchecked_ref());
    heard.forget();
}

/// The composer of the page.
fn here_is() -> Option<HtmlFormElement> {
    document().query_selector("[data-composer]").ok()??.dyn_into().ok()
}

/// The composer that something happens in.
fn composer(event: &Event) -> Option<HtmlFormElement> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("[data-composer]").ok()??.dyn_into().ok()
}

fn is_body(event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.get_attribute("name").as_deref() == Some("body"))
}

fn part(form: &HtmlFormElement, selector: &str) -> Option<HtmlElement> {
    form.query_selector(selector).ok()??.dyn_into().ok()
}

/// What a field holds.
fn value(form: &HtmlFormElement, selector: &str) -> String {
    part(form, selector)
        .and_then(|field| word(&field, "value"))
        .unwrap_or_default()
}

fn set(form: &HtmlFormElement, selector: &str, name: &str, value: &JsValue) {
    if let Some(field) = part(form, selector) {
        // An element takes each of these.
        let _ = Reflect::set(&field, &name.into(), value);
    }
}

fn say(form: &HtmlFormElement, selector: &str, text: &str) {
    if let Some(place) = part(form, selector)
        && place.text_content().as_deref() != Some(text)
    {
        place.set_text_content(Some(text));
    }
}

fn show_count(form: &HtmlFormElement) {
    let text = value(form, BODY);
    say(form, "[data-counted]", &counted(&text));
    say(form, "[data-left]", &left(&text));
    let lines: usize = text.split('\n').map(|line| 1 + line.chars().count() / LINE).sum();
    let lines = u32::try_from(lines.clamp(2, LINES_MAX)).unwrap_or(2);
    set(form, BODY, "rows", &lines.into());
}

fn typed(form: &HtmlFormElement) {
    show_count(form);
    say(form, "[data-refusal]", "");
    UNKEPT.set(true);
    let mark = TYPED.get().wrapping_add(1);
    TYPED.set(mark);
    let form = form.clone();
    set_timeout(
        move || {
            if TYPED.get() == mark {
                keep(&form);
            }
        },
        PAUSE,
    );
}

/// Keeps what was typed on the server; if that fails it is kept at the next pause.
fn keep(form: &HtmlFormElement) {
    UNKEPT.set(false);
    let Ok(body) = UrlSearchParams::new() else { return };
    body.append("to", &value(form, "[name=to]"));
    body.append("body", &value(form, BODY));
    spawn_local(async move {
        let _ = send("/messages/draft", &body).await;
    });
}

/// Enter sends; with Shift, while a word is being composed, and on a screen's keyboard it begins a line as ever.
fn key(event: &Event) {
    let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
        return;
    };
    let plain = key.key() == "Enter" && !key.shift_key() && !key.alt_key() && !key.is_composing();
    if !plain || !is_body(event) || has_coarse_pointer() {
        return;
    }
    if let Some(form) = composer(event) {
        event.prevent_default();
        // A form that may not be sent says so itself.
        let _ = form.request_submit();
    }
}

fn has_coarse_pointer() -> bool {
    let found = window().match_media("(pointer: coarse)");
    found.ok().flatten().is_some_and(|found| found.matches())
}

fn submit(form: HtmlFormElement) {
    let button = part(&form, "button[type=submit]").filter(|button| !button.has_attribute(BUSY));
    let Some(button) = button else { return };
    // Only what is no attribute name is ever refused.
    let _ = button.set_attribute(BUSY, "true");
    say(&form, "[data-refusal]", "");
    renew_key(&form);
    // No draft of it any more.
    TYPED.set(TYPED.get().wrapping_add(1));
    UNKEPT.set(false);
    spawn_local(async move {
        match post(&form).await {
            Ok(()) => sent(&form).await,
            Err(problem) => refused(&form, &problem),
        }
        let _ = button.remove_attribute(BUSY);
    });
}

/// The same text under the same key is sent once, however often it is tried; another text is another one.
fn renew_key(form: &HtmlFormElement) {
    let text = value(form, BODY) + &value(form, "[name=send_at]");
    let before = form.get_attribute(TRIED);
    if before.is_some_and(|before| before != text) {
        let key = value(form, "[name=key]") + "-";
        set(form, "[name=key]", "value", &key.into());
    }
    // Only what is no attribute name is ever refused.
    let _ = form.set_attribute(TRIED, &text);
}

/// The field is empty again, for the next text, and the one that was sent stands above it.
async fn sent(form: &HtmlFormElement) {
    // Only what is no attribute name is ever refused.
    let _ = form.remove_attribute(TRIED);
    set(form, BODY, "value", &"".into());
    set(form, "[name=send_at]", "value", &"".into());
    set(form, "details", "open", &false.into());
    show_count(form);
    if let Some(page) = live_thread::refresh().await
        && let Ok(Some(field)) = page.query_selector("[data-composer] [name=key]")
    {
        let key = field.get_attribute("value").unwrap_or_default();
        set(form, "[name=key]", "value", &key.into());
    }
    live_thread::show_end();
}

/// Says why beside the field, which keeps what was typed.
fn refused(form: &HtmlFormElement, problem: &JsValue) {
    if word(problem, "code").as_deref() == Some("not_signed_in") {
        return go(&format!("/sign-in?next={}", here()));
    }
    let fields = Reflect::get(problem, &"fields".into()).unwrap_or(JsValue::UNDEFINED);
    let named = ["body", "send_at", "to"].iter().find_map(|name| {
        let sentence = fields.is_object().then(|| word(&fields, name)).flatten();
        sentence.map(|sentence| (*name, sentence))
    });
    let (field, sentence) = named.unwrap_or_else(|| {
        let sentence = word(problem, "message").unwrap_or_else(|| UNREACHED.to_owned());
        ("body", sentence)
    });
    say(form, "[data-refusal]", &sentence);
    if let Some(field) = part(form, &format!("[name={field}]")) {
        // A field that is gone cannot be focused; nothing is lost.
        let _ = field.focus();
    }
    keep(form);
}
