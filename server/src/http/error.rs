//! Refusals that no page and no server function writes.

use app::api::ApiError;
use app::api::context::RequestFacts;
use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
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
        tracing::error!(error = %error.chain(), "a request failed");
    }
    let mut response = problem(app::api::status(error), error.problem(), facts);
    if let ServiceError::TooManyRequests { retry_after, .. } = error {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
    }
    response
}

/// A refusal by a layer that does not see the request; [`complete`] writes it out.
#[derive(Clone)]
struct Incomplete(Problem);

/// Refuses where the request's id is not known.
pub fn incomplete(status: StatusCode, problem: Problem) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(Incomplete(problem));
    response
}

/// Gives a refusal of an inner layer, and the router's bare 405, the one shape that all have.
pub fn complete(mut response: Response, facts: &RequestFacts) -> Response {
    let status = response.status();
    let refused = response.extensions_mut().remove::<Incomplete>();
    let problem = match refused {
        Some(Incomplete(problem)) => problem,
        None if status == StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            "method_not_allowed",
            "This address does not take this method; see the Allow header.",
        ),
        None => return response,
    };
    let mut completed = self::problem(status, problem, facts);
    if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
        completed.headers_mut().insert(header::ALLOW, allow);
    }
    completed
}

/// Whether a page is asked for, and not an answer for a program.
pub fn is_for_people(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT);
    let accepts = accepts.and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html") && matches!(*request.method(), Method::GET | Method::HEAD)
}

/// Nothing is at this address.
pub fn not_found() -> Response {
    incomplete(
        StatusCode::NOT_FOUND,
        Problem::new("not_found", "There is nothing at this address."),
    )
}
