//! `Conferences` and their `Participants`. They begin and end with calls; here they are read and changed.

use serde_json::{Value, json};

use super::paging::page;
use super::refusal::Refusal;
use super::{Answer, Request, call_form, field, form, render, times};
use crate::calls::{Command, Conference, ConferenceStatus, Order, Participant, ParticipantChange};
use crate::clock;
use crate::world::{Stored, World};

pub(super) fn collection(world: &World, own: &str, request: &Request) -> Result<Answer, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::method_not_allowed());
    }
    let query = &request.query;
    let created = times::Filter::of(query, "DateCreated")?;
    let updated = times::Filter::of(query, "DateUpdated")?;
    let all: Vec<_> = world
        .book
        .conferences
        .iter()
        .rev()
        .filter(|conference| conference.value.account_sid == own)
        .filter(|conference| field(query, "FriendlyName").is_none_or(|name| conference.value.name == name))
        .filter(|conference| field(query, "Status").is_none_or(|status| conference.value.status.as_str() == status))
        .filter(|conference| created.allows(Some(conference.created)) && updated.allows(Some(conference.updated)))
        .collect();
    let page = page(&all, query)?;
    let items = page.items.iter().map(|conference| show(conference)).collect();
    Ok(Answer::ok(page.v2010(&request.path, "conferences", items)))
}

fn own_conference<'a>(
    world: &'a mut World,
    own: &str,
    request: &Request,
    sid: &str,
) -> Result<&'a mut Stored<Conference>, Refusal> {
    world
        .book
        .conference_mut(sid)
        .filter(|conference| conference.value.account_sid == own)
        .ok_or_else(|| Refusal::not_found(&request.path))
}

pub(super) fn single(
    world: &mut World,
    own: &str,
    request: &Request,
    sid: &str,
    fields: &[(String, String)],
) -> Result<Answer, Refusal> {
    let conference = own_conference(world, own, request, sid)?;
    let body = show(conference);
    match request.method.as_str() {
        "GET" => Ok(Answer::ok(body)),
        "POST" => match field(fields, "Status") {
            Some("completed") => {
                world.book.order(Order::EndConference(sid.to_owned()));
                Ok(Answer::ok(body))
            }
            Some(_) => Err(Refusal::new(400, 20422, "Invalid Parameter: Status")),
            None => Err(Refusal::not_simulated("announcements in a conference")),
        },
        _ => Err(Refusal::method_not_allowed()),
    }
}

pub(super) fn participants(world: &mut World, own: &str, request: &Request, sid: &str) -> Result<Answer, Refusal> {
    let conference = own_conference(world, own, request, sid)?;
    match request.method.as_str() {
        "GET" => {}
        "POST" => return Err(Refusal::not_simulated("calling somebody into a conference")),
        _ => return Err(Refusal::method_not_allowed()),
    }
    let query = &request.query;
    let is = |name: &str, value: bool| field(query, name).is_none_or(|wanted| wanted == value.to_string());
    let all: Vec<_> = conference
        .value
        .participants
        .iter()
        .filter(|one| is("Muted", one.value.muted) && is("Hold", one.value.hold) && is("Coaching", false))
        .collect();
    let page = page(&all, query)?;
    let items = page.items.iter().map(|one| show_participant(own, sid, one)).collect();
    Ok(Answer::ok(page.v2010(&request.path, "participants", items)))
}

pub(super) fn participant(
    world: &mut World,
    own: &str,
    request: &Request,
    (conference_sid, who): (&str, &str),
    fields: &[(String, String)],
) -> Result<Answer, Refusal> {
    let conference = own_conference(world, own, request, conference_sid)?;
    let over = conference.value.status == ConferenceStatus::Completed;
    let participant = conference
        .value
        .participant_mut(who)
        .filter(|_| !over)
        .ok_or_else(|| Refusal::not_found(&request.path))?;
    match request.method.as_str() {
        "GET" => Ok(Answer::ok(show_participant(own, conference_sid, participant))),
        "DELETE" => {
            let call_sid = participant.sid.clone();
            world.book.tell(&call_sid, Command::LeaveConference);
            Ok(Answer::deleted())
        }
        "POST" => {
            let change = read_change(fields)?;
            let value = &mut participant.value;
            value.hold = change.hold.unwrap_or(value.hold);
            value.muted = change.muted.unwrap_or(value.muted);
            value.end_on_exit = change.end_on_exit.unwrap_or(value.end_on_exit);
            participant.updated = clock::now();
            let call_sid = participant.sid.clone();
            let body = show_participant(own, conference_sid, participant);
            world
                .book
                .order(Order::Participant(conference_sid.to_owned(), call_sid, change));
            Ok(Answer::ok(body))
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

fn read_change(fields: &[(String, String)]) -> Result<ParticipantChange, Refusal> {
    let flag = |name: &str| field(fields, name).map(|value| form::boolean(name, value)).transpose();
    for name in ["Coaching", "AnnounceUrl", "WaitUrl"] {
        if field(fields, name).is_some() {
            return Err(Refusal::not_simulated(name));
        }
    }
    Ok(ParticipantChange {
        hold: flag("Hold")?,
        hold_url: call_form::hold_url(fields)?,
        muted: flag("Muted")?,
        end_on_exit: flag("EndConferenceOnExit")?,
    })
}

fn show(conference: &Stored<Conference>) -> Value {
    let value = &conference.value;
    let fields = [
        ("friendly_name", json!(value.name)),
        ("status", json!(value.status.as_str())),
        ("reason_conference_ended", json!(value.end_reason)),
        ("call_sid_ending_conference", json!(value.ended_by)),
    ];
    render::about(render::CONFERENCE, &value.account_sid, conference, &fields)
}

fn show_participant(own: &str, conference_sid: &str, participant: &Stored<Participant>) -> Value {
    let value = &participant.value;
    let fields = [
        ("label", json!(value.label)),
        ("hold", json!(value.hold)),
        ("muted", json!(value.muted)),
        ("start_conference_on_enter", json!(value.start_on_enter)),
        ("end_conference_on_exit", json!(value.end_on_exit)),
    ];
    let template = render::PARTICIPANT.replace("{conference}", conference_sid);
    render::about(&template, own, participant, &fields)
}
