//! Calls in the control API, for tests without a handle and for the page.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::snapshot::CallSnapshot;
use super::{Command, PhoneScript};
use crate::control::{failure, found};
use crate::shared::Shared;

type Handle = State<Arc<Shared>>;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_simulator/accounts/{sid}/calls", post(place))
        .route("/_simulator/phones", get(phones))
        .route("/_simulator/phones/{number}", put(script))
        .route("/_simulator/calls", get(calls))
        .route("/_simulator/calls/{sid}", get(call))
        .route("/_simulator/calls/{sid}/hangup", post(hang_up))
        .route("/_simulator/calls/{sid}/answer", post(answer))
        .route("/_simulator/calls/{sid}/decline", post(decline))
        .route("/_simulator/calls/{sid}/digits", post(digits))
        .route("/_simulator/legs/{sid}", get(leg))
        .route("/_simulator/recordings/{sid}/analysis", get(analysis))
        .route(
            "/_simulator/webhooks",
            get(webhooks).patch(disturb).delete(clear_webhooks),
        )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    from: String,
    to: String,
    #[serde(default)]
    phone: PhoneScript,
}

async fn place(State(shared): Handle, Path(account): Path<String>, Json(place): Json<Place>) -> Response {
    match shared.place_call(&account, &place.from, &place.to, place.phone) {
        Some(sid) => (StatusCode::CREATED, Json(json!({ "call_sid": sid }))).into_response(),
        None => found(false),
    }
}

async fn phones(State(shared): Handle) -> Json<Value> {
    Json(json!({ "phones": shared.world().book.phones.all(), "others": PhoneScript::default() }))
}

async fn script(State(shared): Handle, Path(number): Path<String>, Json(script): Json<PhoneScript>) -> Response {
    if !super::is_e164(&number) {
        return failure(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The number must be + and 8 to 15 digits",
        );
    }
    shared.change(|world| world.book.phones.set(number, script));
    StatusCode::NO_CONTENT.into_response()
}

async fn calls(State(shared): Handle) -> Json<Value> {
    Json(json!({ "calls": CallSnapshot::all(&shared.world().book) }))
}

async fn call(State(shared): Handle, Path(sid): Path<String>) -> Response {
    let world = shared.world();
    match world.book.call(&sid) {
        Some(call) => Json(CallSnapshot::of(&world.book, call)).into_response(),
        None => found(false),
    }
}

async fn hang_up(State(shared): Handle, Path(sid): Path<String>) -> Response {
    found(shared.world().book.tell(&sid, Command::PartyLeft))
}

async fn answer(State(shared): Handle, Path(sid): Path<String>) -> Response {
    found(shared.world().book.tell(&sid, Command::Answer(true)))
}

async fn decline(State(shared): Handle, Path(sid): Path<String>) -> Response {
    found(shared.world().book.tell(&sid, Command::Answer(false)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Digits {
    digits: String,
}

async fn digits(State(shared): Handle, Path(sid): Path<String>, Json(keys): Json<Digits>) -> Response {
    found(shared.press(&sid, &keys.digits))
}

async fn leg(State(shared): Handle, Path(sid): Path<String>) -> Response {
    match shared.leg_stats(&sid) {
        Some(stats) => Json(stats).into_response(),
        None => found(false),
    }
}

async fn analysis(State(shared): Handle, Path(sid): Path<String>) -> Response {
    match shared.recording_levels(&sid) {
        Some(channels) => Json(json!({ "channels": channels })).into_response(),
        None => found(false),
    }
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn webhooks(State(shared): Handle, Query(query): Query<After>) -> Json<Value> {
    let world = shared.world();
    Json(json!({ "settings": world.book.knobs, "webhooks": world.book.hooks.after(query.after) }))
}

/// Only the fields that are there change.
async fn disturb(State(shared): Handle, Json(edit): Json<Value>) -> Response {
    shared.change(|world| {
        let mut knobs = json!(world.book.knobs);
        if let (Some(knobs), Some(edit)) = (knobs.as_object_mut(), edit.as_object()) {
            knobs.extend(edit.clone());
        }
        match serde_json::from_value(knobs) {
            Ok(knobs) => {
                world.book.knobs = knobs;
                found(true)
            }
            Err(error) => failure(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
        }
    })
}

async fn clear_webhooks(State(shared): Handle) -> StatusCode {
    shared.change(|world| world.book.hooks.clear());
    StatusCode::NO_CONTENT
}
