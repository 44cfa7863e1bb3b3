use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use super::{CallError, Claims, check};
use crate::account::{AccountSeed, AccountStatus};
use crate::world::{Key, Stored, World};

const NOW: i64 = 1_800_000_000;
const SECRET: &str = "0123456789abcdefghijklmnopqrstuv";

fn world() -> (World, String) {
    let mut world = World::default();
    let account = world.add_account(AccountSeed::default());
    add_key(&mut world, &account.sid, "SK1");
    (world, account.sid)
}

fn add_key(world: &mut World, account: &str, sid: &str) {
    let key = Key {
        friendly_name: String::new(),
        secret: SECRET.to_owned(),
    };
    let account = world.account_mut(account).unwrap();
    account.keys.push(Stored::new(sid.to_owned(), key));
}

fn header() -> Header {
    Header {
        cty: Some("twilio-fpa;v=1".to_owned()),
        ..Header::default()
    }
}

fn claims(account: &str) -> Value {
    json!({
        "jti": "SK1-1", "iss": "SK1", "sub": account, "iat": NOW - 10, "exp": NOW + 3600,
        "grants": {
            "identity": "user_1",
            "voice": { "incoming": { "allow": true }, "outgoing": { "application_sid": "AP1", "params": { "a": "b", "n": 1 } } },
        },
    })
}

fn sign(header: &Header, claims: &Value, secret: &str) -> String {
    jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

/// The outcome for a token that differs in one place.
fn with(pointer: &str, value: Value) -> Result<Claims, CallError> {
    let (world, account) = world();
    let mut claims = claims(&account);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    claims.pointer_mut(parent).unwrap()[name] = value;
    check(&world, &sign(&header(), &claims, SECRET), NOW)
}

#[test]
fn a_token_of_the_official_library_is_understood() {
    let (world, account) = world();
    let found = check(&world, &sign(&header(), &claims(&account), SECRET), NOW).unwrap();
    assert_eq!(
        found,
        Claims {
            account_sid: account,
            identity: "user_1".to_owned(),
            incoming: true,
            application_sid: Some("AP1".to_owned()),
            parameters: vec![("a".to_owned(), "b".to_owned()), ("n".to_owned(), "1".to_owned())],
            ttl: 3600,
        }
    );
}

#[test]
fn every_way_to_be_wrong_has_its_code() {
    let (world, account) = world();
    let valid = sign(&header(), &claims(&account), SECRET);
    for token in [
        "",
        "x",
        "a.b.c",
        "..",
        &valid[..valid.len() / 2],
        &valid.replace('.', ""),
    ] {
        assert_eq!(check(&world, token, NOW), Err(CallError::INVALID_TOKEN), "{token}");
    }
    let other = sign(&header(), &claims(&account), "another secret");
    assert_eq!(check(&world, &other, NOW), Err(CallError::WRONG_SIGNATURE));
    assert_eq!(
        check(&world, &format!("{valid}A"), NOW),
        Err(CallError::WRONG_SIGNATURE)
    );
    let plain = sign(&Header::default(), &claims(&account), SECRET);
    assert_eq!(check(&world, &plain, NOW), Err(CallError::INVALID_TOKEN));
    assert_eq!(check(&world, &valid, NOW + 3600), Err(CallError::EXPIRED));
    assert_eq!(with("/exp", json!(NOW + 24 * 3600)), Err(CallError::TOO_LONG_VALID));
    assert_eq!(with("/iss", json!("SK2")), Err(CallError::INVALID_TOKEN));
    assert_eq!(with("/sub", json!("AC2")), Err(CallError::NO_ACCOUNT));
    assert_eq!(with("/grants/identity", Value::Null), Err(CallError::BAD_IDENTITY));
    for name in ["", "a b", "a-b", "ä", &"a".repeat(122)] {
        assert_eq!(
            with("/grants/identity", json!(name)),
            Err(CallError::BAD_IDENTITY),
            "{name}"
        );
    }
}

#[test]
fn the_key_of_another_account_and_a_suspended_account_are_refused() {
    let (mut world, account) = world();
    let other = world.add_account(AccountSeed::default());
    add_key(&mut world, &other.sid, "SK9");
    let mut foreign = claims(&account);
    foreign["iss"] = json!("SK9");
    assert_eq!(
        check(&world, &sign(&header(), &foreign, SECRET), NOW),
        Err(CallError::NO_ACCOUNT)
    );
    let valid = sign(&header(), &claims(&account), SECRET);
    world.account_mut(&account).unwrap().status = AccountStatus::Suspended;
    assert_eq!(check(&world, &valid, NOW), Err(CallError::NO_ACCOUNT));
}

#[test]
fn a_token_without_the_voice_grant_allows_nothing() {
    let found = with("/grants/voice", json!({})).unwrap();
    assert!(!found.incoming && found.application_sid.is_none());
}
