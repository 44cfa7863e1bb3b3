//! What of ours is in an account and should not be: removed by its marker, and by nothing else.
//!
//! A request whose answer was lost may take effect after we have looked and given up. So a connection that ended with such a
//! request is looked at once more, and accounts in use are searched every day. What carries the name of this installation and is
//! explained by no row is noted first, and removed when it is still there, and still unexplained, an hour later.

use domain::connection::{ConnectionState, StepKind, StepState};
use domain::id::ConnectionId;
use domain::setup::{Leftover, LeftoverState};
use store::{Connection, NewLeftover, Step};
use twilio::{ApiKeySid, ApplicationSid};

use super::check::{is_in_use, stays};
use super::errand::Errand;
use super::mend::asked;
use super::run::{Run, Stop};
use super::{Connections, explain, not_connected, wanted};
use crate::{Caller, ServiceError};

/// What Twilio has not done by then, in milliseconds, it will not do any more; and what nobody has explained by then is nobody's.
pub(super) const SETTLED_AFTER: i64 = 60 * 60 * 1000;
/// How often a last look is tried.
const LAST_LOOKS_MAX: i64 = 24;
/// How many leftovers of an account are shown.
pub(super) const SHOWN: i64 = 10;
/// How many leftovers of an account are remembered while it is searched.
const KNOWN: i64 = 1000;

/// Whether something of these steps may take effect after it was looked for.
pub(super) fn may_come_late(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        let unanswered = match step.state {
            StepState::Running => true,
            StepState::Failed => step
                .problem
                .as_ref()
                .is_some_and(|problem| problem.code == "twilio_unavailable"),
            _ => false,
        };
        unanswered && step.kind != StepKind::Verify
    })
}

/// A resource that carries our name and that nothing explains.
struct Unexplained {
    kind: StepKind,
    sid: String,
    name: String,
}

impl Connections {
    /// Searches the caller's account now, and tells what was found in it so far.
    ///
    /// # Errors
    /// `NotFound` when nothing is connected; what Twilio refuses.
    pub async fn search_leftovers(&self, caller: &Caller) -> Result<Vec<Leftover>, ServiceError> {
        let connection = self.in_use(caller).await?.ok_or_else(not_connected)?;
        self.search(connection.id).await?;
        Ok(self.parts.store.list_leftovers(caller.user_id, SHOWN).await?)
    }

    /// Searches the account of a connection in use. What is old enough is removed under the connection's lease.
    ///
    /// # Errors
    /// What Twilio refuses; a fault of ours.
    pub(super) async fn search(&self, id: ConnectionId) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let Some(connection) = store.connection_for_worker(id).await?.filter(is_in_use) else {
            return Ok(());
        };
        let client = self.client_of(&connection)?;
        let found = self
            .unexplained(&client, &connection)
            .await
            .map_err(super::errand::refusal)?;
        self.forget_explained(&connection, &found).await?;
        let now = self.parts.clock.now();
        let mut old = false;
        let mut again = now.plus(SETTLED_AFTER);
        for one in &found {
            let first_seen = store.see_leftover(&leftover(&connection, one), now).await?;
            match first_seen.plus(SETTLED_AFTER) {
                settled if settled <= now => old = true,
                settled => again = again.min(settled),
            }
        }
        if !found.is_empty() {
            store.search_at(id, again).await?;
        }
        if old {
            self.run_errand(id, Errand::Clear).await?;
        }
        Ok(())
    }

    /// Forgets what was seen and is gone, or explained.
    async fn forget_explained(&self, connection: &Connection, found: &[Unexplained]) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        for known in store.list_leftovers(connection.user_id, KNOWN).await? {
            let here = known.account_sid == connection.account_sid && known.state != LeftoverState::Removed;
            if here && !found.iter().any(|one| one.sid == known.sid) {
                store.forget_leftover(&known.account_sid, &known.sid).await?;
            }
        }
        Ok(())
    }

    /// Everything in the account that carries this installation's name and that no row explains.
    async fn unexplained(&self, client: &twilio::Client, own: &Connection) -> Result<Vec<Unexplained>, Stop> {
        let (applications, keys) = tokio::join!(client.list_applications(None), client.list_keys());
        let applications = applications.map_err(asked)?.into_iter();
        let keys = keys.map_err(asked)?.into_iter();
        let all = applications
            .map(|one| (StepKind::Application, one.sid.to_string(), one.friendly_name))
            .chain(keys.map(|one| (StepKind::ApiKey, one.sid.to_string(), one.friendly_name)));
        let install_id = self.install_id().await?;
        let mut found = Vec::new();
        for (kind, sid, name) in all {
            let Some(maker) = wanted::connection_of_marker(&install_id, &name) else {
                continue;
            };
            if !self.explains(maker, own, kind, &sid).await? {
                found.push(Unexplained { kind, sid, name });
            }
        }
        Ok(found)
    }

    /// Whether a row says why that is there, or somebody is at work on what made it.
    async fn explains(
        &self,
        maker: ConnectionId,
        own: &Connection,
        kind: StepKind,
        sid: &str,
    ) -> Result<bool, ServiceError> {
        let store = &self.parts.store;
        // Read anew, and after Twilio was asked: what was made meanwhile is explained by now.
        let Some(maker) = store.connection_for_worker(maker).await? else {
            return Ok(false);
        };
        let in_use = [&maker.application_sid, &maker.api_key_sid]
            .into_iter()
            .any(|known| known.as_deref() == Some(sid));
        Ok(match maker.state {
            ConnectionState::Provisioning
            | ConnectionState::TakingBack
            | ConnectionState::Disconnecting
            | ConnectionState::LeftBehind => true,
            ConnectionState::Connected if maker.account_sid != own.account_sid => true,
            ConnectionState::Connected => {
                in_use || (kind == StepKind::ApiKey && store.retired_keys(maker.id).await?.iter().any(|key| key == sid))
            }
            ConnectionState::Failed | ConnectionState::Removed => false,
        })
    }

    /// Looks once more at what a connection that is over may have left, and erases its token.
    ///
    /// # Errors
    /// A fault of ours.
    pub(super) async fn last_look(&self, id: ConnectionId, lease: String) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let over = |connection: &Connection| {
            matches!(connection.state, ConnectionState::Failed | ConnectionState::Removed)
                && connection.auth_token.is_some()
        };
        let Some(connection) = store.connection_for_worker(id).await?.filter(over) else {
            return Ok(store.end_last_look(id, &lease, self.parts.clock.now()).await?);
        };
        let run = Run::new(self, connection, lease).await?;
        run.hold(run.look_once_more()).await
    }
}

impl Run<'_> {
    async fn look_once_more(&self) -> Result<(), ServiceError> {
        let id = self.connection.id;
        let steps = self.store().steps(id).await?;
        let number = async {
            match steps
                .iter()
                .find(|step| step.kind == StepKind::PhoneNumber && step.snapshot.is_some())
            {
                Some(step) => self.restore_number(step).await,
                None => Ok(Vec::new()),
            }
        };
        let (number, applications, keys) = tokio::join!(number, self.remove_applications(None), self.remove_keys(None));
        let mut refused = number.err();
        for (kind, removed) in [(StepKind::Application, applications), (StepKind::ApiKey, keys)] {
            match removed {
                Ok(sids) => self.note_removed(kind, sids).await?,
                Err(error) => refused = Some(error),
            }
        }
        let store = self.store();
        match refused.map(|error| explain::problem_of(&error)) {
            Some(problem) if !stays(&problem) && self.connection.attempts < LAST_LOOKS_MAX => {
                let again = self.now().plus(SETTLED_AFTER);
                Ok(store.put_last_look_off(id, &self.lease, again, self.now()).await?)
            }
            _ => Ok(store.end_last_look(id, &self.lease, self.now()).await?),
        }
    }

    async fn note_removed(&self, kind: StepKind, sids: Vec<String>) -> Result<(), ServiceError> {
        let store = self.store();
        for sid in sids {
            let name = self.marker.clone();
            let one = Unexplained { kind, sid, name };
            store
                .see_leftover(&leftover(&self.connection, &one), self.now())
                .await?;
            store
                .end_leftover(&self.connection.account_sid, &one.sid, None, self.now())
                .await?;
        }
        Ok(())
    }

    /// Removes what nothing has explained for long enough: looked at once more, now that nobody else works on the connection.
    pub(super) async fn clear_leftovers(&self) -> Result<(), Stop> {
        let account = &self.connection.account_sid;
        let found = self.connections.unexplained(&self.client, &self.connection).await?;
        for one in &found {
            let seen = leftover(&self.connection, one);
            let first_seen = self.store().see_leftover(&seen, self.now()).await?;
            if first_seen.plus(SETTLED_AFTER) > self.now() {
                continue;
            }
            let removed = match one.kind {
                StepKind::Application => {
                    let sid: ApplicationSid = super::stored_sid(&one.sid)?;
                    self.client.delete_application(&sid).await
                }
                _ => {
                    let sid: ApiKeySid = super::stored_sid(&one.sid)?;
                    self.client.delete_key(&sid).await
                }
            };
            let problem = removed.err().map(|error| explain::problem_of(&error));
            self.store()
                .end_leftover(account, &one.sid, problem.as_ref(), self.now())
                .await?;
            if problem.is_none() {
                self.tell(&format!(
                    "{} was left in your account by an earlier request of Sniko's; it is removed.",
                    one.sid
                ))
                .await?;
            }
        }
        Ok(())
    }

    /// Removes the App of that SID, and all others that carry our name.
    pub(super) async fn remove_applications(&self, known: Option<&str>) -> Result<Vec<String>, twilio::Error> {
        let known = known.and_then(|sid| sid.parse().ok()).into_iter().collect();
        self.remove_applications_but(known, None).await
    }

    /// Removes all Apps that carry our name but the one in use.
    pub(super) async fn remove_unknown_applications(&self) -> Result<Vec<String>, twilio::Error> {
        let kept = self.connection.application_sid.as_deref();
        self.remove_applications_but(Vec::new(), kept).await
    }

    async fn remove_applications_but(
        &self,
        mut sids: Vec<ApplicationSid>,
        kept: Option<&str>,
    ) -> Result<Vec<String>, twilio::Error> {
        for application in self.client.list_applications(Some(&self.marker)).await? {
            let sid = application.sid;
            if application.friendly_name == self.marker && !sids.contains(&sid) && kept != Some(sid.as_str()) {
                sids.push(sid);
            }
        }
        for sid in &sids {
            self.client.delete_application(sid).await?;
        }
        Ok(sids.iter().map(ToString::to_string).collect())
    }

    /// Removes the key of that SID, the former ones, and all others that carry our name.
    pub(super) async fn remove_keys(&self, known: Option<&str>) -> Result<Vec<String>, twilio::Error> {
        let known = known.into_iter().chain(self.retired_keys.iter().map(String::as_str));
        let known = known.filter_map(|sid| sid.parse().ok()).collect();
        self.remove_keys_but(known, &[]).await
    }

    /// Removes all keys that carry our name but the one in use and the former ones, which go when their time comes.
    pub(super) async fn remove_unknown_keys(&self) -> Result<Vec<String>, twilio::Error> {
        let in_use = self.connection.api_key_sid.iter();
        let kept: Vec<&str> = in_use.chain(&self.retired_keys).map(String::as_str).collect();
        self.remove_keys_but(Vec::new(), &kept).await
    }

    async fn remove_keys_but(&self, mut sids: Vec<ApiKeySid>, kept: &[&str]) -> Result<Vec<String>, twilio::Error> {
        for key in self.client.list_keys().await? {
            if key.friendly_name == self.marker && !sids.contains(&key.sid) && !kept.contains(&key.sid.as_str()) {
                sids.push(key.sid);
            }
        }
        for sid in &sids {
            self.client.delete_key(sid).await?;
        }
        Ok(sids.iter().map(ToString::to_string).collect())
    }
}

fn leftover<'a>(connection: &'a Connection, one: &'a Unexplained) -> NewLeftover<'a> {
    NewLeftover {
        account_sid: &connection.account_sid,
        sid: &one.sid,
        user_id: connection.user_id,
        kind: one.kind.as_str(),
        name: &one.name,
    }
}
