//! Calls that run: one task for each leg. What is known about them stands in the world (`calls`), which is locked for moments
//! only, never while something is awaited.

mod browser;
mod child;
mod conference;
mod dial;
mod fetch;
mod gather;
mod incoming;
mod keys;
mod leg;
mod line;
mod outgoing;
mod params;
mod party;
mod pending;
mod player;
mod prompt;
mod record;
mod recording;
mod rooms;

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub(crate) use self::params::{country, pair};
pub(crate) use self::rooms::Room;
use crate::calls::{Instructions, Order};
use crate::messages;
use crate::shared::Shared;
use crate::signalling::Dialled;

/// Why what a call was doing came to nothing.
#[derive(Debug)]
pub(super) enum Interrupt {
    /// It is to play this instead.
    Redirect(Instructions),
    /// Its party hung up, or it was ended.
    Ended,
}

/// How a verb came out.
#[derive(Debug)]
pub(super) enum Next {
    Verb,
    Goto(Instructions),
    /// The call is to end.
    End,
}

/// Serves orders and browsers until the simulator stops.
pub(crate) fn start(shared: &Arc<Shared>) {
    let (sender, orders) = unbounded_channel();
    shared.world().book.serve(sender);
    let dialled = shared.signalling.dialled();
    tokio::spawn(serve(Arc::clone(shared), orders, dialled));
}

async fn serve(shared: Arc<Shared>, mut orders: UnboundedReceiver<Order>, mut dialled: UnboundedReceiver<Dialled>) {
    loop {
        tokio::select! {
            () = shared.stopped() => return,
            Some(order) = orders.recv() => obey(&shared, order),
            Some(call) = dialled.recv() => run(&shared, browser::call(Arc::clone(&shared), call)),
            else => return,
        }
    }
}

fn obey(shared: &Arc<Shared>, order: Order) {
    match order {
        Order::Outgoing(sid, call) => run(shared, outgoing::call(Arc::clone(shared), sid, *call)),
        Order::Incoming(sid, script) => run(shared, incoming::call(Arc::clone(shared), sid, script)),
        Order::Participant(conference, call, change) => {
            run(shared, rooms::change(Arc::clone(shared), conference, call, change));
        }
        Order::EndConference(conference) => rooms::end(shared, &conference, None, "conference-ended-via-api"),
        Order::Text(sid) => run(shared, messages::send(Arc::clone(shared), sid)),
        Order::TextIn(sid) => run(shared, messages::answer(Arc::clone(shared), sid)),
        Order::Reset => shared.world().book.rooms.clear(),
    }
}

/// In a task of its own, for as long as the simulator runs.
fn run(shared: &Arc<Shared>, task: impl Future<Output = ()> + Send + 'static) {
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        tokio::select! {
            () = task => {}
            () = shared.stopped() => {}
        }
    });
}
