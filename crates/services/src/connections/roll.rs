//! The API key replaced, by itself after a time, or on request: a new key first, then the row, then, when nothing that the
//! former one signed is good any more, the former one goes.

use domain::connection::{StepKind, StepState};
use domain::setup::KeyAge;
use secrecy::SecretString;
use store::{Connection, NewApiKey, Watch};
use twilio::{ApiKeySid, NewKey};

use super::errand::Errand;
use super::mend::asked;
use super::run::{Run, Stop};
use super::{Connections, not_connected, save};
use crate::sealing::SealedColumn;
use crate::{Caller, ServiceError};

/// How long a former key stays at Twilio: longer than any token that it has signed lives.
const FORMER_KEY_MILLIS: i64 = 60 * 60 * 1000;
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

impl Connections {
    /// Replaces the connection's API key now.
    ///
    /// # Errors
    /// `NotFound` when nothing is connected; `Conflict` while the connection is being changed; what Twilio refuses: then the
    /// key so far stays in use.
    pub async fn roll_key(&self, caller: &Caller) -> Result<KeyAge, ServiceError> {
        let connection = self.in_use(caller).await?.ok_or_else(not_connected)?;
        if !self.run_errand(connection.id, Errand::Roll).await? {
            return Err(save::in_progress());
        }
        let connection = self.in_use(caller).await?.ok_or_else(not_connected)?;
        let watch = self.parts.store.watch(connection.id).await?;
        self.key_age(&connection, &watch).await
    }

    /// How old the key is, and when it is replaced.
    pub(super) async fn key_age(&self, connection: &Connection, watch: &Watch) -> Result<KeyAge, ServiceError> {
        let connected = connection.connected_at.unwrap_or(connection.updated_at);
        let made_at = watch.api_key_made_at.unwrap_or(connected);
        Ok(KeyAge {
            made_at,
            rolls_at: self.roll_after().map(|after| made_at.plus(after)),
            former_waits: !self.parts.store.retired_keys(connection.id).await?.is_empty(),
        })
    }

    /// The age at which a key is replaced, in milliseconds; nothing where it never is.
    pub(super) fn roll_after(&self) -> Option<i64> {
        let days = i64::from(self.parts.settings.api_key_roll_days);
        (days > 0).then(|| days * DAY_MILLIS)
    }
}

impl Run<'_> {
    /// Makes a key, has it sign from now on, and notes when the former one is to go.
    pub(super) async fn roll_key(&self) -> Result<(), Stop> {
        let id = self.connection.id;
        let steps = self.store().steps(id).await?;
        if steps
            .iter()
            .any(|step| step.kind == StepKind::ApiKey && step.state == StepState::Running)
        {
            // An earlier attempt was interrupted, and may have made a key whose secret nobody knows.
            self.remove_unknown_keys().await.map_err(asked)?;
        }
        self.begin(StepKind::ApiKey).await?;
        let key = match self.create_key().await {
            Ok(key) => key,
            // The key so far stays in use. What may have been made all the same is found when the account is searched.
            Err(error) => return Err(self.refused(StepKind::ApiKey, &error).await),
        };
        let sealed = self.seal_key(&key.secret)?;
        let new = NewApiKey {
            sid: key.sid.as_str(),
            sealed_secret: &sealed,
            former_until: self.now().plus(FORMER_KEY_MILLIS),
            note: self.new_note("The API key was replaced by a new one."),
        };
        Ok(self.store().switch_api_key(id, &self.lease, &new, self.now()).await?)
    }

    /// Makes a key. The secret is shown once: a key that was made without our reading the answer is of no use, so it goes.
    pub(super) async fn create_key(&self) -> Result<NewKey, twilio::Error> {
        let mut made = self.client.create_key(&self.marker).await;
        if made.as_ref().is_err_and(twilio::Error::outcome_unknown) {
            made = match self.remove_unknown_keys().await {
                Ok(_) => self.client.create_key(&self.marker).await,
                Err(_) => made,
            };
        }
        made
    }

    pub(super) fn seal_key(&self, secret: &SecretString) -> Result<Vec<u8>, ServiceError> {
        let (user, row) = (self.connection.user_id, self.connection.id.to_string());
        self.connections
            .seal(SealedColumn::ConnectionApiKeySecret, user, &row, secret)
    }

    /// Deletes a former key.
    pub(super) async fn retire_key(&self, sid: &str) -> Result<(), Stop> {
        // Never the one in use, whatever the rows say.
        if self.connection.api_key_sid.as_deref() != Some(sid) {
            let key: ApiKeySid = super::stored_sid(sid)?;
            self.client.delete_key(&key).await.map_err(asked)?;
            self.tell("The former API key was deleted at Twilio.").await?;
        }
        Ok(self.store().forget_retired_key(sid).await?)
    }
}
