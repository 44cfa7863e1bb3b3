//! docs/openapi.json, which every answer in these tests is held against.

use std::sync::OnceLock;

use serde_json::{Value, json};

/// The description.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(include_str!("../../../docs/openapi.json")).unwrap())
}

/// What a reference within the description leads to.
pub fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(reference) => document()
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => value,
    }
}

/// Whether an address fits a pattern; how many parts of that are literal.
fn fits(pattern: &str, path: &str) -> Option<usize> {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    if pattern.len() != path.len() {
        return None;
    }
    let mut literal = 0;
    for (expected, part) in pattern.iter().zip(path) {
        match expected.starts_with('{') {
            true if part.is_empty() => return None,
            true => {}
            false if *expected == part => literal += 1,
            false => return None,
        }
    }
    Some(literal)
}

/// The operation that answers a request, if one is described.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = document()["paths"].as_object().unwrap();
    let best = paths
        .iter()
        .filter_map(|(pattern, methods)| Some((fits(pattern, path)?, methods)))
        .max_by_key(|(literal, _)| *literal)?
        .1;
    best.get(method.to_ascii_lowercase())
}

/// Why a value is not of this shape, if it is not.
pub fn fault(schema: &Value, value: &Value) -> Option<String> {
    let mut whole = json!({ "allOf": [schema] });
    whole["components"] = document()["components"].clone();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&whole)
        .unwrap_or_else(|error| panic!("{schema} is no schema: {error}"));
    let faults: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    (!faults.is_empty()).then(|| faults.join("; "))
}

/// Holds an answer in JSON against the description.
pub fn check(method: &str, path: &str, status: u16, body: &Value) {
    let problem = json!({ "$ref": "#/components/schemas/Problem" });
    let Some(operation) = operation(method, path) else {
        assert!(status >= 400, "{method} {path} is not in docs/openapi.json");
        let fault = fault(&problem, body);
        assert_eq!(fault, None, "{method} {path} {status}: {body}");
        return;
    };
    let responses = &operation["responses"];
    let described = match responses.get(status.to_string()) {
        Some(response) => resolved(response),
        None if status >= 400 => &json!({ "content": { "application/json": { "schema": problem } } }),
        None => panic!("{method} {path} answers {status}, which docs/openapi.json does not say: {body}"),
    };
    let schema = &described["content"]["application/json"]["schema"];
    assert!(
        schema.is_object(),
        "{method} {path} {status} is described as something else than JSON in docs/openapi.json"
    );
    let fault = fault(schema, body);
    assert_eq!(
        fault, None,
        "{method} {path} {status} is not as docs/openapi.json says: {body}"
    );
}
