//! What is due, who claims it, and what is remembered of a connection.

use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, account, add_users, after, connection_id, lease, new_connection, problem, user_id};
use domain::connection::{ConnectionState, StepKind};
use domain::setup::{Health, LeftoverState};
use domain::time::UnixMillis;
use store::{NewApiKey, NewLeftover, NewNote, Store};
use uuid::Uuid;

/// Makes a connection of that user that is in use.
async fn connect(db: &Store, number: u128) {
    let (id, lease) = (connection_id(number), &lease(number));
    db.add_connection(&new_connection(number, number, number))
        .await
        .unwrap();
    db.add_webhook_base(id, lease, "https://a.example.com", NOW)
        .await
        .unwrap();
    db.finish_application(id, lease, "AP1", NOW).await.unwrap();
    db.finish_api_key(id, lease, "SK1", &[1], NOW).await.unwrap();
    db.mark_connected(id, lease, NOW).await.unwrap();
}

async fn hold(db: &Store, number: u128, token: &str, now: UnixMillis) {
    let taken = db.take_lease(connection_id(number), token, now.plus(1000), now);
    assert!(taken.await.unwrap());
}

fn health(at: UnixMillis, in_order: bool) -> Health {
    Health {
        checked_at: at,
        in_order,
        phone_number: Vec::new(),
        application: Vec::new(),
        missing: Vec::new(),
        changes: vec!["Ünïx".into()],
        problem: Some(problem("twilio_credentials_rejected")),
        out_of_order_since: None,
        repairable: true,
    }
}

async fn keep(db: &Scratch, found: &Health) -> bool {
    let seen = db.connection_for_worker(connection_id(1)).await.unwrap().unwrap();
    db.keep_health(&seen, found, found.checked_at.plus(900)).await.unwrap()
}

#[tokio::test]
async fn a_connection_in_use_is_claimed_once_by_whoever_comes_first() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        connect(db, 1).await;
        db.add_connection(&new_connection(2, 2, 2)).await.unwrap();
        let other = db.store();
        let (one, two) = tokio::join!(
            db.claim_checks(after(1), after(900), 10),
            other.claim_checks(after(1), after(900), 10)
        );
        let mut claimed = one.unwrap();
        claimed.extend(two.unwrap());
        assert_eq!(claimed, [connection_id(1)], "and none that is still being made");
        assert!(db.claim_checks(after(899), after(1800), 10).await.unwrap().is_empty());
        db.check_all(after(500)).await.unwrap();
        assert_eq!(db.claim_checks(after(500), after(1800), 10).await.unwrap().len(), 1);
        db.check_at(connection_id(1), after(600)).await.unwrap();
        assert_eq!(db.claim_checks(after(600), after(1800), 10).await.unwrap().len(), 1);

        assert_eq!(db.claim_searches(after(1), after(5000), 10).await.unwrap().len(), 1);
        assert!(
            db.claim_searches(after(4999), after(9000), 10)
                .await
                .unwrap()
                .is_empty()
        );
        db.search_at(connection_id(1), after(2000)).await.unwrap();
        db.search_at(connection_id(1), after(3000)).await.unwrap();
        assert_eq!(db.claim_searches(after(2000), after(9000), 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_found_is_kept_unless_something_newer_is_known() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        connect(db, 1).await;
        assert_eq!(db.health(user_id(1)).await.unwrap(), None);
        assert!(keep(db, &health(after(10), false)).await);
        assert!(!keep(db, &health(after(9), true)).await, "looked earlier");
        assert!(keep(db, &health(after(20), false)).await);
        let kept = db.health(user_id(1)).await.unwrap().unwrap();
        assert_eq!(kept.out_of_order_since, Some(after(10)));
        assert_eq!(kept.changes, ["Ünïx"]);
        assert!(keep(db, &health(after(30), true)).await);
        assert_eq!(db.health(user_id(1)).await.unwrap().unwrap().out_of_order_since, None);

        // What was looked at has another key by now.
        let seen = db.connection_for_worker(connection_id(1)).await.unwrap().unwrap();
        hold(db, 1, "x", after(40)).await;
        db.finish_api_key(connection_id(1), "x", "SK2", &[2], after(40))
            .await
            .unwrap();
        assert!(
            !db.keep_health(&seen, &health(after(50), true), after(90))
                .await
                .unwrap()
        );
        db.end_connection(connection_id(1), "x", ConnectionState::Removed, None, after(60))
            .await
            .unwrap();
        assert_eq!(db.watch(connection_id(1)).await.unwrap().health, None);
        assert!(db.claim_checks(after(9000), after(9900), 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_addresses_that_a_number_was_pointed_at_are_remembered_under_the_lease_alone() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        connect(db, 1).await;
        let id = connection_id(1);
        assert!(db.add_webhook_base(id, "nobody", "x", after(1)).await.is_err());
        hold(db, 1, "x", after(1)).await;
        for number in 0..10 {
            let base = format!("https://{number}.example.com");
            db.add_webhook_base(id, "x", &base, after(1)).await.unwrap();
        }
        db.add_webhook_base(id, "x", "https://5.example.com", after(1))
            .await
            .unwrap();
        let bases = db.watch(id).await.unwrap().webhook_bases;
        assert_eq!(
            (bases.len(), bases.last().unwrap().as_str()),
            (8, "https://5.example.com")
        );

        for (number, text) in [(2, "first"), (3, "second")] {
            let note = NewNote {
                id: Uuid::from_u128(number),
                sentence: text.into(),
            };
            let at = after(i64::try_from(number).unwrap());
            db.add_note(id, "x", &note, at).await.unwrap();
        }
        let notes = db.list_notes(id, 10).await.unwrap();
        assert_eq!((notes[0].sentence.as_str(), notes[0].at), ("second", after(3)));
    })
    .await;
}

#[tokio::test]
async fn the_first_server_to_name_its_address_names_it_for_all_that_is_there() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        db.add_installation("here", &[1], NOW).await.unwrap();
        connect(db, 1).await;
        db.execute("UPDATE connection_watch SET webhook_bases = '[]'").await;
        db.note_app_url("https://a.example.com").await.unwrap();
        db.note_app_url("https://b.example.com").await.unwrap();
        assert_eq!(
            db.watch(connection_id(1)).await.unwrap().webhook_bases,
            ["https://a.example.com"]
        );
        let installation = db.installation().await.unwrap().unwrap();
        assert_eq!(installation.app_url.as_deref(), Some("https://b.example.com"));
    })
    .await;
}

#[tokio::test]
async fn a_key_is_switched_in_one_step_and_the_former_one_is_claimed_when_its_time_has_come() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        connect(db, 1).await;
        let id = connection_id(1);
        assert!(db.due_rolls(after(-1), after(50), 10).await.unwrap().is_empty());
        assert_eq!(db.due_rolls(NOW, after(50), 10).await.unwrap(), [id]);
        let new = NewApiKey {
            sid: "SK2",
            sealed_secret: &[2],
            former_until: after(100),
            note: NewNote {
                id: Uuid::from_u128(7),
                sentence: "rolled".into(),
            },
        };
        assert!(db.switch_api_key(id, "nobody", &new, after(60)).await.is_err());
        hold(db, 1, "x", after(60)).await;
        assert!(
            db.due_rolls(NOW, after(60), 10).await.unwrap().is_empty(),
            "somebody is at it"
        );
        db.start_step(id, "x", StepKind::ApiKey, None, after(60)).await.unwrap();
        db.switch_api_key(id, "x", &new, after(60)).await.unwrap();
        db.release_lease(id, "x").await.unwrap();
        let now = db.connection_for_worker(id).await.unwrap().unwrap();
        assert!(now.api_key_sid.as_deref() == Some("SK2") && now.api_key_secret == Some(vec![2]));
        assert_eq!(db.watch(id).await.unwrap().api_key_made_at, Some(after(60)));
        assert_eq!(db.retired_keys(id).await.unwrap(), ["SK1"]);
        assert!(db.interrupted_connections(after(61), 10).await.unwrap().is_empty());

        assert!(
            db.claim_retired_keys(after(99), after(500), 10)
                .await
                .unwrap()
                .is_empty()
        );
        let claimed = db.claim_retired_keys(after(100), after(500), 10).await.unwrap();
        assert!(claimed.len() == 1 && claimed[0].sid == "SK1" && claimed[0].connection_id == id);
        assert!(
            db.claim_retired_keys(after(101), after(500), 10)
                .await
                .unwrap()
                .is_empty()
        );
        // Whoever has slept through his time decides nothing any more.
        for (until, again) in [(499, 1), (500, 200)] {
            db.keep_retired_key("SK1", after(until), Some(&problem("x")), after(again))
                .await
                .unwrap();
            assert!(
                db.claim_retired_keys(after(199), after(500), 10)
                    .await
                    .unwrap()
                    .is_empty()
            );
        }
        assert_eq!(
            db.claim_retired_keys(after(200), after(500), 10).await.unwrap().len(),
            1
        );
        db.forget_retired_key("SK1").await.unwrap();
        assert!(db.retired_keys(id).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn work_that_was_interrupted_is_found_and_put_off() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        connect(db, 1).await;
        let id = connection_id(1);
        hold(db, 1, "x", after(10)).await;
        db.start_step(id, "x", StepKind::ApiKey, None, after(10)).await.unwrap();
        assert!(db.interrupted_connections(after(11), 10).await.unwrap().is_empty());
        assert_eq!(db.interrupted_connections(after(1010), 10).await.unwrap(), [id]);
        db.try_again_at(id, after(2000)).await.unwrap();
        assert!(db.interrupted_connections(after(1999), 10).await.unwrap().is_empty());
        db.settle_step(id, "x", StepKind::ApiKey, after(2000)).await.unwrap();
        assert!(db.interrupted_connections(after(2001), 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn for_a_last_look_the_token_alone_is_kept_and_then_erased() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        connect(db, 1).await;
        let id = connection_id(1);
        hold(db, 1, "x", after(10)).await;
        db.end_connection(id, "x", ConnectionState::Failed, Some(after(100)), after(11))
            .await
            .unwrap();
        assert_eq!(db.list_sealed().await.unwrap().len(), 1);
        assert!(db.due_last_looks(after(99), 10).await.unwrap().is_empty());
        assert_eq!(db.due_last_looks(after(100), 10).await.unwrap(), [id]);
        hold(db, 1, "y", after(100)).await;
        assert!(db.due_last_looks(after(101), 10).await.unwrap().is_empty());
        db.put_last_look_off(id, "y", after(300), after(102)).await.unwrap();
        assert_eq!(db.due_last_looks(after(300), 10).await.unwrap(), [id]);
        hold(db, 1, "z", after(300)).await;
        db.end_last_look(id, "z", after(301)).await.unwrap();
        assert!(db.list_sealed().await.unwrap().is_empty());
        assert!(db.due_last_looks(after(9000), 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_leftover_keeps_the_moment_it_was_first_seen_at() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let found = NewLeftover {
            account_sid: &account(1).sid,
            sid: "SK9",
            user_id: user_id(1),
            kind: "api_key",
            name: "Sniko x",
        };
        assert_eq!(db.see_leftover(&found, after(1)).await.unwrap(), after(1));
        assert_eq!(db.see_leftover(&found, after(9)).await.unwrap(), after(1));
        db.end_leftover(found.account_sid, "SK9", Some(&problem("x")), after(10))
            .await
            .unwrap();
        let listed = db.list_leftovers(user_id(1), 10).await.unwrap();
        assert!(listed.len() == 1 && listed[0].state == LeftoverState::Failed && listed[0].why.is_some());
        assert!(db.list_leftovers(user_id(2), 10).await.unwrap().is_empty());
        db.end_leftover(found.account_sid, "SK9", None, after(11))
            .await
            .unwrap();
        db.forget_leftover(found.account_sid, "SK9").await.unwrap();
        let all = db.list_all_leftovers(10).await.unwrap();
        assert!(all.len() == 1 && all[0].state == LeftoverState::Removed && all[0].why.is_none());
    })
    .await;
}
