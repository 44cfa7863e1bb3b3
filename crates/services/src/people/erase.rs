//! Erasing a person: what was made in his Twilio account is taken back first, since afterwards nobody here could.

use domain::id::UserId;
use domain::problem::Problem;
use domain::setup::LeftBehind;
use secrecy::SecretString;

use super::People;
use crate::accounts::Visitor;
use crate::{Caller, ServiceError};

/// What a person says to have himself erased.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// His password.
    pub password: SecretString,
    /// His e-mail address, typed.
    pub confirmation: String,
    /// Whether it is to be done although something cannot be removed at Twilio.
    pub anyway: bool,
}

/// What is left of somebody who was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// What stays in his Twilio account, and has to be deleted there by himself.
    pub left_at_twilio: Vec<LeftBehind>,
}

impl People {
    /// What was made in the caller's Twilio account and cannot be removed there so far.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn left_behind(&self, caller: &Caller) -> Result<Vec<LeftBehind>, ServiceError> {
        Ok(self.connections.setup(caller).await?.left_behind)
    }

    /// Erases the caller and all that is his.
    ///
    /// # Errors
    /// `Invalid` with fields for a wrong password or confirmation; `Conflict` where something is left at Twilio, unless it is
    /// to be done anyway, and while the connection is being made or removed.
    pub async fn erase(&self, caller: &Caller, asked: &Erasure, visitor: &Visitor) -> Result<Erased, ServiceError> {
        confirmed(&asked.confirmation, &caller.email)?;
        self.accounts
            .confirm(caller, &asked.password, "password", visitor)
            .await?;
        self.erase_user(caller, asked.anyway).await
    }

    /// Erases a user whom somebody has the right to erase.
    pub(crate) async fn erase_user(&self, user: &Caller, anyway: bool) -> Result<Erased, ServiceError> {
        let mut left = self.connections.disconnect(user).await?.left_behind;
        if !left.is_empty() {
            left = self.connections.retry_removal(user).await?.left_behind;
        }
        if !left.is_empty() && !anyway {
            return Err(ServiceError::Conflict(Problem::new("left_at_twilio", LEFT)));
        }
        if !self.parts.store.erase_user(user.user_id).await? {
            return Err(self.not_erased(user.user_id).await?);
        }
        tracing::info!(user = %user.user_id, left_at_twilio = left.len(), "a user and all that was his is erased");
        Ok(Erased { left_at_twilio: left })
    }

    /// Two at once, or something was begun at Twilio meanwhile.
    async fn not_erased(&self, user: UserId) -> Result<ServiceError, ServiceError> {
        if self.parts.store.lookup_user(user).await?.is_none() {
            return Ok(ServiceError::NotFound(Problem::new(
                "user_not_found",
                "There is no such user any more.",
            )));
        }
        Ok(ServiceError::Conflict(Problem::new(
            "setup_in_progress",
            "Another tab is changing this connection at the moment. Wait until it is done.",
        )))
    }
}

const LEFT: &str = "Something could not be removed from the Twilio account. Try again later, or erase anyway and delete it \
                    there yourself.";

/// Whether the address was typed that is to be erased.
pub(crate) fn confirmed(typed: &str, email: &str) -> Result<(), ServiceError> {
    if typed.trim().to_lowercase() == email {
        return Ok(());
    }
    let sentence = "Type the e-mail address of the account to confirm.";
    Err(ServiceError::Invalid(
        Problem::new("erasure_not_confirmed", sentence).field("confirmation", sentence),
    ))
}
