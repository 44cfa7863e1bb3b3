//! A user's Twilio account: verified, provisioned, watched, and given back.
//!
//! What is made at Twilio is made in [`steps`], each act after a row that says so, and each with its undo. [`save`] and
//! [`disconnect`] are what a person presses; [`worker`] finishes what a crash or an unreachable Twilio has left. [`watch`] keeps
//! what is in use as it should be: [`check`] compares it with what is at Twilio, [`mend`] sets back what is ours, [`roll`]
//! replaces the API key, and [`leftovers`] finds what no row explains.

mod check;
mod compare;
mod disconnect;
mod errand;
mod explain;
mod leftovers;
mod mend;
mod ours;
mod roll;
mod run;
mod save;
mod steps;
mod token;
mod verify;
mod view;
mod wanted;
mod watch;
mod worker;

use domain::id::UserId;
use domain::problem::Problem;
use secrecy::SecretString;
use store::Connection;
use twilio::{AccountSid, PhoneNumberSid};

use crate::sealing::SealedColumn;
use crate::{Parts, ServiceError};

pub(crate) use explain::problem_of;
pub use save::SaveRequest;
pub(crate) use wanted::RETRIES;

use wanted::WebhookUrls;

/// The use cases of a user's Twilio account.
#[derive(Clone)]
pub struct Connections {
    parts: Parts,
    urls: WebhookUrls,
}

impl Connections {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let urls = WebhookUrls::new(&parts.settings.app_url);
        Self { parts, urls }
    }

    /// A client of the connection's account, with its stored auth token.
    fn client_of(&self, connection: &Connection) -> Result<twilio::Client, ServiceError> {
        client_of(&self.parts, connection)
    }

    fn seal(
        &self,
        column: SealedColumn,
        user: UserId,
        row: &str,
        secret: &SecretString,
    ) -> Result<Vec<u8>, ServiceError> {
        Ok(self.parts.vault.seal(&column.context(&user.to_string(), row), secret)?)
    }

    async fn install_id(&self) -> Result<String, ServiceError> {
        let installation = self.parts.store.installation().await?;
        Ok(installation
            .ok_or_else(|| ServiceError::internal("the installation has no row"))?
            .install_id)
    }

    /// Why `APP_URL` cannot receive webhooks of a real Twilio account; `None` when it can, or a simulator stands in.
    fn app_url_fault(&self) -> Option<String> {
        let settings = &self.parts.settings;
        if !settings.endpoints.is_real() {
            return None;
        }
        let url = &settings.app_url;
        let loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_private() || address.is_unspecified(),
            Some(url::Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
            None => true,
        };
        (url.scheme() != "https" || loopback).then(|| {
            format!(
                "Twilio cannot reach this installation at {url}. Set APP_URL to its public https address, then connect \
                 your account."
            )
        })
    }
}

/// A client of the connection's account, with its stored auth token.
pub(crate) fn client_of(parts: &Parts, connection: &Connection) -> Result<twilio::Client, ServiceError> {
    let token = token_of(parts, connection)?;
    Ok(parts.twilio.client(stored_sid(&connection.account_sid)?, token))
}

/// The connection's stored auth token.
pub(crate) fn token_of(parts: &Parts, connection: &Connection) -> Result<SecretString, ServiceError> {
    let sealed = connection
        .auth_token
        .as_deref()
        .ok_or_else(|| ServiceError::internal("the connection has no auth token any more"))?;
    let (user, row) = (connection.user_id.to_string(), connection.id.to_string());
    let context = SealedColumn::ConnectionAuthToken.context(&user, &row);
    Ok(parts.vault.open(&context, sealed)?)
}

/// A SID that we stored ourselves after checking it.
fn stored_sid<S: std::str::FromStr>(text: &str) -> Result<S, ServiceError>
where
    S::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(ServiceError::internal)
}

/// A well-formed pair, as typed; not yet known to be right.
struct Pair {
    account_sid: AccountSid,
    auth_token: SecretString,
}

impl Pair {
    /// Checks both fields and answers for both at once.
    fn parse(account_sid: &str, auth_token: &str) -> Result<Self, ServiceError> {
        let mut problem = Problem::new("invalid_credentials", "Check the marked fields.");
        if let Some(fault) = domain::credentials::account_sid_fault(account_sid) {
            problem = problem.field("account_sid", fault);
        }
        if let Some(fault) = domain::credentials::auth_token_fault(auth_token) {
            problem = problem.field("auth_token", fault);
        }
        match account_sid.trim().parse() {
            Ok(account_sid) if problem.fields.is_empty() => Ok(Self {
                account_sid,
                auth_token: SecretString::from(auth_token.trim().to_owned()),
            }),
            _ => Err(ServiceError::Invalid(problem)),
        }
    }
}

/// The SID of a chosen number.
fn parse_phone_number_sid(text: &str) -> Result<PhoneNumberSid, ServiceError> {
    let fault = domain::credentials::phone_number_sid_fault(text);
    match (fault, text.trim().parse()) {
        (None, Ok(sid)) => Ok(sid),
        (fault, _) => Err(ServiceError::Invalid(
            Problem::new("invalid_phone_number", "Choose a phone number.")
                .field("phone_number_sid", fault.unwrap_or("Choose a phone number.")),
        )),
    }
}

/// The last four characters, all that is ever shown of a stored token.
fn last4(secret: &str) -> String {
    let characters: Vec<char> = secret.trim().chars().collect();
    characters[characters.len().saturating_sub(4)..].iter().collect()
}

pub(crate) fn not_connected() -> ServiceError {
    ServiceError::NotFound(Problem::new(
        "twilio_not_connected",
        "No Twilio account is connected. Connect one under Settings → Twilio Setup.",
    ))
}
