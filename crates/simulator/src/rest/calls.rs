//! `Calls`: placing, reading, redirecting and ending them.

use serde_json::{Value, json};

use super::call_form;
use super::paging::page;
use super::refusal::Refusal;
use super::{Answer, Request, field, render, times};
use crate::calls::{Call, CallStatus, Command, Order};
use crate::clock::rfc2822;
use crate::world::{Stored, World, default_friendly_name};

pub(super) fn collection(
    world: &mut World,
    own: &str,
    request: &Request,
    form: &[(String, String)],
) -> Result<Answer, Refusal> {
    match request.method.as_str() {
        "GET" => list(world, own, request),
        "POST" => {
            let (call, outgoing) = call_form::create(world, own, form)?;
            let sid = world.book.add(call, None);
            world.book.order(Order::Outgoing(sid.clone(), Box::new(outgoing)));
            let call = world.book.call(&sid).ok_or_else(|| Refusal::not_found(&request.path))?;
            Ok(Answer::created(show(call)))
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

fn list(world: &World, own: &str, request: &Request) -> Result<Answer, Refusal> {
    let query = &request.query;
    let is = |name: &str, value: Option<&str>| field(query, name).is_none_or(|wanted| value == Some(wanted));
    let started = times::Filter::of(query, "StartTime")?;
    let ended = times::Filter::of(query, "EndTime")?;
    let all: Vec<_> = world
        .book
        .calls
        .iter()
        .rev()
        .filter(|call| call.value.account_sid == own)
        .filter(|call| is("To", Some(&call.value.to)) && is("From", Some(&call.value.from)))
        .filter(|call| is("ParentCallSid", call.value.parent.as_deref()))
        .filter(|call| is("Status", Some(call.value.status.as_str())))
        .filter(|call| started.allows(Some(call.created)) && ended.allows(call.value.ended))
        .collect();
    let page = page(&all, query)?;
    let items = page.items.iter().map(|call| show(call)).collect();
    Ok(Answer::ok(page.v2010(&request.path, "calls", items)))
}

pub(super) fn single(
    world: &mut World,
    own: &str,
    request: &Request,
    sid: &str,
    form: &[(String, String)],
) -> Result<Answer, Refusal> {
    let missing = || Refusal::not_found(&request.path);
    let call = world.book.call(sid).filter(|call| call.value.account_sid == own);
    let status = call.ok_or_else(missing)?.value.status;
    match request.method.as_str() {
        "GET" => {}
        "POST" => match call_form::update(form)? {
            Some(command) => carry_out(world, sid, status, command)?,
            None => {
                return Err(Refusal::not_simulated(
                    "changing nothing but a call's callbacks or time limit",
                ));
            }
        },
        "DELETE" => return Err(Refusal::not_simulated("deleting calls")),
        _ => return Err(Refusal::method_not_allowed()),
    }
    let call = world.book.call(sid).ok_or_else(missing)?;
    Ok(Answer::ok(show(call)))
}

fn carry_out(world: &mut World, sid: &str, status: CallStatus, change: call_form::Change) -> Result<(), Refusal> {
    let wrong_state = |sentence: &str| Refusal::new(400, 21220, format!("Invalid call state: {sentence}"));
    let command = match change {
        call_form::Change::Cancel if !matches!(status, CallStatus::Queued | CallStatus::Ringing) => {
            return Err(wrong_state("only a queued or ringing call can be canceled"));
        }
        // Documented for `completed`: it ends a call that rings, too.
        call_form::Change::Cancel | call_form::Change::Complete => Command::HangUp,
        call_form::Change::Redirect(instructions) => {
            if status != CallStatus::InProgress && !redirects_while_ringing(world, sid, status) {
                return Err(wrong_state("Call is not in-progress. Cannot redirect."));
            }
            Command::Redirect(instructions)
        }
    };
    if status.is_final() || !world.book.tell(sid, command) {
        return Err(wrong_state("the call has ended"));
    }
    Ok(())
}

/// An inbound call that nobody has answered plays TwiML all the same.
fn redirects_while_ringing(world: &World, sid: &str, status: CallStatus) -> bool {
    status == CallStatus::Ringing
        && world
            .book
            .call(sid)
            .is_some_and(|call| call.value.direction == crate::calls::Direction::Inbound)
}

pub(super) fn show(call: &Stored<Call>) -> Value {
    let value = &call.value;
    // When it was first dialled. Assumed to be when it was made.
    let started = (value.status != CallStatus::Queued).then(|| rfc2822(call.created));
    let formatted = |address: &str| match crate::calls::client_identity(address) {
        Some(identity) => identity.to_owned(),
        None => default_friendly_name(address),
    };
    render::about(
        render::CALL,
        &value.account_sid,
        call,
        &[
            ("parent_call_sid", json!(value.parent)),
            ("phone_number_sid", json!(value.number_sid)),
            ("from", json!(value.from)),
            ("from_formatted", json!(formatted(&value.from))),
            ("to", json!(value.to)),
            ("to_formatted", json!(formatted(&value.to))),
            ("direction", json!(value.direction.as_str())),
            ("status", json!(value.status.as_str())),
            ("start_time", json!(started)),
            ("end_time", json!(value.ended.map(rfc2822))),
            ("duration", json!(duration(value))),
        ],
    )
}

/// `0` for a call that ended without an answer, and nothing for one that goes on.
fn duration(call: &Call) -> Option<String> {
    call.ended.map(|_| call.seconds().unwrap_or(0).to_string())
}
