//! Addresses that are only for those who are signed in.

use app::api::context::{RequestFacts, Session};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use domain::problem::Problem;
use services::{Caller, ServiceError};

use super::error;

/// The signed-in caller, and what is known of his request. Whoever is nobody is refused.
pub struct SignedIn {
    /// Who asks.
    pub caller: Caller,
    /// The request.
    pub facts: RequestFacts,
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let extensions = &parts.extensions;
        let facts = extensions.get::<RequestFacts>().cloned();
        let session = extensions.get::<Session>().cloned();
        match (facts, session) {
            (Some(facts), Some(Session(Some(caller)))) => Ok(Self { caller, facts }),
            (Some(facts), _) => Err(error::refusal(&not_signed_in(), &facts)),
            (None, _) => Err(error::not_found()),
        }
    }
}

/// The refusal of nobody.
pub fn not_signed_in() -> ServiceError {
    ServiceError::Unauthenticated(Problem::new("not_signed_in", "Sign in first."))
}
