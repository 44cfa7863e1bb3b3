//! Verify: does the pair open an account, and which numbers has it?

use domain::problem::Problem;
use domain::setup::{AccountFacts, Refused, Verified};
use secrecy::{ExposeSecret, SecretString};
use store::NewDraft;
use twilio::{Account, AccountStatus};

use super::{Connections, Pair, explain, last4, wanted};
use crate::sealing::SealedColumn;
use crate::{Caller, ServiceError};

impl Connections {
    /// Asks Twilio whether the pair opens an account and keeps it, sealed, for Save.
    ///
    /// # Errors
    /// `Invalid` with fields before Twilio is asked when a field is malformed; `Invalid` when Twilio rejects the pair or
    /// the account cannot be used; `Upstream` when Twilio does not answer properly.
    pub async fn verify(&self, caller: &Caller, account_sid: &str, auth_token: &str) -> Result<Verified, ServiceError> {
        let verified = match Pair::parse(account_sid, auth_token) {
            Ok(pair) => self.ask(caller, &pair).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &verified {
            self.remember_refusal(caller, account_sid, error.problem()).await?;
        }
        verified
    }

    /// Reads the verified account and its numbers again, with the pair kept since Verify.
    ///
    /// # Errors
    /// As [`Self::verify`]; `NotFound` when nothing was verified.
    pub async fn refresh_numbers(&self, caller: &Caller) -> Result<Verified, ServiceError> {
        let pair = self.verified_pair(caller).await?;
        self.ask(caller, &pair).await
    }

    async fn ask(&self, caller: &Caller, pair: &Pair) -> Result<Verified, ServiceError> {
        let client = self
            .parts
            .twilio
            .client(pair.account_sid.clone(), pair.auth_token.clone());
        let (account, numbers) = tokio::join!(client.fetch_account(), client.list_incoming_phone_numbers());
        let refused = |error: twilio::Error| explain::error_of(explain::problem_of(&error));
        let account = usable(&account.map_err(refused)?)?;
        let numbers = numbers.map_err(refused)?;
        let phone_numbers: Vec<_> = numbers
            .iter()
            .map(|number| wanted::choice(number, &self.urls))
            .collect();

        let user = caller.user_id;
        let auth_token = self.seal(SealedColumn::DraftAuthToken, user, &user.to_string(), &pair.auth_token)?;
        let draft = NewDraft {
            account: account.clone(),
            auth_token,
            auth_token_last4: last4(pair.auth_token.expose_secret()),
            phone_numbers: phone_numbers.clone(),
        };
        self.parts
            .store
            .keep_draft(user, &draft, self.parts.clock.now())
            .await?;
        self.hand_on(caller, pair).await?;
        Ok(Verified { account, phone_numbers })
    }

    /// The pair kept since Verify.
    pub(super) async fn verified_pair(&self, caller: &Caller) -> Result<Pair, ServiceError> {
        let draft = self.parts.store.draft(caller.user_id).await?;
        let Some((account, sealed)) = draft.and_then(|draft| Some((draft.account?, draft.auth_token?))) else {
            return Err(ServiceError::NotFound(Problem::new(
                "nothing_verified",
                "Verify your Account SID and Auth Token first.",
            )));
        };
        let user = caller.user_id.to_string();
        let auth_token: SecretString = self
            .parts
            .vault
            .open(&SealedColumn::DraftAuthToken.context(&user, &user), &sealed)?;
        Ok(Pair {
            account_sid: super::stored_sid(&account.sid)?,
            auth_token,
        })
    }

    /// Keeps why, for the page that a browser without JavaScript is sent to. What was typed is kept only when it is an
    /// Account SID: a token typed into the wrong field is a secret.
    async fn remember_refusal(&self, caller: &Caller, account_sid: &str, problem: Problem) -> Result<(), ServiceError> {
        let typed = account_sid.trim();
        let well_formed = domain::credentials::account_sid_fault(typed).is_none();
        let refused = Refused {
            account_sid: well_formed.then(|| typed.to_owned()),
            problem,
        };
        self.parts
            .store
            .refuse_draft(caller.user_id, &refused, self.parts.clock.now())
            .await?;
        Ok(())
    }
}

/// What is kept and shown of an account; refuses one that Twilio has switched off.
pub(super) fn usable(account: &Account) -> Result<AccountFacts, ServiceError> {
    if matches!(account.status, AccountStatus::Suspended | AccountStatus::Closed) {
        return Err(ServiceError::Invalid(Problem::new(
            "twilio_account_inactive",
            explain::account_inactive(),
        )));
    }
    Ok(AccountFacts {
        sid: account.sid.to_string(),
        friendly_name: account.friendly_name.clone(),
        kind: account.kind.as_str().to_owned(),
        status: account.status.as_str().to_owned(),
    })
}
