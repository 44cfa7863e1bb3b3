//! Access tokens made by Twilio's own libraries.

use std::collections::BTreeMap;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::SecretString;
use serde_json::{Value, json};
use twilio::{AccessToken, VoiceGrant};

use crate::fixtures::{own, shared};

/// Checks the signature, and returns header and claims without what the libraries do not agree about.
fn decode(jwt: &str, secret: &str) -> (Value, Value) {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    let key = DecodingKey::from_secret(secret.as_bytes());
    let token = jsonwebtoken::decode::<Value>(jwt, &key, &validation).expect("the signature is not right");
    let mut claims = token.claims;
    for name in ["jti", "nbf", "iat"] {
        claims.as_object_mut().unwrap().remove(name);
    }
    (serde_json::to_value(&token.header).unwrap(), claims)
}

fn ours(file: &Value, identity: &str, now_unix: i64, ttl: u64, grant: VoiceGrant) -> String {
    let sid = |name: &str| file[name].as_str().unwrap().to_owned();
    let (account, key) = (sid("account_sid").parse().unwrap(), sid("key_sid").parse().unwrap());
    let token = AccessToken::new(&account, &key, identity, now_unix, Duration::from_secs(ttl), 0).unwrap();
    token
        .with_voice_grant(grant)
        .sign(&SecretString::from(sid("key_secret")))
        .unwrap()
}

#[test]
fn tokens_equal_those_of_twilios_python_library() {
    let file = own("access_tokens.json");
    let secret = file["key_secret"].as_str().unwrap();
    for expected in file["tokens"].as_array().unwrap() {
        let grant = VoiceGrant {
            incoming_allow: expected["incoming_allow"].as_bool().unwrap(),
            outgoing_application_sid: expected["outgoing_application_sid"]
                .as_str()
                .map(|sid| sid.parse().unwrap()),
            outgoing_params: serde_json::from_value(expected["outgoing_params"].clone()).unwrap(),
        };
        let (identity, now) = (file["identity"].as_str().unwrap(), file["now_unix"].as_i64().unwrap());
        let jwt = ours(&file, identity, now, file["ttl"].as_u64().unwrap(), grant);
        assert_eq!(
            decode(&jwt, secret),
            decode(expected["jwt"].as_str().unwrap(), secret),
            "{}",
            expected["name"]
        );
    }
}

#[test]
fn the_token_says_when_it_was_made_and_not_from_when_it_is_valid() {
    let file = own("access_tokens.json");
    let jwt = ours(&file, "user_7", 1_700_000_000, 600, VoiceGrant::default());
    let claims = jwt.split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["iat"], 1_700_000_000);
    assert_eq!(claims["exp"], 1_700_000_600);
    assert_eq!(claims["nbf"], Value::Null);
    assert_eq!(
        claims["jti"],
        json!(format!(
            "{}-1700000000-0000000000000000",
            file["key_sid"].as_str().unwrap()
        ))
    );
}

/// What the collected tokens have and ours cannot: a region (`twr`) and a push credential, which this crate does not offer; no
/// identity, and more than 24 hours, which it refuses.
#[test]
fn tokens_equal_all_collected_ones() {
    let Some(file) = shared("access-token-vectors.json") else {
        return;
    };
    let inputs = &file["inputs"];
    let secret = inputs["api_key_secret"].as_str().unwrap();
    let sids = json!({"account_sid": inputs["account_sid"], "key_sid": inputs["api_key_sid"], "key_secret": secret});
    let clock = inputs["clock_unix"].as_i64().unwrap();
    let (mut compared, mut left_out) = (0, Vec::new());
    for vector in file["tokens"].as_array().unwrap() {
        let (mut header, mut claims) = decode(vector["token"].as_str().unwrap(), secret);
        header.as_object_mut().unwrap().remove("twr");
        let voice = &mut claims["grants"]["voice"];
        voice.as_object_mut().unwrap().remove("push_credential_sid");
        let grant = VoiceGrant {
            incoming_allow: voice["incoming"]["allow"].as_bool().unwrap_or_default(),
            outgoing_application_sid: voice["outgoing"]["application_sid"]
                .as_str()
                .map(|sid| sid.parse().unwrap()),
            outgoing_params: voice["outgoing"]
                .get("params")
                .map_or_else(BTreeMap::new, |params| serde_json::from_value(params.clone()).unwrap()),
        };
        let ttl = u64::try_from(claims["exp"].as_i64().unwrap() - clock).unwrap();
        let Some(identity) = claims["grants"]["identity"].as_str().filter(|_| ttl <= 86_400) else {
            left_out.push(vector["case"].as_str().unwrap());
            continue;
        };
        let (our_header, our_claims) = decode(&ours(&sids, identity, clock, ttl, grant), secret);
        assert_eq!((our_header, our_claims), (header, claims), "{}", vector["case"]);
        compared += 1;
    }
    assert!(compared > 0);
    println!("{compared} tokens compared; left out: {left_out:?}");
}
