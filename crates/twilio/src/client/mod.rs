//! Twilio's REST API, version 2010-04-01 and of its messaging product version 1: <https://www.twilio.com/docs/usage/api>.
//!
//! Make one [`Transport`] for the process, and from it a [`Client`] for each account.

pub mod account;
pub mod applications;
pub mod calls;
pub mod conferences;
pub mod endpoints;
mod exchange;
mod figures;
pub mod incoming_phone_numbers;
pub mod keys;
pub mod media;
pub mod message_media;
pub mod messages;
pub mod messaging_services;
pub mod paging;
pub mod recordings;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize as _, Deserializer};
use serde_json::Value;
use url::{Host, Url};

use crate::error::{Error, Kind};
use crate::retry::Policy;
use crate::sid::{AccountSid, SidError};
use endpoints::{Endpoints, Product};

/// Twilio's own limit for connecting to us is the same.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Of one attempt, from connecting to the last byte of the answer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);
/// Between two pieces of a recording or a picture.
const PIECE_TIMEOUT: Duration = Duration::from_secs(15);

/// The connections to Twilio, shared by the clients of all accounts. Cheap to clone.
#[derive(Clone)]
pub struct Transport {
    http: reqwest::Client,
    /// For what is too long to come within the time of a request.
    streaming: reqwest::Client,
    endpoints: Endpoints,
    api: Url,
    messaging: Url,
    policy: Policy,
}

impl Transport {
    /// With 5 seconds to connect and 15 seconds for a request in all.
    pub fn new(endpoints: Endpoints) -> Result<Self, Error> {
        Self::with_timeouts(endpoints, CONNECT_TIMEOUT, TOTAL_TIMEOUT)
    }

    /// With other time-outs. `total` is for one attempt, from connecting to the last byte of the answer; of a recording or a picture, for
    /// each piece of it.
    pub fn with_timeouts(endpoints: Endpoints, connect: Duration, total: Duration) -> Result<Self, Error> {
        let setup = || Error::new(Kind::Setup, "set up the client", false);
        let base = |product| {
            endpoints
                .base(product)
                .ok_or_else(|| setup().with_source("the base URL must be http:// or https:// and a host"))
        };
        let (api, messaging) = (base(Product::Api)?, base(Product::Messaging)?);
        let build = |limit: fn(reqwest::ClientBuilder, Duration) -> reqwest::ClientBuilder, time| {
            let mut builder = reqwest::Client::builder()
                .user_agent(concat!("twilio-rs/", env!("CARGO_PKG_VERSION")))
                // A redirect could lead the credentials to another host. Twilio's API has none.
                .redirect(reqwest::redirect::Policy::none())
                // Retries are decided in one place: `retry`.
                .retry(reqwest::retry::never())
                .connect_timeout(connect);
            if is_loopback(&api) {
                // A proxy from the environment cannot reach a simulator on this machine.
                builder = builder.no_proxy();
            }
            limit(builder, time).build().map_err(|error| setup().with_source(error))
        };
        let http = build(reqwest::ClientBuilder::timeout, total)?;
        let streaming = build(reqwest::ClientBuilder::read_timeout, total.min(PIECE_TIMEOUT))?;
        Ok(Self {
            http,
            streaming,
            endpoints,
            api,
            messaging,
            policy: Policy::default(),
        })
    }

    /// With other limits of repeating a request.
    #[must_use]
    pub fn with_retry_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Where requests go.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    fn api_url(&self, path: &[&str]) -> Url {
        url_below(&self.api, "2010-04-01", path)
    }

    fn messaging_url(&self, path: &[&str]) -> Url {
        url_below(&self.messaging, "v1", path)
    }

    /// A client that acts for one account. Cheap: connections are shared.
    pub fn client(&self, account_sid: AccountSid, auth_token: SecretString) -> Client {
        Client(Arc::new(Inner {
            transport: self.clone(),
            account_sid,
            auth_token,
        }))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("api", &self.api.as_str())
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

fn url_below(base: &Url, version: &str, path: &[&str]) -> Url {
    let mut url = base.clone();
    // Cannot fail: `Transport` accepts only URLs with a host.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(version).extend(path);
    }
    url
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Acts for one account. Cheap to clone; `Debug` does not show the token.
///
/// Each method documents what it asks of Twilio. All of them repeat a request only as [`retry`](crate::retry) allows, and
/// fail with an [`Error`] that says whether a write may have had its effect.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    transport: Transport,
    account_sid: AccountSid,
    auth_token: SecretString,
}

impl Client {
    /// The account it acts for.
    pub fn account_sid(&self) -> &AccountSid {
        &self.0.account_sid
    }

    /// The URL of something that belongs to the account, such as `Keys.json`.
    fn account_url(&self, path: &[&str]) -> Url {
        let mut segments = vec!["Accounts", self.0.account_sid.as_str()];
        segments.extend(path);
        self.api_url(&segments)
    }

    fn api_url(&self, path: &[&str]) -> Url {
        self.0.transport.api_url(path)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("account_sid", &self.0.account_sid)
            .field("transport", &self.0.transport)
            .finish_non_exhaustive()
    }
}

/// What a deletion found. Either way the resource is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It was there.
    Deleted,
    /// Twilio did not have it.
    AlreadyGone,
}

/// Twilio writes what is not set as `null`, as an empty text, or not at all.
fn empty_as_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

/// As [`empty_as_none`], where a missing text is as good as an empty one.
fn null_as_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

/// A SID, or none where there is `null` or an empty text.
fn sid_or_none<'de, D: Deserializer<'de>, S: FromStr<Err = SidError>>(deserializer: D) -> Result<Option<S>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(serde::de::Error::custom))
        .transpose()
}

/// A whole number, which Twilio writes as a number here and as a text there; -1 and other nonsense is none.
fn number_or_none<'de, D: Deserializer<'de>, N: TryFrom<u64>>(deserializer: D) -> Result<Option<N>, D::Error> {
    let number = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    Ok(number.and_then(|number| N::try_from(number).ok()))
}
