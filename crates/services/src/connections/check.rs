//! Looking at a connection at Twilio: on a schedule and on demand. What is ours and differs is mended at once; what somebody
//! else has done is told, and mended when the person says so.

use domain::id::ConnectionId;
use domain::problem::Problem;
use domain::setup::Health;
use store::{Connection, Watch};
use twilio::{ApiKeySid, ApplicationSid, Client, PhoneNumberSid};

use super::compare::{self, Found};
use super::errand::Errand;
use super::ours::Ours;
use super::run::Stop;
use super::{Connections, explain, not_connected, save, stored_sid, verify, view, wanted};
use crate::{Caller, ServiceError};

/// How often a connection is looked at by itself, in milliseconds; each time a little sooner or later, so that a thousand
/// connections do not ask at once.
pub(super) const CHECK_EVERY: i64 = 15 * 60 * 1000;
/// When Twilio did not answer, it is asked again after so many milliseconds.
const CHECK_AGAIN: i64 = 2 * 60 * 1000;

impl Connections {
    /// Compares the connection with what is at Twilio now, and sets back what is ours alone.
    ///
    /// # Errors
    /// `NotFound` when nothing is connected; `Upstream` or `Invalid` when Twilio does not let us look.
    pub async fn check(&self, caller: &Caller) -> Result<Health, ServiceError> {
        let connection = self.in_use(caller).await?.ok_or_else(not_connected)?;
        self.look(connection.id).await?.ok_or_else(not_connected)
    }

    /// Sets back what differs and makes anew what is gone, then looks again.
    ///
    /// # Errors
    /// As [`Self::check`]; `Conflict` while the connection is being changed; what Twilio refuses.
    pub async fn repair(&self, caller: &Caller) -> Result<Health, ServiceError> {
        let connection = self.in_use(caller).await?.ok_or_else(not_connected)?;
        if !self.run_errand(connection.id, Errand::Repair).await? {
            return Err(save::in_progress());
        }
        self.check(caller).await
    }

    /// How the connection was found last; nothing where there is none, or nobody has looked yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn health(&self, caller: &Caller) -> Result<Option<Health>, ServiceError> {
        Ok(self.parts.store.health(caller.user_id).await?)
    }

    /// Looks at a connection in use and keeps what was found; nothing when it is not in use any more.
    ///
    /// # Errors
    /// `Upstream` or `Invalid` when Twilio does not let us look.
    pub(super) async fn look(&self, id: ConnectionId) -> Result<Option<Health>, ServiceError> {
        let store = &self.parts.store;
        let Some(connection) = store.connection_for_worker(id).await?.filter(is_in_use) else {
            return Ok(None);
        };
        let watch = store.watch(id).await?;
        let mut found = self.find(&connection).await?;
        let ours = self.ours(&watch);
        if self.differs_by_itself(&found, &ours) && self.may_mend().await? && self.mend(id).await? {
            found = self.find(&connection).await?;
        }
        let now = self.parts.clock.now();
        let mut health = compare::health(&found, &ours, &self.urls.application(String::new()), now);
        health.out_of_order_since = since(&health, watch.health.as_ref());
        store.keep_health(&connection, &health, self.next_check()).await?;
        self.keep_account(connection, &found).await?;
        Ok(Some(health))
    }

    /// What is at Twilio now; why Twilio does not let us look is kept.
    async fn find(&self, connection: &Connection) -> Result<Found, ServiceError> {
        match find(&self.client_of(connection)?, connection).await {
            Ok(found) => Ok(found),
            Err(Stop::Internal(error)) => Err(error),
            Err(Stop::Problem(problem)) => {
                self.could_not_look(connection, &problem).await?;
                Err(explain::error_of(problem))
            }
        }
    }

    /// Keeps why Twilio does not let us look, where that stays so until the person does something; otherwise what was found
    /// last holds, and it is tried again soon.
    async fn could_not_look(&self, connection: &Connection, problem: &Problem) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        if !stays(problem) {
            store.check_at(connection.id, now.plus(CHECK_AGAIN)).await?;
            return Ok(());
        }
        let health = Health {
            checked_at: now,
            in_order: false,
            phone_number: Vec::new(),
            application: Vec::new(),
            missing: Vec::new(),
            changes: Vec::new(),
            problem: Some(problem.clone()),
            out_of_order_since: None,
            repairable: false,
        };
        store.keep_health(connection, &health, self.next_check()).await?;
        Ok(())
    }

    /// Where the number is pointed at, and may have been.
    pub(super) fn ours(&self, watch: &Watch) -> Ours {
        Ours::new(&self.urls, &watch.webhook_bases)
    }

    fn differs_by_itself(&self, found: &Found, ours: &Ours) -> bool {
        let application = found.application.as_ref();
        let edited = application.is_some_and(|now| {
            !compare::application_differences(now, &self.urls.application(String::new())).is_empty()
        });
        let number = found.number.as_ref();
        edited || number.is_some_and(|number| ours.brought_up_to_date(&number.webhooks).is_some())
    }

    /// Whether this server has the address of the one that started last: while servers are replaced, one with a former
    /// `APP_URL` must not set back what the new ones have set.
    async fn may_mend(&self) -> Result<bool, ServiceError> {
        let installation = self.parts.store.installation().await?;
        let own = wanted::base_of(&self.parts.settings.app_url);
        Ok(installation.is_some_and(|installation| installation.app_url.as_deref() == Some(own)))
    }

    /// Sets back what is ours alone. Whoever works on the connection at this moment is left in peace, and what Twilio refuses
    /// is told as it is found: the next look tries again.
    async fn mend(&self, id: ConnectionId) -> Result<bool, ServiceError> {
        match self.run_errand(id, Errand::Mend).await {
            Err(error @ ServiceError::Internal(_)) => Err(error),
            Err(refused) => {
                tracing::warn!(connection = %id, code = refused.problem().code, "what is ours could not be set back");
                Ok(true)
            }
            done => done,
        }
    }

    /// The account's name and kind may have changed: a trial account is upgraded, say.
    async fn keep_account(&self, connection: Connection, found: &Found) -> Result<(), ServiceError> {
        let Ok(facts) = verify::usable(&found.account) else {
            return Ok(());
        };
        if connection.account.as_ref() != Some(&facts) {
            self.parts.store.replace_account(connection.id, &facts).await?;
        }
        Ok(())
    }

    fn next_check(&self) -> domain::time::UnixMillis {
        let [one, other] = self.parts.entropy.bytes::<2>();
        let spread = i64::from(u16::from_be_bytes([one, other]));
        // Between 80 % and 120 %.
        let wait = CHECK_EVERY * 4 / 5 + CHECK_EVERY * 2 / 5 * spread / i64::from(u16::MAX);
        self.parts.clock.now().plus(wait)
    }
}

/// Whether the person must do something before Twilio lets us look again.
pub(super) fn stays(problem: &Problem) -> bool {
    matches!(
        problem.code.as_str(),
        "twilio_credentials_rejected" | "twilio_account_inactive" | "twilio_test_credentials"
    )
}

pub(super) fn is_in_use(connection: &Connection) -> bool {
    connection.state == domain::connection::ConnectionState::Connected
}

fn since(health: &Health, before: Option<&Health>) -> Option<domain::time::UnixMillis> {
    let before = before.and_then(|before| before.out_of_order_since);
    (!health.in_order).then(|| before.unwrap_or(health.checked_at))
}

/// Reads account, number, App and key, side by side.
pub(super) async fn find(client: &Client, connection: &Connection) -> Result<Found, Stop> {
    let connected = view::connected(connection)?;
    let number: PhoneNumberSid = stored_sid(&connected.phone_number_sid)?;
    let application: ApplicationSid = stored_sid(&connected.application_sid)?;
    let key: ApiKeySid = stored_sid(&connected.api_key_sid)?;
    let (account, number, application, key) = tokio::join!(
        client.fetch_account(),
        client.fetch_incoming_phone_number(&number),
        client.fetch_application(&application),
        client.fetch_key(&key)
    );
    let account = account.map_err(|error| Stop::Problem(explain::problem_of(&error)))?;
    verify::usable(&account).map_err(|error| Stop::Problem(error.problem()))?;
    Ok(Found {
        account,
        number: there(number)?,
        application: there(application)?,
        key: there(key)?,
    })
}

/// What was read, or that it is not there.
fn there<T>(read: Result<T, twilio::Error>) -> Result<Option<T>, Stop> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(Stop::Problem(explain::problem_of(&error))),
    }
}
