//! A form of the settings, saved without leaving the page, so that nothing that was typed is lost.

use js_sys::{Object, Reflect};
use leptos::ev::SubmitEvent;
use leptos::html::{Div, Form};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Element, Event, FormData, Headers, HtmlElement, HtmlFormElement, RequestInit, Response, UrlSearchParams,
};

use super::hearing::word;
use super::{go, here};

/// What is said below the fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Saving,
    Saved,
}

/// The parts of the form that its handlers reach for.
#[derive(Clone, Copy)]
struct Parts {
    form: NodeRef<Form>,
    note: NodeRef<Div>,
    refusal: RwSignal<Option<String>>,
    said: RwSignal<Said>,
}

/// An ordinary form around fields that the server has drawn. A field's fault is said in `#{field}-fault`.
#[island]
pub fn SettingsForm(
    /// Where it posts to.
    action: String,
    /// Goes before a field's name in its id.
    prefix: String,
    /// What the button says.
    label: String,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let parts = Parts {
        form: NodeRef::new(),
        note: NodeRef::new(),
        refusal: RwSignal::new(None),
        said: RwSignal::new(Said::Nothing),
    };
    let (said, refusal) = (parts.said, parts.refusal);
    view! {
        <form
            method="post"
            action=action
            node_ref=parts.form
            on:submit=move |event| parts.submit(&event, prefix.clone())
            on:input=move |event| parts.mend(&event)
        >
            {children()}
            <div role="alert" tabindex="-1" class="fault" node_ref=parts.note>
                {move || refusal.get()}
            </div>
            <div class="actions">
                <button
                    type="submit"
                    class="button"
                    aria-disabled=move || (said.get() == Said::Saving).then_some("true")
                >
                    {move || if said.get() == Said::Saving { "Saving…".to_owned() } else { label.clone() }}
                </button>
                <span role="status" class="saved">
                    {move || if said.get() == Said::Saved { "Saved" } else { "" }}
                </span>
            </div>
        </form>
    }
}

impl Parts {
    fn submit(self, event: &SubmitEvent, prefix: String) {
        event.prevent_default();
        let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
        let Some(form) = form.filter(|_| self.said.get_untracked() != Said::Saving) else {
            return;
        };
        self.said.set(Said::Saving);
        self.refusal.set(None);
        spawn_local(async move {
            let answer = post(&form).await;
            self.said.set(if answer.is_ok() { Said::Saved } else { Said::Nothing });
            let problem = answer.err().unwrap_or(JsValue::NULL);
            if word(&problem, "code").as_deref() == Some("not_signed_in") {
                return go(&format!("/sign-in?next={}", here()));
            }
            self.tell(&form, &prefix, &problem);
        });
    }

    /// Something was typed: what was said about the field, and about the whole, is old.
    fn mend(self, event: &Event) {
        if self.said.get_untracked() == Said::Saved {
            self.said.set(Said::Nothing);
        }
        let field = event.target().and_then(|field| field.dyn_into::<Element>().ok());
        let Some((field, form)) = field.zip(self.form.get_untracked()) else {
            return;
        };
        // Only what is no attribute name is ever refused.
        let _ = field.remove_attribute("aria-invalid");
        let name = field.get_attribute("name").unwrap_or_default();
        for fault in elements(&form, "[data-fault]") {
            if fault.get_attribute("data-fault").as_ref() == Some(&name) {
                fault.set_text_content(None);
            }
        }
    }

    /// Says each fault beside its field, takes back what was said before, and puts the focus where the first fault is.
    fn tell(self, form: &HtmlFormElement, prefix: &str, problem: &JsValue) {
        let fields = Reflect::get(problem, &"fields".into()).unwrap_or(JsValue::UNDEFINED);
        let mut first: Option<HtmlElement> = None;
        for fault in elements(form, "[data-fault]") {
            let name = fault.get_attribute("data-fault").unwrap_or_default();
            let sentence = fields.is_object().then(|| word(&fields, &name)).flatten();
            fault.set_text_content(sentence.as_deref());
            for field in elements(form, &format!("#{prefix}{name}")) {
                if sentence.is_none() {
                    // Only what is no attribute name is ever refused; the same below.
                    let _ = field.remove_attribute("aria-invalid");
                } else {
                    let _ = field.set_attribute("aria-invalid", "true");
                    first = first.or_else(|| field.dyn_into().ok());
                }
            }
        }
        let told = fields
            .dyn_ref::<Object>()
            .is_some_and(|fields| Object::keys(fields).length() > 0);
        if let Some(field) = first {
            let _ = field.focus();
        } else if !problem.is_null() && !told {
            self.refusal
                .set(word(problem, "message").or_else(|| Some(UNREACHED.to_owned())));
            let _ = self.note.get_untracked().map(|note| note.focus());
        }
    }
}

pub(super) const UNREACHED: &str = "Sniko could not be reached. Check your internet connection, then try again.";

fn elements(form: &HtmlFormElement, selector: &str) -> Vec<Element> {
    let Ok(found) = form.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.item(index)?.dyn_into().ok())
        .collect()
}

/// Posts the form as a browser would, and asks for the plain answer; the refusal where there is one.
pub(super) async fn post(form: &HtmlFormElement) -> Result<(), JsValue> {
    let entries = FormData::new_with_form(form)?;
    let body = UrlSearchParams::new_with_str_sequence_sequence(&entries)?;
    send(&form.get_attribute("action").unwrap_or_default(), &body).await
}

/// The same with fields that stand in no form.
pub(super) async fn send(address: &str, body: &UrlSearchParams) -> Result<(), JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(body);
    let unreached = |_| JsValue::from(Object::new());
    let answer = JsFuture::from(window().fetch_with_str_and_init(address, &init))
        .await
        .map_err(unreached)?;
    let answer: Response = answer.dyn_into()?;
    if answer.ok() {
        return Ok(());
    }
    Err(JsFuture::from(answer.json()?).await.map_err(unreached)?)
}
