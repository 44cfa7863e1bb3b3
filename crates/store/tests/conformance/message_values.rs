//! Texts to store.

use crate::call_values::{OUTSIDE, OWN};
use crate::values::{NOW, account, after, user_id};
use domain::id::MessageId;
use domain::message::{MessageError, MessageOrigin, MessageStatus};
use domain::time::UnixMillis;
use store::{
    AddedMessage, Claiming, InboundAdded, Message, NewInbound, NewMessage, Sent, StatusApplied, StatusReport, Store,
};
use uuid::Uuid;

/// How long a lease holds here.
pub const LEASE: i64 = 30_000;

pub fn message_id(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(0x7e47_0000_0000 + number))
}

/// What the provider calls the text of that number.
pub fn message_sid(number: u128) -> String {
    format!("SM{number:032x}")
}

/// A person's number.
pub fn person(number: u128) -> String {
    format!("+4420794{number:05}")
}

/// A text of the first user's to the person outside.
pub fn text(number: u128) -> NewMessage {
    text_of(1, number, OUTSIDE)
}

pub fn text_of(user: u128, number: u128, to: &str) -> NewMessage {
    NewMessage {
        id: message_id(number),
        user_id: user_id(user),
        account_sid: account(user).sid,
        origin: MessageOrigin::User,
        from: OWN.into(),
        to: to.into(),
        sender: OWN.into(),
        provider: "twilio".into(),
        body: format!("Text {number}, 100% \u{2013} \"ünïx\" 😀"),
        media: Vec::new(),
        segments: 1,
        send_at: None,
        clears_draft: false,
    }
}

/// A text from the person outside to the first user.
pub fn incoming(number: u128) -> NewInbound {
    incoming_of(1, number, OUTSIDE)
}

pub fn incoming_of(user: u128, number: u128, from: &str) -> NewInbound {
    NewInbound {
        id: message_id(number),
        user_id: user_id(user),
        account_sid: account(user).sid,
        from: from.into(),
        to: OWN.into(),
        sender: OWN.into(),
        provider: "twilio".into(),
        provider_sid: message_sid(number),
        body: format!("Answer {number}"),
        media: Vec::new(),
        segments: 1,
        opt_change: None,
    }
}

pub async fn add(db: &Store, new: &NewMessage, at: i64) -> Message {
    match db.add_message(new, None, after(at)).await.unwrap() {
        AddedMessage::New(message) => *message,
        AddedMessage::Claimed(claim) => panic!("{claim:?}"),
    }
}

pub async fn receive(db: &Store, new: &NewInbound, at: i64) -> Message {
    match db.add_inbound(new, None, after(at)).await.unwrap() {
        InboundAdded::New(message) => *message,
        other => panic!("{other:?}"),
    }
}

/// A claim of that name, which holds for [`LEASE`] from then.
pub fn claiming(lease: &str, limit: u32, at: i64) -> Claiming {
    Claiming {
        lease: lease.into(),
        until: after(at + LEASE),
        limit,
        per_user: 1000,
    }
}

/// The numbers of the texts that are claimed.
pub async fn claim(db: &Store, lease: &str, limit: u32, at: i64) -> Vec<u128> {
    let claimed = db.claim_due(&claiming(lease, limit, at), after(at)).await.unwrap();
    numbers(&claimed)
}

pub fn numbers(messages: &[Message]) -> Vec<u128> {
    let first = message_id(0).0.as_u128();
    messages.iter().map(|message| message.id.0.as_u128() - first).collect()
}

pub async fn sending(db: &Store, number: u128, lease: &str, at: i64) -> bool {
    db.mark_sending(message_id(number), lease, after(at + LEASE), after(at))
        .await
        .unwrap()
}

pub fn taken(number: u128) -> Sent {
    Sent {
        provider_sid: Some(message_sid(number)),
        status: MessageStatus::Accepted,
        segments: Some(2),
        from: None,
    }
}

pub async fn sent(db: &Store, number: u128, lease: &str, at: i64) -> bool {
    db.mark_sent(message_id(number), lease, &taken(number), after(at))
        .await
        .unwrap()
}

/// From claimed to taken by the provider.
pub async fn send(db: &Store, number: u128, lease: &str, at: i64) {
    assert!(sending(db, number, lease, at).await);
    assert!(sent(db, number, lease, at).await);
}

/// What the provider reports of the first user's text of that number, by its own id of it.
pub fn told(number: u128, status: MessageStatus) -> StatusReport {
    StatusReport {
        user_id: user_id(1),
        account_sid: account(1).sid,
        message: None,
        provider_sid: message_sid(number),
        status,
        error: status.is_failure().then(|| refusal(30003)),
        from: None,
        segments: None,
        opted_out: false,
    }
}

/// The same at an address that names the text.
pub fn told_early(number: u128, status: MessageStatus) -> StatusReport {
    StatusReport {
        message: Some(message_id(number)),
        ..told(number, status)
    }
}

pub fn refusal(code: u32) -> MessageError {
    MessageError {
        code: Some(code),
        message: "The phone could not be reached.".into(),
    }
}

pub async fn apply(db: &Store, report: &StatusReport, at: UnixMillis) -> Message {
    match db.apply_status(report, None, at).await.unwrap() {
        StatusApplied::Done(message) => *message,
        other => panic!("{other:?}"),
    }
}

/// The first user's text of that number.
pub async fn message(db: &Store, number: u128) -> Message {
    db.message(user_id(1), message_id(number)).await.unwrap().unwrap()
}

pub async fn status(db: &Store, number: u128) -> MessageStatus {
    message(db, number).await.status
}

/// What was noted about a text, in words.
pub async fn notes(db: &Store, number: u128) -> Vec<String> {
    let events = db.message_events(message_id(number)).await.unwrap();
    let words = events.iter().map(|event| {
        let status = event.status.map_or("", MessageStatus::as_str);
        format!("{} {status}", event.kind.as_str()).trim().to_owned()
    });
    words.collect()
}

/// Adds the first user's texts of these numbers, each to a person of its own.
pub async fn add_to_each(db: &Store, user: u128, numbers: std::ops::RangeInclusive<u128>) {
    for number in numbers {
        let new = text_of(user, number, &person(number));
        db.add_message(&new, None, NOW).await.unwrap();
    }
}

/// The items in another order for each seed.
pub fn shuffled<T>(mut items: Vec<T>, seed: u64) -> Vec<T> {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).unwrap() % (last + 1);
        items.swap(last, other);
    }
    items
}
