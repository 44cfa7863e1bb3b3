//! Every route on one page.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use app::api::context::{RequestFacts, Session};
use app::{App, shell};
use axum::Router;
use axum::extract::{FromRef, Request};
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
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
use crate::http::headers::{self, Headers};
use crate::http::log::Log;
use crate::http::metrics::{self, Metrics};
use crate::http::rates::{self, Rates};
use crate::http::{
    account, auth, calls, device, error, events, files, forms, frame, health, limits, message_media, messages, openapi,
    operator, recordings, session,
};
use crate::webhooks;

/// What the routes work with. A clone is another handle on the same: every layer takes one for every request.
#[derive(Clone)]
pub struct Site(Arc<Inside>);

impl std::ops::Deref for Site {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.0
    }
}

/// The parts of the site.
pub struct Inside {
    /// The settings.
    pub config: Arc<Config>,
    /// The use cases.
    pub services: Services,
    /// The database, for the readiness check alone.
    pub store: Store,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The headers of every answer.
    pub headers: Arc<Headers>,
    /// Tells of what was answered.
    pub log: Arc<Log>,
    /// Who asks how often.
    pub rates: Arc<Rates>,
    /// The figures.
    pub metrics: Arc<Metrics>,
    /// What stands for this installation in public.
    pub mark: Arc<str>,
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
    ///
    /// # Errors
    /// When a setting cannot stand in a header.
    pub fn new(config: Arc<Config>, parts: &Parts, metrics: Arc<Metrics>, mark: &str) -> anyhow::Result<Self> {
        let headers = Arc::new(Headers::new(&config)?);
        Ok(Self(Arc::new(Inside {
            config,
            services: Services::new(parts.clone()),
            store: parts.store.clone(),
            clock: Arc::clone(&parts.clock),
            headers,
            log: Arc::default(),
            rates: Arc::default(),
            metrics,
            mark: mark.into(),
            entropy: parts.entropy,
            ready: Arc::new(AtomicBool::new(false)),
        })))
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
    let people = people()
        // The pages (app/src/routes.rs) and the server functions (app/src/api/).
        .leptos_routes_with_context(&site, pages, context.clone(), document.clone())
        .layer(from_fn_with_state(addresses, session::sign_in_first))
        .layer(from_fn_with_state(site.clone(), rates::bounded))
        .layer(from_fn_with_state(site.clone(), session::load))
        .layer(from_fn_with_state(site.clone(), device::give))
        .layer(from_fn(headers::nonce))
        .layer(from_fn(forms::redirect));

    let not_found = {
        let page = render_app_async_with_context(context, document);
        let rejected = site.services.rejected.clone();
        move |request: Request| {
            webhooks::refused::astray(&rejected, &request);
            nothing_here(request, page.clone())
        }
    };
    let not_found = Router::new()
        .fallback(not_found)
        .layer(from_fn_with_state(site.clone(), rates::bounded))
        .layer(from_fn_with_state(site.clone(), session::load))
        .layer(from_fn_with_state(site.clone(), device::give))
        .layer(from_fn(headers::nonce));
    let files = ServeDir::new(leptos.site_root.as_ref())
        .append_index_html_on_directories(false)
        .redirect_to_trailing_slash(false)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(not_found);

    let unrouted = ServiceBuilder::new()
        // `/metrics`, for those who may read it.
        .layer(from_fn_with_state(site.clone(), metrics::metrics))
        .layer(from_fn(files::keep))
        .service(files);

    let description = openapi::description(&site.config.app_url)?;
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
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(async move || openapi::answer(description)))
        .merge(people)
        .fallback_service(unrouted)
        .layer(from_browsers)
        // A signature is all that counts for these.
        .merge(
            webhooks::routes()
                .layer(from_fn(limits::bounded_webhook))
                .layer(from_fn_with_state(site.clone(), webhooks::refused::unread)),
        )
        .layer(around)
        .with_state(site))
}

/// What people and their programs ask for, beside the pages.
fn people() -> Router<Site> {
    Router::new()
        .route("/auth/sign-up", post(auth::sign_up))
        .route("/auth/sign-in", post(auth::sign_in))
        .route("/auth/sign-out", post(auth::sign_out))
        .route("/auth/sessions/revoke", post(auth::revoke))
        .route("/account/password", post(account::password))
        .route("/account/export", get(account::export))
        .route("/account/erase", post(account::erase))
        .route("/api/operator", get(operator::view))
        .route("/operator/try-again", post(operator::try_again))
        .route("/operator/erase", post(operator::erase))
        .route("/api/calls", get(calls::list).post(calls::begin))
        .route("/api/calls.csv", get(calls::csv))
        .route("/api/calls/{id}", get(calls::one))
        .route("/api/messages", get(messages::list).post(messages::send))
        .route("/api/messages/{id}", get(messages::one))
        .route("/api/messages/{id}/media/{n}", get(message_media::medium))
        .route("/api/recordings/{id}", delete(recordings::delete))
        .route("/api/recordings/{id}/audio", get(recordings::audio))
        .route("/api/events", get(events::events))
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
    if error::is_for_people(&request) {
        return page(request).await;
    }
    error::not_found()
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
