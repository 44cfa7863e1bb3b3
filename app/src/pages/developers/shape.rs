//! What values look like, in words.

use leptos::prelude::*;
use leptos::serde_json::Value;

use super::anchor;
use super::document::{Kinds, Shape, name_of};

/// A text in which what stands between backticks is code.
pub(super) fn said(text: &'static str) -> impl IntoView {
    let parts = text.split('`').enumerate().map(|(n, part)| {
        if n % 2 == 1 {
            view! { <code>{part}</code> }.into_any()
        } else {
            part.into_any()
        }
    });
    parts.collect_view()
}

/// The fields of an object, or what else it is.
pub(super) fn fields(shape: &'static Shape) -> AnyView {
    if shape.properties.0.is_empty() {
        return view! { <p>{kind(shape)}</p> }.into_any();
    }
    let lines = shape.properties.0.iter().map(|(name, field)| {
        let optional = !shape.required.iter().any(|required| required == name);
        let within = inner(field).map(fields);
        view! {
            <div>
                <dt>
                    <code>{name.as_str()}</code>
                    {optional.then(|| view! { <span class="fine">"optional"</span> })}
                </dt>
                <dd>
                    {field.description.as_deref().map(said)} " " <span class="fine">{kind(field)}</span> {within}
                </dd>
            </div>
        }
    });
    view! { <dl class="fields">{lines.collect_view()}</dl> }.into_any()
}

/// The object within a field that has no name of its own.
fn inner(shape: &'static Shape) -> Option<&'static Shape> {
    if !shape.properties.0.is_empty() {
        return Some(shape);
    }
    let items = shape.items.as_deref().into_iter();
    items.chain(&shape.any_of).find_map(inner)
}

/// What kind of value it is.
pub(super) fn kind(shape: &'static Shape) -> AnyView {
    if let Some(reference) = &shape.reference {
        let name = name_of(reference);
        return view! { <a href=format!("#{}", anchor(name))>{name}</a> }.into_any();
    }
    if let Some(items) = &shape.items {
        return view! { "list of " {kind(items)} }.into_any();
    }
    if !shape.any_of.is_empty() {
        let last = shape.any_of.len() - 1;
        let all = shape.any_of.iter().enumerate();
        return all
            .map(|(n, one)| view! { {kind(one)} {(n < last).then_some(" or ")} })
            .collect_view()
            .into_any();
    }
    if let Some(constant) = &shape.constant {
        return view! { <code>{plain(constant)}</code> }.into_any();
    }
    if !shape.one_of.is_empty() {
        let words = shape.one_of.iter().map(plain).collect::<Vec<_>>().join(", ");
        return view! { <code>{words}</code> }.into_any();
    }
    match &shape.kind {
        Some(Kinds::One(name)) => name.as_str().into_any(),
        Some(Kinds::Any(names)) => names.join(" or ").into_any(),
        None => "anything".into_any(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
