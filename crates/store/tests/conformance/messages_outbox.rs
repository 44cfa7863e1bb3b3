use crate::message_values::{
    LEASE, add, add_to_each, apply, claim, claiming, message, message_id, notes, numbers, person, refusal, send,
    sending, sent, status, taken, text, text_of, told_early,
};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after, user_id};
use domain::message::MessageStatus;
use std::collections::BTreeSet;
use store::{Claiming, NewMessage, Retried, Store};
use tokio::task::JoinSet;

#[tokio::test]
async fn one_person_gets_one_text_after_the_other_in_order() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for number in 1..=4 {
            add(db, &text(number), 0).await;
        }
        add(db, &text_of(1, 9, &person(1)), 0).await;
        assert_eq!(claim(db, "a", 10, 0).await, [1, 9]);
        // While the first is on its way, nothing else goes to the same person.
        assert_eq!(claim(db, "b", 10, 1).await, []);
        assert!(sending(db, 1, "a", 1).await);
        assert_eq!(claim(db, "b", 10, 1).await, []);
        assert!(sent(db, 1, "a", 2).await);
        assert_eq!(claim(db, "b", 10, 3).await, [2]);
        // One that has to wait keeps the others waiting.
        assert!(sending(db, 2, "b", 3).await);
        let busy = refusal(429);
        let waits = db
            .mark_not_sent(message_id(2), "b", after(100), Some(&busy), after(4))
            .await;
        assert!(waits.unwrap());
        let waiting = message(db, 2).await;
        assert_eq!((waiting.status, waiting.attempts), (MessageStatus::Queued, 1));
        assert_eq!(claim(db, "c", 10, 99).await, []);
        assert_eq!(claim(db, "c", 10, 100).await, [2]);
        // One that was refused lets the next go, and so does one whose fate is unknown.
        assert!(sending(db, 2, "c", 100).await);
        assert!(
            db.mark_rejected(message_id(2), "c", &refusal(21211), after(101))
                .await
                .unwrap()
        );
        let refused = message(db, 2).await;
        assert_eq!(
            (refused.status, refused.error, refused.attempts),
            (MessageStatus::Failed, Some(refusal(21211)), 2)
        );
        assert_eq!(claim(db, "d", 10, 102).await, [3]);
        assert!(sending(db, 3, "d", 102).await);
        assert!(db.mark_unknown(message_id(3), "d", after(103)).await.unwrap());
        assert_eq!(claim(db, "e", 10, 104).await, [4]);
        assert_eq!(
            notes(db, 2).await,
            ["requested", "sending", "not_sent", "sending", "rejected"]
        );
    })
    .await;
}

#[tokio::test]
async fn one_who_sends_much_delays_no_other() {
    on_each_engine(async |db| {
        add_users(db, 3).await;
        add_to_each(db, 1, 1..=40).await;
        add_to_each(db, 2, 101..=103).await;
        add_to_each(db, 3, 201..=201).await;
        let first = claim(db, "a", 9, 0).await;
        let users: Vec<u128> = first.iter().map(|number| number / 100).collect();
        assert_eq!(users, [0, 1, 2, 0, 1, 0, 1, 0, 0]);
        // Even one at a time: each user has his turn.
        add_to_each(db, 2, 111..=112).await;
        add_to_each(db, 3, 211..=212).await;
        let mut turns = Vec::new();
        for number in 0..7 {
            turns.extend(
                claim(db, &format!("b{number}"), 1, 1)
                    .await
                    .iter()
                    .map(|number| number / 100),
            );
        }
        for user in [1, 2] {
            assert_eq!(turns.iter().filter(|turn| **turn == user).count(), 2, "{turns:?}");
        }
        assert!(turns.windows(3).take(4).all(|turns| turns.contains(&0)), "{turns:?}");
    })
    .await;
}

#[tokio::test]
async fn a_user_has_so_many_on_their_way_at_once() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        add_to_each(db, 1, 1..=10).await;
        add_to_each(db, 2, 101..=110).await;
        let take = async |lease: &str, at: i64| {
            let claiming = Claiming {
                per_user: 3,
                ..claiming(lease, 100, at)
            };
            numbers(&db.claim_due(&claiming, after(at)).await.unwrap())
        };
        assert_eq!(take("a", 0).await.len(), 6);
        assert_eq!(take("b", 1).await, []);
        // What is left is due, which the worker learns once there is room.
        assert!(db.next_due().await.unwrap().unwrap() <= after(1));
        send(db, 1, "a", 2).await;
        assert_eq!(take("c", 3).await, [4]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_workers_each_text_has_one() {
    on_each_engine(async |db| {
        add_users(db, 4).await;
        for user in 1..=4 {
            add_to_each(db, user, user * 100..=user * 100 + 49).await;
        }
        let mut workers = JoinSet::new();
        for worker in 0..8 {
            let store = db.store();
            workers.spawn(async move {
                let mut all = Vec::new();
                for round in 0..20 {
                    all.extend(claim(&store, &format!("{worker} {round}"), 5, 0).await);
                }
                all
            });
        }
        let mut claimed = workers.join_all().await.concat();
        assert!(claimed.len() >= 150, "{}", claimed.len());
        claimed.extend(claim(db, "rest", 200, 0).await);
        assert_eq!(claimed.len(), 200);
        assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_workers_do_at_once_nothing_is_sent_twice_or_out_of_order() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let mut writers = JoinSet::new();
        for number in 0..120u128 {
            let (store, user) = (db.store(), number % 2 + 1);
            writers.spawn(async move {
                let new = text_of(user, number, &person(number % 6));
                store.add_message(&new, None, NOW).await.unwrap();
            });
        }
        let mut workers = JoinSet::new();
        for worker in 0..4 {
            let store = db.store();
            workers.spawn(async move { work(&store, worker).await });
        }
        writers.join_all().await;
        let sent = workers.join_all().await.concat();
        assert_eq!(sent.len(), 120);
        let events = db
            .rows(
                "SELECT message_id FROM message_events WHERE kind = 'sending' GROUP BY message_id HAVING COUNT(*) > 1",
            )
            .await;
        assert_eq!(events, Vec::<String>::new());
        assert_eq!(db.rows("SELECT id FROM messages WHERE lane IS NOT NULL").await.len(), 0);
    })
    .await;
}

/// Sends until nothing has been there for a while.
async fn work(store: &Store, worker: u32) -> Vec<u128> {
    let (mut all, mut idle) = (Vec::new(), 0);
    while idle < 50 {
        let lease = format!("{worker} {} {idle}", all.len());
        let claimed = claim(store, &lease, 3, 0).await;
        if claimed.is_empty() {
            idle += 1;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        for number in claimed {
            send(store, number, &lease, 0).await;
            all.push(number);
            idle = 0;
        }
    }
    all
}

#[tokio::test]
async fn a_paused_worker_finds_its_lease_gone() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        add(db, &text(1), 0).await;
        assert_eq!(claim(db, "paused", 1, 0).await, [1]);
        // It did not come to ask the provider; another one does.
        assert_eq!(claim(db, "other", 1, LEASE - 1).await, []);
        assert_eq!(claim(db, "other", 1, LEASE).await, [1]);
        assert!(!sending(db, 1, "paused", LEASE).await);
        assert!(sending(db, 1, "other", LEASE).await);
        assert!(!sent(db, 1, "paused", LEASE).await);
        assert!(!db.mark_unknown(message_id(1), "paused", after(LEASE)).await.unwrap());
        assert!(
            !db.mark_rejected(message_id(1), "paused", &refusal(1), after(LEASE))
                .await
                .unwrap()
        );
        assert!(
            !db.mark_not_sent(message_id(1), "paused", NOW, None, after(LEASE))
                .await
                .unwrap()
        );
        assert_eq!(message(db, 1).await.attempts, 1);
        assert!(sent(db, 1, "other", LEASE + 1).await);
        // The same answer a second time has no lease either.
        assert!(!sent(db, 1, "other", LEASE + 1).await);
        assert!(!sending(db, 1, "other", LEASE + 1).await);
    })
    .await;
}

#[tokio::test]
async fn what_a_dead_worker_was_sending_is_unknown_and_stays_unsent() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        add(db, &text(1), 0).await;
        add(db, &text(2), 0).await;
        claim(db, "a", 1, 0).await;
        assert!(sending(db, 1, "a", 10).await);
        assert_eq!(db.expire_claims(after(LEASE + 9), 10).await.unwrap(), []);
        let expired = db.expire_claims(after(LEASE + 10), 10).await.unwrap();
        assert_eq!(numbers(&expired), [1]);
        assert_eq!(status(db, 1).await, MessageStatus::Unknown);
        assert_eq!(db.expire_claims(after(LEASE + 10), 10).await.unwrap(), []);
        // The next one goes; this one does not come back.
        assert_eq!(claim(db, "b", 10, LEASE + 11).await, [2]);
        send(db, 2, "b", LEASE + 12).await;
        assert_eq!(claim(db, "c", 10, 10 * LEASE).await, []);
        // Unless its worker lives after all and knows.
        assert!(sent(db, 1, "a", LEASE + 20).await);
        assert_eq!(status(db, 1).await, MessageStatus::Accepted);
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_ends_between_any_two_steps_loses_nothing_and_sends_nothing_twice() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        add_to_each(db, 1, 1..=4).await;
        // It ends after claiming; after saying that it sends; after the provider took it and before that was written.
        assert_eq!(claim(db, "dead", 3, 0).await, [1, 2, 3]);
        assert!(sending(db, 2, "dead", 0).await);
        assert!(sending(db, 3, "dead", 0).await);
        let later = LEASE + 1;
        db.expire_claims(after(later), 10).await.unwrap();
        assert_eq!(claim(db, "new", 10, later).await, [1, 4]);
        let statuses = [status(db, 2).await, status(db, 3).await];
        assert_eq!(statuses, [MessageStatus::Unknown; 2]);
        // The provider tells of the third, by our id, which is all that it is known by.
        let known = apply(db, &told_early(3, MessageStatus::Delivered), after(later)).await;
        assert_eq!(
            (known.status, known.provider_sid),
            (MessageStatus::Delivered, taken(3).provider_sid)
        );
        // The second is looked up; and found, or not.
        let due = db.claim_polls(after(later), after(later + 1), 10).await.unwrap();
        assert_eq!(numbers(&due), [2]);
        assert!(
            db.adopt(user_id(1), message_id(2), &taken(2), after(later))
                .await
                .unwrap()
        );
        assert!(
            !db.adopt(user_id(1), message_id(2), &taken(2), after(later))
                .await
                .unwrap()
        );
        assert_eq!(status(db, 2).await, MessageStatus::Accepted);
    })
    .await;
}

#[tokio::test]
async fn what_is_released_can_be_claimed_at_once() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        add_to_each(db, 1, 1..=3).await;
        assert_eq!(claim(db, "a", 3, 0).await, [1, 2, 3]);
        assert!(sending(db, 2, "a", 0).await);
        assert_eq!(db.release_claims("a", after(1)).await.unwrap(), 2);
        assert_eq!(claim(db, "b", 3, 2).await, [1, 3]);
        assert!(!sending(db, 1, "a", 2).await);
        assert!(sent(db, 2, "a", 2).await);
    })
    .await;
}

#[tokio::test]
async fn a_scheduled_text_goes_when_its_time_has_come() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let scheduled = NewMessage {
            send_at: Some(after(1000)),
            ..text(1)
        };
        let added = add(db, &scheduled, 0).await;
        assert_eq!((added.status, added.at), (MessageStatus::Scheduled, after(1000)));
        assert_eq!(db.next_due().await.unwrap(), Some(after(1000)));
        // It holds up nothing until then.
        add(db, &text(2), 1).await;
        assert_eq!(claim(db, "a", 10, 1).await, [2]);
        assert_eq!(claim(db, "b", 10, 1000).await, []);
        assert_eq!(status(db, 1).await, MessageStatus::Queued);
        send(db, 2, "a", 1000).await;
        assert_eq!(claim(db, "b", 10, 1001).await, [1]);
        send(db, 1, "b", 1001).await;
        // A time that is past is now.
        let past = NewMessage {
            send_at: Some(NOW),
            ..text(3)
        };
        assert_eq!(add(db, &past, 0).await.status, MessageStatus::Queued);
        assert_eq!(db.next_due().await.unwrap(), Some(NOW));
    })
    .await;
}

#[tokio::test]
async fn a_text_is_called_off_as_long_as_nobody_sends_it() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let scheduled = NewMessage {
            send_at: Some(after(1000)),
            ..text(1)
        };
        add(db, &scheduled, 0).await;
        add(db, &text(2), 0).await;
        add(db, &text(3), 0).await;
        let cancel = async |user, number, at| db.cancel_message(user_id(user), message_id(number), after(at)).await;
        assert!(!cancel(2, 1, 5).await.unwrap());
        assert!(cancel(1, 1, 5).await.unwrap());
        assert!(!cancel(1, 1, 5).await.unwrap());
        let canceled = message(db, 1).await;
        assert_eq!((canceled.status, canceled.at), (MessageStatus::Canceled, after(5)));
        // The head of a lane makes way for the next.
        assert!(cancel(1, 2, 5).await.unwrap());
        assert_eq!(claim(db, "a", 10, 2000).await, [3]);
        assert!(!cancel(1, 3, 2000).await.unwrap());
        assert!(sending(db, 3, "a", 2000).await);
        assert!(!cancel(1, 3, 2000).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_text_that_did_not_arrive_is_sent_once_more() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        add(db, &text(1), 0).await;
        let retry = async |user, force, at| db.retry_message(user_id(user), message_id(1), force, after(at)).await;
        assert_eq!(retry(1, true, 1).await.unwrap(), Retried::Not);
        claim(db, "a", 1, 1).await;
        send(db, 1, "a", 1).await;
        apply(db, &told_early(1, MessageStatus::Undelivered), after(2)).await;
        assert_eq!(retry(2, true, 3).await.unwrap(), Retried::Not);
        let Retried::Queued(queued) = retry(1, false, 3).await.unwrap() else {
            panic!("not queued")
        };
        assert_eq!(
            (queued.status, queued.provider_sid, queued.error),
            (MessageStatus::Queued, None, None)
        );
        // What is still told of the first attempt says nothing about the second.
        let late = apply(db, &told_early(1, MessageStatus::Undelivered), after(4)).await;
        assert_eq!(late.status, MessageStatus::Queued);
        assert_eq!(claim(db, "b", 1, 5).await, [1]);
        assert!(!sent(db, 1, "a", 5).await);
        assert!(sending(db, 1, "b", 5).await);
        assert!(db.mark_unknown(message_id(1), "b", after(6)).await.unwrap());
        // It may have arrived: not without the user's word.
        assert_eq!(retry(1, false, 7).await.unwrap(), Retried::NeedsForce);
        assert!(matches!(retry(1, true, 7).await.unwrap(), Retried::Queued(_)));
        assert!(!sent(db, 1, "b", 8).await);
        assert_eq!(claim(db, "c", 1, 9).await, [1]);
        assert_eq!(message(db, 1).await.attempts, 2);
    })
    .await;
}
