//! What is told about a conference.

use crate::clock;
use crate::engine::params::pair;
use crate::hook::{Hook, Purpose};
use crate::shared::Shared;

/// Tells `event` if it is subscribed to; it has a number either way.
pub(super) fn tell(shared: &Shared, conference_sid: &str, subscribed: &str, event: &str, call_sid: Option<&str>) {
    let mut world = shared.world();
    let book = &mut world.book;
    let Some(room) = book.rooms.get_mut(conference_sid) else {
        return;
    };
    let sequence = room.sequence;
    room.sequence += 1;
    let (courier, account_sid) = (room.courier.clone(), room.account_sid.clone());
    let wanted = room
        .callback
        .clone()
        .filter(|callback| callback.events.iter().any(|one| one == subscribed));
    let Some(callback) = wanted else { return };
    let Some(conference) = book.conference_mut(conference_sid) else {
        return;
    };
    let mut params = vec![
        pair("ConferenceSid", conference_sid),
        pair("FriendlyName", &conference.value.name),
        pair("AccountSid", &account_sid),
        pair("SequenceNumber", sequence.to_string()),
        pair("Timestamp", clock::rfc2822(clock::now())),
        pair("StatusCallbackEvent", event),
    ];
    params.extend(call_sid.map(|sid| pair("CallSid", sid)));
    if let Some(one) = call_sid.and_then(|sid| conference.value.participant(sid)) {
        params.push(pair("Muted", one.value.muted.to_string()));
        params.push(pair("Hold", one.value.hold.to_string()));
        params.push(pair("Coaching", "false"));
        params.push(pair("EndConferenceOnExit", one.value.end_on_exit.to_string()));
        params.push(pair("StartConferenceOnEnter", one.value.start_on_enter.to_string()));
        params.extend(one.value.label.as_ref().map(|label| pair("ParticipantLabel", label)));
    }
    if event == "conference-end" {
        params.extend(
            conference
                .value
                .ended_by
                .as_ref()
                .map(|sid| pair("CallSidEndingConference", sid)),
        );
        params.extend(
            conference
                .value
                .end_reason
                .map(|reason| pair("ReasonConferenceEnded", reason)),
        );
    }
    courier.send(Hook {
        account_sid,
        call_sid: call_sid.unwrap_or_default().to_owned(),
        purpose: Purpose::Conference,
        target: callback.target,
        params,
    });
}
