//! Webhook signatures made by Twilio's own libraries.

use secrecy::SecretString;
use serde_json::Value;
use twilio::signature::{validate, validate_body};

use crate::fixtures::{own, shared};

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} is not a text: {case}"))
}

fn params(case: &Value) -> Vec<(String, String)> {
    let pairs = case["params"].as_array().unwrap().iter();
    pairs
        .map(|pair| {
            (
                pair[0].as_str().unwrap().to_owned(),
                pair[1].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

#[test]
fn signatures_of_twilios_python_library_are_judged_rightly() {
    let file = own("signatures.json");
    let token = SecretString::from(text(&file, "auth_token"));
    for case in file["cases"].as_array().unwrap() {
        let accepted = validate(
            &[&token],
            text(case, "signature"),
            text(case, "requested_url"),
            &params(case),
        );
        assert_eq!(accepted, case["accepted"].as_bool().unwrap(), "{}", text(case, "name"));
    }
}

/// Two kinds of vectors are left out. `should_accept: null`: Twilio's libraries and its documentation disagree, so either
/// judgement is right; which ones we accept is printed. Any `hmac` but HMAC_SHA1: a beta in which the customer configures
/// a shared key; nobody gets such a signature without asking for it, and none is accepted.
#[test]
fn all_collected_vectors_are_judged_rightly() {
    let Some(file) = shared("signature-vectors.json") else {
        return;
    };
    let (mut judged, mut undecided, mut unsupported) = (0, Vec::new(), Vec::new());
    for vector in file["vectors"].as_array().unwrap() {
        let token = SecretString::from(text(vector, "auth_token"));
        let (signature, url) = (text(vector, "expected_signature"), text(vector, "request_url"));
        let id = text(vector, "id");
        let accepted = match vector["body"].as_str() {
            Some(body) => validate_body(&[&token], signature, url, body.as_bytes()),
            None => validate(&[&token], signature, url, &params(vector)),
        };
        if vector["hmac"] != "HMAC_SHA1" {
            assert!(!accepted, "{id}: an algorithm that is not supported");
            unsupported.push(id);
        } else if let Some(expected) = vector["should_accept"].as_bool() {
            assert_eq!(accepted, expected, "{id}");
            judged += 1;
        } else {
            undecided.push(format!("{id} {}", if accepted { "accepted" } else { "refused" }));
        }
    }
    assert!(judged > 0);
    println!("{judged} vectors judged; undecided by Twilio: {undecided:?}; unsupported: {unsupported:?}");
}
