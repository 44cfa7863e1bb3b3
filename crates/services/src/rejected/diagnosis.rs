//! Why a request was refused: found out in the background, from what is in memory of it.

use domain::id::{CallId, UserId};
use secrecy::SecretString;
use store::Connection;
use twilio::signature;
use twilio::webhook::Params;

use super::address::{candidates, meant, webhook};
use super::reason::{Addresses, Reason};
use super::{Refusal, Rejected, Stage};
use crate::ServiceError;
use crate::sealing::SealedColumn;

/// Bytes of a form in which identifiers are looked for: Twilio's are far smaller.
const FORM_MAX: usize = 16 * 1024;
/// Characters of a signature: base64 of 20 bytes.
const SIGNATURE_LENGTH: usize = 28;
/// What else a request names that belongs to an account.
const SIDS: [&str; 4] = ["CallSid", "DialCallSid", "RecordingSid", "MessageSid"];

/// What was found out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Verdict {
    /// Whom it concerns; nobody but the operator otherwise.
    pub(super) user: Option<UserId>,
    pub(super) account_sid: Option<String>,
    pub(super) path: &'static str,
    pub(super) reason: Reason,
    pub(super) addresses: Option<Addresses>,
}

/// A refusal, read as far as it costs nothing.
pub(super) struct Read {
    refusal: Refusal,
    params: Params,
    /// The account that it names, where that is well-formed.
    claimed: Option<String>,
    path: &'static str,
}

/// Where a path is none of ours, and not like one.
const ELSEWHERE: &str = "another address";

impl Read {
    pub(super) fn of(refusal: Refusal) -> Self {
        let params = match refusal.body.len() {
            1..=FORM_MAX => Params::parse(&refusal.body),
            _ => Params::of(Vec::new()),
        };
        let claimed = params.account_sid().ok().map(|sid| sid.to_string());
        let path = refusal.target.split('?').next().unwrap_or_default();
        let path = webhook(path).or_else(|| meant(path)).unwrap_or(ELSEWHERE);
        Self {
            refusal,
            params,
            claimed,
            path,
        }
    }

    /// What is alike enough to have the same verdict where there is no time to look closer.
    pub(super) fn likeness(&self) -> (Option<String>, &'static str, Stage) {
        (self.claimed.clone(), self.path, self.refusal.stage)
    }
}

impl Rejected {
    /// Looks into a refusal.
    pub(super) async fn diagnose(&self, read: &Read) -> Result<Verdict, ServiceError> {
        let store = &self.parts.store;
        let tenant = match &read.claimed {
            Some(account) => store.tenant_of_account(account).await?,
            None => None,
        };
        let former = match (&read.claimed, &tenant) {
            (Some(account), None) => store.former_user_of_account(account).await?,
            _ => None,
        };
        let verdict = |reason, addresses| Verdict {
            user: tenant.as_ref().map(|tenant| tenant.user_id).or(former),
            account_sid: read.claimed.clone(),
            path: read.path,
            reason,
            addresses,
        };
        let reason = match read.refusal.stage {
            Stage::Method => Reason::Method,
            Stage::MediaType => Reason::MediaType,
            Stage::TooLarge => Reason::TooLarge,
            Stage::Unsigned => Reason::Unsigned,
            Stage::Address => return Ok(self.nowhere(read)),
            Stage::Forbidden => {
                let tokens = match &tenant {
                    Some(tenant) => self.tokens(&tenant.connection)?,
                    None => self.system_tokens(read),
                };
                return Ok(match self.forbidden(read, former, &tokens).await? {
                    (Reason::NoSignature | Reason::NoAccount, _) if tenant.is_none() => {
                        verdict(Reason::NoAccount, None)
                    }
                    (reason, addresses) => verdict(reason, addresses),
                });
            }
        };
        Ok(verdict(reason, None))
    }

    async fn forbidden(
        &self,
        read: &Read,
        former: Option<UserId>,
        tokens: &Tokens,
    ) -> Result<(Reason, Option<Addresses>), ServiceError> {
        if read.claimed.is_none() {
            return Ok((Reason::NoAccount, None));
        }
        if tokens.good.is_empty() {
            let reason = if former.is_some() {
                Reason::Disconnected
            } else {
                Reason::UnknownAccount
            };
            return Ok((reason, None));
        }
        let signature = read.refusal.signature.as_deref().unwrap_or_default();
        if signature.len() != SIGNATURE_LENGTH {
            return Ok((Reason::NoSignature, None));
        }
        let app_url = &self.parts.settings.app_url;
        let ours = format!("{}{}", app_url.as_str().trim_end_matches('/'), read.refusal.target);
        let pairs = read.params.pairs();
        let is_of = |tokens: &[SecretString], url: &str, pairs: &[(String, String)]| {
            let tokens: Vec<_> = tokens.iter().collect();
            signature::validate(&tokens, signature, url, pairs)
        };
        if is_of(&tokens.good, &ours, pairs) {
            return Ok((self.what_does_not_fit(read).await?, None));
        }
        if is_of(&tokens.former, &ours, pairs) {
            return Ok((Reason::FormerToken, None));
        }
        if is_of(&tokens.good, &ours, &[]) {
            return Ok((Reason::OtherForm, None));
        }
        for candidate in candidates(app_url, &read.refusal.target, &read.refusal.via) {
            if is_of(&tokens.good, &candidate.url, pairs) {
                return Ok((candidate.reason, Some(candidate.addresses)));
            }
        }
        Ok((Reason::WrongToken, None))
    }

    /// Why a request was refused although it is signed well.
    async fn what_does_not_fit(&self, read: &Read) -> Result<Reason, ServiceError> {
        let store = &self.parts.store;
        let claimed = read.claimed.as_deref().unwrap_or_default();
        if let Some(named) = named(&read.refusal.target) {
            let account = match named.parse::<CallId>() {
                Ok(id) => store.account_of_call(id).await?,
                Err(_) => None,
            };
            return Ok(match account {
                None => Reason::Unknown,
                Some(account) if account != claimed => Reason::Foreign,
                Some(_) => self.whose_sids(read, claimed).await?,
            });
        }
        self.whose_sids(read, claimed).await
    }

    async fn whose_sids(&self, read: &Read, claimed: &str) -> Result<Reason, ServiceError> {
        let sids: Vec<&str> = SIDS.iter().filter_map(|name| read.params.raw(name)).collect();
        let owners = self.parts.store.accounts_of_sids(&sids).await?;
        let foreign = owners.iter().any(|owner| owner != claimed);
        Ok(if foreign { Reason::Foreign } else { Reason::Malformed })
    }

    /// A request to an address that is none. Nobody's signature is looked at: whose it is makes no difference.
    fn nowhere(&self, read: &Read) -> Verdict {
        let app_url = self.parts.settings.app_url.as_str().trim_end_matches('/');
        let path = read.refusal.target.split('?').next().unwrap_or_default();
        let asked: String = path.chars().filter(|c| !c.is_control()).take(100).collect();
        let like = meant(path).is_some();
        Verdict {
            user: None,
            account_sid: None,
            path: read.path,
            reason: Reason::NoWebhook,
            addresses: like.then(|| Addresses {
                signed: asked,
                ours: format!("{app_url}{}", read.path),
            }),
        }
    }

    /// The tokens of a connection: those that are good, and the one that is not any more.
    fn tokens(&self, connection: &Connection) -> Result<Tokens, ServiceError> {
        let (user, row) = (connection.user_id.to_string(), connection.id.to_string());
        let open = |column: SealedColumn, sealed: &[u8]| self.parts.vault.open(&column.context(&user, &row), sealed);
        let mut tokens = Tokens::default();
        if let Some(sealed) = &connection.auth_token {
            tokens.good.push(open(SealedColumn::ConnectionAuthToken, sealed)?);
        }
        if let (Some(sealed), Some(until)) = (&connection.previous_auth_token, connection.previous_auth_token_until) {
            let token = open(SealedColumn::ConnectionPreviousAuthToken, sealed)?;
            if self.parts.clock.now() < until {
                tokens.good.push(token);
            } else {
                tokens.former.push(token);
            }
        }
        Ok(tokens)
    }

    fn system_tokens(&self, read: &Read) -> Tokens {
        let system = self.parts.texts.system.as_ref();
        let system = system.filter(|system| read.claimed.as_deref() == Some(system.account_sid.as_str()));
        Tokens {
            good: system.map(|system| system.auth_token.clone()).into_iter().collect(),
            former: Vec::new(),
        }
    }
}

#[derive(Default)]
struct Tokens {
    good: Vec<SecretString>,
    former: Vec<SecretString>,
}

/// The call that an address names, as it is written there.
fn named(target: &str) -> Option<&str> {
    let path = target.split('?').next().unwrap_or_default();
    let rest = path.strip_prefix("/webhooks/twilio/")?;
    rest.split_once('/').map(|(_, call)| call)
}
