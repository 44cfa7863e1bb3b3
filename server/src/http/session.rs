//! Who asks, and what is only for those who are signed in.

use std::sync::Arc;

use app::api::context::{RequestFacts, Session};
use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

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

/// Sends visitors who are not signed in to the sign-in page, which leads them back afterwards. The start page and those for
/// signing in and up are everybody's.
pub async fn sign_in_first(
    State(pages): State<Arc<[String]>>,
    Extension(session): Extension<Session>,
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri();
    let path = uri.path();
    let private = !["/", "/sign-in", "/sign-up"].contains(&path) && pages.iter().any(|page| page == path);
    if session.0.is_none() && private {
        let back = uri.path_and_query().map_or(path, |whole| whole.as_str());
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("next", back)
            .finish();
        return Redirect::to(&format!("/sign-in?{query}")).into_response();
    }
    next.run(request).await
}
