//! docs/openapi.json, which every answer in these tests is held against.

use std::sync::OnceLock;

use reqwest::Method;
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

/// An operation of the description: its method, its address, and itself.
pub struct Operation {
    pub method: Method,
    pub path: &'static str,
    described: &'static Value,
}

impl Operation {
    /// Whether people and their programs ask it, and not Twilio.
    fn is_peoples(&self) -> bool {
        self.described["security"] != json!([{ "twilio": [] }])
    }

    /// The names of the fields of its form.
    pub fn fields(&self) -> Vec<&'static str> {
        let form = &self.described["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
        let fields = resolved(form)["properties"].as_object();
        fields.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// The names of what its address asks with.
    pub fn filters(&self) -> Vec<&'static str> {
        let parameters = self.described["parameters"].as_array();
        let parameters = parameters.into_iter().flatten().map(resolved);
        parameters
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect()
    }

    /// Whether it reads JSON as well as a form.
    pub fn takes_json(&self) -> bool {
        self.described["requestBody"]["content"]["application/json"].is_object()
    }

    /// Its address, with that in place of each id.
    pub fn address(&self, id: &str) -> String {
        let parts = self.path.split('/');
        let parts: Vec<&str> = parts
            .map(|part| if part.starts_with('{') { id } else { part })
            .collect();
        parts.join("/")
    }
}

/// Every operation that people and their programs may ask.
pub fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let method = method.to_ascii_uppercase().parse().unwrap();
            all.push(Operation {
                method,
                path,
                described,
            });
        }
    }
    all.retain(Operation::is_peoples);
    assert!(all.len() > 40, "the description was read");
    all
}
