//! What the database refuses.

use std::sync::Arc;

use crate::Engine;

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
    #[error("another server has written what was to be written meanwhile")]
    Overtaken,
    #[error("a call has that id already")]
    SameId,
    #[error("one of those that were written together has to be written alone")]
    Apart,
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

impl Error {
    /// Whether it may go well when it is tried again, since another server was in the way.
    pub(crate) fn is_passing(&self, engine: Engine) -> bool {
        if engine == Engine::Sqlite {
            return false;
        }
        match &self.0 {
            Kind::Overtaken => true,
            // A serialization failure, a deadlock. <https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html>
            Kind::Database(sqlx::Error::Database(error)) => {
                error.is_unique_violation() || matches!(error.code().as_deref(), Some("40001" | "40P01"))
            }
            _ => false,
        }
    }

    /// Whether it is the fault of some of the rows that were to be written, and not the database's or the way's to it.
    pub(crate) fn is_of_the_rows(&self) -> bool {
        match &self.0 {
            // Whoever waited in vain for somebody's lock would wait again for each of its parts; and a database that is full, or is
            // being stopped, is so for all. <https://www.postgresql.org/docs/current/errcodes-appendix.html>
            Kind::Database(sqlx::Error::Database(error)) => {
                let code = error.code().unwrap_or_default();
                !(code == "55P03" || code.starts_with("53") || code.starts_with("57"))
            }
            Kind::Database(error) => matches!(error, sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. }),
            _ => true,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self(error.into())
    }
}
