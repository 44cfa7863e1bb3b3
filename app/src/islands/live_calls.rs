//! The call log and a call's page while calls go on: what is shown is exchanged piece by piece, with what the server draws anew.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, DomParser, Element, HtmlElement, HtmlMediaElement, Response, SupportedType};

use super::gestures::{tell_zone, write_moments, zone as own_zone};
use super::hearing::{flag, hear, word};
use crate::api::calls::mark_seen;

/// Reports of one call come in bursts.
const PAUSE: Duration = Duration::from_millis(250);

/// What the island works with.
#[derive(Clone)]
struct Log {
    root: NodeRef<Div>,
    /// Calls that are not on the page yet.
    fresh: RwSignal<BTreeSet<String>>,
    /// Calls that have changed since the page was read last.
    changed: Rc<RefCell<BTreeSet<String>>>,
    waits: Rc<Cell<bool>>,
    announces: bool,
}

/// Keeps the calls within it up to date, without moving what is being read: a new call is announced above them.
#[island]
pub fn LiveCalls(
    /// Whether calls that are not on the page belong at its beginning.
    announces: bool,
    /// Whether looking at the page means to have seen the missed calls.
    sees: bool,
    /// The zone in which the server has drawn it.
    zone: String,
    /// The calls.
    children: Children,
) -> impl IntoView {
    let root = NodeRef::<Div>::new();
    let fresh = RwSignal::new(BTreeSet::new());
    Effect::new(move || {
        let log = Log {
            root,
            fresh,
            changed: Rc::default(),
            waits: Rc::default(),
            announces,
        };
        if own_zone().is_some_and(|own| own != zone) {
            tell_zone();
            log.show_all(false);
        }
        if sees {
            see();
        }
        hear(move |kind, call| log.hears(kind, call, sees));
    });
    let show = move |_| {
        Log {
            root,
            fresh,
            changed: Rc::default(),
            waits: Rc::default(),
            announces,
        }
        .show_all(true);
    };
    view! {
        <div class="live-calls" node_ref=root>
            <div role="status" class="news">
                {move || {
                    let count = fresh.with(BTreeSet::len);
                    (count > 0)
                        .then(|| {
                            view! {
                                <button type="button" class="button quiet small" on:click=show>
                                    {announcement(count)}
                                </button>
                            }
                        })
                }}
            </div>
            {children()}
        </div>
    }
}

fn announcement(count: usize) -> String {
    if count == 1 {
        "1 new call, show".to_owned()
    } else {
        format!("{count} new calls, show")
    }
}

/// Notes that the missed calls are seen; if that fails they are counted until the next look.
fn see() {
    spawn_local(async {
        let _ = mark_seen().await;
    });
}

impl Log {
    /// Takes a report; `false` once the page is gone.
    fn hears(&self, kind: &str, call: &wasm_bindgen::JsValue, sees: bool) -> bool {
        let here = self.root.get_untracked().is_some_and(|root| root.is_connected());
        if !here {
            return false;
        }
        if kind != "call" && kind != "recording" {
            return true;
        }
        if let Some(id) = word(call, "id") {
            self.changed.borrow_mut().insert(id);
            if sees && flag(call, "missed") && !document().hidden() {
                see();
            }
            self.wait();
        }
        true
    }

    /// Reads the page again after a while.
    fn wait(&self) {
        if self.waits.replace(true) {
            return;
        }
        let log = self.clone();
        set_timeout(
            move || {
                spawn_local(async move {
                    let page = page_anew().await;
                    log.waits.set(false);
                    let changed = log.changed.take();
                    if let Some(page) = page {
                        log.update(&page, changed);
                    }
                });
            },
            PAUSE,
        );
    }

    fn update(&self, page: &Document, changed: BTreeSet<String>) {
        for id in changed {
            let name = format!("call-{id}");
            let (old, new) = (document().get_element_by_id(&name), page.get_element_by_id(&name));
            match (old, new) {
                (Some(old), Some(new)) => exchange_parts(&old, &new),
                (None, Some(_)) if self.announces => {
                    if self.is_empty() {
                        self.exchange_all(page);
                    } else {
                        self.fresh.update(|fresh| {
                            fresh.insert(id);
                        });
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether there is nothing on the page that could be moved.
    fn is_empty(&self) -> bool {
        self.root
            .get_untracked()
            .is_some_and(|root| root.query_selector(".call-row").is_ok_and(|call| call.is_none()))
    }

    /// Draws the whole list anew; whoever asked for it by a button goes on at its first call.
    fn show_all(&self, asked: bool) {
        let log = self.clone();
        spawn_local(async move {
            if let Some(page) = page_anew().await {
                log.exchange_all(&page);
                if asked {
                    log.focus_first();
                }
            }
        });
    }

    fn exchange_all(&self, page: &Document) {
        self.fresh.set(BTreeSet::new());
        let list = |within: Result<Option<Element>, wasm_bindgen::JsValue>| within.ok().flatten();
        let old = self
            .root
            .get_untracked()
            .and_then(|root| list(root.query_selector("[data-list]")));
        if let (Some(old), Some(new)) = (old, list(page.query_selector("[data-list]"))) {
            write_moments(&new);
            // A node that is gone cannot be exchanged; nothing is lost.
            let _ = old.replace_with_with_node_1(&new);
        }
    }

    fn focus_first(&self) {
        let link = self
            .root
            .get_untracked()
            .and_then(|root| root.query_selector(".call-row a").ok().flatten())
            .and_then(|link| link.dyn_into::<HtmlElement>().ok());
        if let Some(link) = link {
            // An element that is gone cannot be focused; nothing is lost.
            let _ = link.focus();
        }
    }
}

/// Exchanges what differs, but nothing that is being used.
pub(super) fn exchange_parts(old: &Element, new: &Element) {
    write_moments(new);
    let Ok(parts) = new.query_selector_all("[data-part]") else {
        return;
    };
    for index in 0..parts.length() {
        let Some(part) = parts.item(index).and_then(|node| node.dyn_into::<Element>().ok()) else {
            continue;
        };
        let name = part.get_attribute("data-part").unwrap_or_default();
        let former = old
            .query_selector(&format!("[data-part=\"{name}\"]"))
            .ok()
            .flatten()
            .filter(|former| former.outer_html() != part.outer_html() && !is_in_use(former));
        if let Some(former) = former {
            // A node that is gone cannot be exchanged; nothing is lost.
            let _ = former.replace_with_with_node_1(&part);
        }
    }
}

/// Whether somebody listens to it, has opened it or is within it.
fn is_in_use(part: &Element) -> bool {
    let focused = document()
        .active_element()
        .is_some_and(|active| part.contains(Some(&active)));
    let opened = part.query_selector("details[open]").is_ok_and(|one| one.is_some());
    let sounds = part.query_selector_all("audio").ok();
    let plays = sounds.is_some_and(|sounds| {
        (0..sounds.length()).any(|index| {
            sounds
                .item(index)
                .and_then(|node| node.dyn_into::<HtmlMediaElement>().ok())
                .is_some_and(|audio| !audio.paused())
        })
    });
    focused || opened || plays
}

/// The page as the server draws it now.
pub(super) async fn page_anew() -> Option<Document> {
    page_at(&window().location().href().ok()?).await
}

/// Another page of ours.
pub(super) async fn page_at(address: &str) -> Option<Document> {
    let answer = JsFuture::from(window().fetch_with_str(address)).await.ok()?;
    let answer: Response = answer.dyn_into().ok()?;
    if !answer.ok() {
        return None;
    }
    let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
    DomParser::new()
        .ok()?
        .parse_from_string(&text, SupportedType::TextHtml)
        .ok()
}
