//! One WebSocket: frames in, frames and heartbeats out.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until};

use super::Signalling;
use super::registry::Out;
use crate::shared::Shared;

/// The SDK gives a connection up on which nothing comes for 15 seconds.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A session description is a few kilobytes.
const LARGEST_FRAME: usize = 1 << 18;
/// As good as never, and far from any overflow.
const YEARS: Duration = Duration::from_secs(3600 * 24 * 365);

/// `GET /signal`.
pub(super) async fn open(State(shared): State<Arc<Shared>>, upgrade: WebSocketUpgrade) -> Response {
    let refused = shared
        .signalling
        .registry()
        .faults
        .refuse_until
        .is_some_and(|until| std::time::Instant::now() < until);
    if refused {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    upgrade
        .max_message_size(LARGEST_FRAME)
        .on_upgrade(move |socket| serve(shared, socket))
}

/// Tells the registry that the socket is gone, whatever ended it.
struct Presence {
    signalling: Signalling,
    id: u64,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.signalling.closed(self.id);
    }
}

async fn serve(shared: Arc<Shared>, mut socket: WebSocket) {
    let (id, mut orders) = shared.signalling.opened();
    let presence = Presence {
        signalling: shared.signalling.clone(),
        id,
    };
    tokio::select! {
        () = shared.stopped() => {}
        () = talk(&shared, id, &mut socket, &mut orders) => {}
    }
    drop(presence);
}

/// Until one side ends it. Dropping the socket closes the connection without a closing frame.
async fn talk(shared: &Arc<Shared>, id: u64, socket: &mut WebSocket, orders: &mut mpsc::UnboundedReceiver<Out>) {
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut expires = Instant::now() + YEARS;
    loop {
        let sent = tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Out::Frame(text)) => socket.send(Message::text(text)).await,
                Some(Out::Expires(after)) => {
                    expires = Instant::now() + after.min(YEARS);
                    Ok(())
                }
                Some(Out::Stall(length)) => {
                    sleep(length.min(YEARS)).await;
                    Ok(())
                }
                Some(Out::Cut) | None => return,
            },
            _ = heartbeat.tick() => socket.send(Message::text("\n")).await,
            () = sleep_until(expires) => {
                expires = Instant::now() + YEARS;
                shared.signalling.expired(id);
                Ok(())
            }
            received = socket.recv() => {
                match received {
                    Some(Ok(Message::Text(text))) if text.trim().is_empty() => {}
                    Some(Ok(Message::Text(text))) => shared.signalling.said(shared, id, &text),
                    Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                }
                Ok(())
            }
        };
        if sent.is_err() {
            return;
        }
    }
}
