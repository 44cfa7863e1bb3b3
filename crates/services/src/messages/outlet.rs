//! By which account a text goes, and who it is from.

use domain::connection::ConnectionState;
use domain::id::UserId;
use domain::message::MessageOrigin;
use domain::problem::Problem;
use messaging::Credentials;
use secrecy::SecretString;
use store::{Connection, Message};
use twilio::Client;

use super::Messages;
use crate::{ServiceError, connections};

/// What a Messaging Service begins with.
const SERVICE: &str = "MG";

/// By which account, and from whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outlet {
    /// `AC…`; empty where the provider needs no account.
    pub(super) account_sid: String,
    /// The number, or the Messaging Service that picks one.
    pub(super) sender: String,
    /// The user's own number; empty where he has none.
    pub(super) own_number: String,
}

impl Outlet {
    /// The number that the text is known to come from; empty where a Messaging Service picks it.
    pub(super) fn from(&self) -> String {
        if self.sender.starts_with(SERVICE) {
            String::new()
        } else {
            self.sender.clone()
        }
    }
}

impl Messages {
    /// How the user's texts go out; none where they cannot.
    pub(super) async fn outlet(&self, user: UserId) -> Result<Option<Outlet>, ServiceError> {
        if let Some(connection) = self.connection_of(user).await? {
            let chosen = self.parts.store.text_settings(user).await?.messaging_service_sid;
            return Ok(Some(Outlet {
                sender: chosen.unwrap_or_else(|| connection.phone_number.clone()),
                account_sid: connection.account_sid,
                own_number: connection.phone_number,
            }));
        }
        if self.system().is_some_and(|system| system.serves_users) {
            return Ok(self.systems_outlet());
        }
        Ok(self.accountless())
    }

    /// How messages of the system go out; none where they cannot.
    pub(super) fn systems_outlet(&self) -> Option<Outlet> {
        let Some(system) = self.system() else {
            return self.accountless();
        };
        let sender = system.sender.clone()?;
        Some(Outlet {
            account_sid: system.account_sid.to_string(),
            own_number: if sender.starts_with(SERVICE) {
                String::new()
            } else {
                sender.clone()
            },
            sender,
        })
    }

    /// A provider that asks for no account serves everybody.
    fn accountless(&self) -> Option<Outlet> {
        let provider = self.provider();
        (!provider.capabilities().credentials).then(|| Outlet {
            account_sid: String::new(),
            sender: provider.name().to_owned(),
            own_number: String::new(),
        })
    }

    /// The user's connection, if it is in use.
    pub(super) async fn connection_of(&self, user: UserId) -> Result<Option<Connection>, ServiceError> {
        let current = self.parts.store.current_connection(user).await?;
        Ok(current.filter(|connection| connection.state == ConnectionState::Connected))
    }

    /// What the provider needs to know of the account that a stored text goes by.
    ///
    /// # Errors
    /// Inside: why it cannot go any more, as a sentence.
    pub(super) async fn credentials_of(
        &self,
        message: &Message,
    ) -> Result<Result<Option<Credentials>, String>, ServiceError> {
        if !self.provider().capabilities().credentials {
            return Ok(Ok(None));
        }
        Ok(match self.token_of(message).await? {
            Some(secret) => Ok(Some(Credentials {
                account: message.account_sid.clone(),
                secret,
            })),
            None => Err("The Twilio account that this text was to go by is not connected any more.".to_owned()),
        })
    }

    /// A client of the account that a text went by, or came in by.
    pub(super) async fn client_of(&self, message: &Message) -> Result<Client, ServiceError> {
        let token = self.token_of(message).await?.ok_or_else(|| {
            ServiceError::Conflict(Problem::new(
                "twilio_not_connected",
                "This text is in a Twilio account that is not connected any more.",
            ))
        })?;
        let account = message.account_sid.parse().map_err(ServiceError::internal)?;
        Ok(self.parts.twilio.client(account, token))
    }

    /// The token of a text's account, as far as the text may use it.
    async fn token_of(&self, message: &Message) -> Result<Option<SecretString>, ServiceError> {
        let connection = self.connection_of(message.user_id).await?;
        let own = connection.filter(|connection| connection.account_sid == message.account_sid);
        if let Some(connection) = own
            && message.origin == MessageOrigin::User
        {
            return connections::token_of(&self.parts, &connection).map(Some);
        }
        let system = self.system().filter(|system| {
            system.account_sid.as_str() == message.account_sid
                && (system.serves_users || message.origin == MessageOrigin::System)
        });
        Ok(system.map(|system| system.auth_token.clone()))
    }
}
