//! Whether a request comes from Twilio, for which of our users, and what it asks.
//!
//! A [`Webhook`] is made by [`Voice::verify`] alone, so that nothing can be done for a request that was not verified. A valid
//! signature proves whose Auth Token signed it, no more: a tenant can sign anything for his own account, and the signed text
//! has no delimiters and no time stamp. So identifiers must be there once and well-formed, belong to the tenant, and fit the
//! call that the address names; and what is done for a request is done once (see [`Webhook::key_of_request`]).
//!
//! Verifying asks no database: tenants are known in memory. Whether the call in the address and the identifiers are the
//! tenant's is found out where they are written, in the same transaction, and refused like a wrong signature.

use std::sync::Arc;

use domain::id::CallId;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use store::{Applied, Call, Connection, Tenant};
use twilio::signature;
use twilio::webhook::{ParamError, Params};

use super::Voice;
use super::urls::{Query, call_id};
use crate::ServiceError;
use crate::sealing::SealedColumn;

/// A request as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Unverified<'a> {
    /// Path and query, as they stand in the request line.
    pub target: &'a str,
    /// The `X-Twilio-Signature` header.
    pub signature: &'a str,
    /// The form.
    pub body: &'a [u8],
    /// Our call's id, where the path names one.
    pub call: Option<&'a str>,
}

/// Why a request is not answered.
#[derive(Debug)]
pub enum Rejected {
    /// It is not Twilio's, or not for anything of the tenant's: nobody is told which.
    Forbidden,
    /// Ours to mend.
    Internal(ServiceError),
}

impl<E: Into<ServiceError>> From<E> for Rejected {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

/// Why a request's write came to nothing.
pub(super) fn not_stored(applied: &Applied) -> Rejected {
    match applied {
        // It names a call, a leg or a recording that is not the tenant's.
        Applied::Foreign | Applied::Unknown => Rejected::Forbidden,
        other => ServiceError::internal(format!("a request was not stored: {other:?}")).into(),
    }
}

/// What a kind of webhook asks, read strictly where security depends on it.
pub trait Asked: Sized + Send + Sync {
    /// Whether the answer is what the caller hears.
    const SPOKEN: bool;

    /// Reads the parameters.
    ///
    /// # Errors
    /// When an identifier is missing, repeated or malformed.
    fn read(params: &Params) -> Result<Self, ParamError>;

    /// The SIDs of legs and recordings in it, which must not be another account's.
    fn sids(&self) -> Vec<&str>;
}

/// A request that comes from Twilio, for this tenant.
pub struct Webhook<P> {
    pub(super) tenant: Arc<Tenant>,
    /// The call that the address names. Not known yet to be the tenant's.
    pub(super) named: Option<CallId>,
    pub(super) query: Query,
    pub(super) asked: P,
    target: String,
    params: Params,
}

impl Voice {
    /// Verifies a request: its signature, and the shape of all that counts in it.
    ///
    /// # Errors
    /// `Forbidden`, alike for every reason and in about the same time; `Internal` when a tenant has to be read and the database
    /// fails.
    pub async fn verify<P: Asked>(&self, request: &Unverified<'_>) -> Result<Webhook<P>, Rejected> {
        let params = Params::parse(request.body);
        let query = Query::of(request.target);
        let tenant = match params.account_sid() {
            Ok(claimed) => self.parts.store.tenant_of_account(claimed.as_str()).await?,
            Err(_) => None,
        };
        let tokens = match &tenant {
            Some(tenant) => self.tokens_of(&tenant.connection)?,
            None => Vec::new(),
        };
        let signed = self.is_signed(request, &params, tokens);
        let (true, Some(tenant)) = (signed, tenant) else {
            return Err(Rejected::Forbidden);
        };
        let named = match request.call {
            Some(named) => Some(call_id(named).ok_or(Rejected::Forbidden)?),
            None => query.call,
        };
        let asked = P::read(&params).map_err(|_| Rejected::Forbidden)?;
        Ok(Webhook {
            tenant,
            named,
            query,
            asked,
            target: request.target.to_owned(),
            params,
        })
    }

    /// The call that the address names, which must be the tenant's, for what cannot be decided without it.
    pub(super) async fn named_call<P>(&self, webhook: &Webhook<P>) -> Result<Option<Call>, Rejected> {
        let Some(id) = webhook.named else { return Ok(None) };
        let tenant = &webhook.tenant;
        let call = self.parts.store.call(tenant.user_id, id).await?;
        let call = call.filter(|call| call.account_sid == tenant.connection.account_sid);
        call.map(Some).ok_or(Rejected::Forbidden)
    }

    /// Whether one of these tokens has signed the request; without any it takes as long to say no.
    pub(crate) fn is_signed(&self, request: &Unverified<'_>, params: &Params, mut tokens: Vec<SecretString>) -> bool {
        if tokens.is_empty() {
            tokens.push(self.nobody.clone());
        }
        let tokens: Vec<&SecretString> = tokens.iter().collect();
        let url = self.urls.asked(request.target);
        signature::validate(&tokens, request.signature, &url, params.pairs())
    }

    /// The tokens that Twilio may have signed with: the present one, and for a day the one before. Where the latter does not open, what
    /// the present one has signed is accepted all the same.
    pub(crate) fn tokens_of(&self, connection: &Connection) -> Result<Vec<SecretString>, ServiceError> {
        let (user, row) = (connection.user_id.to_string(), connection.id.to_string());
        let open = |column: SealedColumn, sealed: &[u8]| self.parts.vault.open(&column.context(&user, &row), sealed);
        let mut tokens = Vec::new();
        if let Some(sealed) = &connection.auth_token {
            tokens.push(open(SealedColumn::ConnectionAuthToken, sealed)?);
        }
        let now = self.parts.clock.now();
        if let (Some(sealed), Some(until)) = (&connection.previous_auth_token, connection.previous_auth_token_until)
            && now < until
        {
            match open(SealedColumn::ConnectionPreviousAuthToken, sealed) {
                Ok(token) => tokens.push(token),
                Err(error) => tracing::warn!(connection = row, %error, "the former Auth Token cannot be opened"),
            }
        }
        Ok(tokens)
    }
}

impl<P> Webhook<P> {
    /// Tells this request from every other: a repetition has the same key.
    pub(super) fn key_of_request(&self) -> String {
        key_of(&self.target, &self.params)
    }

    /// The same for a question that comes once at this address, whatever parameters are sent along: those of a captured
    /// signature could be shifted, and so make another request.
    pub(super) fn key_of_address(&self) -> String {
        key([self.target.as_str()])
    }
}

/// Tells a request from every other: a repetition has the same key.
pub(crate) fn key_of(target: &str, params: &Params) -> String {
    let mut pairs: Vec<_> = params.pairs().iter().collect();
    pairs.sort_unstable();
    let parts = pairs.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
    key([target].into_iter().chain(parts))
}

/// A hash over texts, with their borders.
pub(super) fn key<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let mut key = String::with_capacity(64);
    for byte in hash.finalize() {
        for half in [byte >> 4, byte & 0xf] {
            key.extend(char::from_digit(u32::from(half), 16));
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_hash_and_knows_the_borders_of_what_it_is_made_of() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(key([]), empty);
        assert_eq!(key(["ab", "c"]), key(["ab", "c"]));
        assert_ne!(key(["ab", "c"]), key(["a", "bc"]));
        assert_ne!(key(["ab", ""]), key(["ab"]));
    }
}
