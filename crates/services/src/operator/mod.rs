//! What an operator sees and does: how the installation fares, never what its people say to whom.

mod view;

use domain::id::{ConnectionId, SessionId, UserId};
use domain::problem::Problem;
use uuid::Uuid;

pub use store::{Engine, Person};
pub use view::{JobView, LeftoverView, OperatorView, OutOfOrderView};

use crate::people::{Erased, People, confirmed};
use crate::rejected::Rejected;
use crate::{Caller, Parts, ServiceError};

/// The use cases of operators. For everybody else there is nothing here.
#[derive(Clone)]
pub struct Operator {
    parts: Parts,
    people: People,
    rejected: Rejected,
}

/// How somebody becomes an operator, or no longer is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appointed {
    /// It is so now.
    Done,
    /// Nobody has that address.
    NoSuchUser,
    /// He is the only one, and somebody has to be.
    LastOne,
}

impl Operator {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts, people: People, rejected: Rejected) -> Self {
        Self {
            parts,
            people,
            rejected,
        }
    }

    /// Whether the caller is an operator.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is(&self, caller: &Caller) -> Result<bool, ServiceError> {
        Ok(self.parts.store.is_operator(caller.user_id).await?)
    }

    /// Has what was left behind of a connection tried again at once.
    ///
    /// # Errors
    /// `NotFound` for everybody but operators, and where nothing is left behind of that one.
    pub async fn try_connection(&self, caller: &Caller, id: &str) -> Result<(), ServiceError> {
        self.only(caller).await?;
        let id = ConnectionId(id.parse().unwrap_or(Uuid::nil()));
        if self.parts.store.hurry_connection(id, self.parts.clock.now()).await? {
            return Ok(());
        }
        Err(ServiceError::NotFound(Problem::new(
            "job_not_found",
            "This job is done, or somebody is at work on it.",
        )))
    }

    /// Has every recording that is to be deleted at Twilio tried again at once.
    ///
    /// # Errors
    /// `NotFound` for everybody but operators.
    pub async fn try_recordings(&self, caller: &Caller) -> Result<(), ServiceError> {
        self.only(caller).await?;
        self.parts.store.hurry_recordings(self.parts.clock.now()).await?;
        Ok(())
    }

    /// Has a connection compared with what it should be at once.
    ///
    /// # Errors
    /// `NotFound` for everybody but operators.
    pub async fn check_connection(&self, caller: &Caller, id: &str) -> Result<(), ServiceError> {
        self.only(caller).await?;
        let id = ConnectionId(id.parse().unwrap_or(Uuid::nil()));
        self.parts.store.check_at(id, self.parts.clock.now()).await?;
        Ok(())
    }

    /// Erases a user and all that is his, as he can himself.
    ///
    /// # Errors
    /// `NotFound` for everybody but operators and for a user who is gone; `Invalid` where his e-mail address was not typed;
    /// `Conflict` for oneself, and where something is left at Twilio, unless it is to be done anyway.
    pub async fn erase(
        &self,
        caller: &Caller,
        user: &str,
        confirmation: &str,
        anyway: bool,
    ) -> Result<Erased, ServiceError> {
        self.only(caller).await?;
        let user = match user.parse::<UserId>() {
            Ok(id) => self.parts.store.lookup_user(id).await?,
            Err(_) => None,
        };
        let user = user
            .ok_or_else(|| ServiceError::NotFound(Problem::new("user_not_found", "There is no such user any more.")))?;
        if user.id == caller.user_id {
            let sentence = "You can erase yourself under Settings, Account.";
            return Err(ServiceError::Conflict(Problem::new("own_account", sentence)));
        }
        confirmed(confirmation, &user.email)?;
        tracing::info!(operator = %caller.user_id, user = %user.id, "an operator erases a user");
        let user = Caller {
            user_id: user.id,
            email: user.email,
            session_id: SessionId(Uuid::nil()),
        };
        self.people.erase_user(&user, anyway).await
    }

    async fn only(&self, caller: &Caller) -> Result<(), ServiceError> {
        if self.is(caller).await? {
            return Ok(());
        }
        // As for an address that is none: nobody learns that there is more.
        Err(ServiceError::NotFound(Problem::new(
            "not_found",
            "There is nothing at this address.",
        )))
    }
}

/// Makes the user with that address an operator, or no longer one: for the command line.
///
/// # Errors
/// When the database fails.
pub async fn appoint(parts: &Parts, email: &str, yes: bool) -> Result<Appointed, ServiceError> {
    let email = email.trim().to_lowercase();
    let Some(user) = parts.store.find_user_by_email(&email).await? else {
        return Ok(Appointed::NoSuchUser);
    };
    if !yes && parts.store.list_operators().await? == [email] {
        return Ok(Appointed::LastOne);
    }
    parts.store.set_operator(user.id, yes).await?;
    Ok(Appointed::Done)
}
