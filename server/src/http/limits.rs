//! How much a request may carry.

use std::time::Duration;

use app::api::context::RequestFacts;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use domain::problem::Problem;
use futures::StreamExt as _;

use super::error;

/// Largest body, in bytes: no form of ours comes near.
const BODY_MAX: usize = 64 * 1024;
/// So much of a larger one is read and dropped: whoever is still sending when the connection closes never reads why.
const DROPPED_MAX: usize = 1024 * 1024;
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
    match tokio::time::timeout(time, whole(body)).await {
        Ok(Some(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(None) => {
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

/// The body, unless it is too large or breaks off.
async fn whole(body: Body) -> Option<Bytes> {
    let mut chunks = body.into_data_stream();
    let mut kept = Vec::new();
    let mut seen = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        seen += chunk.len();
        if seen <= BODY_MAX {
            kept.extend_from_slice(&chunk);
        } else if seen > DROPPED_MAX {
            break;
        }
    }
    (seen <= BODY_MAX).then(|| kept.into())
}
