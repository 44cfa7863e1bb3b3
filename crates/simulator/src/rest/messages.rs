//! `Messages`: sending, reading, redacting, cancelling and deleting texts.

use serde_json::{Value, json};

use super::paging::page;
use super::refusal::Refusal;
use super::{Answer, Request, field, message_form, render, times};
use crate::calls::Order;
use crate::clock::{self, rfc2822};
use crate::messages::{Direction, Message, MessageStatus, compose, sentence};
use crate::sid;
use crate::world::{Stored, World};

type Form = [(String, String)];

pub(super) fn collection(world: &mut World, own: &str, request: &Request, form: &Form) -> Result<Answer, Refusal> {
    match request.method.as_str() {
        "GET" => list(world, own, request),
        "POST" => {
            let message = compose(world, own, message_form::draft(form)?)?;
            let sid = world.texts.add(message);
            world.book.order(Order::Text(sid.clone()));
            let message = world
                .texts
                .message(&sid)
                .ok_or_else(|| Refusal::not_found(&request.path))?;
            Ok(Answer::created(show(message)))
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// With test credentials: as if it were sent, and nothing stays of it.
pub(super) fn rehearse(world: &World, own: &str, form: &Form) -> Result<Answer, Refusal> {
    let message = compose(world, own, message_form::draft(form)?)?;
    let sid = sid::new(message.prefix());
    Ok(Answer::created(show(&Stored::new(sid, message))))
}

fn list(world: &World, own: &str, request: &Request) -> Result<Answer, Refusal> {
    let query = &request.query;
    let is = |name: &str, value: &str| field(query, name).is_none_or(|wanted| value == wanted);
    let sent = times::Filter::of(query, "DateSent")?;
    let all: Vec<_> = world
        .texts
        .messages
        .iter()
        .rev()
        .filter(|message| message.value.account_sid == own && !message.value.automatic)
        .filter(|message| is("To", &message.value.to) && is("From", &message.value.from))
        .filter(|message| sent.allows(message.value.sent))
        .collect();
    let page = page(&all, query)?;
    let items = page.items.iter().map(|message| show(message)).collect();
    Ok(Answer::ok(page.v2010(&request.path, "messages", items)))
}

pub(super) fn single(
    world: &mut World,
    own: &str,
    request: &Request,
    sid: &str,
    form: &Form,
) -> Result<Answer, Refusal> {
    let missing = || Refusal::not_found(&request.path);
    let message = world.texts.message_mut(sid);
    let message = message
        .filter(|message| message.value.account_sid == own && !message.value.automatic)
        .ok_or_else(missing)?;
    match request.method.as_str() {
        "GET" => {}
        "POST" => update(message, form)?,
        "DELETE" => {
            complete(message)?;
            world.texts.messages.retain(|message| message.sid != sid);
            return Ok(Answer::deleted());
        }
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(Answer::ok(show(message)))
}

fn update(message: &mut Stored<Message>, form: &Form) -> Result<(), Refusal> {
    match field(form, "Status") {
        None => {}
        Some("canceled") if message.value.status == MessageStatus::Scheduled => {
            message.value.status = MessageStatus::Canceled;
            message.updated = clock::now();
        }
        Some("canceled") => {
            let sentence = "The message cannot be canceled in its current state";
            return Err(Refusal::new(409, 30409, sentence));
        }
        Some(_) => return Err(Refusal::new(400, 20422, "Invalid Parameter: Status")),
    }
    match field(form, "Body") {
        None => Ok(()),
        Some("") => {
            complete(message)?;
            message.value.body.clear();
            message.updated = clock::now();
            Ok(())
        }
        Some(_) => Err(Refusal::new(400, 20422, "Invalid Parameter: Body can only be emptied")),
    }
}

/// What is on its way can neither be redacted nor deleted.
fn complete(message: &Stored<Message>) -> Result<(), Refusal> {
    if message.value.status.has_left() {
        return Ok(());
    }
    let sentence = "Cannot change or delete this message because it has not been completed";
    Err(Refusal::new(409, 20009, sentence))
}

fn show(message: &Stored<Message>) -> Value {
    let value = &message.value;
    let unassigned = value.is_unassigned();
    let paid = value.direction == Direction::Inbound || value.status.has_left();
    let price = paid.then(|| {
        format!(
            "-{:.5}",
            0.0079 * f64::from(u16::try_from(value.segments).unwrap_or(u16::MAX))
        )
    });
    let segments = if unassigned { 0 } else { value.segments };
    render::about(
        render::MESSAGE,
        &value.account_sid,
        message,
        &[
            ("body", json!(value.body)),
            ("date_sent", json!(value.sent.map(rfc2822))),
            ("direction", json!(value.direction.as_str())),
            ("error_code", json!(value.error)),
            ("error_message", json!(value.error.map(sentence))),
            ("from", json!((!unassigned).then_some(&value.from))),
            ("messaging_service_sid", json!(value.service_sid)),
            ("num_media", json!(value.media_count().to_string())),
            ("num_segments", json!(segments.to_string())),
            ("price", json!(price)),
            ("status", json!(value.status.as_str())),
            ("to", json!(value.to)),
        ],
    )
}
