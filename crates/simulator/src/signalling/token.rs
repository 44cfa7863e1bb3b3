//! Access tokens, as they come from customers' servers.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::CallError;
use crate::account::AccountStatus;
use crate::world::World;

const LONGEST_VALID: i64 = 24 * 60 * 60;
const LONGEST_IDENTITY: usize = 121;
/// Where the simulated Twilio is.
const REGION: &str = "us1";

/// What a valid token says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Claims {
    pub(super) account_sid: String,
    pub(super) identity: String,
    /// May be called.
    pub(super) incoming: bool,
    /// The TwiML App that decides about calls the bearer makes.
    pub(super) application_sid: Option<String>,
    /// Go along to that App.
    pub(super) parameters: Vec<(String, String)>,
    /// Seconds.
    pub(super) ttl: u64,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
    cty: String,
    #[serde(default)]
    twr: Option<String>,
}

#[derive(Deserialize)]
struct Payload {
    iss: String,
    sub: String,
    iat: Option<i64>,
    exp: i64,
    grants: Grants,
}

#[derive(Deserialize)]
struct Grants {
    identity: Option<String>,
    #[serde(default)]
    voice: Voice,
}

#[derive(Default, Deserialize)]
struct Voice {
    #[serde(default)]
    incoming: Incoming,
    outgoing: Option<Outgoing>,
}

#[derive(Default, Deserialize)]
struct Incoming {
    #[serde(default)]
    allow: bool,
}

#[derive(Deserialize)]
struct Outgoing {
    application_sid: String,
    #[serde(default)]
    params: BTreeMap<String, Value>,
}

/// Reads a token and checks it against the keys of its account.
pub(super) fn check(world: &World, token: &str, now: i64) -> Result<Claims, CallError> {
    let (message, signature) = token.rsplit_once('.').ok_or(CallError::INVALID_TOKEN)?;
    let (header, payload) = message.split_once('.').ok_or(CallError::INVALID_TOKEN)?;
    let header: Header = part(header)?;
    let known = header.alg == "HS256" && header.typ == "JWT" && header.cty == "twilio-fpa;v=1";
    if !known || header.twr.is_some_and(|region| region != REGION) {
        return Err(CallError::INVALID_TOKEN);
    }
    let payload: Payload = part(payload)?;
    verify(world, &payload, message, signature)?;
    if payload.exp <= now {
        return Err(CallError::EXPIRED);
    }
    if payload.exp - payload.iat.unwrap_or(now) > LONGEST_VALID {
        return Err(CallError::TOO_LONG_VALID);
    }
    let identity = payload.grants.identity.filter(|name| is_identity(name));
    let (application_sid, parameters) = match payload.grants.voice.outgoing {
        Some(outgoing) => (Some(outgoing.application_sid), texts(outgoing.params)),
        None => (None, Vec::new()),
    };
    Ok(Claims {
        account_sid: payload.sub,
        identity: identity.ok_or(CallError::BAD_IDENTITY)?,
        incoming: payload.grants.voice.incoming.allow,
        application_sid,
        parameters,
        ttl: u64::try_from(payload.exp - now).unwrap_or_default(),
    })
}

fn verify(world: &World, payload: &Payload, message: &str, signature: &str) -> Result<(), CallError> {
    let account = world.account(&payload.sub).ok_or(CallError::NO_ACCOUNT)?;
    if account.status != AccountStatus::Active {
        return Err(CallError::NO_ACCOUNT);
    }
    let Some(key) = account.keys.iter().find(|key| key.sid == payload.iss) else {
        let foreign = world
            .accounts
            .iter()
            .any(|account| account.keys.iter().any(|key| key.sid == payload.iss));
        return Err(if foreign {
            CallError::NO_ACCOUNT
        } else {
            CallError::INVALID_TOKEN
        });
    };
    let secret = DecodingKey::from_secret(key.value.secret.as_bytes());
    let valid = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &secret, Algorithm::HS256);
    if valid.unwrap_or(false) {
        Ok(())
    } else {
        Err(CallError::WRONG_SIGNATURE)
    }
}

fn part<T: DeserializeOwned>(encoded: &str) -> Result<T, CallError> {
    let decoded = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| CallError::INVALID_TOKEN)?;
    serde_json::from_slice(&decoded).map_err(|_| CallError::INVALID_TOKEN)
}

fn is_identity(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=LONGEST_IDENTITY).contains(&name.len()) && name.bytes().all(allowed)
}

fn texts(values: BTreeMap<String, Value>) -> Vec<(String, String)> {
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    values.into_iter().map(|(name, value)| (name, text(value))).collect()
}

#[cfg(test)]
mod tests;
