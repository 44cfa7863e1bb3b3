//! The one error of the use cases: a variant per kind the caller acts on.

use std::error::Error as StdError;

use domain::problem::Problem;

/// Why a use case did not do what was asked. Every variant but `Internal` carries what the person reads.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The request's fields are wrong; nothing was done.
    #[error("{}", .0.message)]
    Invalid(Problem),
    /// Not signed in, or the pair is wrong.
    #[error("{}", .0.message)]
    Unauthenticated(Problem),
    /// The caller may not do this.
    #[error("{}", .0.message)]
    Forbidden(Problem),
    /// There is no such thing for this caller.
    #[error("{}", .0.message)]
    NotFound(Problem),
    /// It contradicts what is there.
    #[error("{}", .0.message)]
    Conflict(Problem),
    /// Too often; again after that many seconds.
    #[error("{}", .problem.message)]
    TooManyRequests {
        /// What the person reads.
        problem: Problem,
        /// Seconds until it may be tried again.
        retry_after: u64,
    },
    /// Twilio did not answer as it should.
    #[error("{}", .0.message)]
    Upstream(Problem),
    /// Ours to mend; the person is told no more than that.
    #[error("{0}")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

impl ServiceError {
    /// What the person reads.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Invalid(problem)
            | Self::Unauthenticated(problem)
            | Self::Forbidden(problem)
            | Self::NotFound(problem)
            | Self::Conflict(problem)
            | Self::TooManyRequests { problem, .. }
            | Self::Upstream(problem) => problem.clone(),
            Self::Internal(_) => Problem::new(
                "internal",
                "Something went wrong on our side. Nothing was lost; please try again.",
            ),
        }
    }

    /// The error and what caused it, on one line, for the log.
    #[must_use]
    pub fn chain(&self) -> String {
        let causes = std::iter::successors(Some(self as &(dyn StdError + 'static)), |error| (*error).source());
        let mut words: Vec<String> = causes.map(ToString::to_string).collect();
        words.dedup();
        words.join(": ")
    }

    /// A fault of ours.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }
}

impl From<store::Error> for ServiceError {
    fn from(error: store::Error) -> Self {
        Self::internal(error)
    }
}

impl From<vault::Error> for ServiceError {
    fn from(error: vault::Error) -> Self {
        Self::internal(error)
    }
}
