//! Who asks, and what is only for those who are signed in.

use std::sync::Arc;

use app::api::context::{RequestFacts, Session};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::cookie::Ours;
use super::error;
use crate::router::Site;

/// Looks the session cookie up and hands the caller on, if any.
pub async fn load(
    State(site): State<Site>,
    Extension(facts): Extension<RequestFacts>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match Ours::Session.read(request.headers(), site.config.is_https()) {
        Some(value) => match site.services.accounts.authenticate(&value).await {
            Ok(caller) => caller,
            Err(error) => return error::refusal(&error, &facts),
        },
        None => None,
    };
    request.extensions_mut().insert(Session(caller));
    next.run(request).await
}

/// Sends visitors who are not signed in to the sign-in page, which leads them back afterwards. The start page, those for
/// signing in and up, and the one for developers are everybody's.
pub async fn sign_in_first(
    State(pages): State<Arc<[String]>>,
    Extension(session): Extension<Session>,
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri();
    let path = uri.path();
    // A form that is posted to a page's address is answered as every other.
    let asked_for = matches!(*request.method(), Method::GET | Method::HEAD);
    let private =
        !["/", "/developers", "/sign-in", "/sign-up"].contains(&path) && pages.iter().any(|page| is_at(page, path));
    if session.0.is_none() && private && asked_for {
        let back = uri.path_and_query().map_or(path, |whole| whole.as_str());
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("next", back)
            .finish();
        return Redirect::to(&format!("/sign-in?{query}")).into_response();
    }
    next.run(request).await
}

/// Whether the path is that of the page, whose address may have parts in braces that stand for anything.
fn is_at(page: &str, path: &str) -> bool {
    let (mut page, mut path) = (page.split('/'), path.split('/'));
    loop {
        match (page.next(), path.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if pattern == part || (pattern.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_part_that_stands_for_anything_is_one_page() {
        assert!(is_at("/calls", "/calls"));
        assert!(is_at("/calls/{id}", "/calls/0192f0c1"));
        for other in ["/calls", "/calls/", "/calls/1/2", "/texts/1"] {
            assert!(!is_at("/calls/{id}", other), "{other}");
        }
    }
}
