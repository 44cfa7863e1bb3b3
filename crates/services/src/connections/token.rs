//! Tokens: the browser phone's, and the account's own when it is replaced.

use std::time::Duration;

use domain::connection::ConnectionState;
use domain::setup::{Connected, VoiceToken};
use secrecy::ExposeSecret;
use store::Connection;
use twilio::{AccessToken, VoiceGrant};

use super::{Connections, Pair, explain, last4, not_connected, stored_sid, verify, view};
use crate::sealing::SealedColumn;
use crate::{Caller, ServiceError};

/// Long enough for the phone to refresh at leisure, short enough for a lost token to be worth little.
const VOICE_TOKEN_LIFE: Duration = Duration::from_secs(10 * 60);

/// How long a replaced auth token still proves that a request is Twilio's: what was signed with it may come late.
const PREVIOUS_TOKEN_MILLIS: i64 = 24 * 60 * 60 * 1000;

impl Connections {
    /// A Voice access token for the caller: his identity, his TwiML App, ten minutes.
    ///
    /// # Errors
    /// `Conflict` when nothing is connected.
    pub async fn voice_token(&self, caller: &Caller) -> Result<VoiceToken, ServiceError> {
        let tenant = self.parts.store.tenant_of_user(caller.user_id).await?;
        let Some(tenant) = tenant.filter(|tenant| tenant.connection.state == ConnectionState::Connected) else {
            return Err(ServiceError::Conflict(not_connected().problem()));
        };
        let (connection, identity) = (&tenant.connection, &tenant.voice_identity);
        let connected = view::connected(connection)?;
        let now = self.parts.clock.now().0.div_euclid(1000);
        let nonce = u64::from_be_bytes(self.parts.entropy.bytes());
        let token = AccessToken::new(
            &stored_sid(&connected.account_sid)?,
            &stored_sid(&connected.api_key_sid)?,
            identity,
            now,
            VOICE_TOKEN_LIFE,
            nonce,
        )
        .map_err(ServiceError::internal)?
        .with_voice_grant(VoiceGrant {
            incoming_allow: true,
            outgoing_application_sid: Some(stored_sid(&connected.application_sid)?),
            ..VoiceGrant::default()
        });
        let expires_at = jiff::Timestamp::from_second(token.expires_at())
            .map_err(ServiceError::internal)?
            .to_string();
        // Opened for the moment of signing only.
        let token = self.sign(connection, &token)?;
        Ok(VoiceToken {
            token,
            identity: identity.clone(),
            expires_at,
        })
    }

    fn sign(&self, connection: &Connection, token: &AccessToken) -> Result<String, ServiceError> {
        let sealed = connection
            .api_key_secret
            .as_deref()
            .ok_or_else(|| ServiceError::internal("a connection without its key's secret"))?;
        let (user, row) = (connection.user_id.to_string(), connection.id.to_string());
        let context = SealedColumn::ConnectionApiKeySecret.context(&user, &row);
        token
            .sign(&self.parts.vault.open(&context, sealed)?)
            .map_err(ServiceError::internal)
    }

    /// Puts the account's new auth token in the place of the stored one, once Twilio has accepted it.
    ///
    /// # Errors
    /// `NotFound` when nothing is connected; `Invalid` when the token is malformed or Twilio rejects it.
    pub async fn replace_token(&self, caller: &Caller, auth_token: &str) -> Result<Connected, ServiceError> {
        let connection = self.in_use(caller).await?.ok_or_else(not_connected)?;
        let pair = Pair::parse(&connection.account_sid, auth_token)?;
        let client = self
            .parts
            .twilio
            .client(pair.account_sid.clone(), pair.auth_token.clone());
        let account = client
            .fetch_account()
            .await
            .map_err(|error| explain::error_of(explain::problem_of(&error)))?;
        verify::usable(&account)?;
        if !self.store_token(&connection, &pair).await? {
            return Err(super::save::in_progress());
        }
        self.hand_on(caller, &pair).await?;
        // The stored trouble is over; whatever else there is, is told on the page.
        if let Err(error @ ServiceError::Internal(_)) = self.look(connection.id).await {
            return Err(error);
        }
        view::connected(&connection)
    }

    /// Gives a token that Twilio has accepted to the removals that wait for one: their own may be refused by now.
    pub(super) async fn hand_on(&self, caller: &Caller, pair: &Pair) -> Result<(), ServiceError> {
        for connection in self.parts.store.connections_left_behind(caller.user_id).await? {
            if connection.account_sid == pair.account_sid.as_str() {
                self.store_token(&connection, pair).await?;
            }
        }
        Ok(())
    }

    async fn store_token(&self, connection: &Connection, pair: &Pair) -> Result<bool, ServiceError> {
        let row = connection.id.to_string();
        let sealed = self.seal(
            SealedColumn::ConnectionAuthToken,
            connection.user_id,
            &row,
            &pair.auth_token,
        )?;
        let previous = self.reseal_as_previous(connection)?;
        let last4 = last4(pair.auth_token.expose_secret());
        let now = self.parts.clock.now();
        let until = now.plus(PREVIOUS_TOKEN_MILLIS);
        let previous = previous.as_deref().map(|sealed| (sealed, until));
        Ok(self
            .parts
            .store
            .replace_auth_token(connection.user_id, connection.id, &sealed, &last4, previous, now)
            .await?)
    }

    /// The token so far, sealed for the place of a former one.
    fn reseal_as_previous(&self, connection: &Connection) -> Result<Option<Vec<u8>>, ServiceError> {
        let Some(sealed) = &connection.auth_token else {
            return Ok(None);
        };
        let (user, row) = (connection.user_id.to_string(), connection.id.to_string());
        let context = SealedColumn::ConnectionAuthToken.context(&user, &row);
        let token = match self.parts.vault.open(&context, sealed) {
            Ok(token) => token,
            // The new one is the way out, and must not depend on it.
            Err(error) => {
                tracing::warn!(connection = row, "the former token is not kept: {error}");
                return Ok(None);
            }
        };
        let column = SealedColumn::ConnectionPreviousAuthToken;
        Ok(Some(self.seal(column, connection.user_id, &row, &token)?))
    }
}
