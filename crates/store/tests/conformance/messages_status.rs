use crate::call_values::OUTSIDE;
use crate::message_values::{
    add, add_to_each, apply, claim, incoming, message, message_id, message_sid, notes, numbers, receive, refusal, send,
    sending, sent, status, text, text_of, told, told_early,
};
use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, add_users, after, user_id};
use domain::message::MessageStatus;
use store::{Receipt, Sent, StatusApplied, StatusReport};
use tokio::task::JoinSet;

use MessageStatus::{Accepted, Delivered, Failed, Queued, Read, Received, Sending, Undelivered, Unknown};

/// Every order of the items.
fn orders<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    let with_first = |first: usize| {
        let mut rest = items.to_vec();
        let first = rest.remove(first);
        orders(&rest).into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..items.len()).flat_map(with_first).collect()
}

/// Adds a text to a person of its own and asks the provider.
async fn on_its_way(db: &Scratch, number: u128) {
    add_to_each(db, 1, number..=number).await;
    let lease = format!("{number}");
    assert_eq!(claim(db, &lease, 1, 0).await, [number]);
    assert!(sending(db, number, &lease, 0).await);
}

#[tokio::test]
async fn reports_come_to_the_same_in_every_order_and_however_often() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let reports = [Accepted, MessageStatus::Sent, Delivered, Read];
        for (number, order) in orders(&reports).into_iter().enumerate() {
            let number = u128::try_from(number).unwrap() + 1;
            on_its_way(db, number).await;
            let mut highest = Sending;
            for report in order.iter().chain(&order) {
                highest = highest.max(*report);
                let now = apply(db, &told_early(number, *report), NOW).await;
                assert_eq!(now.status, highest, "{order:?}");
            }
            let ended = message(db, number).await;
            assert_eq!((ended.provider_sid, ended.error), (Some(message_sid(number)), None));
            assert!(ended.delivered_at.is_some() && ended.sent_at.is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn the_providers_answer_comes_before_between_or_after_its_reports() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut number = 0;
        for end in [Delivered, Undelivered, Failed] {
            for answer_after in 0..=2 {
                number += 1;
                on_its_way(db, number).await;
                for (at, report) in [MessageStatus::Sent, end].into_iter().enumerate() {
                    if at == answer_after {
                        assert!(sent(db, number, &format!("{number}"), 1).await);
                    }
                    apply(db, &told_early(number, report), after(2)).await;
                }
                if answer_after == 2 {
                    assert!(sent(db, number, &format!("{number}"), 3).await);
                }
                let ended = message(db, number).await;
                assert_eq!((ended.status, ended.segments), (end, 2), "{answer_after}");
                assert_eq!(ended.error, end.is_failure().then(|| refusal(30003)));
                assert_eq!(ended.provider_sid, Some(message_sid(number)));
            }
        }
        assert_eq!(
            db.rows("SELECT id FROM messages WHERE lane IS NOT NULL OR lease_until IS NOT NULL")
                .await
                .len(),
            0
        );
    })
    .await;
}

#[tokio::test]
async fn a_delivery_after_all_wins_over_a_failure() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        on_its_way(db, 1).await;
        apply(db, &told_early(1, Undelivered), after(1)).await;
        assert_eq!(message(db, 1).await.error, Some(refusal(30003)));
        let ended = apply(db, &told_early(1, Delivered), after(2)).await;
        assert_eq!((ended.status, ended.error), (Delivered, None));
        let late = apply(db, &told_early(1, Failed), after(3)).await;
        assert_eq!(
            (late.status, late.error, late.delivered_at),
            (Delivered, None, Some(after(2)))
        );
        assert_eq!(
            notes(db, 1).await,
            ["requested", "sending", "reported undelivered", "reported delivered"]
        );
    })
    .await;
}

#[tokio::test]
async fn an_early_report_opens_the_way_for_the_next_text() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        add(db, &text(1), 0).await;
        add(db, &text(2), 0).await;
        claim(db, "a", 1, 0).await;
        assert!(sending(db, 1, "a", 0).await);
        apply(db, &told_early(1, MessageStatus::Sent), after(1)).await;
        assert_eq!(claim(db, "b", 5, 2).await, [2]);
        // What the worker finds out too late does not undo it.
        let retry = db.mark_not_sent(message_id(1), "a", after(3), None, after(3)).await;
        assert!(retry.unwrap());
        assert_eq!(status(db, 1).await, MessageStatus::Sent);
        send(db, 2, "b", 4).await;
        assert_eq!(claim(db, "c", 5, 5).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_ended_leaves_what_was_told_as_it_is() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        on_its_way(db, 1).await;
        apply(db, &told_early(1, Delivered), after(1)).await;
        assert_eq!(db.expire_claims(after(1_000_000), 10).await.unwrap(), []);
        assert_eq!(status(db, 1).await, Delivered);
        assert_eq!(
            db.rows("SELECT id FROM messages WHERE lease_until IS NOT NULL")
                .await
                .len(),
            0
        );
    })
    .await;
}

#[tokio::test]
async fn a_report_of_something_waiting_says_that_it_was_sent() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        on_its_way(db, 1).await;
        assert!(
            db.mark_not_sent(message_id(1), "1", after(10), None, after(1))
                .await
                .unwrap()
        );
        assert_eq!(status(db, 1).await, Queued);
        apply(db, &told_early(1, MessageStatus::Sent), after(2)).await;
        assert_eq!(claim(db, "b", 5, 100).await, []);
        assert_eq!(status(db, 1).await, MessageStatus::Sent);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_report_has_one_effect() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        on_its_way(db, 1).await;
        let before = db.feed_position(user_id(1)).await.unwrap();
        let mut requests = JoinSet::new();
        for _ in 0..100 {
            let store = db.store();
            let receipt = Receipt {
                key: "one".into(),
                answer: None,
            };
            let report = told_early(1, Delivered);
            requests.spawn(async move { store.apply_status(&report, Some(&receipt), NOW).await.unwrap() });
        }
        let applied = requests.join_all().await;
        assert_eq!(
            applied
                .iter()
                .filter(|applied| **applied == StatusApplied::Again)
                .count(),
            99
        );
        assert_eq!(db.feed_position(user_id(1)).await.unwrap(), before + 1);
        assert_eq!(notes(db, 1).await, ["requested", "sending", "reported delivered"]);
    })
    .await;
}

#[tokio::test]
async fn a_report_reaches_only_the_tenants_own_texts() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        on_its_way(db, 1).await;
        assert!(sent(db, 1, "1", 1).await);
        add(db, &text_of(2, 2, OUTSIDE), 0).await;
        receive(db, &incoming(3), 0).await;
        let before = db
            .rows("SELECT id, status, provider_sid FROM messages ORDER BY id")
            .await;
        let wrong_user = StatusReport {
            user_id: user_id(2),
            ..told_early(1, Delivered)
        };
        let wrong_account = StatusReport {
            account_sid: "AC".into(),
            ..told(1, Delivered)
        };
        let nobodys = told(9, Delivered);
        let anothers = told_early(2, Delivered);
        let inbound = told(3, Read);
        // The SID says whose it is.
        let applied = db.apply_status(&wrong_account, None, NOW).await.unwrap();
        assert_eq!(applied, StatusApplied::Foreign);
        for report in [wrong_user, nobodys, anothers, inbound] {
            let applied = db.apply_status(&report, None, NOW).await.unwrap();
            assert_eq!(applied, StatusApplied::Unknown, "{report:?}");
        }
        assert_eq!(
            db.rows("SELECT id, status, provider_sid FROM messages ORDER BY id")
                .await,
            before
        );
        assert_eq!(status(db, 3).await, Received);
        // One that the provider tells of another text under our id changes nothing.
        let swapped = StatusReport {
            provider_sid: message_sid(77),
            ..told_early(1, Failed)
        };
        assert_eq!(apply(db, &swapped, NOW).await.status, Accepted);
        assert_eq!(message(db, 1).await.provider_sid, Some(message_sid(1)));
    })
    .await;
}

#[tokio::test]
async fn texts_that_nothing_is_heard_of_are_asked_for() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for number in 1..=4 {
            on_its_way(db, number).await;
        }
        assert!(sent(db, 1, "1", 10).await);
        assert!(sent(db, 2, "2", 20).await);
        assert!(db.mark_unknown(message_id(3), "3", after(30)).await.unwrap());
        assert!(
            db.mark_rejected(message_id(4), "4", &refusal(1), after(30))
                .await
                .unwrap()
        );
        let due = async |since, until| {
            let mut claimed = numbers(&db.claim_polls(after(since), after(until), 10).await.unwrap());
            claimed.sort_unstable();
            claimed
        };
        assert_eq!(due(9, 35).await, []);
        assert_eq!(due(25, 35).await, [1, 2]);
        assert_eq!(due(30, 35).await, [3], "somebody is at the others");
        db.mark_polled(message_id(1), after(35), after(40), after(31))
            .await
            .unwrap();
        apply(db, &told(2, MessageStatus::Sent), after(50)).await;
        // Whoever has slept through his time, or what was heard meanwhile, decides nothing any more.
        db.stop_polls(message_id(2), after(35)).await.unwrap();
        db.stop_polls(message_id(3), after(34)).await.unwrap();
        assert_eq!(due(35, 36).await, [3]);
        db.stop_polls(message_id(3), after(36)).await.unwrap();
        assert_eq!(due(60, 70).await, [1, 2]);
        apply(db, &told(1, Delivered), after(60)).await;
        db.mark_polled(message_id(1), after(70), after(60), after(60))
            .await
            .unwrap();
        assert_eq!(due(100, 110).await, [2]);
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_too_long_about_a_text_ends_nobody_elses_asking() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        on_its_way(db, 1).await;
        assert!(sent(db, 1, "1", 10).await);
        let due = async |since, until| numbers(&db.claim_polls(after(since), after(until), 10).await.unwrap());
        assert_eq!(due(20, 30).await, [1]);
        // The one who has it until 30 is paused; another one has it until 60.
        assert_eq!(due(30, 60).await, [1]);
        let polled = async |claimed, from, now| {
            let id = message_id(1);
            db.mark_polled(id, after(claimed), after(from), after(now))
                .await
                .unwrap();
        };
        polled(30, 31, 40).await;
        db.stop_polls(message_id(1), after(30)).await.unwrap();
        assert_eq!(due(59, 99).await, [], "it is the other one's still");
        // What the answer has changed does not keep the other one from saying when to ask again.
        apply(db, &told(1, MessageStatus::Sent), after(45)).await;
        polled(60, 80, 46).await;
        assert_eq!((due(79, 99).await, due(80, 99).await), (vec![], vec![1]));
    })
    .await;
}

#[tokio::test]
async fn one_text_of_the_providers_is_one_of_ours() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        on_its_way(db, 1).await;
        on_its_way(db, 2).await;
        assert!(sent(db, 1, "1", 1).await);
        assert!(db.mark_unknown(message_id(2), "2", after(1)).await.unwrap());
        let same = Sent {
            provider_sid: Some(message_sid(1)),
            status: Delivered,
            segments: None,
            from: None,
        };
        assert!(!db.adopt(user_id(1), message_id(2), &same, after(2)).await.unwrap());
        let report = StatusReport {
            message: Some(message_id(2)),
            ..told(1, Delivered)
        };
        assert_eq!(apply(db, &report, after(2)).await.status, Unknown);
    })
    .await;
}
