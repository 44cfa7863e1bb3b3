//! The account itself: <https://www.twilio.com/docs/iam/api/account>.

use serde::Deserialize;

use super::{Client, null_as_empty};
use crate::error::Error;
use crate::sid::AccountSid;

/// An account, without its Auth Token, which Twilio's answer holds in clear: that is not even read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// Its identifier.
    pub sid: AccountSid,
    /// The name its owner gave it.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub friendly_name: String,
    /// Whether it works.
    pub status: AccountStatus,
    /// Whether it is paid for.
    #[serde(rename = "type")]
    pub kind: AccountType,
}

/// Whether an account works.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum AccountStatus {
    /// It does.
    Active,
    /// Twilio or its owner has stopped it for now.
    Suspended,
    /// It is at its end.
    Closed,
    /// A state that this version does not know.
    Unknown(String),
}

/// Whether an account is paid for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum AccountType {
    /// Not yet, with limits: only verified numbers, one own number, a notice in each call and text.
    Trial,
    /// It is.
    Full,
    /// A kind that this version does not know.
    Unknown(String),
}

impl AccountStatus {
    /// As Twilio writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
            Self::Unknown(text) => text,
        }
    }
}

impl From<String> for AccountStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "active" => Self::Active,
            "suspended" => Self::Suspended,
            "closed" => Self::Closed,
            _ => Self::Unknown(text),
        }
    }
}

impl AccountType {
    /// As Twilio writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Trial => "Trial",
            Self::Full => "Full",
            Self::Unknown(text) => text,
        }
    }
}

impl From<String> for AccountType {
    fn from(text: String) -> Self {
        match text.as_str() {
            "Trial" => Self::Trial,
            "Full" => Self::Full,
            _ => Self::Unknown(text),
        }
    }
}

impl Client {
    /// Fetches the account: the way to check the credentials. An API key that is not a Main key is refused.
    pub async fn fetch_account(&self) -> Result<Account, Error> {
        let file = format!("{}.json", self.account_sid());
        self.get("fetch the account", self.api_url(&["Accounts", &file])).await
    }
}
