//! What the country codes in a field stand for.

use js_sys::{Array, Function, Object, Reflect};
use leptos::html::P;
use leptos::prelude::*;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Event, HtmlInputElement};

/// Names the countries whose codes stand in a field.
#[island]
pub fn CountryNames(
    /// The field's id.
    field: String,
) -> impl IntoView {
    let names = RwSignal::new(String::new());
    let root = NodeRef::<P>::new();
    let id = format!("{field}-names");
    Effect::new(move || {
        let input = document()
            .get_element_by_id(&field)
            .and_then(|input| input.dyn_into::<HtmlInputElement>().ok());
        let Some(input) = input else {
            return;
        };
        names.set(named(&input.value()));
        let typed = input.clone();
        let heard = Closure::<dyn Fn(Event)>::new(move |_| names.set(named(&typed.value())));
        // Only what is no function is ever refused. The field lives as long as this part of the page.
        let _ = input.add_event_listener_with_callback("input", heard.as_ref().unchecked_ref());
        heard.forget();
    });
    view! {
        <p class="hint" id=id node_ref=root>
            {move || names.get()}
        </p>
    }
}

/// "United Kingdom, Ireland" for "GB, ie"; what is no code is left out.
fn named(codes: &str) -> String {
    let Some(namer) = namer() else {
        return String::new();
    };
    let names: Vec<String> = codes
        .split(|letter: char| letter == ',' || letter.is_whitespace())
        .filter(|code| code.len() == 2 && code.chars().all(|letter| letter.is_ascii_alphabetic()))
        .filter_map(|code| namer(&code.to_ascii_uppercase()))
        .collect();
    names.join(", ")
}

/// <https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/Intl/DisplayNames>, which `js-sys` does not have.
fn namer() -> Option<impl Fn(&str) -> Option<String>> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let names: Function = Reflect::get(&intl, &"DisplayNames".into()).ok()?.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"type".into(), &"region".into()).ok()?;
    let languages = JsValue::from_str("en");
    let names = Reflect::construct(&names, &Array::of2(&languages, &options)).ok()?;
    let of: Function = Reflect::get(&names, &"of".into()).ok()?.dyn_into().ok()?;
    Some(move |code: &str| of.call1(&names, &code.into()).ok()?.as_string())
}
