//! Which column a sealed secret belongs to: what its ciphertext is bound to, and what a key rotation walks over.

use store::SealedValue;
use vault::SealContext;

use crate::ServiceError;

/// A column that holds sealed secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedColumn {
    /// The verified auth token between Verify and Save; its row is the user's.
    DraftAuthToken,
    /// The auth token of a connection.
    ConnectionAuthToken,
    /// The auth token of a connection before the last change.
    ConnectionPreviousAuthToken,
    /// The secret of a connection's API key.
    ConnectionApiKeySecret,
}

impl SealedColumn {
    /// What ciphertext in this column is bound to, for the given tenant (the user's id) and row.
    #[must_use]
    pub fn context<'a>(self, tenant: &'a str, row: &'a str) -> SealContext<'a> {
        let (purpose, column) = match self {
            Self::DraftAuthToken => ("twilio auth token", "setup_drafts.auth_token"),
            Self::ConnectionAuthToken => ("twilio auth token", "connections.auth_token"),
            Self::ConnectionPreviousAuthToken => ("twilio auth token", "connections.previous_auth_token"),
            Self::ConnectionApiKeySecret => ("twilio api key secret", "connections.api_key_secret"),
        };
        SealContext {
            purpose,
            tenant,
            row,
            column,
        }
    }

    /// The column that the value stands in.
    ///
    /// # Errors
    /// `Internal` where it is none of these.
    pub fn of(value: &SealedValue) -> Result<Self, ServiceError> {
        [
            Self::DraftAuthToken,
            Self::ConnectionAuthToken,
            Self::ConnectionPreviousAuthToken,
            Self::ConnectionApiKeySecret,
        ]
        .into_iter()
        .find(|column| column.context("", "").column == value.column)
        .ok_or_else(|| ServiceError::internal(format!("{} is not a sealed column", value.column)))
    }
}
