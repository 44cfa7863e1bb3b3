//! Around everything: the request's id, its line in the log, and the headers of every answer.

use std::net::SocketAddr;
use std::time::Instant;

use app::api::context::RequestFacts;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::problem::Problem;
use leptos::nonce::Nonce;

use super::{error, headers};
use crate::router::Site;

/// Longest user agent that is kept, in characters.
const USER_AGENT_MAX: usize = 300;

/// Gives the request its id, and the answer its headers and its line in the log.
pub async fn frame(
    State(site): State<Site>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let facts = RequestFacts {
        request_id: site.entropy.uuid().to_string(),
        user_agent: user_agent(&request),
        address: peer.ip().to_string(),
    };
    let nonce = Nonce::new();
    let policy = headers::content_security_policy(&site.config, &nonce);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(facts.clone());
    request.extensions_mut().insert(nonce);

    let mut response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response = method_not_allowed(response, &facts);
    }
    if let Ok(id) = HeaderValue::from_str(&facts.request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    headers::add(response.headers_mut(), policy, &site.config);
    log(&method, &path, response.status(), started, &facts);
    response
}

/// The router's bare 405, in the shape of every refusal.
fn method_not_allowed(bare: Response, facts: &RequestFacts) -> Response {
    let sentence = "This address does not take this method; see the Allow header.";
    let mut response = error::problem(
        StatusCode::METHOD_NOT_ALLOWED,
        Problem::new("method_not_allowed", sentence),
        facts,
    );
    if let Some(allow) = bare.headers().get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response
}

/// One line a request. The query is left out, since addresses may carry what is private; `?` escapes what a client chose.
fn log(method: &Method, path: &str, status: StatusCode, started: Instant, facts: &RequestFacts) {
    let millis = started.elapsed().as_millis();
    let (status, request_id) = (status.as_u16(), facts.request_id.as_str());
    if path == "/healthz" || path == "/readyz" || path.starts_with("/pkg/") {
        tracing::debug!(%method, ?path, status, millis, request_id, "request");
    } else {
        tracing::info!(%method, ?path, status, millis, request_id, "request");
    }
}

fn user_agent(request: &Request) -> String {
    let agent = request
        .headers()
        .get(header::USER_AGENT)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    agent
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(USER_AGENT_MAX)
        .collect()
}
