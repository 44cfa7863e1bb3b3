//! What the server tells of the user's calls: heard once a browser, by the tab with the phone, and passed on to all pages.

use std::cell::{Cell, RefCell};

use domain::call::CallStatus;
use js_sys::{JSON, Object, Reflect};
use softphone::bindings::text;
use softphone::machine::{Event, Report};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, EventSource, MessageEvent};

use super::desk::tell;

/// What pages listen to; each message is `{event, data}`.
const CHANNEL: &str = "sniko-live";
/// The server's events that are passed on.
const EVENTS: [&str; 4] = ["hello", "call", "recording", "message"];

/// The stream.
#[derive(Default)]
pub(super) struct Live {
    source: RefCell<Option<EventSource>>,
    ticks: Cell<u32>,
}

impl Live {
    /// Begins to listen. The browser itself connects again, and tells the server where it was.
    pub(super) fn open(&self) {
        self.close();
        let (Ok(source), Ok(channel)) = (EventSource::new("/api/events"), BroadcastChannel::new(CHANNEL)) else {
            return;
        };
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            let passed = Object::new();
            // A plain object takes every property.
            let _ = Reflect::set(&passed, &"event".into(), &message.type_().into());
            let _ = Reflect::set(&passed, &"data".into(), &message.data());
            let _ = channel.post_message(&passed);
            if message.type_() == "call"
                && let Some(report) = report(&message.data())
            {
                tell(Event::Report(report));
            }
        });
        for event in EVENTS {
            // Only what is no function is ever refused.
            let _ = source.add_event_listener_with_callback(event, heard.as_ref().unchecked_ref());
        }
        heard.forget();
        *self.source.borrow_mut() = Some(source);
    }

    pub(super) fn close(&self) {
        if let Some(source) = self.source.take() {
            source.close();
        }
    }

    /// A stream that the browser has given up is opened again, once in half a minute.
    pub(super) fn tick(&self) {
        self.ticks.set(self.ticks.get() + 1);
        let given_up = self
            .source
            .borrow()
            .as_ref()
            .is_some_and(|source| source.ready_state() == EventSource::CLOSED);
        if given_up && self.ticks.get().is_multiple_of(30) {
            self.open();
        }
    }
}

/// A call as the server tells it.
fn report(json: &JsValue) -> Option<Report> {
    let call = JSON::parse(&json.as_string()?).ok()?;
    Some(Report {
        call_id: text(&call, "id")?,
        sid: text(&call, "provider_sid"),
        status: CallStatus::from_word(&text(&call, "status")?)?,
        peer: text(&call, "peer").unwrap_or_default(),
        reason: text(&call, "reason"),
        on_hold: Reflect::get(&call, &"on_hold".into()).is_ok_and(|on| on.is_truthy()),
        errand: text(&call, "origin").as_deref() == Some("server"),
    })
}
