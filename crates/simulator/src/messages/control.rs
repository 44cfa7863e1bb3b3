//! Texts in the control API, for tests without a handle and for the page.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::MessageSnapshot;
use crate::control::{failure, found};
use crate::shared::Shared;

type Handle = State<Arc<Shared>>;

/// Ten pictures of five megabytes, in Base64.
const LARGEST_BODY: usize = 72 << 20;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/_simulator/accounts/{sid}/messages",
            post(text).layer(DefaultBodyLimit::max(LARGEST_BODY)),
        )
        .route("/_simulator/messages", get(messages))
        .route("/_simulator/messages/{sid}", get(message))
        .route("/_simulator/messages-behaviour", get(behaviour).patch(behave))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    from: String,
    to: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    media: Vec<Attachment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attachment {
    content_type: String,
    /// Base64.
    bytes: String,
}

async fn text(State(shared): Handle, Path(account): Path<String>, Json(text): Json<Text>) -> Response {
    let media = text
        .media
        .into_iter()
        .map(|one| Some((one.content_type, STANDARD.decode(one.bytes).ok()?)));
    let Some(media) = media.collect() else {
        return failure(StatusCode::UNPROCESSABLE_ENTITY, "The bytes of media must be Base64");
    };
    match shared.text(&account, (&text.from, &text.to), &text.body, media) {
        Some(sid) => (StatusCode::CREATED, Json(json!({ "message_sid": sid }))).into_response(),
        None => found(false),
    }
}

async fn messages(State(shared): Handle) -> Json<Value> {
    let world = shared.world();
    let opted_out = world.texts.opted_out.iter();
    Json(json!({
        "messages": world.texts.messages.iter().map(MessageSnapshot::of).collect::<Vec<_>>(),
        "opted_out": opted_out.map(|(sender, to)| json!({ "sender": sender, "to": to })).collect::<Vec<_>>(),
    }))
}

async fn message(State(shared): Handle, Path(sid): Path<String>) -> Response {
    match shared.world().texts.message(&sid) {
        Some(message) => Json(MessageSnapshot::of(message)).into_response(),
        None => found(false),
    }
}

async fn behaviour(State(shared): Handle) -> Json<Value> {
    Json(json!(shared.world().texts.behaviour))
}

/// Only what is there changes.
async fn behave(State(shared): Handle, Json(edit): Json<Value>) -> Response {
    shared.change(|world| match world.texts.behaviour.edited(&edit) {
        Ok(behaviour) => {
            world.texts.behaviour = behaviour;
            found(true)
        }
        Err(error) => failure(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    })
}
