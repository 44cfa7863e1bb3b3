//! API keys: <https://www.twilio.com/docs/iam/api-keys/key-resource-v1>, in the form of version 2010-04-01.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::{Client, Deletion, null_as_empty};
use crate::error::Error;
use crate::sid::ApiKeySid;

/// An API key that was just made, with its secret, which Twilio shows this once.
#[derive(Debug, Clone, Deserialize)]
pub struct NewKey {
    /// Its identifier.
    pub sid: ApiKeySid,
    /// Its name.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub friendly_name: String,
    /// What signs access tokens, and what may be used in place of the Auth Token. `Debug` does not show it.
    #[serde(deserialize_with = "secret")]
    pub secret: SecretString,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        Err(serde::de::Error::custom("the secret is empty"))
    } else {
        Ok(SecretString::from(text))
    }
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Key {
    /// Its identifier.
    pub sid: ApiKeySid,
    /// Its name.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub friendly_name: String,
}

impl Client {
    /// Makes a Standard API key. Its name has at most 64 characters and need not be unique.
    ///
    /// A Standard key can neither make, list nor delete keys: keep the Auth Token until this one is deleted.
    pub async fn create_key(&self, friendly_name: &str) -> Result<NewKey, Error> {
        self.post(
            "create the API key",
            self.account_url(&["Keys.json"]),
            vec![("FriendlyName", friendly_name)],
        )
        .await
    }

    /// One API key of the account.
    pub async fn fetch_key(&self, sid: &ApiKeySid) -> Result<Key, Error> {
        self.get("fetch the API key", self.key_url(sid)).await
    }

    /// All API keys of the account.
    pub async fn list_keys(&self) -> Result<Vec<Key>, Error> {
        self.list("list the API keys", self.account_url(&["Keys.json"])).await
    }

    /// Deletes an API key. Access tokens signed with it are no longer valid.
    pub async fn delete_key(&self, sid: &ApiKeySid) -> Result<Deletion, Error> {
        self.delete("delete the API key", self.key_url(sid)).await
    }

    fn key_url(&self, sid: &ApiKeySid) -> Url {
        self.account_url(&["Keys", &format!("{sid}.json")])
    }
}
