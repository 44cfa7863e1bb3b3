//! The simulator's own HTTP: the page, and `/_simulator/` for tests that have no handle.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post};
use axum::{Json, Router};
use futures::Stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::account::{AccountSeed, AccountStatus, NumberSeed};
use crate::calls::CallSnapshot;
use crate::fault::Fault;
use crate::messages::MessageSnapshot;
use crate::shared::Shared;
use crate::world::Account;
use crate::{calls, messages, signalling};

/// How many requests the state shows; the journal has them all.
const REQUESTS_SHOWN: usize = 50;

const CALLS_SHOWN: usize = 40;

const MESSAGES_SHOWN: usize = 60;

type Handle = State<Arc<Shared>>;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    let page = |kind: &'static str, text: &'static str| {
        get(move || async move {
            (
                [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")],
                text,
            )
        })
    };
    Router::new()
        .route("/_simulator/state", get(state))
        .route("/_simulator/journal", get(journal).delete(clear_journal))
        .route("/_simulator/accounts", post(add_account))
        .route("/_simulator/accounts/{sid}", patch(edit_account))
        .route("/_simulator/accounts/{sid}/auth-token", post(rotate_auth_token))
        .route("/_simulator/accounts/{sid}/numbers", post(add_number))
        .route("/_simulator/numbers/{sid}", patch(edit_number))
        .route("/_simulator/applications/{sid}", delete(delete_application))
        .route("/_simulator/keys/{sid}", delete(delete_key))
        .route("/_simulator/faults", post(inject).delete(clear_faults))
        .route("/_simulator/faults/{id}", delete(remove_fault))
        .route("/_simulator/reset", post(reset))
        .route("/_simulator/events", get(events))
        .route("/", page("text/html; charset=utf-8", include_str!("page/index.html")))
        .route(
            "/_simulator/page.css",
            page("text/css; charset=utf-8", include_str!("page/page.css")),
        )
        .route(
            "/_simulator/page.js",
            page("text/javascript; charset=utf-8", include_str!("page/page.js")),
        )
        .route(
            "/_simulator/phone.css",
            page("text/css; charset=utf-8", include_str!("page/phone.css")),
        )
        .route(
            "/_simulator/phone.js",
            page("text/javascript; charset=utf-8", include_str!("page/phone.js")),
        )
        .route(
            "/_simulator/icon.svg",
            page("image/svg+xml", include_str!("page/icon.svg")),
        )
        .route(
            "/_simulator/texts.js",
            page("text/javascript; charset=utf-8", include_str!("page/texts.js")),
        )
        .merge(calls::routes())
        .merge(messages::routes())
        .merge(signalling::routes())
        .layer(from_fn(protect))
}

/// Other sites open in the same browser may not change anything here, and the page runs nothing but its own script.
async fn protect(request: Request, next: Next) -> Response {
    let site = request
        .headers()
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok());
    if !request.method().is_safe() && !matches!(site, None | Some("same-origin" | "none")) {
        return failure(StatusCode::FORBIDDEN, "Refused: the request comes from another site");
    }
    let headers = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, next.run(request).await).into_response()
}

pub(crate) fn failure(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

pub(crate) fn found(success: bool) -> Response {
    if success {
        StatusCode::NO_CONTENT.into_response()
    } else {
        failure(StatusCode::NOT_FOUND, "The simulator knows nothing of that name")
    }
}

async fn state(State(shared): Handle) -> Json<Value> {
    let changes = *shared.changes.borrow();
    let world = shared.world();
    let calls = world.book.calls.iter().rev().take(CALLS_SHOWN);
    let messages = world.texts.messages.iter().rev().take(MESSAGES_SHOWN);
    Json(json!({
        "changes": changes,
        "base_url": shared.base_url,
        "accounts": world.accounts.iter().map(show_account).collect::<Vec<_>>(),
        "faults": world.faults.active(),
        "requests": world.journal.last(REQUESTS_SHOWN),
        "webhooks": world.book.hooks.last(REQUESTS_SHOWN),
        "webhook_settings": world.book.knobs,
        "calls": calls.map(|call| CallSnapshot::of(&world.book, call)).collect::<Vec<_>>(),
        "phones": world.book.phones.all(),
        "messages": messages.map(MessageSnapshot::of).collect::<Vec<_>>(),
    }))
}

fn show_account(account: &Account) -> Value {
    json!({
        "auth_token": account.auth_token,
        "test_credentials": account.test_credentials,
        "account": account.snapshot(),
    })
}

#[derive(Deserialize)]
struct JournalQuery {
    #[serde(default)]
    after: u64,
}

async fn journal(State(shared): Handle, Query(query): Query<JournalQuery>) -> Json<Value> {
    Json(json!({ "entries": shared.world().journal.after(query.after) }))
}

async fn clear_journal(State(shared): Handle) -> StatusCode {
    shared.change(|world| world.journal.clear());
    shared.forget_most_in_flight();
    StatusCode::NO_CONTENT
}

async fn add_account(State(shared): Handle, Json(seed): Json<AccountSeed>) -> Response {
    (
        StatusCode::CREATED,
        Json(shared.change(|world| world.add_account(seed))),
    )
        .into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountEdit {
    status: AccountStatus,
}

async fn edit_account(State(shared): Handle, Path(sid): Path<String>, Json(edit): Json<AccountEdit>) -> Response {
    found(
        shared
            .change(|world| world.account_mut(&sid).map(|account| account.status = edit.status))
            .is_some(),
    )
}

async fn rotate_auth_token(State(shared): Handle, Path(sid): Path<String>) -> Response {
    match shared.change(|world| world.rotate_auth_token(&sid)) {
        Some(auth_token) => Json(json!({ "sid": sid, "auth_token": auth_token })).into_response(),
        None => found(false),
    }
}

async fn add_number(State(shared): Handle, Path(sid): Path<String>, Json(seed): Json<NumberSeed>) -> Response {
    match shared.change(|world| world.add_number(&sid, seed)) {
        Some(sid) => (StatusCode::CREATED, Json(json!({ "sid": sid }))).into_response(),
        None => found(false),
    }
}

async fn edit_number(State(shared): Handle, Path(sid): Path<String>, Json(edit): Json<Value>) -> Response {
    shared.change(|world| {
        let Some(number) = world.number_mut(&sid) else {
            return found(false);
        };
        let mut settings = json!(number.value);
        if let (Some(settings), Some(edit)) = (settings.as_object_mut(), edit.as_object()) {
            settings.extend(edit.clone());
        }
        match serde_json::from_value(settings) {
            Ok(settings) => {
                number.value = settings;
                found(true)
            }
            Err(error) => failure(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
        }
    })
}

async fn delete_application(State(shared): Handle, Path(sid): Path<String>) -> Response {
    found(shared.change(|world| world.delete_application(&sid)))
}

async fn delete_key(State(shared): Handle, Path(sid): Path<String>) -> Response {
    found(shared.change(|world| world.delete_key(&sid)))
}

async fn inject(State(shared): Handle, Json(fault): Json<Fault>) -> Response {
    let id = shared.change(|world| world.faults.inject(fault));
    (StatusCode::CREATED, Json(json!({ "id": id }))).into_response()
}

async fn clear_faults(State(shared): Handle) -> StatusCode {
    shared.change(|world| world.faults.clear());
    StatusCode::NO_CONTENT
}

async fn remove_fault(State(shared): Handle, Path(id): Path<u64>) -> Response {
    found(shared.change(|world| world.faults.remove(id)))
}

async fn reset(State(shared): Handle) -> StatusCode {
    shared.change(crate::world::World::reset);
    shared.signalling.reset();
    shared.forget_most_in_flight();
    StatusCode::NO_CONTENT
}

/// One event at once and one after each change (or several in a row); its data is the count of changes.
async fn events(State(shared): Handle) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = shared.changes.subscribe();
    changes.mark_changed();
    Sse::new(futures::stream::unfold((shared, changes), next_event))
}

async fn next_event(
    (shared, mut changes): (Arc<Shared>, watch::Receiver<u64>),
) -> Option<(Result<Event, Infallible>, (Arc<Shared>, watch::Receiver<u64>))> {
    tokio::select! {
        () = shared.stopped() => return None,
        changed = changes.changed() => changed.ok()?,
    }
    let count = *changes.borrow_and_update();
    let event = Event::default().event("change").data(count.to_string());
    Some((Ok(event), (shared, changes)))
}
