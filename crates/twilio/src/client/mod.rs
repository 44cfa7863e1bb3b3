//! Twilio's REST API, version 2010-04-01: <https://www.twilio.com/docs/usage/api>.
//!
//! Make one [`Transport`] for the process, and from it a [`Client`] for each account.

pub mod account;
pub mod applications;
pub mod endpoints;
mod exchange;
pub mod incoming_phone_numbers;
pub mod keys;
mod paging;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize as _, Deserializer};
use url::{Host, Url};

use crate::error::{Error, Kind};
use crate::retry::Policy;
use crate::sid::AccountSid;
use endpoints::Endpoints;

/// Twilio's own limit for connecting to us is the same.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Of one attempt, from connecting to the last byte of the answer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);

/// The connections to Twilio, shared by the clients of all accounts. Cheap to clone.
#[derive(Clone)]
pub struct Transport {
    http: reqwest::Client,
    endpoints: Endpoints,
    api: Url,
    policy: Policy,
}

impl Transport {
    /// With 5 seconds to connect and 15 seconds for a request in all.
    pub fn new(endpoints: Endpoints) -> Result<Self, Error> {
        Self::with_timeouts(endpoints, CONNECT_TIMEOUT, TOTAL_TIMEOUT)
    }

    /// With other time-outs. `total` is for one attempt, from connecting to the last byte of the answer.
    pub fn with_timeouts(endpoints: Endpoints, connect: Duration, total: Duration) -> Result<Self, Error> {
        let setup = || Error::new(Kind::Setup, "set up the client", false);
        let api = endpoints
            .api()
            .ok_or_else(|| setup().with_source("the base URL must be http:// or https:// and a host"))?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("twilio-rs/", env!("CARGO_PKG_VERSION")))
            // A redirect could lead the credentials to another host. Twilio's API has none.
            .redirect(reqwest::redirect::Policy::none())
            // Retries are decided in one place: `retry`.
            .retry(reqwest::retry::never())
            .connect_timeout(connect)
            .timeout(total);
        if is_loopback(&api) {
            // A proxy from the environment cannot reach a simulator on this machine.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| setup().with_source(error))?;
        Ok(Self {
            http,
            endpoints,
            api,
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
        let mut url = self.0.transport.api.clone();
        // Cannot fail: `Transport` accepts only URLs with a host.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("2010-04-01").extend(path);
        }
        url
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
