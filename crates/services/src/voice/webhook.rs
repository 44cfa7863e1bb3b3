//! Whether a request comes from Twilio, for which of our users, and what it asks.
//!
//! A [`Webhook`] is made by [`Voice::verify`] alone, so that nothing can be done for a request that was not verified. A valid
//! signature proves whose Auth Token signed it, no more: a tenant can sign anything for his own account, and the signed text
//! has no delimiters and no time stamp. So identifiers must be there once and well-formed, belong to the tenant, and fit the
//! call that the address names; and what is done for a request is done once (see [`Webhook::key_of_request`]).

use std::sync::Arc;

use domain::id::CallId;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use store::{Call, Connection, Tenant};
use twilio::AccountSid;
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
    /// The call that the address names.
    pub(super) call: Option<Call>,
    pub(super) query: Query,
    pub(super) asked: P,
    target: String,
    params: Params,
}

impl Voice {
    /// Verifies a request.
    ///
    /// # Errors
    /// `Forbidden`, alike for every reason and in about the same time; `Internal` when the database fails.
    pub async fn verify<P: Asked>(&self, request: &Unverified<'_>) -> Result<Webhook<P>, Rejected> {
        let params = Params::parse(request.body);
        let query = Query::of(request.target);
        let claimed = params.account_sid().ok();
        let asked = P::read(&params).ok();
        // Both at once, since a caller is waiting.
        let sids: Vec<&str> = asked.iter().flat_map(|asked| asked.sids()).collect();
        let owners = async { Ok(self.parts.store.owners_of_sids(&sids).await?) };
        let (found, owners) = tokio::try_join!(self.tenant_of(request, query, claimed.as_ref()), owners)?;
        let tokens = match &found {
            Some((tenant, _)) => self.tokens_of(&tenant.connection)?,
            None => Vec::new(),
        };
        let signed = self.is_signed(request, &params, tokens);
        let Some((tenant, call)) = found.filter(|_| signed) else {
            return Err(Rejected::Forbidden);
        };
        let (Some(asked), Some(claimed)) = (asked, claimed) else {
            return Err(Rejected::Forbidden);
        };
        // A SID that is known to belong to another account, or to another call than the address names, is a forgery by a
        // tenant who can sign.
        let account = &tenant.connection.account_sid;
        let fits = owners
            .iter()
            .all(|owner| owner.account_sid == *account && call.as_ref().is_none_or(|call| owner.call_id == call.id));
        if claimed.as_str() != account || !fits {
            return Err(Rejected::Forbidden);
        }
        Ok(Webhook {
            tenant,
            call,
            query,
            asked,
            target: request.target.to_owned(),
            params,
        })
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

    /// Whose the request claims to be: by the call that the address names, else by the account that it names itself.
    async fn tenant_of(
        &self,
        request: &Unverified<'_>,
        query: Query,
        claimed: Option<&AccountSid>,
    ) -> Result<Option<(Arc<Tenant>, Option<Call>)>, ServiceError> {
        let store = &self.parts.store;
        let call = match request.call {
            Some(named) => call_id(named).map_or(Named::Nonsense, Named::Call),
            None => query.call.map_or(Named::Nothing, Named::Call),
        };
        let tenant = match (call, claimed) {
            (Named::Call(id), _) => {
                let found = store.tenant_of_call(id).await?;
                return Ok(found.map(|(tenant, call)| (tenant, Some(call))));
            }
            (Named::Nothing, Some(account)) => store.tenant_of_account(account.as_str()).await?,
            _ => None,
        };
        Ok(tenant.map(|tenant| (tenant, None)))
    }

    /// The tokens that Twilio may have signed with: the present one, and for a day the one before.
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
            tokens.push(open(SealedColumn::ConnectionPreviousAuthToken, sealed)?);
        }
        Ok(tokens)
    }
}

/// What the address names.
enum Named {
    Call(CallId),
    Nothing,
    Nonsense,
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
    pairs.sort();
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
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_knows_the_borders_of_what_it_is_made_of() {
        assert_eq!(key(["ab", "c"]), key(["ab", "c"]));
        assert_ne!(key(["ab", "c"]), key(["a", "bc"]));
        assert_ne!(key(["ab", ""]), key(["ab"]));
    }
}
