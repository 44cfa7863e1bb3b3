//! `/openapi.json`: what can be asked for over HTTP, for programs. People read the same at `/developers`.
//!
//! The description stands in docs/openapi.json. The tests below hold it against the routes, and those in server/tests/http/openapi.rs against
//! what the server answers.

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use url::Url;

/// The description as this server gives it: with its own address and version.
///
/// # Errors
/// When the file is broken, which a test would say.
pub fn description(app_url: &Url) -> serde_json::Result<Bytes> {
    let mut document: Value = serde_json::from_str(app::OPENAPI)?;
    let address = app_url.as_str().trim_end_matches('/');
    if let Some(document) = document.as_object_mut() {
        document.insert("servers".to_owned(), json!([{ "url": address }]));
    }
    if let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) {
        info.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
    }
    serde_json::to_vec(&document).map(Bytes::from)
}

/// `GET /openapi.json`
pub fn answer(description: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], description).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Methods and addresses as the description has them.
    fn described() -> BTreeSet<String> {
        let document: Value = serde_json::from_str(app::OPENAPI).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let all = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_ascii_uppercase()))
        });
        all.collect()
    }

    /// Methods and addresses as a source file has them: `.route("address", method(handler).method(handler))`.
    fn routed(source: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for route in source.split(".route(").skip(1) {
            let route: String = route.chars().filter(|c| !c.is_whitespace()).collect();
            let route = route.split(".route(").next().unwrap().split(".layer(").next().unwrap();
            let (path, handlers) = route.trim_start_matches('"').split_once("\",").unwrap();
            for method in ["get", "post", "put", "patch", "delete"] {
                let is_one = handlers.starts_with(&format!("{method}(")) || handlers.contains(&format!(").{method}("));
                if is_one {
                    found.insert(format!("{} {path}", method.to_ascii_uppercase()));
                }
            }
        }
        found
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let mut expected = routed(include_str!("../router.rs"));
        assert!(
            expected.contains("POST /api/calls") && expected.contains("GET /api/calls"),
            "{expected:?}"
        );
        let webhooks = routed(include_str!("../webhooks/mod.rs"));
        assert!(webhooks.len() >= 9, "{webhooks:?}");
        expected.extend(webhooks);
        let functions = leptos::server_fn::axum::server_fn_paths();
        expected.extend(functions.map(|(path, method)| format!("{method} {path}")));
        // A page, which is named since programs send people there, and what is answered before a route is looked for.
        expected.extend(["GET /twilio/setup".to_owned(), "GET /metrics".to_owned()]);
        let described = described();
        let missing: Vec<_> = expected.difference(&described).collect();
        let unknown: Vec<_> = described.difference(&expected).collect();
        assert!(missing.is_empty(), "to be described in docs/openapi.json: {missing:?}");
        assert!(
            unknown.is_empty(),
            "described in docs/openapi.json, and no route: {unknown:?}"
        );
    }

    #[test]
    fn it_names_this_servers_address_and_version() {
        let bytes = description(&"https://phone.example.com/".parse().unwrap()).unwrap();
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(document["servers"], json!([{ "url": "https://phone.example.com" }]));
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    }
}
