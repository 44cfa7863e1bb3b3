use crate::call_values::{call_id, done, event, existing, inbound, new, write_for};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after, user_id};
use domain::call::CallEventKind;
use std::time::Duration;
use store::{CallTarget, FeedItem, FeedKind, Store};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_every_line_in_order_while_many_write() {
    on_each_engine(async |db| {
        const LINES: i64 = 200;
        add_users(db, 2).await;
        let mut readers = JoinSet::new();
        for _ in 0..5 {
            let store = db.store();
            readers.spawn(async move {
                let mut changes = store.changes(user_id(1));
                let (mut seen, mut calls) = (0, Vec::new());
                while seen < LINES {
                    for item in store.feed_after(user_id(1), seen, 7).await.unwrap() {
                        assert_eq!((item.seq, item.kind), (seen + 1, FeedKind::Call));
                        seen = item.seq;
                        calls.push(item.call().unwrap());
                    }
                    if store.feed_position(user_id(1)).await.unwrap() == seen && seen < LINES {
                        changes.wait().await;
                    }
                }
                calls.sort();
                calls
            });
        }
        let mut writers = JoinSet::new();
        for number in 1..=200 {
            let store = db.store();
            writers.spawn(async move {
                done(&store, &new(inbound(number))).await;
                done(&store, &write_for(2, CallTarget::New(inbound(number + 500)))).await;
            });
        }
        writers.join_all().await;
        let read = tokio::time::timeout(Duration::from_secs(30), readers.join_all()).await;
        let expected: Vec<_> = (1..=200).map(call_id).collect();
        assert!(read.unwrap().iter().all(|calls| *calls == expected));
        assert_eq!(db.feed_position(user_id(2)).await.unwrap(), LINES);
    })
    .await;
}

#[tokio::test]
async fn news_wake_those_who_wait_for_that_user() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        done(db, &new(inbound(1))).await;
        db.heard().await;
        let (mut one, mut same, mut other) = (db.changes(user_id(1)), db.changes(user_id(1)), db.changes(user_id(2)));
        let soon = Duration::from_millis(300);
        assert!(tokio::time::timeout(soon, one.wait()).await.is_err());
        let mut write = existing(1);
        write.events = vec![event(CallEventKind::Digit, "5", 1)];
        done(db, &write).await;
        assert!(tokio::time::timeout(soon, one.wait()).await.is_ok());
        assert!(tokio::time::timeout(soon, same.wait()).await.is_ok());
        assert!(tokio::time::timeout(soon, other.wait()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn another_server_s_news_are_found_within_moments() {
    on_each_engine(async |db| {
        if !db.is_postgres() {
            // An embedded database has one server.
            return;
        }
        add_users(db, 1).await;
        let mut changes = db.changes(user_id(1));
        let other = Store::connect(&db.url).await.unwrap();
        done(&other, &new(inbound(1))).await;
        tokio::time::timeout(Duration::from_secs(3), changes.wait())
            .await
            .unwrap();
        let items = db.feed_after(user_id(1), 0, 10).await.unwrap();
        assert_eq!(items.iter().map(FeedItem::call).collect::<Vec<_>>(), [Some(call_id(1))]);
        other.close().await;
    })
    .await;
}

/// Waits until something is so.
async fn until(what: &str, so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn whoever_lost_his_line_to_the_others_looks_again() {
    on_each_engine(async |db| {
        if !db.is_postgres() {
            // Nobody else writes to an embedded database.
            assert!(db.hears_others());
            return;
        }
        add_users(db, 1).await;
        assert!(db.hears_others());
        let mut changes = db.changes(user_id(1));
        let other = Store::connect(&db.url).await.unwrap();
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'";
        db.execute(cut).await;
        let soon = Duration::from_secs(3);
        // Whoever waits is told to look as soon as the loss is noticed.
        tokio::time::timeout(soon, changes.wait()).await.unwrap();
        done(&other, &new(inbound(1))).await;
        until("it listens again", || db.hears_others()).await;
        tokio::time::timeout(soon, changes.wait()).await.unwrap();
        assert_eq!(db.feed_after(user_id(1), 0, 10).await.unwrap().len(), 1);
        // And hears what comes then.
        let mut changes = db.changes(user_id(1));
        until("the other does, too", || other.hears_others()).await;
        done(&other, &new(inbound(2))).await;
        tokio::time::timeout(soon, changes.wait()).await.unwrap();
        other.close().await;
        assert!(!other.hears_others());
    })
    .await;
}

#[tokio::test]
async fn what_was_undone_is_no_news() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut changes = db.changes(user_id(1));
        // No such call: nothing is written.
        db.apply(&existing(7), NOW).await.unwrap();
        let soon = Duration::from_millis(300);
        assert!(tokio::time::timeout(soon, changes.wait()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn what_was_forgotten_of_a_feed_shows_as_a_gap() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        assert_eq!(db.feed_position(user_id(1)).await.unwrap(), 0);
        for number in 1..=3 {
            db.apply(&new(inbound(number)), after(i64::try_from(number).unwrap()))
                .await
                .unwrap();
        }
        assert_eq!(db.forget_feed(after(3)).await.unwrap(), 2);
        let left = db.feed_after(user_id(1), 0, 10).await.unwrap();
        assert_eq!(left.iter().map(|item| item.seq).collect::<Vec<_>>(), [3]);
        db.forget_feed(after(9)).await.unwrap();
        // The numbers go on.
        assert_eq!(db.feed_position(user_id(1)).await.unwrap(), 3);
        db.apply(&new(inbound(4)), NOW).await.unwrap();
        assert_eq!(db.feed_after(user_id(1), 3, 10).await.unwrap()[0].seq, 4);
    })
    .await;
}
