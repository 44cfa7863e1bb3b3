//! How much a request may carry.

use std::time::Duration;

use app::api::context::RequestFacts;
use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use domain::problem::Problem;

use super::error;

/// Largest body, in bytes: no form of ours comes near.
const BODY_MAX: usize = 64 * 1024;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// The same for a webhook: Twilio does not dawdle.
const WEBHOOK_TIME: Duration = Duration::from_secs(5);

/// Reads the body, bounded in size and time, before anything else is done.
pub async fn bounded(Extension(facts): Extension<RequestFacts>, request: Request, next: Next) -> Response {
    read(&facts, request, next, BODY_TIME).await
}

/// The same for webhooks.
pub async fn bounded_webhook(Extension(facts): Extension<RequestFacts>, request: Request, next: Next) -> Response {
    read(&facts, request, next, WEBHOOK_TIME).await
}

async fn read(facts: &RequestFacts, request: Request, next: Next, time: Duration) -> Response {
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(time, to_bytes(body, BODY_MAX)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(_)) => {
            let sentence = "The request is larger than 64 KiB.";
            error::problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                Problem::new("body_too_large", sentence),
                facts,
            )
        }
        Err(_) => {
            let sentence = "The request took too long to arrive.";
            error::problem(
                StatusCode::REQUEST_TIMEOUT,
                Problem::new("body_too_slow", sentence),
                facts,
            )
        }
    }
}
