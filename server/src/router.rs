//! Every route on one page.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use app::api::context::{RequestFacts, Session};
use app::{App, shell};
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use domain::problem::Problem;
use leptos::config::LeptosOptions;
use leptos::nonce::Nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use services::{Clock, Entropy, Parts, ServiceError, Services};
use store::Store;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::services::ServeDir;

use crate::config::Config;
use crate::http::{
    auth, calls, error, events, files, forms, frame, limits, message_media, messages, recordings, session,
};
use crate::webhooks;

/// How long the database may take to answer the readiness check.
const PING: Duration = Duration::from_secs(3);

/// What the routes work with.
#[derive(Clone)]
pub struct Site {
    /// The settings.
    pub config: Arc<Config>,
    /// The use cases.
    pub services: Services,
    /// The database, for the readiness check alone.
    pub store: Store,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws request ids.
    pub entropy: Entropy,
    /// Whether new requests are welcome: not before the start is done, and not during shutdown.
    pub ready: Arc<AtomicBool>,
}

impl FromRef<Site> for LeptosOptions {
    fn from_ref(site: &Site) -> Self {
        site.config.leptos.clone()
    }
}

impl Site {
    /// Wires the routes' parts.
    #[must_use]
    pub fn new(config: Arc<Config>, parts: &Parts) -> Self {
        Self {
            config,
            services: Services::new(parts.clone()),
            store: parts.store.clone(),
            clock: Arc::clone(&parts.clock),
            entropy: parts.entropy,
            ready: Arc::new(AtomicBool::new(false)),
        }
    }
}

/// The whole site.
///
/// # Errors
/// When `APP_URL` has no origin that a browser could send.
pub fn router(site: Site) -> anyhow::Result<Router> {
    let context = context(&site);
    let leptos = site.config.leptos.clone();
    let document = {
        let leptos = leptos.clone();
        move || shell(leptos.clone())
    };
    let pages = generate_route_list(App);
    let addresses: Arc<[String]> = pages.iter().map(|page| page.path().to_owned()).collect();
    let people = Router::new()
        .route("/auth/sign-up", post(auth::sign_up))
        .route("/auth/sign-in", post(auth::sign_in))
        .route("/auth/sign-out", post(auth::sign_out))
        .route("/auth/sessions/revoke", post(auth::revoke))
        .route("/api/calls", get(calls::list).post(calls::begin))
        .route("/api/calls.csv", get(calls::csv))
        .route("/api/calls/{id}", get(calls::one))
        .route("/api/messages", get(messages::list).post(messages::send))
        .route("/api/messages/{id}", get(messages::one))
        .route("/api/messages/{id}/media/{n}", get(message_media::medium))
        .route("/api/recordings/{id}", delete(recordings::delete))
        .route("/api/recordings/{id}/audio", get(recordings::audio))
        .route("/api/events", get(events::events))
        // The pages (app/src/routes.rs) and the server functions (app/src/api/).
        .leptos_routes_with_context(&site, pages, context.clone(), document.clone())
        .layer(from_fn_with_state(addresses, session::sign_in_first))
        .layer(from_fn_with_state(site.clone(), session::load))
        .layer(from_fn(forms::redirect));

    let not_found = {
        let page = render_app_async_with_context(context, document);
        move |request: Request| nothing_here(request, page.clone())
    };
    let not_found = Router::new()
        .fallback(not_found)
        .layer(from_fn_with_state(site.clone(), session::load));
    let files = ServeDir::new(leptos.site_root.as_ref())
        .append_index_html_on_directories(false)
        .redirect_to_trailing_slash(false)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(not_found);

    let origin = site.config.app_url.origin().ascii_serialization();
    let around = ServiceBuilder::new()
        .layer(from_fn_with_state(site.clone(), frame::frame))
        .layer(CatchPanicLayer::custom(panicked));
    let from_browsers = ServiceBuilder::new()
        .layer(
            CsrfLayer::new()
                .add_trusted_origin(&origin)?
                .with_rejection_response(cross_site),
        )
        .layer(from_fn(limits::bounded));
    Ok(Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .merge(people)
        .fallback_service(ServiceBuilder::new().layer(from_fn(files::keep)).service(files))
        .layer(from_browsers)
        // A signature is all that counts for these.
        .merge(webhooks::routes().layer(from_fn(limits::bounded_webhook)))
        .layer(around)
        .with_state(site))
}

/// What pages and server functions find in Leptos' context, taken from the request's extensions.
fn context(site: &Site) -> impl Fn() + Clone + Send + Sync + 'static {
    let services = site.services.clone();
    move || {
        provide_context(services.clone());
        if let Some(parts) = use_context::<axum::http::request::Parts>() {
            let extensions = &parts.extensions;
            if let Some(nonce) = extensions.get::<Nonce>() {
                provide_context(nonce.clone());
            }
            if let Some(facts) = extensions.get::<RequestFacts>() {
                provide_context(facts.clone());
            }
            provide_context(extensions.get::<Session>().cloned().unwrap_or(Session(None)));
        }
    }
}

/// A page for people, a refusal for programs.
async fn nothing_here<F, R>(request: Request, page: F) -> Response
where
    F: Fn(Request) -> R,
    R: Future<Output = Response>,
{
    let accepts = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let for_people = accepts.contains("text/html") && matches!(*request.method(), Method::GET | Method::HEAD);
    if for_people {
        return page(request).await;
    }
    error::not_found()
}

async fn ready(State(site): State<Site>) -> Response {
    let unready = |why: &str| error::incomplete(StatusCode::SERVICE_UNAVAILABLE, Problem::new("not_ready", why));
    if !site.ready.load(Ordering::Acquire) {
        return unready("The server is starting or stopping.");
    }
    match tokio::time::timeout(PING, site.store.ping()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            unready("The database does not answer.")
        }
        Err(_) => {
            tracing::warn!("the database does not answer in time");
            unready("The database does not answer.")
        }
    }
}

fn cross_site(_: tower_http::csrf::ProtectionError) -> Response {
    let sentence = "This request came from another website, so nothing was done.";
    error::incomplete(StatusCode::FORBIDDEN, Problem::new("cross_site", sentence))
}

#[allow(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words");
    tracing::error!(said, "a request panicked");
    let problem = ServiceError::internal("panic").problem();
    error::incomplete(StatusCode::INTERNAL_SERVER_ERROR, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_like_any_fault_of_ours() {
        let facts = RequestFacts {
            request_id: "an-id".to_owned(),
            user_agent: String::new(),
            address: String::new(),
        };
        let answer = error::complete(panicked(Box::new("words from within")), &facts);
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("\"internal\"") && body.contains("an-id"), "{body}");
        assert!(!body.contains("within"), "{body}");
    }
}
