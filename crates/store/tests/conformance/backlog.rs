use crate::call_values::{done, existing, inbound, new, report, sid};
use crate::message_values::{add, claim, send, text, text_of};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after, new_connection};
use domain::call::{CallStatus, LegRole};
use store::{Backlog, Due};

#[tokio::test]
async fn nothing_waits_in_an_empty_database() {
    on_each_engine(async |db| {
        assert_eq!(db.backlog(NOW).await.unwrap(), Backlog::default());
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_counted_until_it_is_done() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        for number in 1..=2 {
            done(db, &new(inbound(number))).await;
        }
        let mut over = existing(2);
        over.legs = vec![report(&sid(2), LegRole::Caller, CallStatus::Completed, 9)];
        done(db, &over).await;
        add(db, &text(1), 1_000).await;
        // To somebody else, so that neither waits for the other.
        add(db, &text_of(1, 2, "+15550200"), 2_000).await;

        let found = db.backlog(after(5_000)).await.unwrap();
        let expected = Backlog {
            texts_waiting: 2,
            send_text: Due {
                count: 2,
                oldest: Some(after(1_000)),
            },
            calls_live: 1,
            connections_in_work: 1,
            ..Backlog::default()
        };
        assert_eq!(found, expected);

        // One has been taken by its provider; what comes of it is open.
        assert_eq!(claim(db, "a", 1, 6_000).await, [1]);
        send(db, 1, "a", 6_000).await;
        let found = db.backlog(after(7_000)).await.unwrap();
        assert_eq!(found.texts_waiting, 1, "{found:?}");
        assert_eq!((found.send_text.count, found.send_text.oldest), (1, Some(after(2_000))));
        assert_eq!(found.texts_unsettled, 1);
    })
    .await;
}

#[tokio::test]
async fn the_pool_says_how_it_is_used() {
    on_each_engine(async |db| {
        db.ping().await.unwrap();
        let pool = db.pool_use();
        assert!(pool.open >= 1 && pool.open <= pool.most, "{pool:?}");
        assert!(pool.in_use <= pool.open, "{pool:?}");
    })
    .await;
}
