//! Refusals that no webhook's own code sees: the wrong method, too much, and addresses that are none.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;
use services::rejected::{Refusal, Rejected, Stage, Via};

use super::verified::SIGNATURE;
use crate::router::Site;

/// Has it told where a request to a webhook is refused before it is read.
pub async fn unread(State(site): State<Site>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let response = next.run(request).await;
    let stage = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => Stage::Method,
        StatusCode::PAYLOAD_TOO_LARGE => Stage::TooLarge,
        _ => return response,
    };
    note(&site.services.rejected, stage, &uri, None);
    response
}

/// Has it told where something that looks like Twilio's asks for an address that is none.
pub fn astray(rejected: &Rejected, request: &Request) {
    if let Some(signature) = request.headers().get(SIGNATURE) {
        note(rejected, Stage::Address, request.uri(), signature.to_str().ok());
    }
}

fn note(rejected: &Rejected, stage: Stage, uri: &Uri, signature: Option<&str>) {
    rejected.note(|| Refusal {
        stage,
        target: uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        signature: signature.map(str::to_owned),
        body: Bytes::new(),
        via: Via::default(),
    });
}
