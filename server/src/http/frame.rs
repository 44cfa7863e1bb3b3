//! Around everything: the request's id, its line in the log, and the headers of every answer.

use std::net::SocketAddr;
use std::time::Instant;

use app::api::context::RequestFacts;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::address::Client;
use super::error;
use super::log::Answered;
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
    let client = site.config.trusted_proxies.client(peer.ip(), request.headers());
    let facts = RequestFacts {
        request_id: site.entropy.uuid().to_string(),
        user_agent: user_agent(&request),
        address: client.to_string(),
    };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(facts.clone());
    request.extensions_mut().insert(Client(client));

    // Whatever is logged on the way carries the id too.
    let span = tracing::info_span!("request", id = facts.request_id);
    let response = if is_address(request.uri()) {
        next.run(request).instrument(span.clone()).await
    } else {
        error::not_found()
    };
    let mut response = error::complete(response, &facts);
    if let Ok(id) = HeaderValue::from_str(&facts.request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    site.headers.add(&mut response);
    let route = route.as_ref().map(MatchedPath::as_str);
    site.metrics
        .requests
        .answered(route, &method, response.status(), started.elapsed());
    span.in_scope(|| {
        site.log.tell(&Answered {
            method: &method,
            path: &path,
            status: response.status(),
            started,
            facts: &facts,
        });
    });
    response
}

/// Whether something could be there: what is meant for a proxy names a host alone, `*` the whole server.
fn is_address(uri: &Uri) -> bool {
    uri.path().starts_with('/')
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
