//! `Media` of a text, and the storage where the files are.

use serde_json::{Value, json};

use super::paging::page;
use super::refusal::Refusal;
use super::{Answer, Content, Request, render};
use crate::messages::{Media, Message};
use crate::world::{Stored, World};

fn message<'a>(
    world: &'a mut World,
    own: &str,
    request: &Request,
    sid: &str,
) -> Result<&'a mut Stored<Message>, Refusal> {
    let message = world.texts.message_mut(sid);
    message
        .filter(|message| message.value.account_sid == own)
        .ok_or_else(|| Refusal::not_found(&request.path))
}

pub(super) fn collection(world: &mut World, own: &str, request: &Request, of: &str) -> Result<Answer, Refusal> {
    let message = message(world, own, request, of)?;
    if request.method != "GET" {
        return Err(Refusal::method_not_allowed());
    }
    let all: Vec<_> = message.value.media.iter().collect();
    let page = page(&all, &request.query)?;
    let items = page.items.iter().map(|media| show(own, of, media)).collect();
    Ok(Answer::ok(page.v2010(&request.path, "media_list", items)))
}

pub(super) fn single(
    world: &mut World,
    own: &str,
    request: &Request,
    (of, sid): (&str, &str),
) -> Result<Answer, Refusal> {
    let message = message(world, own, request, of)?;
    let media = message.value.media.iter().find(|media| media.sid == sid);
    let media = media.ok_or_else(|| Refusal::not_found(&request.path))?;
    match request.method.as_str() {
        "GET" => Ok(Answer::ok(show(own, of, media))),
        "DELETE" => {
            message.value.media.retain(|media| media.sid != sid);
            Ok(Answer::deleted())
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// The file is elsewhere, under an address that needs no credentials.
pub(super) fn content(
    world: &mut World,
    own: &str,
    request: &Request,
    (of, sid): (&str, &str),
) -> Result<Answer, Refusal> {
    let message = message(world, own, request, of)?;
    let media = message.value.media.iter().find(|media| media.sid == sid);
    let media = media.ok_or_else(|| Refusal::not_found(&request.path))?;
    match request.method.as_str() {
        "GET" => Ok(Answer {
            status: 307,
            content: Content::Redirect(format!("{}/media-storage/{}", request.base_url, media.value.token)),
        }),
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// A file in the storage.
pub(super) fn stored(world: &World, request: &Request, token: &str) -> Result<Answer, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::method_not_allowed());
    }
    let media = world
        .texts
        .stored(token)
        .ok_or_else(|| Refusal::not_found("/media-storage"))?;
    Ok(Answer {
        status: 200,
        content: Content::Media {
            content_type: media.content_type.clone(),
            bytes: media.bytes.clone(),
        },
    })
}

fn show(account_sid: &str, of: &str, media: &Stored<Media>) -> Value {
    let template = render::MEDIA.replace("{message}", of);
    let fields = [("content_type", json!(media.value.content_type))];
    render::about(&template, account_sid, media, &fields)
}
