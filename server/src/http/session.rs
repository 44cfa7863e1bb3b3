//! Who asks.

use app::api::context::{RequestFacts, Session};
use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::{cookie, error};
use crate::router::Site;

/// Looks the session cookie up and hands the caller on, if any.
pub async fn load(
    State(site): State<Site>,
    Extension(facts): Extension<RequestFacts>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match cookie::read(request.headers(), site.config.is_https()) {
        Some(value) => match site.services.accounts.authenticate(&value).await {
            Ok(caller) => caller,
            Err(error) => return error::refusal(&error, &facts),
        },
        None => None,
    };
    request.extensions_mut().insert(Session(caller));
    next.run(request).await
}
