//! `/account/*`: the password, what is stored of a person, and his erasure.

use app::api::context::RequestFacts;
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;
use futures::stream;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use services::ServiceError;
use services::people::{Erased, Erasure, Export};

use super::cookie::Ours;
use super::device::Asking;
use super::signed_in::SignedIn;
use super::{cookie, error};
use crate::router::Site;

/// A change of the password. What is missing is empty, so that the use case names it.
#[derive(Deserialize)]
#[serde(default)]
pub struct NewPassword {
    current_password: SecretString,
    new_password: SecretString,
}

impl Default for NewPassword {
    fn default() -> Self {
        Self {
            current_password: SecretString::from(""),
            new_password: SecretString::from(""),
        }
    }
}

/// What a person sends who wants to be erased.
#[derive(Deserialize)]
#[serde(default)]
pub struct Erase {
    password: SecretString,
    confirmation: String,
    anyway: bool,
}

impl Default for Erase {
    fn default() -> Self {
        Self {
            password: SecretString::from(""),
            confirmation: String::new(),
            anyway: false,
        }
    }
}

/// What stays at Twilio of somebody who was erased.
#[derive(Serialize)]
pub struct ErasedJson {
    left_at_twilio: Vec<LeftJson>,
}

#[derive(Serialize)]
struct LeftJson {
    sid: String,
    why: String,
}

impl From<Erased> for ErasedJson {
    fn from(erased: Erased) -> Self {
        let left = erased.left_at_twilio.into_iter();
        Self {
            left_at_twilio: left
                .map(|left| LeftJson {
                    sid: left.sid,
                    why: left.why,
                })
                .collect(),
        }
    }
}

/// `POST /account/password`
pub async fn password(
    State(site): State<Site>,
    who: SignedIn,
    Asking(visitor): Asking,
    form: Result<Form<NewPassword>, FormRejection>,
) -> Response {
    let Form(form) = match form {
        Ok(form) => form,
        Err(rejection) => return unreadable(&rejection, &who.facts),
    };
    let changed = site
        .services
        .accounts
        .change_password(&who.caller, &form.current_password, &form.new_password, &visitor)
        .await;
    match changed {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// `GET /account/export`
pub async fn export(State(site): State<Site>, who: SignedIn) -> Response {
    let export = match site.services.people.export(&who.caller).await {
        Ok(export) => export,
        Err(error) => return error::refusal(&error, &who.facts),
    };
    let disposition = format!("attachment; filename=\"{}\"", export.file_name);
    let mut response = (
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        Body::from_stream(written(export)),
    )
        .into_response();
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// The document as it is read. A fault in between breaks the answer off, so that nobody takes a part for the whole.
fn written(export: Export) -> impl stream::Stream<Item = Result<Vec<u8>, ServiceError>> + Send + 'static {
    stream::unfold(Some(export), async |export| {
        let mut export = export?;
        match export.next().await {
            Ok(Some(piece)) => Some((Ok(piece), Some(export))),
            Ok(None) => None,
            Err(error) => {
                tracing::error!(error = %error.chain(), "an export could not be written to its end");
                Some((Err(error), None))
            }
        }
    })
}

/// `POST /account/erase`
pub async fn erase(
    State(site): State<Site>,
    who: SignedIn,
    Asking(visitor): Asking,
    form: Result<Form<Erase>, FormRejection>,
) -> Response {
    let Form(form) = match form {
        Ok(form) => form,
        Err(rejection) => return unreadable(&rejection, &who.facts),
    };
    let asked = Erasure {
        password: form.password,
        confirmation: form.confirmation,
        anyway: form.anyway,
    };
    let people = site.services.people.clone();
    let caller = who.caller.clone();
    // It goes on when the browser leaves: half of it is nothing that anybody wants.
    let erased = tokio::spawn(async move { people.erase(&caller, &asked, &visitor).await }).await;
    match erased.map_err(ServiceError::internal).flatten() {
        Ok(erased) => {
            let mut response = Json(ErasedJson::from(erased)).into_response();
            cookie::add(response.headers_mut(), Ours::Session.remove(site.config.is_https()));
            response
        }
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// A form that cannot be read.
pub fn unreadable(rejection: &FormRejection, facts: &RequestFacts) -> Response {
    let status = match rejection.status() {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let sentence = "The request could not be read: send the documented fields, form encoded.";
    error::problem(status, Problem::new("unreadable_request", sentence), facts)
}
