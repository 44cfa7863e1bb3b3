//! The password of who is signed in already: asked for again before what cannot be undone, and changed.

use domain::problem::Problem;
use domain::sign_in::{PASSWORD_MAX_BYTES, check_new_password};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Accounts, Visitor};
use crate::{Caller, ServiceError};

impl Accounts {
    /// Makes sure that it is the caller himself who asks, and not somebody at his desk.
    ///
    /// # Errors
    /// `Invalid` with that field for a wrong password; `TooManyRequests` after repeated failures.
    pub(crate) async fn confirm(
        &self,
        caller: &Caller,
        password: &SecretString,
        field: &str,
        visitor: &Visitor,
    ) -> Result<(), ServiceError> {
        let attempt = self.attempt(&caller.email, visitor).await?;
        self.let_pass(&attempt)?;
        let user = self.parts.store.lookup_user(caller.user_id).await?;
        let hash = user.map(|user| user.password_hash);
        let hashable = password.expose_secret().len() <= PASSWORD_MAX_BYTES;
        if hashable && self.passwords.verify(password, hash).await? {
            return Ok(());
        }
        self.throttle.failed(&attempt);
        let sentence = "This is not your password.";
        Err(ServiceError::Invalid(
            Problem::new("wrong_password", sentence).field(field, sentence),
        ))
    }

    /// Changes the caller's password, and signs all of his other browsers out.
    ///
    /// # Errors
    /// `Invalid` with fields for a wrong password or a new one that is none; `TooManyRequests` after repeated failures.
    pub async fn change_password(
        &self,
        caller: &Caller,
        current: &SecretString,
        new: &SecretString,
        visitor: &Visitor,
    ) -> Result<(), ServiceError> {
        if let Err(fault) = check_new_password(new.expose_secret()) {
            return Err(ServiceError::Invalid(
                Problem::new("invalid_password", "Check the marked fields.").field("new_password", fault),
            ));
        }
        self.confirm(caller, current, "current_password", visitor).await?;
        let hash = self.passwords.hash(new).await?;
        self.parts.store.set_password(caller.user_id, &hash).await?;
        self.revoke_other_sessions(caller).await
    }
}
