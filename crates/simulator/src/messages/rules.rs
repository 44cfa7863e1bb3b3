//! What may be sent, by whom, to whom. The codes are documented, the choice between them is partly assumed (see the README).

use jiff::Timestamp;

use super::{Direction, Message, MessageStatus, Outcome, magic, segments};
use crate::account::{AccountKind, HttpMethod, NumberSettings};
use crate::calls::is_e164;
use crate::rest::refusal::Refusal;
use crate::twiml::Target;
use crate::world::{Account, Stored, World};

/// Documented.
const LONGEST_BODY: usize = 1600;
const MOST_MEDIA: usize = 10;
/// Before what a trial account sends.
const TRIAL_NOTICE: &str = "Sent from your Twilio trial account - ";

/// A text that somebody wants to send.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) to: String,
    pub(crate) from: Option<String>,
    pub(crate) service: Option<String>,
    pub(crate) body: String,
    pub(crate) media_urls: Vec<String>,
    pub(crate) callback: Option<Target>,
    pub(crate) application: Option<String>,
    pub(crate) send_at: Option<Timestamp>,
    pub(crate) is_reply: bool,
}

/// The text as it begins, or why it may not be sent.
pub(crate) fn compose(world: &World, own: &str, draft: Draft) -> Result<Message, Refusal> {
    let account = world.account(own).ok_or_else(Refusal::unauthorized)?;
    content(&draft)?;
    recipient(world, account, &draft.to)?;
    let service = draft
        .service
        .as_deref()
        .map(|sid| account.service(sid).ok_or_else(|| magic::refusal(21705)));
    let service = service.transpose()?;
    let from = match service {
        Some(service) => {
            let number = from_pool(world, account, service, &draft)?;
            number.phone_number.clone()
        }
        None => {
            let from = draft.from.clone().unwrap_or_default();
            sender(world, account, &from, !draft.media_urls.is_empty())?;
            from
        }
    };
    if from == draft.to {
        return Err(magic::refusal(21266));
    }
    // Within a service, stopping one number stops them all.
    let stopped = match service {
        Some(service) => world.texts.is_opted_out(&service.sid, &draft.to),
        None => is_stopped(world, account, &from, &draft.to),
    };
    if stopped {
        return Err(magic::refusal(21610));
    }
    let callback = callback(account, service.map(|service| &service.value.settings), &draft)?;
    let status = match (draft.send_at, service) {
        (Some(_), _) => MessageStatus::Scheduled,
        (None, Some(_)) if !draft.is_reply => MessageStatus::Accepted,
        _ => MessageStatus::Queued,
    };
    let body = if account.kind == AccountKind::Trial && !draft.body.is_empty() {
        format!("{TRIAL_NOTICE}{}", draft.body)
    } else {
        draft.body
    };
    let now = crate::clock::now();
    Ok(Message {
        account_sid: own.to_owned(),
        direction: if draft.is_reply {
            Direction::OutboundReply
        } else {
            Direction::OutboundApi
        },
        from,
        to: draft.to,
        segments: if draft.media_urls.is_empty() {
            segments(&body)
        } else {
            1
        },
        body,
        status,
        service_sid: service.map(|service| service.sid.clone()),
        media: Vec::new(),
        media_urls: draft.media_urls,
        error: None,
        // As in the published example of a text that is queued.
        sent: draft.send_at.is_none().then_some(now),
        send_at: draft.send_at,
        callback,
        opt_out: None,
        automatic: false,
        answer: None,
        notices: Vec::new(),
    })
}

fn content(draft: &Draft) -> Result<(), Refusal> {
    let code = if draft.to.is_empty() {
        21604
    } else if draft.from.is_none() && draft.service.is_none() {
        21603
    } else if draft.body.is_empty() && draft.media_urls.is_empty() {
        21602
    } else if draft.body.chars().count() > LONGEST_BODY {
        21617
    } else if draft.media_urls.len() > MOST_MEDIA {
        21623
    } else if !draft.media_urls.iter().all(|url| is_web_address(url)) {
        21620
    } else {
        return Ok(());
    };
    Err(magic::refusal(code))
}

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn recipient(world: &World, account: &Account, to: &str) -> Result<(), Refusal> {
    if let Some(refusal) = magic::refusal_of_recipient(to) {
        return Err(refusal);
    }
    if !is_e164(to) {
        return Err(Refusal::new(
            400,
            21211,
            format!("The 'To' number {to} is not a valid phone number."),
        ));
    }
    if let Outcome::Refused(code) = world.texts.behaviour.outcome(to) {
        return Err(magic::refusal(code));
    }
    if account.kind == AccountKind::Trial && !account.test_credentials && !account.is_verified(to) {
        let sentence = format!(
            "The number {to} is unverified. Trial accounts cannot send messages to unverified numbers; \
             verify {to} at twilio.com/user/account/phone-numbers/verified, or purchase a Twilio number to send messages \
             to unverified numbers."
        );
        return Err(Refusal::new(400, 21608, sentence));
    }
    Ok(())
}

/// The number that `from` is, if this account may send by it.
fn sender(world: &World, account: &Account, from: &str, with_media: bool) -> Result<(), Refusal> {
    if let Some(refusal) = magic::refusal_of_sender(from) {
        return Err(refusal);
    }
    if account.test_credentials {
        return if from == magic::GOOD_SENDER {
            Ok(())
        } else {
            Err(magic::refusal(21606))
        };
    }
    if !is_e164(from) {
        return if from.len() <= 11 && from.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            Err(Refusal::not_simulated("alphanumeric senders"))
        } else {
            Err(Refusal::new(
                400,
                21212,
                format!("The 'From' number {from} is not a valid phone number, shortcode, or alphanumeric sender ID."),
            ))
        };
    }
    let Some((owner, number)) = world.number_called(from) else {
        return Err(Refusal::new(
            400,
            21659,
            format!("'From' {from} is not a Twilio phone number or short code country mismatch"),
        ));
    };
    if owner.sid != account.sid {
        return Err(magic::refusal(21660));
    }
    let can = number.value.capabilities;
    match (can.sms, with_media) {
        (false, _) => Err(magic::refusal(21606)),
        (true, true) if !can.mms => Err(magic::refusal(21612)),
        _ => Ok(()),
    }
}

/// The number that the service sends by: the one that is asked for, the one that this person knows, or the first.
fn from_pool<'a>(
    world: &World,
    account: &'a Account,
    service: &Stored<super::Service>,
    draft: &Draft,
) -> Result<&'a NumberSettings, Refusal> {
    if service.value.pool.is_empty() {
        return Err(magic::refusal(21704));
    }
    let numbers = account.numbers.iter().filter(|number| service.value.has(&number.sid));
    let able: Vec<&NumberSettings> = numbers
        .map(|number| &number.value)
        .filter(|number| number.capabilities.sms)
        .filter(|number| draft.media_urls.is_empty() || number.capabilities.mms || service.value.settings.mms_converter)
        .collect();
    let known = if service.value.settings.sticky_sender {
        world.texts.last_sender(&service.sid, &draft.to)
    } else {
        None
    };
    let is = |wanted: &str| able.iter().copied().find(|number| number.phone_number == wanted);
    let chosen = match (&draft.from, known.and_then(is)) {
        (Some(from), _) => is(from),
        (None, Some(known)) => Some(known),
        (None, None) => able.first().copied(),
    };
    chosen.ok_or_else(|| magic::refusal(21703))
}

/// By the number, or by the service that it is in.
fn is_stopped(world: &World, account: &Account, from: &str, to: &str) -> bool {
    let number = account.numbers.iter().find(|number| number.value.phone_number == from);
    let service = number.and_then(|number| account.service_of(&number.sid));
    let sender = service.map_or(from, |service| &service.sid);
    world.texts.is_opted_out(sender, to)
}

/// Documented: what the request says, else the service, else the application that the request names.
fn callback(
    account: &Account,
    service: Option<&super::MessagingServiceSettings>,
    draft: &Draft,
) -> Result<Option<Target>, Refusal> {
    let application = draft.application.as_deref().map(|sid| {
        let application = account.applications.iter().find(|application| application.sid == sid);
        application.ok_or_else(|| Refusal::new(400, 21218, "Invalid ApplicationSid"))
    });
    let application = application.transpose()?;
    let url = service
        .and_then(|service| service.status_callback.as_ref())
        .or_else(|| application.and_then(|application| application.value.message_status_callback.as_ref()));
    let shared = url.map(|url| Target {
        url: url.clone(),
        method: HttpMethod::Post,
    });
    Ok(draft.callback.clone().or(shared))
}
