//! What could not be removed at Twilio.

use crate::scratch::on_each_engine;
use crate::values::{add_users, after, connection_id, lease, new_connection, number_choice, problem, user_id};
use domain::connection::StepKind;
use store::{LeftBehindStep, Store};

/// Makes a connection of user 1 whose number, with that snapshot, was left behind.
async fn leave_number_behind(store: &Store, number: u128, snapshot: Option<&str>) {
    let (id, lease, kind) = (connection_id(number), &lease(number), StepKind::PhoneNumber);
    store.add_connection(&new_connection(number, 1, 1)).await.unwrap();
    store.start_step(id, lease, kind, snapshot, after(1)).await.unwrap();
    let why = problem("twilio_unavailable");
    store.leave_step_behind(id, lease, kind, &why, after(2)).await.unwrap();
    store.mark_left_behind(id, lease, after(5000), after(3)).await.unwrap();
}

async fn snapshot(store: &Store, except: u128) -> Option<String> {
    let number = number_choice(1).sid;
    let found = store.number_snapshot_left_behind(&number, connection_id(except));
    found.await.unwrap()
}

#[tokio::test]
async fn connections_left_behind_are_listed_for_their_user_oldest_first() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        leave_number_behind(db, 2, None).await;
        leave_number_behind(db, 1, None).await;
        db.add_connection(&new_connection(3, 1, 1)).await.unwrap();
        let left = db.connections_left_behind(user_id(1)).await.unwrap();
        let ids: Vec<_> = left.iter().map(|connection| connection.id).collect();
        assert_eq!(ids, [connection_id(1), connection_id(2)]);
        assert!(db.connections_left_behind(user_id(2)).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_still_at_twilio_is_listed_step_by_step() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        leave_number_behind(db, 1, None).await;
        // Being taken back still: not yet given up.
        let (id, lease, kind) = (connection_id(2), &lease(2), StepKind::ApiKey);
        db.add_connection(&new_connection(2, 1, 1)).await.unwrap();
        db.finish_api_key(id, lease, "SK1", &[1], after(1)).await.unwrap();
        let why = problem("twilio_refused");
        db.leave_step_behind(id, lease, kind, &why, after(2)).await.unwrap();
        assert_eq!(db.list_left_behind(user_id(1)).await.unwrap().len(), 1);
        db.mark_left_behind(id, lease, after(5000), after(3)).await.unwrap();

        let number = LeftBehindStep {
            connection_id: connection_id(1),
            phone_number_sid: number_choice(1).sid,
            kind: StepKind::PhoneNumber,
            sid: None,
            problem: Some(problem("twilio_unavailable")),
        };
        let key = LeftBehindStep {
            connection_id: id,
            kind,
            sid: Some("SK1".into()),
            problem: Some(why),
            ..number.clone()
        };
        assert_eq!(db.list_left_behind(user_id(1)).await.unwrap(), [number, key]);
        assert_eq!(db.list_left_behind(user_id(2)).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_stood_on_a_number_is_known_from_the_newest_connection_that_left_it_behind() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        assert_eq!(snapshot(db, 9).await, None);
        leave_number_behind(db, 1, Some("{\"voice_url\":\"first\"}")).await;
        leave_number_behind(db, 2, Some("{\"voice_url\":\"second\"}")).await;
        leave_number_behind(db, 3, None).await;
        assert_eq!(snapshot(db, 9).await.unwrap(), "{\"voice_url\":\"second\"}");
        // A connection does not learn from itself.
        assert_eq!(snapshot(db, 2).await.unwrap(), "{\"voice_url\":\"first\"}");
        let other = number_choice(2).sid;
        let found = db.number_snapshot_left_behind(&other, connection_id(9));
        assert_eq!(found.await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_number_that_was_put_back_after_all_has_no_snapshot_left() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let id = connection_id(1);
        leave_number_behind(db, 1, Some("{}")).await;
        assert!(db.take_lease(id, "again", after(9000), after(5000)).await.unwrap());
        db.take_back_step(id, "again", StepKind::PhoneNumber, after(5001))
            .await
            .unwrap();
        assert_eq!(snapshot(db, 9).await, None);
    })
    .await;
}
