//! What the database refuses.

use std::sync::Arc;

/// A failure of the database or of what it holds. Opaque: ask its predicates.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Kind);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the database's schema could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("DATABASE_URL must begin with sqlite: or postgres:")]
    UnknownEngine,
    #[error("the database's folder could not be made")]
    Folder(#[source] std::io::Error),
    #[error("column {column} holds something unreadable")]
    Unreadable { column: &'static str },
    #[error("what was written together failed")]
    Group(#[source] Arc<Error>),
    #[error("what was to be written was given up")]
    Interrupted,
    #[error("another worker has this connection now")]
    LeaseLost,
}

impl Error {
    /// Whether a row like that is there already.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(&self.0, Kind::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    /// Whether the caller's lease on the connection is gone: another worker has it, so nothing was written.
    #[must_use]
    pub fn is_lease_lost(&self) -> bool {
        matches!(self.0, Kind::LeaseLost)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self(error.into())
    }
}
