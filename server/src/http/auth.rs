//! `/auth/*`: sign-up, sign-in, sign-out, and the sessions that can be ended.

use app::api::context::{RequestFacts, Session};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::id::SessionId;
use domain::problem::Problem;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use services::accounts::SignedIn;
use services::{Caller, ServiceError};

use super::cookie::Ours;
use super::device::Asking;
use super::signed_in::not_signed_in;
use super::{cookie, error};
use crate::router::Site;

/// What both forms send. What is missing is empty, so that the use case names it.
#[derive(Deserialize)]
#[serde(default)]
pub struct Credentials {
    email: String,
    password: SecretString,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            email: String::new(),
            password: SecretString::from(""),
        }
    }
}

/// Which sessions are to end.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Revoke {
    session_id: String,
    others: bool,
}

/// The answer of sign-up and sign-in.
#[derive(Serialize)]
struct Who {
    id: String,
    email: String,
}

/// `POST /auth/sign-up`
pub async fn sign_up(
    State(site): State<Site>,
    Extension(facts): Extension<RequestFacts>,
    Extension(session): Extension<Session>,
    Asking(visitor): Asking,
    form: Result<Form<Credentials>, FormRejection>,
) -> Response {
    let Form(Credentials { email, password }) = match form {
        Ok(form) => form,
        Err(rejection) => return unreadable(&rejection, &facts),
    };
    match site.services.accounts.sign_up(&email, &password, &visitor).await {
        Ok(signed_in) => welcome(StatusCode::CREATED, signed_in, session, &site).await,
        Err(error) => error::refusal(&error, &facts),
    }
}

/// `POST /auth/sign-in`
pub async fn sign_in(
    State(site): State<Site>,
    Extension(facts): Extension<RequestFacts>,
    Extension(session): Extension<Session>,
    Asking(visitor): Asking,
    form: Result<Form<Credentials>, FormRejection>,
) -> Response {
    let Form(Credentials { email, password }) = match form {
        Ok(form) => form,
        Err(rejection) => return unreadable(&rejection, &facts),
    };
    if let Some(problem) = missing(&email, &password) {
        return error::problem(StatusCode::UNPROCESSABLE_ENTITY, problem, &facts);
    }
    match site.services.accounts.sign_in(&email, &password, &visitor).await {
        Ok(signed_in) => welcome(StatusCode::OK, signed_in, session, &site).await,
        Err(error) => error::refusal(&error, &facts),
    }
}

/// `POST /auth/sign-out`
pub async fn sign_out(
    State(site): State<Site>,
    Extension(facts): Extension<RequestFacts>,
    Extension(session): Extension<Session>,
) -> Response {
    if let Some(caller) = &session.0
        && let Err(error) = site.services.accounts.sign_out(caller).await
    {
        return error::refusal(&error, &facts);
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    cookie::add(response.headers_mut(), Ours::Session.remove(site.config.is_https()));
    response
}

/// `POST /auth/sessions/revoke`: `session_id`, or `others=true` for all but this one.
pub async fn revoke(
    State(site): State<Site>,
    Extension(facts): Extension<RequestFacts>,
    Extension(session): Extension<Session>,
    form: Result<Form<Revoke>, FormRejection>,
) -> Response {
    let Form(revoke) = match form {
        Ok(form) => form,
        Err(rejection) => return unreadable(&rejection, &facts),
    };
    let Some(caller) = session.0 else {
        return error::refusal(&not_signed_in(), &facts);
    };
    match end(&site, &caller, &revoke).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => error::refusal(&error, &facts),
    }
}

async fn end(site: &Site, caller: &Caller, revoke: &Revoke) -> Result<(), ServiceError> {
    if revoke.others {
        return site.services.accounts.revoke_other_sessions(caller).await;
    }
    // What is no id at all is none of the caller's sessions either.
    let id = revoke.session_id.parse().unwrap_or(SessionId(uuid::Uuid::nil()));
    site.services.accounts.revoke_session(caller, id).await
}

/// What a sign-in cannot do without; a pair that is there but wrong is told apart by nobody.
fn missing(email: &str, password: &SecretString) -> Option<Problem> {
    let mut problem = Problem::new("invalid_sign_in", "Check the marked fields.");
    if email.trim().is_empty() {
        problem = problem.field("email", "Enter your e-mail address.");
    }
    if password.expose_secret().is_empty() {
        problem = problem.field("password", "Enter your password.");
    }
    (!problem.fields.is_empty()).then_some(problem)
}

/// The answer to who has just signed in; the session that his browser was in until now ends.
async fn welcome(status: StatusCode, signed_in: SignedIn, before: Session, site: &Site) -> Response {
    if let Some(caller) = before.0
        && let Err(error) = site.services.accounts.sign_out(&caller).await
    {
        tracing::error!(error = %error.chain(), "the session before could not be ended");
    }
    let SignedIn {
        user_id,
        email,
        cookie,
        expires_at,
    } = signed_in;
    let mut response = (
        status,
        Json(Who {
            id: user_id.to_string(),
            email,
        }),
    )
        .into_response();
    let lasts = expires_at.since(site.clock.now());
    let cookie = Ours::Session.set(&cookie, lasts, site.config.is_https());
    cookie::add(response.headers_mut(), cookie);
    response
}

fn unreadable(rejection: &FormRejection, facts: &RequestFacts) -> Response {
    let status = match rejection.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let sentence = "The request could not be read: send the documented fields, form encoded.";
    error::problem(status, Problem::new("unreadable_request", sentence), facts)
}
