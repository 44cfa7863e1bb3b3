//! Save: the number is connected, or nothing is changed.

use domain::connection::ConnectionState;
use domain::id::{ConnectionId, UserId};
use domain::problem::Problem;
use domain::setup::Connected;
use secrecy::ExposeSecret;
use store::{Added, NewConnection};
use tracing::Instrument as _;
use twilio::PhoneNumberSid;

use super::run::{LEASE_MILLIS, Run, Stop};
use super::{Connections, Pair, explain, last4, parse_phone_number_sid, view};
use crate::sealing::SealedColumn;
use crate::{Caller, ServiceError};

/// What Save is told.
#[derive(Clone, Debug, Default)]
pub struct SaveRequest {
    /// `AC…`; with `auth_token` nothing for the pair verified last.
    pub account_sid: Option<String>,
    /// The account's auth token.
    pub auth_token: Option<String>,
    /// `PN…`
    pub phone_number_sid: String,
    /// Whether a number may be taken over that already points elsewhere.
    pub take_over: bool,
}

impl Connections {
    /// Makes everything that calls and texts need in the caller's account, and points the number here.
    ///
    /// The work goes on when the caller stops waiting: only its rows tell how it ends.
    ///
    /// # Errors
    /// `Invalid` before Twilio is asked when a field is malformed or `APP_URL` cannot be reached; `Conflict` when something
    /// is connected already or the number is in use; otherwise why a step failed, after all was taken back.
    pub async fn save(&self, caller: &Caller, request: SaveRequest) -> Result<Connected, ServiceError> {
        let (pair, number) = self.checked(caller, &request).await?;
        if let Some(fault) = self.app_url_fault() {
            return Err(ServiceError::Invalid(Problem::new("app_url_not_public", fault)));
        }
        if let Some(connected) = self.already(caller.user_id, &pair, &number).await? {
            return Ok(connected);
        }
        let lease = self.parts.entropy.hex::<16>();
        let id = self
            .add(caller.user_id, &pair, &number, request.take_over, &lease)
            .await?;
        let connections = self.clone();
        let work = self
            .parts
            .tasks
            .spawn(async move { connections.provision(id, lease).await }.in_current_span());
        work.await.map_err(ServiceError::internal)??;
        self.credentials(caller).await
    }

    /// Both parts of the request, or what is wrong with either.
    async fn checked(&self, caller: &Caller, request: &SaveRequest) -> Result<(Pair, PhoneNumberSid), ServiceError> {
        let number = parse_phone_number_sid(&request.phone_number_sid);
        let pair = match (&request.account_sid, &request.auth_token) {
            (None, None) if number.is_ok() => self.verified_pair(caller).await,
            (None, None) => Err(ServiceError::Invalid(Problem::new(
                "invalid_phone_number",
                "Choose a phone number.",
            ))),
            (sid, token) => Pair::parse(sid.as_deref().unwrap_or_default(), token.as_deref().unwrap_or_default()),
        };
        match (pair, number) {
            (Ok(pair), Ok(number)) => Ok((pair, number)),
            (Err(ServiceError::Invalid(mut problem)), Err(ServiceError::Invalid(other))) => {
                problem.fields.extend(other.fields);
                Err(ServiceError::Invalid(problem))
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    /// The connection, when it is the one that is asked for; a refusal, when there is another.
    async fn already(
        &self,
        user: UserId,
        pair: &Pair,
        number: &PhoneNumberSid,
    ) -> Result<Option<Connected>, ServiceError> {
        let Some(current) = self.parts.store.current_connection(user).await? else {
            return Ok(None);
        };
        if current.state != ConnectionState::Connected {
            return Err(in_progress());
        }
        let same = current.account_sid == pair.account_sid.as_str() && current.phone_number_sid == number.as_str();
        if same {
            Ok(Some(view::connected(&current)?))
        } else {
            Err(already_connected())
        }
    }

    async fn add(
        &self,
        user: UserId,
        pair: &Pair,
        number: &PhoneNumberSid,
        take_over: bool,
        lease: &str,
    ) -> Result<ConnectionId, ServiceError> {
        let id = ConnectionId(self.parts.entropy.uuid());
        let now = self.parts.clock.now();
        let new = NewConnection {
            id,
            user_id: user,
            account_sid: pair.account_sid.to_string(),
            auth_token: self.seal(
                SealedColumn::ConnectionAuthToken,
                user,
                &id.to_string(),
                &pair.auth_token,
            )?,
            auth_token_last4: last4(pair.auth_token.expose_secret()),
            phone_number_sid: number.to_string(),
            take_over,
            lease_token: lease.to_owned(),
            lease_until: now.plus(LEASE_MILLIS),
            created_at: now,
        };
        match self.parts.store.add_connection(&new).await? {
            Added::Yes => Ok(id),
            Added::UserHasOne => Err(in_progress()),
            Added::AccountTaken => Err(ServiceError::Conflict(Problem::new(
                "account_taken",
                "This Twilio account is already connected here by another user. Disconnect it there first.",
            ))),
        }
    }

    async fn provision(&self, id: ConnectionId, lease: String) -> Result<(), ServiceError> {
        let connection = self
            .parts
            .store
            .connection_for_worker(id)
            .await?
            .ok_or_else(|| ServiceError::internal("the connection has gone"))?;
        let run = Run::new(self, connection, lease).await?;
        run.hold(async {
            match run.make().await {
                Ok(()) => Ok(run.store().mark_connected(id, &run.lease, run.now()).await?),
                Err(Stop::Problem(problem)) => {
                    run.store()
                        .mark_taking_back(id, &run.lease, &problem, run.now())
                        .await?;
                    run.take_back_and_end().await?;
                    Err(explain::error_of(problem))
                }
                Err(Stop::Internal(error)) => Err(error),
            }
        })
        .await
    }
}

pub(super) fn in_progress() -> ServiceError {
    ServiceError::Conflict(Problem::new(
        "setup_in_progress",
        "Another tab or request is changing this connection at the moment. Wait until it is done.",
    ))
}

fn already_connected() -> ServiceError {
    ServiceError::Conflict(Problem::new(
        "already_connected",
        "Another number is connected already. Disconnect it first, then connect this one.",
    ))
}
