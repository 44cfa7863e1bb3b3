//! A browser calls: its TwiML App says what happens.

use std::sync::Arc;

use super::incoming::Destination;
use super::leg::Leg;
use super::party::Party;
use super::pending::{Pending, Reporter};
use crate::calls::{Call, CallStatus, Direction};
use crate::hook::Courier;
use crate::shared::Shared;
use crate::signalling::{CallError, Dialled};

/// A browser's parameters do not take the place of these. Assumed.
const RESERVED: [&str; 9] = [
    "AccountSid",
    "ApiVersion",
    "ApplicationSid",
    "CallSid",
    "CallStatus",
    "Called",
    "Caller",
    "Direction",
    "From",
];

pub(super) async fn call(shared: Arc<Shared>, dialled: Dialled) {
    let Dialled {
        account_sid,
        application_sid,
        identity,
        parameters,
        line,
    } = dialled;
    let destination = {
        let world = shared.world();
        world
            .account(&account_sid)
            .and_then(|account| {
                account
                    .applications
                    .iter()
                    .find(|application| application.sid == application_sid)
            })
            .map(|application| Destination::of_application(&application.value))
    };
    let callback = destination
        .as_ref()
        .and_then(|destination| destination.callback.clone());
    let extra: Vec<_> = parameters
        .into_iter()
        .filter(|(name, _)| !RESERVED.contains(&name.as_str()))
        .collect();
    let to = extra.iter().find(|(name, _)| name == "To").map(|(_, to)| to.clone());
    let sid = line.call_sid().to_owned();
    let mut call = Call::new(
        &account_sid,
        &format!("client:{identity}"),
        &to.unwrap_or_default(),
        Direction::Inbound,
    );
    call.application_sid = Some(application_sid);
    call.status = CallStatus::Ringing;
    call.parameters.clone_from(&extra);
    shared.change(|world| world.book.add(call, Some(sid.clone())));
    let courier = Courier::start(&shared);
    let pending = Pending::new(&shared, &sid, Reporter::new(callback, courier));
    let Some(instructions) = destination.and_then(|destination| destination.instructions(extra)) else {
        line.hang_up(Some(CallError::NOT_FOUND));
        let mut pending = pending;
        return pending.end(CallStatus::Failed);
    };
    let party = Party::browser(line, pending.sender.clone());
    let mut leg = Leg::new(pending, party);
    leg.run(instructions).await;
}
