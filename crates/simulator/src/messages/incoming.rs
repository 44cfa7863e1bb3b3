//! Texts from phones: kept, told to the program, and answered as it says.

use std::sync::Arc;

use url::Url;

use super::keywords::keyword;
use super::{Direction, Draft, Media, Message, MessageStatus, OptOut, compose, params, segments};
use crate::account::HttpMethod;
use crate::calls::Order;
use crate::engine::pair;
use crate::hook::{Hook, Purpose, request};
use crate::shared::Shared;
use crate::twiml::{Fault, MessageDocument, MessageVerb, Reply, Target, read_message_answer};
use crate::world::{Account, Stored, World};
use crate::{clock, sid};

/// Documented: <https://www.twilio.com/docs/api/errors/14109>
const MOST_REPLIES: usize = 10;
const MOST_REDIRECTS: usize = 10;

/// Whom a text is told to.
#[derive(Debug, Default)]
struct Way {
    target: Option<Target>,
    fallback: Option<Target>,
}

/// A text reaches a number of the account; its SID. `None` when there is no such number, or it takes no texts.
pub(super) fn receive(
    world: &mut World,
    account_sid: &str,
    (from, to): (&str, &str),
    body: &str,
    media: Vec<Stored<Media>>,
) -> Option<String> {
    let account = world.account(account_sid)?;
    let number = account.numbers.iter().find(|number| number.value.phone_number == to)?;
    if !number.value.capabilities.sms {
        return None;
    }
    let service = account.service_of(&number.sid);
    let service_sid = service.map(|service| service.sid.clone());
    // Documented: it is not even logged.
    let lost = service.is_some_and(|service| {
        let settings = &service.value.settings;
        settings.inbound_request_url.is_none() && !settings.use_inbound_webhook_on_number
    });
    let mut message = Message {
        account_sid: account_sid.to_owned(),
        direction: Direction::Inbound,
        from: from.to_owned(),
        to: to.to_owned(),
        body: body.to_owned(),
        status: MessageStatus::Received,
        segments: if media.is_empty() { segments(body) } else { 1 },
        service_sid: service_sid.clone(),
        media,
        media_urls: Vec::new(),
        error: None,
        sent: Some(clock::now()),
        send_at: None,
        callback: None,
        opt_out: None,
        automatic: false,
        answer: None,
        notices: Vec::new(),
    };
    let reply = opt(world, &mut message, service_sid.unwrap_or_else(|| to.to_owned()));
    if lost {
        return Some(sid::new(message.prefix()));
    }
    let message_sid = world.texts.add(message);
    if let Some(reply) = reply {
        world.texts.add(reply);
    }
    world.book.order(Order::TextIn(message_sid.clone()));
    Some(message_sid)
}

/// What a keyword changes, and Twilio's own answer to it.
fn opt(world: &mut World, message: &mut Message, sender: String) -> Option<Message> {
    let word = keyword(&message.body).filter(|_| message.media.is_empty())?;
    let pair = (sender, message.from.clone());
    let changed = match word {
        OptOut::Stop => world.texts.opted_out.insert(pair),
        OptOut::Start => world.texts.opted_out.remove(&pair),
        OptOut::Help => true,
    };
    // A yes is only an answer to us when it can be one.
    if word == OptOut::Start && !changed && message.body.trim().eq_ignore_ascii_case("yes") {
        return None;
    }
    message.opt_out = Some(word);
    changed.then(|| Message {
        direction: Direction::OutboundReply,
        from: message.to.clone(),
        to: message.from.clone(),
        body: word.reply().to_owned(),
        status: MessageStatus::Delivered,
        segments: segments(word.reply()),
        automatic: true,
        ..message.clone()
    })
}

fn way(account: &Account, message: &Message) -> Way {
    let target = |url: &Option<String>, method: HttpMethod| url.clone().map(|url| Target { url, method });
    let mut numbers = account.numbers.iter();
    let Some(number) = numbers.find(|number| number.value.phone_number == message.to) else {
        return Way::default();
    };
    let service = account.service_of(&number.sid).map(|service| &service.value.settings);
    if let Some(service) = service.filter(|service| !service.use_inbound_webhook_on_number) {
        return Way {
            target: target(&service.inbound_request_url, service.inbound_method),
            fallback: target(&service.fallback_url, service.fallback_method),
        };
    }
    let settings = &number.value;
    if let Some(named) = &settings.sms_application_sid {
        let application = account
            .applications
            .iter()
            .find(|application| application.sid == *named);
        return application.map_or_else(Way::default, |application| Way {
            target: target(&application.value.sms_url, application.value.sms_method),
            fallback: target(
                &application.value.sms_fallback_url,
                application.value.sms_fallback_method,
            ),
        });
    }
    Way {
        target: target(&settings.sms_url, settings.sms_method),
        fallback: target(&settings.sms_fallback_url, settings.sms_fallback_method),
    }
}

/// Tells the program about a text, and does what it answers.
pub(crate) async fn answer(shared: Arc<Shared>, message_sid: String) {
    let known = {
        let world = shared.world();
        world.texts.message(&message_sid).and_then(|message| {
            let account = world.account(&message.value.account_sid)?;
            Some((
                way(account, &message.value),
                params::of_inbound(message, &shared.base_url),
            ))
        })
    };
    let Some((
        Way {
            target: Some(target),
            fallback,
        },
        params,
    )) = known
    else {
        return;
    };
    let mut replies = 0;
    let mut next = Some(target);
    for _ in 0..=MOST_REDIRECTS {
        let Some(target) = next.take() else { return };
        let Some((document, from)) = fetch(&shared, &message_sid, target, fallback.as_ref(), &params).await else {
            return;
        };
        for verb in document.verbs {
            match verb {
                MessageVerb::Redirect(target) => {
                    next = resolve(&from, target);
                    break;
                }
                MessageVerb::Reply(reply) if replies < MOST_REPLIES => {
                    replies += 1;
                    let callback = reply.callback.clone().and_then(|target| resolve(&from, target));
                    shared.change(|world| send_reply(world, &message_sid, reply, callback));
                }
                MessageVerb::Reply(_) => shared.change(|world| {
                    world.texts.notice(&message_sid, 14109, "Reply message limit exceeded");
                }),
            }
        }
    }
}

/// The document, and where it came from: the address itself, or its fallback.
async fn fetch(
    shared: &Arc<Shared>,
    message_sid: &str,
    target: Target,
    fallback: Option<&Target>,
    params: &[(String, String)],
) -> Option<(MessageDocument, Target)> {
    let fault = match ask(shared, message_sid, target.clone(), params.to_vec()).await {
        Ok(document) => return Some((document, target)),
        Err(fault) => fault,
    };
    shared.change(|world| world.texts.notice(message_sid, fault.code, fault.sentence));
    let fallback = fallback.filter(|fallback| **fallback != target)?;
    let (failed, _) = target.url.split_once('#').unwrap_or((&target.url, ""));
    let mut params = params.to_vec();
    params.push(pair("ErrorCode", fault.code.to_string()));
    params.push(pair("ErrorUrl", failed));
    match ask(shared, message_sid, fallback.clone(), params).await {
        Ok(document) => Some((document, fallback.clone())),
        Err(fault) => {
            shared.change(|world| world.texts.notice(message_sid, fault.code, fault.sentence));
            None
        }
    }
}

async fn ask(
    shared: &Arc<Shared>,
    message_sid: &str,
    target: Target,
    params: Vec<(String, String)>,
) -> Result<MessageDocument, Fault> {
    let account_sid = {
        let world = shared.world();
        let message = world.texts.message(message_sid);
        message
            .map(|message| message.value.account_sid.clone())
            .unwrap_or_default()
    };
    let hook = Hook {
        account_sid,
        call_sid: message_sid.to_owned(),
        purpose: Purpose::Message,
        target,
        params,
    };
    let answer = request(shared, &hook).await?;
    let document = read_message_answer(answer.status, &answer.content_type, &answer.body);
    shared.change(|world| {
        let text = world.redact(&String::from_utf8_lossy(&answer.body));
        for (code, sentence) in document.iter().flat_map(|document| &document.warnings) {
            world.texts.notice(message_sid, *code, sentence.clone());
        }
        if let Some(message) = world.texts.message_mut(message_sid) {
            message.value.answer = Some(text);
        }
    });
    document
}

/// An address in a document, made absolute.
fn resolve(from: &Target, target: Target) -> Option<Target> {
    if Url::parse(&target.url).is_ok() {
        return Some(target);
    }
    let url = Url::parse(&from.url).ok()?.join(&target.url).ok()?;
    Some(Target {
        url: url.to_string(),
        method: target.method,
    })
}

fn send_reply(world: &mut World, message_sid: &str, reply: Reply, callback: Option<Target>) {
    let Some(message) = world.texts.message(message_sid).map(|message| message.value.clone()) else {
        return;
    };
    let draft = Draft {
        to: reply.to.unwrap_or(message.from),
        from: Some(reply.from.unwrap_or(message.to)),
        service: message.service_sid,
        body: reply.body,
        media_urls: reply.media,
        callback,
        is_reply: true,
        ..Draft::default()
    };
    match compose(world, &message.account_sid, draft) {
        Ok(reply) => {
            let reply = world.texts.add(reply);
            world.book.order(Order::Text(reply));
        }
        Err(refusal) => {
            let (code, sentence) = refusal.reason();
            world.texts.notice(message_sid, code, sentence);
        }
    }
}
