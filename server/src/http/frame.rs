//! Around everything: the request's id, its line in the log, and the headers of every answer.

use std::net::SocketAddr;
use std::time::Instant;

use app::api::context::RequestFacts;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use leptos::nonce::Nonce;
use tracing::Instrument as _;

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

    // Whatever is logged on the way carries the id too.
    let span = tracing::info_span!("request", id = facts.request_id);
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = error::complete(response, &facts);
    if let Ok(id) = HeaderValue::from_str(&facts.request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    headers::add(response.headers_mut(), policy, &site.config);
    span.in_scope(|| log(&method, &path, response.status(), started, &facts));
    response
}

/// One line a request. The query is left out, since addresses may carry what is private; `?` escapes what a client chose.
fn log(method: &Method, path: &str, status: StatusCode, started: Instant, facts: &RequestFacts) {
    let millis = started.elapsed().as_millis();
    let (status, address, agent) = (status.as_u16(), &facts.address, &facts.user_agent);
    if path == "/healthz" || path == "/readyz" || path.starts_with("/pkg/") {
        tracing::debug!(%method, ?path, status, millis, address, ?agent, "answered");
    } else {
        tracing::info!(%method, ?path, status, millis, address, ?agent, "answered");
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
