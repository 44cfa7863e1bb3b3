//! Conferences as they run: who hears whom, music, callbacks.

mod events;
mod music;

use std::collections::HashMap;
use std::sync::Arc;

use media::{Leg, Sound};

use self::events::tell;
use self::music::hold_music;
use super::recording::{Tape, Taping};
use crate::calls::{Book, Command, Conference, ConferenceStatus, Participant, ParticipantChange};
use crate::hook::Courier;
use crate::shared::Shared;
use crate::twiml::{Callback, ConferenceNoun};
use crate::world::Stored;
use crate::{clock, sid};

/// What runs of a conference.
#[derive(Debug)]
pub(crate) struct Room {
    account_sid: String,
    /// For who waits, and who is on hold.
    music: Option<Leg>,
    /// For who is on hold with music of his own.
    own_music: HashMap<String, Leg>,
    /// Of the first who entered, as documented.
    callback: Option<Callback>,
    courier: Courier,
    sequence: u32,
    beeps: (bool, bool),
    /// Hears everybody, and says it again for the recording.
    ear: Option<Leg>,
    taping: Option<Taping>,
}

/// Somebody who comes in.
pub(super) struct Entry {
    pub(super) account_sid: String,
    pub(super) call_sid: String,
    pub(super) noun: ConferenceNoun,
    pub(super) callback: Option<Callback>,
    pub(super) recording_callback: Option<Callback>,
    pub(super) courier: Courier,
}

/// The SID of the conference; `None` when the label is somebody else's there.
pub(super) fn enter(shared: &Arc<Shared>, entry: Entry) -> Option<String> {
    let (conference_sid, starts, records) = {
        let mut world = shared.world();
        let book = &mut world.book;
        let conference_sid = match book.open_conference(&entry.account_sid, &entry.noun.name) {
            Some(conference) => conference.sid.clone(),
            None => open(shared, book, &entry),
        };
        let conference = book.conference_mut(&conference_sid)?;
        if let Some(label) = &entry.noun.label
            && conference.value.participant(label).is_some()
        {
            return None;
        }
        let participant = Participant {
            label: entry.noun.label.clone(),
            muted: entry.noun.muted,
            hold: false,
            start_on_enter: entry.noun.start_on_enter,
            end_on_exit: entry.noun.end_on_exit,
        };
        conference
            .value
            .participants
            .push(Stored::new(entry.call_sid.clone(), participant));
        conference.updated = clock::now();
        let starts = conference.value.status == ConferenceStatus::Init && entry.noun.start_on_enter;
        if starts {
            conference.value.status = ConferenceStatus::InProgress;
        }
        (conference_sid, starts, starts && entry.noun.record)
    };
    shared.changed();
    tell(
        shared,
        &conference_sid,
        "join",
        "participant-join",
        Some(&entry.call_sid),
    );
    if starts {
        tell(shared, &conference_sid, "start", "conference-start", None);
    }
    if records {
        record(shared, &conference_sid, &entry);
    }
    mix(shared, &conference_sid);
    beep(shared, &conference_sid, &entry.call_sid, true);
    Some(conference_sid)
}

fn open(shared: &Shared, book: &mut Book, entry: &Entry) -> String {
    let conference_sid = sid::new("CF");
    let conference = Conference {
        account_sid: entry.account_sid.clone(),
        name: entry.noun.name.clone(),
        status: ConferenceStatus::Init,
        ended_by: None,
        end_reason: None,
        participants: Vec::new(),
    };
    book.conferences.push(Stored::new(conference_sid.clone(), conference));
    // `waitUrl` set to nothing is silence; any other is played as the usual music. Assumed to be good enough.
    let music =
        (entry.noun.wait_url.as_deref() != Some("")).then(|| shared.media.phone(Sound::Clip(media::hold_music())));
    let room = Room {
        account_sid: entry.account_sid.clone(),
        music,
        own_music: HashMap::new(),
        callback: entry.callback.clone(),
        courier: entry.courier.clone(),
        sequence: 0,
        beeps: (entry.noun.beep_on_enter, entry.noun.beep_on_exit),
        ear: None,
        taping: None,
    };
    book.rooms.insert(conference_sid.clone(), room);
    conference_sid
}

fn record(shared: &Shared, conference_sid: &str, entry: &Entry) {
    let ear = shared.media.phone(Sound::Echo);
    let tape = Tape {
        account_sid: entry.account_sid.clone(),
        call_sid: entry.call_sid.clone(),
        conference_sid: Some(conference_sid.to_owned()),
        source: "Conference",
        dual: false,
        callback: entry.recording_callback.clone(),
        courier: entry.courier.clone(),
    };
    let taping = Taping::start(shared, tape, shared.media.record(ear.id(), None));
    if let Some(room) = shared.world().book.rooms.get_mut(conference_sid) {
        room.ear = Some(ear);
        room.taping = Some(taping);
    }
}

/// Gives everybody what he is to hear.
fn mix(shared: &Shared, conference_sid: &str) {
    let mut world = shared.world();
    let book = &mut world.book;
    let Some(conference) = book
        .conferences
        .iter()
        .rev()
        .find(|conference| conference.sid == conference_sid)
    else {
        return;
    };
    let Some(room) = book.rooms.get(conference_sid) else {
        return;
    };
    let running = conference.value.status == ConferenceStatus::InProgress;
    let participants = &conference.value.participants;
    let leg = |call_sid: &str| book.live.get(call_sid).and_then(|live| live.leg.as_ref());
    let heard: Vec<_> = participants
        .iter()
        .filter(|one| !one.value.hold && !one.value.muted)
        .filter_map(|one| Some((one.sid.as_str(), leg(&one.sid)?.id())))
        .collect();
    for one in participants {
        let Some(ear) = leg(&one.sid) else { continue };
        let music = room.own_music.get(&one.sid).or(room.music.as_ref()).map(Leg::id);
        // Who waits alone hears music, too.
        if one.value.hold || !running || participants.len() < 2 {
            ear.hears(&music.into_iter().collect::<Vec<_>>());
        } else {
            let others = heard.iter().filter(|(call_sid, _)| *call_sid != one.sid);
            ear.hears(&others.map(|(_, id)| *id).collect::<Vec<_>>());
        }
    }
    if let Some(ear) = &room.ear {
        ear.hears(&heard.iter().map(|(_, id)| *id).collect::<Vec<_>>());
    }
}

fn beep(shared: &Shared, conference_sid: &str, who: &str, enters: bool) {
    let world = shared.world();
    let book = &world.book;
    let wanted = book
        .rooms
        .get(conference_sid)
        .is_some_and(|room| if enters { room.beeps.0 } else { room.beeps.1 });
    let conference = book
        .conferences
        .iter()
        .rev()
        .find(|conference| conference.sid == conference_sid);
    let Some(conference) = conference.filter(|_| wanted) else {
        return;
    };
    for one in conference
        .value
        .participants
        .iter()
        .filter(|one| one.sid != who && !one.value.hold)
    {
        if let Some(leg) = book.live.get(&one.sid).and_then(|live| live.leg.as_ref()) {
            // Nobody waits for its end.
            drop(leg.prompt(media::beep()));
        }
    }
}

pub(super) fn leave(shared: &Arc<Shared>, conference_sid: &str, call_sid: &str) {
    let left = {
        let mut world = shared.world();
        let Some(conference) = world.book.conference_mut(conference_sid) else {
            return;
        };
        let at = conference.value.participants.iter().position(|one| one.sid == call_sid);
        let Some(at) = at else { return };
        let gone = conference.value.participants.remove(at);
        conference.updated = clock::now();
        let over = conference.value.status == ConferenceStatus::Completed;
        (!over).then_some((gone.value.end_on_exit, conference.value.participants.is_empty()))
    };
    tell(shared, conference_sid, "leave", "participant-leave", Some(call_sid));
    match left {
        Some((true, _)) => end(
            shared,
            conference_sid,
            Some(call_sid),
            "participant-with-end-conference-on-exit-left",
        ),
        Some((false, true)) => end(shared, conference_sid, Some(call_sid), "last-participant-left"),
        Some((false, false)) => {
            mix(shared, conference_sid);
            beep(shared, conference_sid, call_sid, false);
        }
        None => {}
    }
}

/// Ends a conference; who is still in it goes on with what comes after.
pub(super) fn end(shared: &Arc<Shared>, conference_sid: &str, by: Option<&str>, reason: &'static str) {
    let still_there: Vec<String> = {
        let mut world = shared.world();
        let Some(conference) = world.book.conference_mut(conference_sid) else {
            return;
        };
        if conference.value.status == ConferenceStatus::Completed {
            return;
        }
        conference.value.status = ConferenceStatus::Completed;
        conference.value.ended_by = by.map(str::to_owned);
        conference.value.end_reason = Some(reason);
        conference.updated = clock::now();
        conference
            .value
            .participants
            .iter()
            .map(|one| one.sid.clone())
            .collect()
    };
    tell(shared, conference_sid, "end", "conference-end", None);
    let room = shared.change(|world| {
        for call_sid in &still_there {
            world.book.tell(call_sid, Command::LeaveConference);
        }
        world.book.rooms.remove(conference_sid)
    });
    let Some(room) = room else { return };
    if let Some(taping) = room.taping {
        taping.stop(shared);
    }
    for leg in room.music.iter().chain(room.own_music.values()).chain(&room.ear) {
        leg.close();
    }
}

/// A REST request has changed a participant in the world; here it comes to be.
pub(super) async fn change(shared: Arc<Shared>, conference_sid: String, call_sid: String, change: ParticipantChange) {
    let music = match (change.hold, change.hold_url) {
        (Some(true), Some(target)) => hold_music(&shared, &conference_sid, &call_sid, target).await,
        _ => None,
    };
    {
        let mut world = shared.world();
        if let Some(room) = world.book.rooms.get_mut(&conference_sid) {
            let before = match music {
                Some(clip) => room
                    .own_music
                    .insert(call_sid.clone(), shared.media.phone(Sound::Clip(clip))),
                None => room.own_music.remove(&call_sid),
            };
            if let Some(before) = before {
                before.close();
            }
        }
    }
    mix(&shared, &conference_sid);
    let event = match (change.hold, change.muted) {
        (Some(true), _) => Some(("hold", "participant-hold")),
        (Some(false), _) => Some(("hold", "participant-unhold")),
        (None, Some(true)) => Some(("mute", "participant-mute")),
        (None, Some(false)) => Some(("mute", "participant-unmute")),
        (None, None) => change.end_on_exit.map(|_| ("modify", "participant-modify")),
    };
    if let Some((subscribed, event)) = event {
        tell(&shared, &conference_sid, subscribed, event, Some(&call_sid));
    }
}
