//! The cookie by which a browser is known again, whoever signs in with it.

use std::convert::Infallible;

use app::api::context::RequestFacts;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use services::accounts::{DEVICE_KEPT, Device, Visitor};

use super::cookie::{self, Ours};
use crate::router::Site;

/// Whoever asks, signed in or not.
pub struct Asking(pub Visitor);

impl FromRequestParts<Site> for Asking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Infallible> {
        let cookie = Ours::Device.read(&parts.headers, site.config.is_https());
        let facts = parts.extensions.get::<RequestFacts>();
        Ok(Self(Visitor {
            address: facts.map(|facts| facts.address.clone()).unwrap_or_default(),
            user_agent: facts.map(|facts| facts.user_agent.clone()).unwrap_or_default(),
            device: cookie.and_then(|cookie| Device::of_cookie(&cookie)),
        }))
    }
}

/// Gives the cookie, with a page, to a browser that has none. Nothing is stored of it before somebody signs in.
pub async fn give(State(site): State<Site>, request: Request, next: Next) -> Response {
    let https = site.config.is_https();
    let has = Ours::Device
        .read(request.headers(), https)
        .is_some_and(|cookie| Device::of_cookie(&cookie).is_some());
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page && !has {
        let cookie = Ours::Device.set(&Device::new_cookie(site.entropy), DEVICE_KEPT, https);
        cookie::add(response.headers_mut(), cookie);
    }
    response
}
