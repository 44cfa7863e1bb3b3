//! Texts while they come and go: the list of threads, a thread, and the number of unread texts in the navigation. All of it is plain HTML,
//! exchanged piece by piece with what the server draws anew, so that nothing moves that is being read.

use std::cell::Cell;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Document, Element, Event, HtmlElement, UrlSearchParams};

use super::gestures::write_moments;
use super::hearing::{hear, word};
use super::here;
use super::live_calls::{exchange_parts, page_at};
use super::settings_form::send;

/// Reports of one text come in bursts.
const PAUSE: Duration = Duration::from_millis(250);
/// So near to its end somebody reads the end, in pixels.
const NEAR: f64 = 240.0;
/// Where the unread texts are counted.
const COUNTER: &str = "a[data-texts]";
const THREADS: &str = "[data-threads]";
const THREAD: &str = "[data-thread]";

thread_local! {
    static LISTENS: Cell<bool> = const { Cell::new(false) };
    static WAITS: Cell<bool> = const { Cell::new(false) };
}

/// Follows the page that has just been shown.
pub(super) fn wake() {
    let Some(counter) = find(COUNTER).filter(|counter| !counter.has_attribute("data-heard")) else {
        return;
    };
    // Only what is no attribute name is ever refused.
    let _ = counter.set_attribute("data-heard", "");
    if !LISTENS.replace(true) {
        listen("click", press);
        listen("visibilitychange", |_| see());
    }
    if find(THREAD).is_some_and(|thread| thread.has_attribute("data-latest"))
        && window().location().hash().is_ok_and(|hash| hash.is_empty())
    {
        show_end();
    }
    see();
    hear(move |kind, told| {
        if counter.is_connected() {
            heard(kind, told);
        }
        counter.is_connected()
    });
}

fn listen(kind: &str, heard: impl Fn(&Event) + 'static) {
    let heard = Closure::<dyn Fn(Event)>::new(move |event: Event| heard(&event));
    // Only what is no function is ever refused.
    let _ = document().add_event_listener_with_callback(kind, heard.as_ref().unchecked_ref());
    heard.forget();
}

fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

fn within(place: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = place.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.item(index)?.dyn_into().ok())
        .collect()
}

fn is_among_texts() -> bool {
    here().starts_with("/messages")
}

/// Takes a report. Elsewhere only what comes in changes anything: the number of unread texts.
fn heard(kind: &str, told: &JsValue) {
    let concerns = match kind {
        "message" => is_among_texts() || word(told, "direction").as_deref() == Some("inbound"),
        "call" => is_among_texts(),
        _ => false,
    };
    if !concerns || WAITS.replace(true) {
        return;
    }
    set_timeout(
        || {
            WAITS.set(false);
            spawn_local(async {
                refresh().await;
                see();
            });
        },
        PAUSE,
    );
}

/// Draws what has changed; the page as the server draws it now.
pub(super) async fn refresh() -> Option<Document> {
    let address = if is_among_texts() {
        window().location().href().ok()?
    } else {
        "/messages".to_owned()
    };
    let page = page_at(&address).await?;
    let new = |selector: &str| page.query_selector(selector).ok().flatten();
    if let (Some(old), Some(new)) = (find(COUNTER), new(COUNTER)) {
        exchange_parts(&old, &new);
    }
    if let (Some(old), Some(new)) = (find(THREADS), new(THREADS)) {
        update_list(&old, &new);
    }
    if let (Some(old), Some(new)) = (find(THREAD), new(THREAD)) {
        update_thread(&old, &new);
    }
    Some(page)
}

/// Rows are renewed where they stand; that there is an order to be made anew is said above them.
fn update_list(old: &Element, new: &Element) {
    let rows = within(new, "li[id]");
    let first = |rows: &[Element]| rows.first().map(Element::id);
    let former = within(old, "li[id]");
    let moved = first(&former) != first(&rows);
    for row in rows {
        if let Some(former) = document().get_element_by_id(&row.id()) {
            exchange_parts(&former, &row);
        }
    }
    if former.is_empty() {
        show_list(false);
    } else if moved && old.has_attribute("data-first") {
        hide("[data-show-threads]", false);
    }
}

/// Draws the list anew; whoever asked for it goes on at its first thread.
fn show_list(asked: bool) {
    spawn_local(async move {
        let page = match window().location().href() {
            Ok(address) => page_at(&address).await,
            Err(_) => None,
        };
        let new = page.and_then(|page| page.query_selector(THREADS).ok().flatten());
        if let (Some(old), Some(new)) = (find(THREADS), new) {
            write_moments(&new);
            // A node that is gone cannot be exchanged; nothing is lost.
            let _ = old.replace_with_with_node_1(&new);
            hide("[data-show-threads]", true);
            if asked {
                focus(&format!("{THREADS} a"));
            }
        }
    });
}

/// What is new stands below what is being read; what has changed is exchanged where it stands.
fn update_thread(old: &Element, new: &Element) {
    write_moments(new);
    for part in within(new, "[data-alone]") {
        let name = part.get_attribute("data-alone").unwrap_or_default();
        for former in within(old, &format!("[data-alone=\"{name}\"]")) {
            exchange_parts(&former, &part);
        }
    }
    open_composer(old, new);
    let near = is_near_end();
    let mut grown = false;
    for item in within(new, "li[id]") {
        match document().get_element_by_id(&item.id()) {
            Some(former) => {
                say_if_new(former.get_attribute("data-say"), &item);
                copy(&former, &item, "data-say");
                copy(&former, &item, "class");
                exchange_parts(&former, &item);
            }
            None if old.has_attribute("data-latest") => {
                say_if_new(None, &item);
                append(old, item);
                grown = true;
            }
            None => {}
        }
    }
    if grown && near {
        show_end();
    } else if grown {
        hide("[data-show-end]", false);
    }
}

/// Where nothing could be written and now can, the composer is another one.
fn open_composer(old: &Element, new: &Element) {
    let find = |within: &Element, selector: &str| within.query_selector(selector).ok().flatten();
    if find(old, "[name=body]:disabled").is_some()
        && find(new, "[name=body]:disabled").is_none()
        && let (Some(old), Some(new)) = (find(old, ".composer"), find(new, ".composer"))
    {
        // A node that is gone cannot be exchanged; nothing is lost.
        let _ = old.replace_with_with_node_1(&new);
    }
}

/// Puts an entry below those of its day, or below all with its day.
fn append(talk: &Element, item: Element) {
    let day = item.closest("section[id]").ok().flatten();
    let former = day.as_ref().and_then(|day| document().get_element_by_id(&day.id()));
    let list = former.and_then(|former| former.query_selector("ol").ok().flatten());
    let place = talk.query_selector("[data-talk]").ok().flatten();
    // A node that is gone cannot be exchanged; nothing is lost.
    let _ = match (list, day, place) {
        (Some(list), ..) => list.append_child(&item),
        (None, Some(day), Some(place)) => {
            for empty in within(&place, ".empty") {
                empty.remove();
            }
            place.append_child(&day)
        }
        _ => return,
    };
}

fn copy(to: &Element, from: &Element, name: &str) {
    if let Some(value) = from.get_attribute(name) {
        // Only what is no attribute name is ever refused.
        let _ = to.set_attribute(name, &value);
    }
}

/// Tells a screen reader what an entry has to say, unless it has said so before.
fn say_if_new(before: Option<String>, item: &Element) {
    let now = item.get_attribute("data-say").filter(|now| !now.is_empty());
    if now.is_some()
        && now != before
        && let Some(place) = find("[data-said]")
    {
        place.set_text_content(now.as_deref());
    }
}

/// Notes that the thread's texts are seen, once somebody can see them; if that fails they are counted until the next look.
fn see() {
    let Some(thread) = find(THREAD).filter(|thread| !document().hidden() && !is_read(thread)) else {
        return;
    };
    let Ok(body) = UrlSearchParams::new() else { return };
    body.append("peer", &thread.get_attribute("data-thread").unwrap_or_default());
    spawn_local(async move {
        if send("/messages/seen", &body).await.is_ok() {
            refresh().await;
        }
    });
}

fn is_read(thread: &Element) -> bool {
    let unread = thread.query_selector("[data-unread]").ok().flatten();
    unread.is_none_or(|unread| unread.get_attribute("data-unread").as_deref() == Some("0"))
}

fn is_near_end() -> bool {
    let number = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_f64()).unwrap_or_default();
    let seen = number(window().inner_height()) + window().scroll_y().unwrap_or_default();
    let whole = document().document_element().map_or(0, |page| page.scroll_height());
    seen + NEAR >= f64::from(whole)
}

/// Brings the latest entry into sight.
pub(super) fn show_end() {
    if let Some(end) = find("#latest") {
        end.scroll_into_view();
    }
    hide("[data-show-end]", true);
}

fn hide(selector: &str, hidden: bool) {
    if let Some(element) = find(selector).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.set_hidden(hidden);
    }
}

fn focus(selector: &str) {
    if let Some(element) = find(selector).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that is gone cannot be focused; nothing is lost.
        let _ = element.focus();
    }
}

fn press(event: &Event) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(target) = target else { return };
    let pressed = |selector: &str| target.closest(selector).ok().flatten().is_some();
    if pressed("[data-show-threads]") {
        show_list(true);
    } else if pressed("[data-show-end]") {
        show_end();
        focus("#latest");
    }
}
