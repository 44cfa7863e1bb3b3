//! The routes: `/signal` itself, and what tests ask for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use media::Shape;
use serde::Deserialize;
use serde_json::{Value, json};

use super::registry::Out;
use super::{Signalling, socket};
use crate::shared::Shared;

type Handle = State<Arc<Shared>>;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/signal", get(socket::open))
        .route("/_simulator/signalling", get(state))
        .route("/_simulator/signalling/log", get(log).delete(clear_log))
        .route("/_simulator/signalling/drop", post(drop_sockets))
        .route("/_simulator/signalling/stall", post(stall))
        .route("/_simulator/signalling/error", post(send_error))
        .route("/_simulator/signalling/token-ttl", post(token_ttl))
        .route("/_simulator/media/shape", post(shape))
}

/// Who is connected, and which calls are there.
async fn state(State(shared): Handle) -> Json<Value> {
    let registry = shared.signalling.registry();
    let sockets = registry.sockets.iter().map(|(id, socket)| {
        let claims = socket.claims.as_ref();
        json!({
            "socket": id,
            "account_sid": claims.map(|claims| &claims.account_sid),
            "identity": claims.map(|claims| &claims.identity),
            "registered": socket.registered,
        })
    });
    let calls = registry.calls.values().map(|call| {
        json!({
            "call_sid": call.call_sid,
            "identity": call.identity,
            "socket": call.socket,
            "leg": call.leg.id().to_string(),
        })
    });
    Json(json!({ "sockets": sockets.collect::<Vec<_>>(), "calls": calls.collect::<Vec<_>>() }))
}

#[derive(Deserialize)]
struct LogQuery {
    identity: Option<String>,
}

async fn log(State(shared): Handle, Query(query): Query<LogQuery>) -> Json<Value> {
    let registry = shared.signalling.registry();
    let frames = registry
        .log
        .iter()
        .filter(|logged| query.identity.is_none() || logged.is_of(query.identity.as_deref()));
    Json(json!({ "frames": frames.collect::<Vec<_>>() }))
}

async fn clear_log(State(shared): Handle) -> StatusCode {
    shared.signalling.registry().log.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DropOrder {
    /// Everybody's when absent.
    identity: Option<String>,
    /// More than once: so many of the sockets that follow are cut as soon as they are there.
    #[serde(default = "once")]
    times: u32,
    /// Before that, so long no socket is let in.
    #[serde(default)]
    refuse_ms: u64,
}

const fn once() -> u32 {
    1
}

async fn drop_sockets(State(shared): Handle, Json(order): Json<DropOrder>) -> Json<Value> {
    let signalling = &shared.signalling;
    {
        let mut registry = signalling.registry();
        registry.faults.cuts = order.times.saturating_sub(1);
        registry.faults.refuse_until =
            (order.refuse_ms > 0).then(|| Instant::now() + Duration::from_millis(order.refuse_ms));
    }
    let dropped = signalling.order_all(order.identity.as_deref(), || Out::Cut);
    Json(json!({ "dropped": dropped }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StallOrder {
    identity: Option<String>,
    ms: u64,
}

async fn stall(State(shared): Handle, Json(order): Json<StallOrder>) -> Json<Value> {
    let length = Duration::from_millis(order.ms);
    let stalled = shared
        .signalling
        .order_all(order.identity.as_deref(), || Out::Stall(length));
    Json(json!({ "stalled": stalled }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorOrder {
    identity: Option<String>,
    code: u32,
    #[serde(default)]
    message: String,
}

async fn send_error(State(shared): Handle, Json(order): Json<ErrorOrder>) -> Json<Value> {
    let frame = json!({ "type": "error", "payload": { "error": { "code": order.code, "message": order.message } } });
    let told = shared
        .signalling
        .order_all(order.identity.as_deref(), || Out::Frame(frame.to_string()));
    Json(json!({ "told": told }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TtlOrder {
    /// For tokens that are shown from now on; `null` takes what stands in them.
    seconds: Option<u64>,
}

async fn token_ttl(State(shared): Handle, Json(order): Json<TtlOrder>) -> StatusCode {
    shared.signalling.registry().faults.token_ttl = order.seconds;
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ShapeOrder {
    loss: f64,
    delay_ms: u64,
    jitter_ms: u64,
    freeze: bool,
}

/// What is absent is as on a good network.
async fn shape(State(shared): Handle, Json(order): Json<ShapeOrder>) -> StatusCode {
    shared.media.shape(Shape {
        loss: order.loss.clamp(0.0, 1.0),
        delay: Duration::from_millis(order.delay_ms),
        jitter: Duration::from_millis(order.jitter_ms),
        freeze: order.freeze,
    });
    StatusCode::NO_CONTENT
}

impl Signalling {
    /// Gives an order to the sockets of an identity, or to all; returns to how many.
    fn order_all(&self, identity: Option<&str>, order: impl Fn() -> Out) -> usize {
        let registry = self.registry();
        let wanted = registry.sockets.iter().filter(|(_, socket)| {
            let own = socket.claims.as_ref().map(|claims| claims.identity.as_str());
            identity.is_none() || own == identity
        });
        let ids: Vec<u64> = wanted.map(|(id, _)| *id).collect();
        for id in &ids {
            registry.order(*id, order());
        }
        ids.len()
    }
}
