//! Whose turn it is.

use domain::id::{MessageId, UserId};
use domain::message::MessageStatus;
use domain::time::UnixMillis;
use tokio::sync::oneshot::Receiver;
use uuid::Uuid;

use super::*;
use crate::{InboundAdded, NewInbound, StatusApplied, StatusReport};

const USER: UserId = UserId(Uuid::nil());
const NOW: UnixMillis = UnixMillis(0);

fn add_text(group: &mut Group) -> Receiver<Result<InboundAdded, Error>> {
    let new = NewInbound {
        id: MessageId(Uuid::nil()),
        user_id: USER,
        account_sid: String::new(),
        from: String::new(),
        to: String::new(),
        sender: String::new(),
        provider: String::new(),
        provider_sid: String::new(),
        body: String::new(),
        media: Vec::new(),
        segments: 1,
        opt_change: None,
    };
    let (queued, waiting) = Queued::new(AddInbound {
        new,
        receipt: None,
        found: None,
        now: NOW,
    });
    AddInbound::add(group, queued);
    waiting
}

fn add_report(group: &mut Group) -> Receiver<Result<StatusApplied, Error>> {
    let report = StatusReport {
        user_id: USER,
        account_sid: String::new(),
        message: None,
        provider_sid: String::new(),
        status: MessageStatus::Sent,
        error: None,
        from: None,
        segments: None,
        opted_out: false,
    };
    let (queued, waiting) = Queued::new(ApplyStatus {
        report,
        receipt: None,
        now: NOW,
    });
    ApplyStatus::add(group, queued);
    waiting
}

#[test]
fn one_has_its_turn_however_many_of_another_kind_keep_coming() {
    let mut group = Group::default();
    let _report = add_report(&mut group);
    let mut texts = Vec::new();
    let mut turns = 0;
    while group.reports.len() > 0 {
        texts.extend((0..300).map(|_| add_text(&mut group)));
        let taken = group.take(Engine::Postgres);
        assert_eq!(taken.sizes().iter().filter(|size| **size > 0).count(), 1, "of one kind");
        turns += 1;
        assert!(turns <= KINDS);
    }
}

#[test]
fn those_who_went_away_hold_up_nobody_of_another_kind() {
    let mut group = Group::default();
    for _ in 0..5 {
        drop(add_text(&mut group));
    }
    let _report = add_report(&mut group);
    assert_eq!(group.take(Engine::Postgres).sizes(), [0, 1, 0, 0]);
    drop(add_report(&mut group));
    let _text = add_text(&mut group);
    assert_eq!(group.take(Engine::Postgres).sizes(), [0, 0, 1, 0]);
    assert!(group.take(Engine::Postgres).is_empty() && group.is_empty());
}
