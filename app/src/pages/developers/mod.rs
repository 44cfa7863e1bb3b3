//! The description of everything that can be asked for over HTTP, for people. It is drawn from docs/openapi.json, which programs read at
//! `/openapi.json`.

mod document;
mod shape;

use leptos::prelude::*;
use leptos::serde_json::{self, Value};
use leptos_meta::Title;

use document::{Answer, Body, Document, Media, Operation, Parameter};
use shape::{fields, kind, said};

/// The page.
#[component]
pub fn Developers() -> impl IntoView {
    let page = Document::read().map(|document| {
        let areas = document.tags.iter().map(|tag| {
            let (id, name) = (anchor(&tag.name), tag.name.as_str());
            let operations = document.of_area(name);
            let operations = operations.into_iter().map(|found| operation(document, found));
            view! {
                <section class="stack" aria-labelledby=id.clone()>
                    <h2 id=id.clone()>{name}</h2>
                    <p class="fine">{said(&tag.description)}</p>
                    <div class="endpoints">{operations.collect_view()}</div>
                </section>
            }
        });
        let links = document.tags.iter().map(|tag| {
            let href = format!("#{}", anchor(&tag.name));
            view! {
                <li>
                    <a href=href>{tag.name.as_str()}</a>
                </li>
            }
        });
        let paragraphs = document.info.description.split("\n\n");
        let paragraphs = paragraphs.map(|text| view! { <p>{said(text)}</p> });
        view! {
            <section class="stack">{paragraphs.collect_view()}</section>
            <nav aria-label="Areas">
                <ul class="areas">
                    {links.collect_view()} <li>
                        <a href="#shapes">"Shapes"</a>
                    </li>
                </ul>
            </nav>
            {areas.collect_view()}
            <Shapes document />
        }
    });
    view! {
        <Title text="For developers" />
        <div class="page developers">
            <div class="page-head">
                <h1>"For developers"</h1>
                <a class="button quiet small" href="/openapi.json" download="sniko-openapi.json" data-turbo="false">
                    "OpenAPI description"
                </a>
            </div>
            {page}
        </div>
    }
}

/// What travels, field by field.
#[component]
fn Shapes(document: &'static Document) -> impl IntoView {
    let shapes = document.components.schemas.0.iter().map(|(name, shape)| {
        view! {
            <details id=anchor(name)>
                <summary>
                    <code>{name.as_str()}</code>
                </summary>
                <div class="stack">
                    {shape.description.as_deref().map(|text| view! { <p>{said(text)}</p> })} {fields(shape)}
                </div>
            </details>
        }
    });
    view! {
        <section class="stack" aria-labelledby="shapes">
            <h2 id="shapes">"Shapes"</h2>
            <p class="fine">"What travels as JSON."</p>
            <div class="endpoints">{shapes.collect_view()}</div>
        </section>
    }
}

fn operation(document: &'static Document, found: (&'static str, &'static str, &'static Operation)) -> AnyView {
    let (method, path, operation) = found;
    let example = operation
        .responses
        .0
        .iter()
        .find_map(|(_, given)| example(&document.answer(given).content.0));
    let sent = operation
        .request_body
        .as_ref()
        .and_then(|body| example_of(&body.content.0));
    view! {
        <details id=format!("{method}-{}", anchor(path))>
            <summary>
                <span class="method">{method.to_ascii_uppercase()}</span>
                <code>{path}</code>
                <span class="what">{operation.summary.as_str()}</span>
            </summary>
            <div class="stack">
                {operation.description.as_deref().map(|text| view! { <p>{said(text)}</p> })}
                {who(operation).map(|text| view! { <p class="fine">{text}</p> })}
                {parameters(document, &operation.parameters)}
                {operation.request_body.as_ref().map(body)}
                {sent.map(|text| code_block("Such as", text))}
                {answers(document, operation)}
                {example.map(|text| code_block("Such as", text))}
            </div>
        </details>
    }
    .into_any()
}

/// Who may ask, where that is not whoever has signed in.
fn who(operation: &Operation) -> Option<&'static str> {
    let schemes = operation.security.as_ref()?;
    Some(match schemes.iter().flat_map(|scheme| &scheme.0).next() {
        None => "Anyone may ask.",
        Some((name, _)) if name == "twilio" => "Twilio asks, with its signature.",
        Some(_) => "Without signing in.",
    })
}

fn parameters(document: &'static Document, given: &'static [Parameter]) -> Option<AnyView> {
    let lines = given.iter().map(|given| {
        let parameter = document.parameter(given);
        let place = match parameter.place.as_str() {
            "path" => "in the address",
            "query" => "in the query",
            "header" => "a header",
            _ => "a cookie",
        };
        view! {
            <div>
                <dt>
                    <code>{parameter.name.as_str()}</code>
                    <span class="fine">{place} {parameter.required.then_some(", required")}</span>
                </dt>
                <dd>{said(&parameter.description)} " " <span class="fine">{kind(&parameter.schema)}</span></dd>
            </div>
        }
    });
    (!given.is_empty()).then(|| {
        view! {
            <h3>"Asked with"</h3>
            <dl class="fields">{lines.collect_view()}</dl>
        }
        .into_any()
    })
}

fn body(body: &'static Body) -> AnyView {
    let as_json = body.content.get("application/json").is_some();
    let way = if as_json {
        "Sent, as a form or as JSON"
    } else {
        "Sent, as a form"
    };
    let shape = body.content.0.first().map(|(_, media)| fields(&media.schema));
    view! {
        <h3>{way}</h3>
        {shape}
    }
    .into_any()
}

fn answers(document: &'static Document, operation: &'static Operation) -> AnyView {
    let lines = operation.responses.0.iter().map(|(status, given)| {
        let answer: &Answer = document.answer(given);
        let content = answer
            .content
            .0
            .iter()
            .map(|(content_type, media)| match content_type.as_str() {
                "application/json" => kind(&media.schema),
                other => view! { <code>{other.to_owned()}</code> }.into_any(),
            });
        let status = if status == "default" { "other" } else { status.as_str() };
        view! {
            <div>
                <dt>
                    <code>{status}</code>
                </dt>
                <dd>{said(&answer.description)} " " <span class="fine">{content.collect_view()}</span></dd>
            </div>
        }
    });
    view! {
        <h3>"Answered with"</h3>
        <dl class="fields">{lines.collect_view()}</dl>
    }
    .into_any()
}

fn code_block(heading: &'static str, text: String) -> AnyView {
    view! {
        <figure>
            <figcaption class="fine">{heading}</figcaption>
            <pre>
                <code>{text}</code>
            </pre>
        </figure>
    }
    .into_any()
}

/// What is sent as a form reads as one.
fn example_of(content: &[(String, Media)]) -> Option<String> {
    let (content_type, media) = content.iter().find(|(_, media)| media.example.is_some())?;
    match (content_type.as_str(), media.example.as_ref()?) {
        ("application/x-www-form-urlencoded", Value::Object(fields)) => {
            let lines = fields.iter().map(|(name, value)| {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                format!("{name}={value}")
            });
            Some(lines.collect::<Vec<_>>().join("\n"))
        }
        _ => example(content),
    }
}

fn example(content: &[(String, Media)]) -> Option<String> {
    let example = content.iter().find_map(|(_, media)| media.example.as_ref())?;
    match example {
        Value::String(text) => Some(text.clone()),
        value => serde_json::to_string_pretty(value).ok(),
    }
}

/// An id for what has this name.
fn anchor(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(plain).collect::<String>().trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_has_no_blanks_and_no_signs() {
        assert_eq!(anchor("Twilio's webhooks"), "twilio-s-webhooks");
        assert_eq!(anchor("/api/calls/{id}"), "api-calls--id");
    }
}
