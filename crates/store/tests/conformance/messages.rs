use crate::call_values::{OUTSIDE, OWN};
use crate::message_values::{
    add, apply, claim, incoming, incoming_of, message, message_id, message_sid, notes, numbers, person, receive, send,
    text, text_of, told,
};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after, user_id};
use domain::call::Direction;
use domain::message::{MessageMedia, MessageOrigin, MessageStatus, TextSettings};
use store::{
    AddedMessage, Claim, InboundAdded, MessageFilter, NewClaim, NewMessage, OptChange, OptOut, Receipt, StatusApplied,
    ThreadFilter,
};
use tokio::task::JoinSet;

fn key(key: &str, body: &str) -> NewClaim {
    NewClaim {
        route: "POST /api/messages".into(),
        key: key.into(),
        request_hash: body.into(),
    }
}

fn receipt(key: &str) -> Receipt {
    Receipt {
        key: key.into(),
        answer: None,
    }
}

fn picture() -> MessageMedia {
    MessageMedia {
        source: "ME00000000000000000000000000000001".into(),
        content_type: Some("image/png".into()),
    }
}

#[tokio::test]
async fn a_text_is_what_was_written_of_it() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let mut new = text(1);
        new.media = vec![picture()];
        let added = add(db, &new, 5).await;
        assert_eq!(added, message(db, 1).await);
        assert_eq!(
            (added.status, added.at, added.created_at),
            (MessageStatus::Queued, after(5), after(5))
        );
        assert_eq!((added.peer(), added.body.as_str()), (OUTSIDE, new.body.as_str()));
        assert_eq!(added.media, [picture()]);
        assert_eq!(notes(db, 1).await, ["requested"]);
        let received = receive(db, &incoming(2), 6).await;
        assert_eq!(received, message(db, 2).await);
        assert_eq!(
            (received.status, received.direction),
            (MessageStatus::Received, Direction::Inbound)
        );
        assert_eq!((received.peer(), received.to.as_str()), (OUTSIDE, OWN));
        // Another tenant has neither.
        assert_eq!(db.message(user_id(2), message_id(1)).await.unwrap(), None);
        assert_eq!(
            db.messages_by_ids(user_id(2), &[message_id(1), message_id(2)])
                .await
                .unwrap(),
            []
        );
        assert_eq!(db.message_by_sid(user_id(2), &message_sid(2)).await.unwrap(), None);
        assert_eq!(
            db.message_by_sid(user_id(1), &message_sid(2)).await.unwrap(),
            Some(received)
        );
        let owner = db.message_owner(message_id(1)).await.unwrap();
        assert_eq!(owner, Some((user_id(1), added.account_sid)));
        assert_eq!(db.message_owner(message_id(9)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_requests_at_once_make_one_text() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut requests = JoinSet::new();
        for number in 1..=50 {
            let (store, new) = (db.store(), text(number));
            requests.spawn(async move { store.add_message(&new, Some(&key("k", "a")), NOW).await.unwrap() });
        }
        let added = requests.join_all().await;
        let made = added.iter().find_map(|added| match added {
            AddedMessage::New(message) => Some(message.id),
            AddedMessage::Claimed(_) => None,
        });
        let same = AddedMessage::Claimed(Claim::Same(made.unwrap()));
        assert_eq!(added.iter().filter(|added| **added == same).count(), 49);
        assert_eq!(db.rows("SELECT id FROM messages").await.len(), 1);
        assert_eq!(db.rows("SELECT seq FROM feed").await.len(), 1);
        let other = db.add_message(&text(60), Some(&key("k", "b")), NOW).await.unwrap();
        assert_eq!(other, AddedMessage::Claimed(Claim::Different));
        assert_eq!(db.rows("SELECT id FROM messages").await.len(), 1);
        let known = db.lookup_message_claim(user_id(1), &key("k", "a")).await.unwrap();
        assert_eq!(known, Claim::Same(made.unwrap()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_comes_in_many_times_is_there_once() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut requests = JoinSet::new();
        for number in 1..=50 {
            let store = db.store();
            let mut new = incoming(number);
            new.provider_sid = message_sid(1);
            // Half of them are told apart by the provider's id alone.
            let key = receipt(&format!("{}", if number % 2 == 0 { 0 } else { number }));
            requests.spawn(async move { store.add_inbound(&new, Some(&key), NOW).await.unwrap() });
        }
        let added = requests.join_all().await;
        let fresh = added.iter().filter(|added| matches!(added, InboundAdded::New(_)));
        assert_eq!(fresh.count(), 1);
        assert_eq!(db.rows("SELECT id FROM messages").await.len(), 1);
        assert_eq!(db.unread_messages(user_id(1)).await.unwrap(), 1);
        assert_eq!(db.feed_position(user_id(1)).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_same_id_of_the_providers_in_two_accounts_is_two_texts() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        receive(db, &incoming(1), 0).await;
        let mut other = incoming_of(2, 2, OUTSIDE);
        other.provider_sid = message_sid(1);
        // Whoever tells of it speaks of what is another's; but what was found at the provider is there.
        let told = db.add_inbound(&other, Some(&receipt("forged")), NOW).await.unwrap();
        assert_eq!(told, InboundAdded::Foreign);
        assert_eq!(db.rows("SELECT dedupe_key FROM webhook_inbox").await.len(), 0);
        let found = db.add_found(&other, NOW, NOW).await.unwrap();
        assert!(matches!(found, InboundAdded::New(_)));
        let account = message(db, 1).await.account_sid;
        let asked = [message_sid(1), message_sid(7)];
        assert_eq!(db.sids_known(&account, &asked).await.unwrap(), [message_sid(1)]);
    })
    .await;
}

#[tokio::test]
async fn pages_hold_every_text_once() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=25 {
            // Several at the same moment.
            let at = i64::try_from(number / 4).unwrap();
            if number % 2 == 0 {
                add(db, &text_of(1, number, &person(number % 3)), at).await;
            } else {
                receive(db, &incoming_of(1, number, &person(number % 3)), at).await;
            }
        }
        add(db, &text_of(2, 100, OUTSIDE), 0).await;
        let read = async |filter: &MessageFilter| {
            let (mut all, mut cursor) = (Vec::new(), None);
            loop {
                let page = db.list_messages(user_id(1), filter, cursor.as_ref(), 4).await.unwrap();
                all.extend(numbers(&page.messages));
                let Some(next) = page.next else { return all };
                cursor = Some(next.to_string().parse().unwrap());
            }
        };
        let newest_first: Vec<u128> = (1..=25).rev().collect();
        assert_eq!(read(&MessageFilter::default()).await, newest_first);
        let filter = MessageFilter {
            peer: Some(person(1)),
            direction: Some(Direction::Inbound),
        };
        let expected = newest_first
            .iter()
            .copied()
            .filter(|number| number % 3 == 1 && number % 2 == 1);
        assert_eq!(read(&filter).await, expected.collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn what_the_server_writes_is_in_no_thread() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let notice = NewMessage {
            origin: MessageOrigin::System,
            ..text(1)
        };
        add(db, &notice, 0).await;
        let threads = db
            .threads(user_id(1), &ThreadFilter::default(), None, 10)
            .await
            .unwrap();
        assert_eq!(threads.threads, []);
        assert_eq!(db.timeline(user_id(1), OUTSIDE, None, 10).await.unwrap().entries, []);
        // It is sent all the same, whatever the user himself writes there.
        add(db, &text(2), 0).await;
        let mut claimed = claim(db, "a", 10, 0).await;
        claimed.sort_unstable();
        assert_eq!(claimed, [1, 2]);
        send(db, 1, "a", 0).await;
    })
    .await;
}

#[tokio::test]
async fn who_wants_no_texts_is_known_by_sender() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let stop = incoming(1);
        let stop = store::NewInbound {
            opt_change: Some(OptChange::Out),
            ..stop
        };
        receive(db, &stop, 7).await;
        let since = async |user, sender, peer| db.opted_out(user_id(user), sender, peer).await.unwrap();
        assert_eq!(since(1, OWN, OUTSIDE).await, Some(after(7)));
        assert_eq!(since(1, "MG1", OUTSIDE).await, None);
        assert_eq!(since(1, OWN, "+4420").await, None);
        assert_eq!(since(2, OWN, OUTSIDE).await, None);
        // The first time stays.
        db.opt_out(user_id(1), OWN, OUTSIDE, after(9)).await.unwrap();
        db.opt_out(user_id(1), "MG1", OUTSIDE, after(9)).await.unwrap();
        let both = db.opt_outs(user_id(1), OUTSIDE).await.unwrap();
        let expected = [(OWN, after(7)), ("MG1", after(9))].map(|(sender, at)| OptOut {
            sender: sender.into(),
            at,
        });
        assert_eq!(both, expected);
        let start = store::NewInbound {
            opt_change: Some(OptChange::In),
            ..incoming(2)
        };
        receive(db, &start, 10).await;
        assert_eq!(since(1, OWN, OUTSIDE).await, None);
        db.opt_in(user_id(1), "MG1", OUTSIDE).await.unwrap();
        assert_eq!(db.opt_outs(user_id(1), OUTSIDE).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn settings_come_back_as_they_were_kept() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        assert_eq!(db.text_settings(user_id(1)).await.unwrap(), TextSettings::default());
        let settings = TextSettings {
            messaging_service_sid: Some("MG1".into()),
            notify_sign_in: true,
            notify_number: Some(OUTSIDE.into()),
        };
        for settings in [settings, TextSettings::default()] {
            db.set_text_settings(user_id(1), &settings, NOW).await.unwrap();
            assert_eq!(db.text_settings(user_id(1)).await.unwrap(), settings);
        }
        assert_eq!(db.text_settings(user_id(2)).await.unwrap(), TextSettings::default());
    })
    .await;
}

#[tokio::test]
async fn all_that_is_about_texts_goes_with_the_user() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for user in [1, 2] {
            add(db, &text_of(user, user, OUTSIDE), 0).await;
            db.opt_out(user_id(user), OWN, OUTSIDE, NOW).await.unwrap();
            let settings = TextSettings::default();
            db.set_text_settings(user_id(user), &settings, NOW).await.unwrap();
        }
        db.execute("DELETE FROM users WHERE email = 'user1@example.com'").await;
        for sql in [
            "SELECT user_id FROM messages",
            "SELECT user_id FROM threads",
            "SELECT user_id FROM opt_outs",
            "SELECT user_id FROM text_settings",
        ] {
            assert_eq!(db.rows(sql).await, [format!("user_id=Some(\"{}\") ", user_id(2))]);
        }
        assert_eq!(db.rows("SELECT seq FROM message_events").await.len(), 1);
        // Nor does a report of the other's reach it.
        let report = told(2, MessageStatus::Sent);
        assert_eq!(
            db.apply_status(&report, None, NOW).await.unwrap(),
            StatusApplied::Unknown
        );
    })
    .await;
}

#[tokio::test]
async fn the_feed_tells_of_texts_and_calls_apart() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        add(db, &text(1), 0).await;
        crate::call_values::done(db, &crate::call_values::new(crate::call_values::inbound(1))).await;
        let items = db.feed_after(user_id(1), 0, 10).await.unwrap();
        let told: Vec<_> = items.iter().map(|item| (item.message(), item.call())).collect();
        assert_eq!(
            told,
            [
                (Some(message_id(1)), None),
                (None, Some(crate::call_values::call_id(1)))
            ]
        );
        claim(db, "a", 1, 0).await;
        send(db, 1, "a", 0).await;
        let before = db.feed_position(user_id(1)).await.unwrap();
        apply(db, &told_sent(), NOW).await;
        apply(db, &told_sent(), NOW).await;
        assert_eq!(db.feed_position(user_id(1)).await.unwrap(), before + 1);
    })
    .await;
}

fn told_sent() -> store::StatusReport {
    told(1, MessageStatus::Sent)
}
