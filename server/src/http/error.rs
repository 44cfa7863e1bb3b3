//! Refusals that no page and no server function writes.

use app::api::ApiError;
use app::api::context::RequestFacts;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
use services::ServiceError;

/// A refusal in the one shape that all have.
pub fn problem(status: StatusCode, problem: Problem, facts: &RequestFacts) -> Response {
    (status, Json(ApiError::new(problem, facts.request_id.clone()))).into_response()
}

/// A use case's refusal. Faults of ours are logged here.
pub fn refusal(error: &ServiceError, facts: &RequestFacts) -> Response {
    if matches!(error, ServiceError::Internal(_)) {
        tracing::error!(request_id = facts.request_id, error = %error.chain(), "a request failed");
    }
    let mut response = problem(app::api::status(error), error.problem(), facts);
    if let ServiceError::TooManyRequests { retry_after, .. } = error {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
    }
    response
}

/// Nothing is at this address.
pub fn not_found(facts: &RequestFacts) -> Response {
    problem(
        StatusCode::NOT_FOUND,
        Problem::new("not_found", "There is nothing at this address."),
        facts,
    )
}

/// For layers that do not see the request; the header of the answer carries its id all the same.
pub fn unknown() -> RequestFacts {
    RequestFacts {
        request_id: String::new(),
        user_agent: String::new(),
        address: String::new(),
    }
}
