//! Who a person is: sign-up, sign-in, and the browsers he is signed in with, or was before.

mod device;
mod password;
mod passwords;
mod throttle;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{SessionId, UserId};
use domain::problem::Problem;
use domain::session::SessionView;
use domain::sign_in::{Email, PASSWORD_MAX_BYTES, check_new_password};
use domain::time::UnixMillis;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use store::{NewSession, Session, User};

use crate::messages::Messages;
use crate::{Caller, Parts, ServiceError, SignUp};
pub use device::{DEVICE_KEPT, Device};
use passwords::Passwords;
use throttle::{Attempt, Throttle};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// A session that was not seen for that long has ended.
const IDLE: i64 = 7 * DAY;
/// A session ends after that long in any case.
const ABSOLUTE: i64 = 30 * DAY;
/// Longest user agent that is kept, in characters.
const USER_AGENT_MAX: usize = 300;

/// The browser or program at the other end, before it is anybody's.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// The peer's address.
    pub address: String,
    /// What it calls itself.
    pub user_agent: String,
    /// The browser, if it has a cookie to be known by. Programs have none.
    pub device: Option<Device>,
}

/// A person who has just signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The user.
    pub user_id: UserId,
    /// His address, trimmed and in lower case.
    pub email: String,
    /// The value of the session cookie; only its hash is stored.
    pub cookie: SecretString,
    /// When the session ends in any case.
    pub expires_at: UnixMillis,
}

/// The use cases of accounts.
#[derive(Clone)]
pub struct Accounts {
    parts: Parts,
    passwords: Passwords,
    throttle: Arc<Throttle>,
    messages: Messages,
}

impl Accounts {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts, messages: Messages) -> Self {
        let passwords = Passwords::new(parts.entropy);
        Self {
            parts,
            messages,
            passwords,
            throttle: Arc::new(Throttle::new()),
        }
    }

    /// Makes an account and signs its owner in.
    ///
    /// # Errors
    /// `Forbidden` where sign-up is closed; `Invalid` with fields; `Conflict` when the address is taken.
    pub async fn sign_up(
        &self,
        email: &str,
        password: &SecretString,
        visitor: &Visitor,
    ) -> Result<SignedIn, ServiceError> {
        if self.parts.settings.sign_up == SignUp::Closed {
            return Err(ServiceError::Forbidden(Problem::new(
                "sign_up_closed",
                "New accounts are not open here. Ask your operator for one.",
            )));
        }
        let email = sign_up_fields(email, password)?;
        let attempt = Attempt {
            email: email.as_str(),
            address: &visitor.address,
            known: None,
        };
        self.let_pass(&attempt)?;
        let user = User {
            id: UserId(self.parts.entropy.uuid()),
            email: email.as_str().to_owned(),
            password_hash: self.passwords.hash(password).await?,
            voice_identity: format!("user_{}", self.parts.entropy.hex::<16>()),
        };
        match self.parts.store.add_user(&user, self.parts.clock.now()).await {
            Ok(()) => self.open_session(user, visitor).await,
            Err(error) if error.is_unique_violation() => {
                // Counted, so that nobody asks through a list of addresses who has an account.
                self.throttle.failed(&attempt);
                let sentence = "There is an account with this e-mail address already. Sign in instead.";
                Err(ServiceError::Conflict(
                    Problem::new("email_taken", sentence).field("email", sentence),
                ))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Signs a person in, in a new session.
    ///
    /// # Errors
    /// `Unauthenticated`, in the same words and time for a wrong password and an unknown address; `TooManyRequests` after
    /// repeated failures.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &SecretString,
        visitor: &Visitor,
    ) -> Result<SignedIn, ServiceError> {
        let email = Email::parse(email).ok();
        let attempt = self.attempt(email.as_ref().map_or("", Email::as_str), visitor).await?;
        self.let_pass(&attempt)?;
        let user = match &email {
            Some(email) => self.parts.store.find_user_by_email(email.as_str()).await?,
            None => None,
        };
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let hashable = password.expose_secret().len() <= PASSWORD_MAX_BYTES;
        let right = hashable && self.passwords.verify(password, hash).await?;
        match user {
            Some(user) if right => {
                let signed_in = self.open_session(user, visitor).await?;
                if attempt.known.is_none() {
                    self.messages.tell_of_sign_in(signed_in.user_id, visitor);
                }
                Ok(signed_in)
            }
            _ => {
                self.throttle.failed(&attempt);
                Err(ServiceError::Unauthenticated(Problem::new(
                    "wrong_email_or_password",
                    "The e-mail address or the password is wrong.",
                )))
            }
        }
    }

    /// Ends the caller's session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, caller: &Caller) -> Result<(), ServiceError> {
        self.parts.store.end_session(caller.user_id, caller.session_id).await?;
        Ok(())
    }

    /// Who the cookie belongs to; nobody when its session has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate(&self, cookie: &str) -> Result<Option<Caller>, ServiceError> {
        let (store, now) = (&self.parts.store, self.parts.clock.now());
        let hash = cookie_hash(cookie);
        let Some(found) = store.session_of_cookie(&hash, now).await? else {
            return Ok(None);
        };
        let (session, user) = &*found;
        if !is_live(session, now) {
            return Ok(None);
        }
        // To the minute: otherwise every request would write.
        if now.since(session.last_seen_at) >= MINUTE
            && let Err(error) = store.see_session(&hash, session.id, now).await
        {
            // What needs no write is still there for him; should it go on, his session ends the earlier.
            tracing::warn!(%error, "it could not be noted that a session was seen");
        }
        Ok(Some(Caller {
            user_id: user.id,
            email: user.email.clone(),
            session_id: session.id,
        }))
    }

    /// The caller's signed-in browsers, last seen first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<SessionView>, ServiceError> {
        let now = self.parts.clock.now();
        let sessions = self.parts.store.list_sessions(caller.user_id).await?;
        let live = sessions.into_iter().filter(|session| is_live(session, now));
        Ok(live
            .map(|session| SessionView {
                id: session.id,
                user_agent: session.user_agent,
                address: session.address,
                created_at: session.created_at,
                last_seen_at: session.last_seen_at,
            })
            .collect())
    }

    /// Signs one of the caller's browsers out. One that is not this one is known no more.
    ///
    /// # Errors
    /// `NotFound` when it is none of his.
    pub async fn revoke_session(&self, caller: &Caller, id: SessionId) -> Result<(), ServiceError> {
        let (store, user) = (&self.parts.store, caller.user_id);
        let ended = if id == caller.session_id {
            store.end_session(user, id).await?
        } else {
            store.revoke_session(user, id).await?
        };
        if ended {
            return Ok(());
        }
        Err(ServiceError::NotFound(Problem::new(
            "session_not_found",
            "This browser is signed out already.",
        )))
    }

    /// Signs all of the caller's browsers out but this one, which alone is known from then on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_other_sessions(&self, caller: &Caller) -> Result<(), ServiceError> {
        self.parts
            .store
            .revoke_other_sessions(caller.user_id, caller.session_id)
            .await?;
        Ok(())
    }

    /// Forgets the sessions that have ended by themselves, and browsers that nobody has signed in with for long.
    pub(crate) async fn forget_ended_sessions(&self) -> Result<(), ServiceError> {
        let now = self.parts.clock.now();
        self.parts.store.end_expired_sessions(now, now.plus(-IDLE)).await?;
        self.parts.store.forget_devices(device::known_since(now)).await?;
        Ok(())
    }

    /// An attempt at that account. Its browser is looked for whether there is such an account or not.
    async fn attempt<'a>(&self, email: &'a str, visitor: &'a Visitor) -> Result<Attempt<'a>, ServiceError> {
        let since = device::known_since(self.parts.clock.now());
        let known = match &visitor.device {
            Some(device) if self.parts.store.knows_device(email, device.hash(), since).await? => Some(device),
            _ => None,
        };
        Ok(Attempt {
            email,
            address: &visitor.address,
            known,
        })
    }

    fn let_pass(&self, attempt: &Attempt<'_>) -> Result<(), ServiceError> {
        match self.throttle.wait(attempt) {
            None => Ok(()),
            Some(retry_after) => Err(ServiceError::TooManyRequests {
                problem: Problem::new("too_many_attempts", "Too many attempts. Wait a minute, then try again."),
                retry_after,
            }),
        }
    }

    /// A new session with a new cookie: what the browser carried before is worth nothing afterwards.
    async fn open_session(&self, user: User, visitor: &Visitor) -> Result<SignedIn, ServiceError> {
        let cookie = URL_SAFE_NO_PAD.encode(self.parts.entropy.bytes::<32>());
        let now = self.parts.clock.now();
        let session = Session {
            id: SessionId(self.parts.entropy.uuid()),
            user_id: user.id,
            user_agent: visitor
                .user_agent
                .chars()
                .filter(|c| !c.is_control())
                .take(USER_AGENT_MAX)
                .collect(),
            address: visitor.address.clone(),
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus(ABSOLUTE),
        };
        let expires_at = session.expires_at;
        self.parts
            .store
            .add_session(&NewSession {
                session,
                token_hash: cookie_hash(&cookie).to_vec(),
                device_hash: visitor.device.as_ref().map(|device| device.hash().to_owned()),
            })
            .await?;
        Ok(SignedIn {
            user_id: user.id,
            email: user.email,
            cookie: cookie.into(),
            expires_at,
        })
    }
}

/// Checks both fields and answers for both at once.
fn sign_up_fields(email: &str, password: &SecretString) -> Result<Email, ServiceError> {
    let password = check_new_password(password.expose_secret());
    match (Email::parse(email), password) {
        (Ok(email), Ok(())) => Ok(email),
        (email, password) => {
            let code = match (&email, password) {
                (Err(_), Ok(())) => "invalid_email",
                (Ok(_), Err(_)) => "invalid_password",
                _ => "invalid_sign_up",
            };
            let mut problem = Problem::new(code, "Check the marked fields.");
            if let Err(fault) = email {
                problem = problem.field("email", fault);
            }
            if let Err(fault) = password {
                problem = problem.field("password", fault);
            }
            Err(ServiceError::Invalid(problem))
        }
    }
}

fn is_live(session: &Session, now: UnixMillis) -> bool {
    now < session.expires_at && now.since(session.last_seen_at) < IDLE
}

fn cookie_hash(cookie: &str) -> [u8; 32] {
    Sha256::digest(cookie.as_bytes()).into()
}
