//! A call that a REST request asked for: it is called, and then plays TwiML.

use std::sync::Arc;

use super::pending::{Pending, Reporter};
use super::recording::{Tape, Taping};
use crate::calls::OutgoingCall;
use crate::hook::Courier;
use crate::shared::Shared;

pub(super) async fn call(shared: Arc<Shared>, sid: String, call: OutgoingCall) {
    let courier = Courier::start(&shared);
    let reporter = Reporter::new(call.callback, courier.clone());
    let mut pending = Pending::new(&shared, &sid, reporter);
    let party = match pending.ring(Vec::new(), call.timeout).await {
        Ok(party) => party,
        Err(status) => return pending.end(status),
    };
    let mut leg = pending.answered(party);
    leg.limit(call.time_limit);
    let taping = call.record.map(|dual| {
        let tape = Tape {
            account_sid: leg.account_sid.clone(),
            call_sid: sid.clone(),
            conference_sid: None,
            source: "OutboundAPI",
            dual,
            callback: call.recording_callback.clone(),
            courier,
        };
        // What the callee says; what he hears is not on it.
        let recorder = shared.media.record(leg.audio().id(), None);
        Taping::start(&shared, Tape { dual: false, ..tape }, recorder)
    });
    if let Some(digits) = &call.send_digits {
        // Who hangs up meanwhile is found out below.
        let _ = leg.audio().send_digits(digits).await;
    }
    leg.run(call.instructions).await;
    if let Some(taping) = taping {
        taping.stop(&shared);
    }
}
