//! A checker for the part of JSON Schema that Twilio's OpenAPI document uses in its answers.

use serde_json::{Map, Value};

/// What is wrong with `value` according to `schema`: each named property must be there and have its type. References are
/// looked up in `document`.
pub fn faults(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        let Some(target) = document.pointer(pointer) else {
            return vec![format!("{at}: no {reference}")];
        };
        return faults(document, target, value, at);
    }
    // Nothing is said about it, such as about how a recording was encrypted.
    if schema.is_object() && ["type", "properties", "enum"].iter().all(|name| schema[name].is_null()) {
        return Vec::new();
    }
    if value.is_null() {
        return if schema["nullable"] == true {
            Vec::new()
        } else {
            vec![format!("{at}: null")]
        };
    }
    match schema["type"].as_str() {
        Some("object") => object(document, schema, value, at),
        Some("array") => match value.as_array() {
            Some(items) => items
                .iter()
                .flat_map(|item| faults(document, &schema["items"], item, at))
                .collect(),
            None => vec![format!("{at}: not an array")],
        },
        Some("integer") if !value.is_i64() && !value.is_u64() => vec![format!("{at}: not an integer: {value}")],
        Some("boolean") if !value.is_boolean() => vec![format!("{at}: not a boolean: {value}")],
        Some("string") => match value.as_str() {
            Some(text) => string(schema, text)
                .map(|fault| format!("{at}: {fault}: {text:?}"))
                .into_iter()
                .collect(),
            None => vec![format!("{at}: not a string: {value}")],
        },
        Some("integer" | "boolean") => Vec::new(),
        other => vec![format!("{at}: type {other:?} is not checked")],
    }
}

fn object(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let Some(given) = value.as_object() else {
        return vec![format!("{at}: not an object")];
    };
    let none = Map::new();
    let named = schema["properties"].as_object().unwrap_or(&none);
    let wrong = named.iter().flat_map(|(name, schema)| match given.get(name) {
        Some(value) => faults(document, schema, value, &format!("{at}.{name}")),
        None => vec![format!("{at}.{name}: missing")],
    });
    // An object without named properties is a map, which may hold anything.
    let unknown = given
        .keys()
        .filter(|name| !named.is_empty() && !named.contains_key(*name));
    wrong
        .chain(unknown.map(|name| format!("{at}.{name}: not in the schema")))
        .collect()
}

fn string(schema: &Value, text: &str) -> Option<&'static str> {
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.iter().any(|allowed| allowed == text)
    {
        return Some("not one of the allowed");
    }
    if let Some(pattern) = schema["pattern"].as_str()
        && !sid_pattern_matches(pattern, text)
    {
        return Some("not of its pattern");
    }
    match schema["format"].as_str() {
        Some("date-time-rfc-2822") if jiff::fmt::rfc2822::parse(text).is_err() => Some("not a date"),
        Some("uri") if url::Url::parse(text).is_err() => Some("not an absolute address"),
        _ => None,
    }
}

/// `^XX[0-9a-fA-F]{32}$`, `^(XX[0-9a-fA-F]{32})?$` and `^(XX|YY)[0-9a-fA-F]{32}$` are the only patterns in these answers.
fn sid_pattern_matches(pattern: &str, text: &str) -> bool {
    let optional = pattern.strip_prefix("^(").and_then(|rest| rest.strip_suffix(")?$"));
    let Some(inner) = optional.or_else(|| pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$'))) else {
        return false;
    };
    let Some(prefix) = inner.strip_suffix("[0-9a-fA-F]{32}") else {
        return false;
    };
    let either = prefix.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let mut prefixes = either.unwrap_or(prefix).split('|');
    let digits = prefixes.find_map(|prefix| text.strip_prefix(prefix));
    (optional.is_some() && text.is_empty())
        || digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[test]
fn the_checker_finds_faults() {
    use serde_json::json;
    let document = json!({ "kind": { "type": "string", "enum": ["a"] } });
    let sid = format!("AP{}", "0".repeat(32));
    let schema = json!({ "type": "object", "properties": {
        "kind": { "$ref": "#/kind" },
        "sid": { "type": "string", "nullable": true, "pattern": "^(AP[0-9a-fA-F]{32})?$" },
        "date": { "type": "string", "format": "date-time-rfc-2822" },
        "count": { "type": "integer" },
    }});
    let good = json!({ "kind": "a", "sid": sid, "date": "Thu, 30 Jul 2015 23:19:04 +0000", "count": 1 });
    assert_eq!(faults(&document, &schema, &good, "x"), Vec::<String>::new());
    let changes = [
        ("kind", json!("b")),
        ("sid", json!("AP1")),
        ("date", json!("2015-07-30")),
        ("count", json!("1")),
        ("count", Value::Null),
        ("more", json!(1)),
    ];
    for (name, value) in changes {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(faults(&document, &schema, &bad, "x").len(), 1, "{bad}");
    }
    assert_eq!(faults(&document, &schema, &json!({}), "x").len(), 4);
    assert!(faults(&document, &json!({ "description": "open" }), &Value::Null, "x").is_empty());
}
