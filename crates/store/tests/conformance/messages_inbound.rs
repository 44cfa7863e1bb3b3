//! Texts that come in and wait together come to what they would one by one.

use crate::message_values::{incoming_of, message_id, message_sid, person, shuffled};
use crate::scratch::{Scratch, on_each_engine};
use crate::values::{account, add_users, after, user_id};
use store::{InboundAdded, NewInbound, OptChange, Receipt, Store};
use tokio::task::JoinSet;

/// A text, how it is told, and when.
#[derive(Clone)]
struct Told {
    new: NewInbound,
    key: Option<String>,
    found: bool,
    at: i64,
}

async fn tell(db: &Store, told: &Told) -> Result<InboundAdded, store::Error> {
    let receipt = told.key.clone().map(|key| Receipt { key, answer: None });
    if told.found {
        return db.add_found(&told.new, after(told.at), after(100)).await;
    }
    db.add_inbound(&told.new, receipt.as_ref(), after(told.at)).await
}

/// Has all of them wait together; what came of each, in their order. On one thread all of them have come before the first is
/// written.
async fn together(db: &Scratch, texts: &[Told]) -> Vec<Result<InboundAdded, store::Error>> {
    let mut waiting = JoinSet::new();
    for (at, told) in texts.iter().cloned().enumerate() {
        let store = db.store();
        waiting.spawn(async move { (at, tell(&store, &told).await) });
    }
    let mut added = waiting.join_all().await;
    added.sort_by_key(|(at, _)| *at);
    added.into_iter().map(|(_, added)| added).collect()
}

/// That text from one of three people, told at that moment.
fn told(number: u128, at: i64) -> Told {
    Told {
        new: incoming_of(1, number, &person(number % 3)),
        key: Some(format!("{number} {at}")),
        found: false,
        at,
    }
}

fn wanting(number: u128, at: i64, change: OptChange) -> Told {
    let mut told = told(number, at);
    told.new.opt_change = Some(change);
    told
}

fn texts() -> Vec<Told> {
    let mut again = told(1, 1);
    again.new.id = message_id(50);
    // Told anew, and known by the provider's id.
    let mut known = told(2, 9);
    known.new.id = message_id(51);
    let mut found = told(8, 3);
    (found.found, found.key) = (true, None);
    let his = Told {
        new: incoming_of(2, 20, &person(1)),
        ..told(20, 4)
    };
    // His account is told of a text of the first user's.
    let forged = Told {
        new: NewInbound {
            user_id: user_id(2),
            account_sid: account(2).sid,
            id: message_id(52),
            ..told(3, 5).new
        },
        ..told(30, 5)
    };
    vec![
        told(1, 1),
        again,
        told(2, 2),
        known,
        told(3, 3),
        forged,
        told(4, 8),
        found,
        his,
        wanting(9, 5, OptChange::Out),
        wanting(12, 6, OptChange::In),
        wanting(15, 7, OptChange::Out),
        wanting(18, 8, OptChange::Out),
        wanting(10, 5, OptChange::Out),
        wanting(13, 6, OptChange::In),
    ]
}

#[tokio::test]
async fn any_groups_of_texts_in_any_order_come_to_the_same_rows_as_one_by_one() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for seed in 0..6 {
            let texts = match seed {
                0 => texts(),
                seed => shuffled(texts(), seed),
            };
            let mut expected = None;
            for size in [1, texts.len(), 2, 5] {
                db.opt_out(user_id(1), &texts[0].new.sender, &person(1), after(0))
                    .await
                    .unwrap();
                let mut outcomes = Vec::new();
                for group in texts.chunks(size) {
                    outcomes.extend(together(db, group).await.into_iter().map(Result::unwrap));
                }
                let is = (outcomes, db.all_about_texts().await);
                let expected = expected.get_or_insert_with(|| is.clone());
                assert_eq!(expected.0, is.0, "{seed} {size}");
                assert_eq!(expected.1, is.1, "{seed} {size}");
                db.forget_texts().await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn each_text_of_a_group_has_its_own_outcome() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let added: Vec<_> = together(db, &texts()).await.into_iter().map(Result::unwrap).collect();
        for (at, added) in added.iter().enumerate() {
            let fits = match at {
                1 | 3 => *added == InboundAdded::Again,
                5 => *added == InboundAdded::Foreign,
                _ => matches!(added, InboundAdded::New(_)),
            };
            assert!(fits, "{at} {added:?}");
        }
        assert_eq!(db.unread_messages(user_id(1)).await.unwrap(), 11);
        assert_eq!(db.unread_messages(user_id(2)).await.unwrap(), 1);
        // What each wants last counts, since he first said so.
        let sender = &texts()[0].new.sender;
        let since = async |number| db.opted_out(user_id(1), sender, &person(number)).await.unwrap();
        assert_eq!(since(0).await, Some(after(7)));
        assert_eq!(since(1).await, None);
        // The newest stands in the list of people, however they came.
        let thread = db.thread(user_id(1), &person(1)).await.unwrap().unwrap();
        assert_eq!((thread.last_at, thread.unread), (Some(after(8)), 4));
    })
    .await;
}

#[tokio::test]
async fn a_text_that_fails_takes_nobody_with_it() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut texts: Vec<_> = (1..=40).map(|number| told(number, 1)).collect();
        texts[16].new.user_id = user_id(9);
        // Another text has that id.
        texts[30].new.id = message_id(2);
        let added = together(db, &texts).await;
        let failed: Vec<_> = (0..40).filter(|at| added[*at].is_err()).collect();
        assert_eq!(failed, [16, 30]);
        assert_eq!(db.rows("SELECT id FROM messages").await.len(), 38);
        assert_eq!(db.rows("SELECT dedupe_key FROM webhook_inbox").await.len(), 38);
        assert_eq!(db.unread_messages(user_id(1)).await.unwrap(), 38);
        // What failed can be told again.
        texts[30].new.id = message_id(31);
        assert!(matches!(tell(db, &texts[30]).await, Ok(InboundAdded::New(_))));
    })
    .await;
}

/// What two servers hear at once of the same texts, each in its own order.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_hear_of_the_same_text_at_once_keep_it_once() {
    on_each_engine(async |db| {
        if !db.is_postgres() {
            // An embedded database has one server.
            return;
        }
        add_users(db, 1).await;
        let other = Store::connect(&db.url).await.unwrap();
        let mut writing = JoinSet::new();
        for number in 1..=60 {
            // Half of them are told apart by the provider's id alone.
            let first = told(number, 1);
            let mut second = told(number, if number % 2 == 0 { 1 } else { 2 });
            second.new.id = message_id(number + 1000);
            second.new.provider_sid = message_sid(number);
            for (store, told) in [(db.store(), first), (other.clone(), second)] {
                writing.spawn(async move { tell(&store, &told).await.unwrap() });
            }
        }
        let added = writing.join_all().await;
        let again = added.iter().filter(|added| **added == InboundAdded::Again);
        assert_eq!((added.len(), again.count()), (120, 60));
        assert_eq!(db.rows("SELECT id FROM messages").await.len(), 60);
        assert_eq!(db.rows("SELECT dedupe_key FROM webhook_inbox").await.len(), 60);
        assert_eq!(db.unread_messages(user_id(1)).await.unwrap(), 60);
        other.close().await;
    })
    .await;
}
