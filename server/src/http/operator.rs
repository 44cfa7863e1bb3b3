//! `/api/operator` and `/operator/*`: what operators read and do. For everybody else there is nothing here.

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use services::ServiceError;

use super::account::{ErasedJson, unreadable};
use super::error;
use super::operator_json::OperatorJson;
use super::signed_in::SignedIn;
use super::wish::Query;
use crate::router::Site;

/// The query: after whom the people begin.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    cursor: String,
}

/// What is to be tried again at once: a connection's removal, a look at one, or the deletion of recordings.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TryAgain {
    connection: String,
    check: String,
    recordings: bool,
}

/// Who is to be erased.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct EraseUser {
    user: String,
    confirmation: String,
    anyway: bool,
}

/// `GET /api/operator`
pub async fn view(State(site): State<Site>, Query(wish): Query<Wish>, who: SignedIn) -> Response {
    match site.services.operator.view(&who.caller, wish.cursor.parse().ok()).await {
        Ok(view) => Json(OperatorJson::from(view)).into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// `POST /operator/try-again`
pub async fn try_again(
    State(site): State<Site>,
    who: SignedIn,
    form: Result<Form<TryAgain>, FormRejection>,
) -> Response {
    let Form(form) = match form {
        Ok(form) => form,
        Err(rejection) => return unreadable(&rejection, &who.facts),
    };
    let operator = &site.services.operator;
    let tried = if form.recordings {
        operator.try_recordings(&who.caller).await
    } else if form.check.is_empty() {
        operator.try_connection(&who.caller, &form.connection).await
    } else {
        operator.check_connection(&who.caller, &form.check).await
    };
    match tried {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}

/// `POST /operator/erase`
pub async fn erase(State(site): State<Site>, who: SignedIn, form: Result<Form<EraseUser>, FormRejection>) -> Response {
    let Form(form) = match form {
        Ok(form) => form,
        Err(rejection) => return unreadable(&rejection, &who.facts),
    };
    let operator = site.services.operator.clone();
    let caller = who.caller.clone();
    // It goes on when the browser leaves: half of it is nothing that anybody wants.
    let erased = tokio::spawn(async move {
        operator
            .erase(&caller, &form.user, &form.confirmation, form.anyway)
            .await
    })
    .await;
    match erased.map_err(ServiceError::internal).flatten() {
        Ok(erased) => Json(ErasedJson::from(erased)).into_response(),
        Err(error) => error::refusal(&error, &who.facts),
    }
}
