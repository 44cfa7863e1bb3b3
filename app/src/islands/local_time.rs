//! A moment in the reader's own time zone.

use js_sys::{Date, Object, Reflect};
use leptos::html::Time;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// A moment: in UTC as the server wrote it, then in the reader's zone and manner.
#[island]
pub fn LocalTime(
    /// RFC 3339.
    datetime: String,
    /// The same for people, in UTC.
    utc: String,
) -> impl IntoView {
    let element = NodeRef::<Time>::new();
    let moment = datetime.clone();
    Effect::new(move || {
        if let Some(element) = element.get() {
            element.set_text_content(local(&moment).as_deref());
        }
    });
    view! {
        <time node_ref=element datetime=datetime>
            {utc}
        </time>
    }
}

fn local(datetime: &str) -> Option<String> {
    let options = Object::new();
    for (name, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        Reflect::set(&options, &name.into(), &value.into()).ok()?;
    }
    let date = Date::new(&JsValue::from_str(datetime));
    // "default" is the reader's own language.
    date.to_locale_string("default", &options).as_string()
}
