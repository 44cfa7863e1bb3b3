//! The JWT with which Twilio's Voice SDK registers: <https://www.twilio.com/docs/iam/access-tokens>.

use std::collections::BTreeMap;
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::sid::{AccountSid, ApiKeySid, ApplicationSid};

/// The content type that tells Twilio's tokens apart from other JWTs.
const CONTENT_TYPE: &str = "twilio-fpa;v=1";
/// Twilio refuses a token that is valid for longer (error 20157).
const MAX_TTL: Duration = Duration::from_secs(24 * 60 * 60);
/// Of a Voice identity: <https://www.twilio.com/docs/voice/sdks/javascript/twiliodevice>.
const MAX_IDENTITY_LENGTH: usize = 121;

/// An access token cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum AccessTokenError {
    /// The identity is not one that Twilio's Voice SDK takes.
    #[error("a Voice identity has 1 to 121 letters, digits and underscores")]
    Identity,
    /// The time to live is zero or too long.
    #[error("an access token is valid for 1 second to 24 hours")]
    Ttl,
    /// Signing failed, for example with an empty secret.
    #[error("the access token cannot be signed")]
    Signing(#[source] Option<jsonwebtoken::errors::Error>),
}

/// What the bearer may do with Twilio Voice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoiceGrant {
    /// May be called: `<Dial><Client>identity`.
    pub incoming_allow: bool,
    /// The TwiML App that decides about calls the bearer makes; he makes none without.
    pub outgoing_application_sid: Option<ApplicationSid>,
    /// Parameters that Twilio adds to each request to that App. Only with an App.
    pub outgoing_params: BTreeMap<String, String>,
}

/// A token for one identity, not signed yet.
#[derive(Debug, Clone)]
pub struct AccessToken {
    claims: Claims,
}

#[derive(Debug, Clone, Serialize)]
struct Claims {
    jti: String,
    iss: ApiKeySid,
    sub: AccountSid,
    iat: i64,
    exp: i64,
    grants: Grants,
}

#[derive(Debug, Clone, Serialize)]
struct Grants {
    identity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice: Option<Voice>,
}

#[derive(Debug, Clone, Serialize)]
struct Voice {
    #[serde(skip_serializing_if = "Option::is_none")]
    incoming: Option<Incoming>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outgoing: Option<Outgoing>,
}

#[derive(Debug, Clone, Serialize)]
struct Incoming {
    allow: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Outgoing {
    application_sid: ApplicationSid,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    params: BTreeMap<String, String>,
}

impl AccessToken {
    /// A token for `identity`, valid from `now_unix` (seconds since 1970) for `ttl`, to be signed with the secret of `key_sid`.
    ///
    /// `nonce` is a random number: it keeps apart two tokens made in one second. There is no `nbf`, because a clock that is
    /// a little ahead of Twilio's would make a fresh token not valid yet (error 20105).
    pub fn new(
        account_sid: &AccountSid,
        key_sid: &ApiKeySid,
        identity: &str,
        now_unix: i64,
        ttl: Duration,
        nonce: u64,
    ) -> Result<Self, AccessTokenError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !(1..=MAX_IDENTITY_LENGTH).contains(&identity.len()) || !identity.bytes().all(allowed) {
            return Err(AccessTokenError::Identity);
        }
        if ttl.as_secs() == 0 || ttl > MAX_TTL {
            return Err(AccessTokenError::Ttl);
        }
        let seconds = i64::try_from(ttl.as_secs()).map_err(|_| AccessTokenError::Ttl)?;
        let exp = now_unix.checked_add(seconds).ok_or(AccessTokenError::Ttl)?;
        Ok(Self {
            claims: Claims {
                jti: format!("{key_sid}-{now_unix}-{nonce:016x}"),
                iss: key_sid.clone(),
                sub: account_sid.clone(),
                iat: now_unix,
                exp,
                grants: Grants {
                    identity: identity.to_owned(),
                    voice: None,
                },
            },
        })
    }

    /// Adds the right to use Twilio Voice.
    #[must_use]
    pub fn with_voice_grant(mut self, grant: VoiceGrant) -> Self {
        let params = grant.outgoing_params;
        self.claims.grants.voice = Some(Voice {
            incoming: grant.incoming_allow.then_some(Incoming { allow: true }),
            outgoing: grant.outgoing_application_sid.map(|application_sid| Outgoing {
                application_sid,
                params,
            }),
        });
        self
    }

    /// When it expires, in seconds since 1970.
    pub fn expires_at(&self) -> i64 {
        self.claims.exp
    }

    /// The JWT itself: a secret until it expires.
    pub fn sign(&self, key_secret: &SecretString) -> Result<String, AccessTokenError> {
        if key_secret.expose_secret().is_empty() {
            return Err(AccessTokenError::Signing(None));
        }
        let mut header = Header::new(Algorithm::HS256);
        header.cty = Some(CONTENT_TYPE.to_owned());
        let key = EncodingKey::from_secret(key_secret.expose_secret().as_bytes());
        jsonwebtoken::encode(&header, &self.claims, &key).map_err(|error| AccessTokenError::Signing(Some(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(identity: &str, ttl: Duration) -> Result<AccessToken, AccessTokenError> {
        let account_sid = "AC0123456789abcdef0123456789abcdef".parse().unwrap();
        let key_sid = "SK0123456789abcdef0123456789abcdef".parse().unwrap();
        AccessToken::new(&account_sid, &key_sid, identity, 1_700_000_000, ttl, 7)
    }

    #[test]
    fn an_identity_that_the_voice_sdk_refuses_is_refused_here() {
        let longest = "a".repeat(121);
        for good in ["a", "user_42", "A_9", &longest] {
            assert!(token(good, MAX_TTL).is_ok(), "{good:?}");
        }
        let too_long = "a".repeat(122);
        for bad in ["", "a b", "a-b", "a@b.example", "é", "a\n", &too_long] {
            assert!(
                matches!(token(bad, MAX_TTL), Err(AccessTokenError::Identity)),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_token_lives_from_one_second_to_a_day() {
        assert_eq!(
            token("a", Duration::from_secs(600)).unwrap().expires_at(),
            1_700_000_600
        );
        assert!(token("a", Duration::from_secs(1)).is_ok());
        for bad in [
            Duration::ZERO,
            Duration::from_millis(999),
            MAX_TTL + Duration::from_secs(1),
            Duration::MAX,
        ] {
            assert!(matches!(token("a", bad), Err(AccessTokenError::Ttl)), "{bad:?}");
        }
    }

    #[test]
    fn an_empty_secret_signs_nothing() {
        let error = token("a", MAX_TTL).unwrap().sign(&SecretString::from("")).unwrap_err();
        assert!(matches!(error, AccessTokenError::Signing(None)));
    }

    #[test]
    fn what_is_not_granted_is_absent() {
        let claims = |grant| serde_json::to_value(token("a", MAX_TTL).unwrap().with_voice_grant(grant).claims).unwrap();
        assert_eq!(
            claims(VoiceGrant::default())["grants"],
            serde_json::json!({"identity": "a", "voice": {}})
        );
        let params = BTreeMap::from([("tenant".to_owned(), "7".to_owned())]);
        let without_app = VoiceGrant {
            outgoing_params: params,
            ..VoiceGrant::default()
        };
        assert_eq!(claims(without_app)["grants"]["voice"], serde_json::json!({}));
    }
}
