//! What Twilio posts, and what others post in its name.

use secrecy::SecretString;
use twilio::signature::{sign, validate};
use twilio::webhook::Params;

const URL: &str = "https://phone.example.com/webhooks/twilio/call-status?leg=browser";

/// Any bytes can be read as a form, and every field asked for.
pub fn form(bytes: &[u8]) {
    let params = Params::parse(bytes);
    let identifiers = [
        params.account_sid().map(|sid| sid.to_string()),
        params.call_sid().map(|sid| sid.to_string()),
        params.message_sid().map(|sid| sid.to_string()),
    ];
    for (sid, prefix) in identifiers.into_iter().zip(["AC", "CA", "SM"]) {
        let Ok(sid) = sid else { continue };
        let shaped = sid.len() == 34 && (sid.starts_with(prefix) || sid.starts_with("MM"));
        assert!(shaped && sid[2..].bytes().all(|byte| byte.is_ascii_hexdigit()), "{sid}");
    }
    let once = |name: &str| params.pairs().iter().filter(|(is, _)| is == name).count() == 1;
    assert!(
        params.account_sid().is_err() || once("AccountSid"),
        "an identifier that is there twice"
    );
    let _ = (params.parent_call_sid(), params.dial_call_sid(), params.recording_sid());
    let _ = (params.conference_sid(), params.messaging_service_sid(), params.media());
    let _ = (params.from(), params.to(), params.forwarded_from(), params.body());
    let _ = (params.call_status(), params.message_status(), params.recording_status());
    let _ = (
        params.call_duration(),
        params.recording_duration(),
        params.recording_channels(),
    );
    let _ = (params.timestamp(), params.recording_start_time(), params.error_code());
    let _ = (
        params.digits(),
        params.dial_bridged(),
        params.num_segments(),
        params.opt_out_type(),
    );
}

/// What was signed is accepted in any order of its parameters, and nothing else is: not under another token, not with a
/// parameter more, not with another signature.
pub fn form_and_signature(pairs: &[(String, String)], token: &str, other: &str, given: &str) {
    let [secret, wrong] = [token, other].map(|token| SecretString::from(token.to_owned()));
    let signature = sign(&secret, URL, pairs);
    let mut turned = pairs.to_vec();
    turned.reverse();
    let unique = turned
        .iter()
        .enumerate()
        .all(|(at, (name, _))| turned[..at].iter().all(|(is, _)| is != name));
    if !token.is_empty() {
        assert!(validate(&[&secret], &signature, URL, pairs));
        assert!(
            validate(&[&wrong, &secret], &signature, URL, pairs),
            "the second of two tokens"
        );
        assert!(
            !unique || validate(&[&secret], &signature, URL, &turned),
            "in another order"
        );
    }
    assert!(!validate(&[], &signature, URL, pairs), "without any token");
    // HMAC fills a short key up with zeros (RFC 2104, 2), so that zeros at its end make no other key.
    let key = |token: &str| token.trim_end_matches('\0').to_owned();
    assert!(
        key(token) == key(other) || !validate(&[&wrong], &signature, URL, pairs),
        "under another token"
    );
    assert!(
        given == signature || !validate(&[&secret], given, URL, pairs),
        "another signature"
    );
    turned.push(("Further".to_owned(), "parameter".to_owned()));
    assert!(!validate(&[&secret], &signature, URL, &turned), "with a parameter more");
    let elsewhere = URL.replace("example.com", "example.org");
    assert!(
        !validate(&[&secret], &signature, &elsewhere, pairs),
        "at another address"
    );
}
