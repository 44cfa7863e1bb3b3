use crate::scratch::{Scratch, on_each_engine};
use crate::values::{
    NOW, account, add_users, after, connection_id, lease, new_connection, new_draft, problem, user_id,
};
use domain::connection::{ConnectionState, StepKind, StepState};
use store::{Connection, Step, Store};

async fn connection(store: &Store, number: u128) -> Connection {
    let found = store.connection_for_worker(connection_id(number)).await.unwrap();
    found.unwrap()
}

async fn step(store: &Store, kind: StepKind) -> Step {
    let steps = store.steps(connection_id(1)).await.unwrap();
    steps.into_iter().find(|step| step.kind == kind).unwrap()
}

/// A connection with App and key, its number about to be changed.
async fn with_app_and_key(db: &Scratch) {
    let (id, lease) = (connection_id(1), &lease(1));
    add_users(db, 1).await;
    db.keep_draft(user_id(1), &new_draft(1), NOW).await.unwrap();
    db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
    for kind in [StepKind::Verify, StepKind::Application, StepKind::ApiKey] {
        db.start_step(id, lease, kind, None, after(10)).await.unwrap();
    }
    db.mark_account(id, lease, &account(1), "+15550000001", after(11))
        .await
        .unwrap();
    db.finish_step(id, lease, StepKind::Verify, None, after(12))
        .await
        .unwrap();
    db.finish_application(id, lease, "AP1", after(13)).await.unwrap();
    db.finish_api_key(id, lease, "SK1", &[0, 255], after(14)).await.unwrap();
    db.start_step(
        id,
        lease,
        StepKind::PhoneNumber,
        Some("{\"voice_url\":\"\"}"),
        after(15),
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn every_step_done_makes_a_connected_connection_and_the_draft_has_served() {
    on_each_engine(async |db| {
        with_app_and_key(db).await;
        let (id, lease) = (connection_id(1), &lease(1));
        let running = step(db, StepKind::PhoneNumber).await;
        assert_eq!(
            (running.state, running.started_at),
            (StepState::Running, Some(after(15)))
        );
        assert_eq!(running.snapshot.as_deref(), Some("{\"voice_url\":\"\"}"));
        db.finish_step(id, lease, StepKind::PhoneNumber, Some("PN1"), after(16))
            .await
            .unwrap();
        assert!(db.draft(user_id(1)).await.unwrap().is_some());
        db.mark_connected(id, lease, after(17)).await.unwrap();

        let done = db.steps(id).await.unwrap();
        assert!(done.iter().all(|step| step.state == StepState::Done));
        let sids: Vec<_> = done.iter().map(|step| step.sid.as_deref()).collect();
        assert_eq!(sids, [None, Some("AP1"), Some("SK1"), Some("PN1")]);
        let connected = connection(db, 1).await;
        assert_eq!(connected.state, ConnectionState::Connected);
        assert_eq!(connected.account, Some(account(1)));
        assert_eq!(connected.phone_number, "+15550000001");
        assert_eq!(connected.application_sid.as_deref(), Some("AP1"));
        assert_eq!(connected.api_key_sid.as_deref(), Some("SK1"));
        assert!(connected.api_key_secret == Some(vec![0, 255]));
        assert!(connected.auth_token.is_some());
        assert_eq!(connected.connected_at, Some(after(17)));
        assert_eq!(connected.updated_at, after(17));
        assert!(db.draft(user_id(1)).await.unwrap().is_none());
        // The lease went with it.
        let again = db.mark_connected(id, lease, after(18)).await.unwrap_err();
        assert!(again.is_lease_lost());
    })
    .await;
}

#[tokio::test]
async fn a_failed_connection_keeps_the_reason_and_no_secret() {
    on_each_engine(async |db| {
        with_app_and_key(db).await;
        let (id, lease) = (connection_id(1), &lease(1));
        let why = problem("twilio_unavailable");
        db.fail_step(id, lease, StepKind::PhoneNumber, &why, after(20))
            .await
            .unwrap();
        db.mark_taking_back(id, lease, &why, after(21)).await.unwrap();
        let failed = step(db, StepKind::PhoneNumber).await;
        assert_eq!((failed.state, failed.problem.as_ref()), (StepState::Failed, Some(&why)));
        assert!(connection(db, 1).await.api_key_secret.is_some());

        for kind in [StepKind::PhoneNumber, StepKind::ApiKey, StepKind::Application] {
            db.take_back_step(id, lease, kind, after(22)).await.unwrap();
        }
        let failed = step(db, StepKind::PhoneNumber).await;
        assert_eq!((failed.state, failed.problem.as_ref()), (StepState::Failed, Some(&why)));
        db.mark_failed(id, lease, after(23)).await.unwrap();
        let back = step(db, StepKind::Application).await;
        // Its SID stays, to be named.
        assert_eq!((back.state, back.sid.as_deref()), (StepState::TakenBack, Some("AP1")));
        assert_eq!(back.finished_at, Some(after(22)));
        let failed = connection(db, 1).await;
        assert_eq!((failed.state, failed.problem), (ConnectionState::Failed, Some(why)));
        assert!(failed.auth_token.is_none() && failed.api_key_secret.is_none());
        // What was verified is still there for the next try.
        assert!(db.draft(user_id(1)).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_failed_attempt_is_put_aside_by_its_owner_and_nothing_else_is() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in [1, 2] {
            db.add_connection(&new_connection(number, number, number))
                .await
                .unwrap();
            db.mark_failed(connection_id(number), &lease(number), after(1))
                .await
                .unwrap();
        }
        db.add_connection(&new_connection(3, 1, 1)).await.unwrap();
        db.dismiss_failed(user_id(1), after(2)).await.unwrap();
        assert_eq!(connection(db, 1).await.state, ConnectionState::Removed);
        assert_eq!(connection(db, 2).await.state, ConnectionState::Failed);
        assert_eq!(connection(db, 3).await.state, ConnectionState::Provisioning);
    })
    .await;
}

#[tokio::test]
async fn a_step_that_begins_again_forgets_how_it_ended_but_not_what_it_made() {
    on_each_engine(async |db| {
        with_app_and_key(db).await;
        let (id, lease, kind) = (connection_id(1), &lease(1), StepKind::Application);
        db.fail_step(id, lease, kind, &problem("p"), after(20)).await.unwrap();
        db.start_step(id, lease, kind, None, after(21)).await.unwrap();
        let again = step(db, kind).await;
        assert_eq!((again.state, again.started_at), (StepState::Running, Some(after(21))));
        assert_eq!((again.problem, again.finished_at), (None, None));
        assert_eq!(again.sid.as_deref(), Some("AP1"));
    })
    .await;
}

#[tokio::test]
async fn what_is_left_behind_keeps_the_token_alone_until_it_is_removed() {
    on_each_engine(async |db| {
        with_app_and_key(db).await;
        let (id, lease) = (connection_id(1), &lease(1));
        let why = problem("twilio_unavailable");
        db.leave_step_behind(id, lease, StepKind::ApiKey, &why, after(20))
            .await
            .unwrap();
        db.mark_left_behind(id, lease, after(100), after(21)).await.unwrap();
        let left = connection(db, 1).await;
        assert_eq!((left.state, left.attempts), (ConnectionState::LeftBehind, 1));
        assert!(left.auth_token.is_some() && left.api_key_secret.is_none());
        let key = step(db, StepKind::ApiKey).await;
        assert_eq!((key.state, key.problem.as_ref()), (StepState::LeftBehind, Some(&why)));
        assert_eq!(key.sid.as_deref(), Some("SK1"));

        assert!(db.take_lease(id, "second", after(200), after(100)).await.unwrap());
        db.mark_left_behind(id, "second", after(300), after(101)).await.unwrap();
        assert_eq!(connection(db, 1).await.attempts, 2);

        assert!(db.take_lease(id, "third", after(400), after(300)).await.unwrap());
        db.mark_removed(id, "third", after(301)).await.unwrap();
        let removed = connection(db, 1).await;
        assert_eq!(removed.state, ConnectionState::Removed);
        assert!(removed.auth_token.is_none());
        assert_eq!(db.due_connections(after(1_000_000), 9).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_transition_touches_no_other_connection() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in [1, 2] {
            db.keep_draft(user_id(number), &new_draft(number), NOW).await.unwrap();
            db.add_connection(&new_connection(number, number, number))
                .await
                .unwrap();
        }
        let others = async || {
            let all = db.all_about_connections().await;
            let second = connection_id(2).to_string();
            let mut others: Vec<_> = all.into_iter().filter(|line| line.contains(&second)).collect();
            others.sort();
            others
        };
        let before = others().await;
        assert_eq!(before.len(), 6);
        let (id, lease) = (connection_id(1), &lease(1));
        db.start_step(id, lease, StepKind::Application, None, after(1))
            .await
            .unwrap();
        db.finish_application(id, lease, "AP1", after(2)).await.unwrap();
        db.finish_api_key(id, lease, "SK1", &[1], after(3)).await.unwrap();
        db.mark_connected(id, lease, after(4)).await.unwrap();
        assert_eq!(others().await, before);
    })
    .await;
}
