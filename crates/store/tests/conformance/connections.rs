use crate::scratch::on_each_engine;
use crate::values::{LEASE, add_users, after, connection_id, lease, new_connection, problem, user_id};
use domain::connection::{ConnectionState, StepKind, StepState};
use store::{Added, NewConnection, Step, Store};
use tokio::task::JoinSet;

/// Adds all of them side by side and returns the answers.
async fn add_at_once(store: &Store, connections: Vec<NewConnection>) -> Vec<Added> {
    let mut savers = JoinSet::new();
    for new in connections {
        let store = store.clone();
        savers.spawn(async move { store.add_connection(&new).await.unwrap() });
    }
    savers.join_all().await
}

fn times(answers: &[Added], answer: Added) -> usize {
    answers.iter().filter(|one| **one == answer).count()
}

#[tokio::test]
async fn a_new_connection_is_being_provisioned_and_none_of_its_steps_has_begun() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let new = NewConnection {
            take_over: true,
            ..new_connection(1, 1, 1)
        };
        assert_eq!(db.add_connection(&new).await.unwrap(), Added::Yes);

        let connection = db.connection_for_worker(new.id).await.unwrap().unwrap();
        assert_eq!(connection.id, new.id);
        assert_eq!(connection.user_id, new.user_id);
        assert_eq!(connection.state, ConnectionState::Provisioning);
        assert_eq!(connection.account_sid, new.account_sid);
        assert_eq!(connection.phone_number_sid, new.phone_number_sid);
        assert!(connection.take_over && connection.phone_number.is_empty());
        assert!(connection.auth_token == Some(new.auth_token));
        assert_eq!(connection.auth_token_last4, "cdef");
        assert_eq!(connection.auth_token_saved_at, new.created_at);
        assert_eq!(connection.created_at, new.created_at);
        assert_eq!(connection.updated_at, new.created_at);
        assert_eq!((connection.account, connection.problem), (None, None));
        assert_eq!((connection.application_sid, connection.api_key_sid), (None, None));
        assert!(connection.api_key_secret.is_none() && connection.connected_at.is_none());
        assert_eq!(connection.attempts, 0);

        let pending = |kind: &StepKind| Step {
            kind: *kind,
            state: StepState::Pending,
            sid: None,
            snapshot: None,
            problem: None,
            started_at: None,
            finished_at: None,
        };
        let expected: Vec<Step> = StepKind::ALL.iter().map(pending).collect();
        assert_eq!(db.steps(new.id).await.unwrap(), expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_saves_of_one_user_at_once_one_is_added() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let saves = (1..=20).map(|number| new_connection(number, 1, number)).collect();
        let answers = add_at_once(db, saves).await;
        assert_eq!(times(&answers, Added::Yes), 1);
        assert_eq!(times(&answers, Added::UserHasOne), 19);
        // Those that were refused left nothing.
        assert_eq!(db.rows("SELECT id FROM connections").await.len(), 1);
        assert_eq!(db.rows("SELECT kind FROM connection_steps").await.len(), 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_tenants_who_want_one_account_at_once_one_gets_it() {
    on_each_engine(async |db| {
        add_users(db, 20).await;
        let saves = (1..=20).map(|number| new_connection(number, number, 7)).collect();
        let answers = add_at_once(db, saves).await;
        assert_eq!(times(&answers, Added::Yes), 1);
        assert_eq!(times(&answers, Added::AccountTaken), 19);
        assert_eq!(db.rows("SELECT id FROM connections").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn user_and_account_are_free_again_after_the_connection_failed_or_was_removed() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let taken = new_connection(9, 2, 1);

        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        assert_eq!(db.add_connection(&taken).await.unwrap(), Added::AccountTaken);
        let why = problem("twilio_unavailable");
        db.mark_taking_back(connection_id(1), &lease(1), &why, after(1))
            .await
            .unwrap();
        assert_eq!(db.add_connection(&taken).await.unwrap(), Added::AccountTaken);
        db.mark_failed(connection_id(1), &lease(1), after(2)).await.unwrap();

        db.add_connection(&new_connection(2, 1, 1)).await.unwrap();
        db.mark_connected(connection_id(2), &lease(2), after(3)).await.unwrap();
        assert_eq!(db.add_connection(&taken).await.unwrap(), Added::AccountTaken);
        let started = db.start_disconnect(user_id(1), connection_id(2), "d", after(LEASE), after(4));
        assert!(started.await.unwrap());
        assert_eq!(db.add_connection(&taken).await.unwrap(), Added::AccountTaken);
        let own = new_connection(3, 1, 2);
        assert_eq!(db.add_connection(&own).await.unwrap(), Added::UserHasOne);
        db.mark_removed(connection_id(2), "d", after(5)).await.unwrap();

        assert_eq!(db.add_connection(&taken).await.unwrap(), Added::Yes);
        assert_eq!(db.add_connection(&own).await.unwrap(), Added::Yes);
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_current_for_its_own_user_while_it_occupies_his_place() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        assert!(db.current_connection(user_id(2)).await.unwrap().is_none());
        let current = db.current_connection(user_id(1)).await.unwrap().unwrap();
        assert_eq!(current.id, connection_id(1));
        db.mark_failed(connection_id(1), &lease(1), after(1)).await.unwrap();
        assert!(db.current_connection(user_id(1)).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_newest_connection_is_found_whatever_became_of_it() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        assert!(db.newest_connection(user_id(1)).await.unwrap().is_none());
        for number in [1, 2] {
            db.add_connection(&new_connection(number, 1, 1)).await.unwrap();
            db.mark_failed(connection_id(number), &lease(number), after(1))
                .await
                .unwrap();
        }
        db.add_connection(&new_connection(3, 2, 1)).await.unwrap();
        let newest = db.newest_connection(user_id(1)).await.unwrap().unwrap();
        assert_eq!((newest.id, newest.state), (connection_id(2), ConnectionState::Failed));
    })
    .await;
}

#[tokio::test]
async fn a_number_is_in_use_while_another_current_connection_has_it() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let new = new_connection(1, 1, 1);
        db.add_connection(&new).await.unwrap();
        let used = async |except: u128| {
            let used = db.number_in_other_connection(&new.phone_number_sid, connection_id(except));
            used.await.unwrap()
        };
        assert!(used(2).await);
        assert!(!used(1).await);
        let other = db.number_in_other_connection("PN00000000000000000000000000000009", connection_id(2));
        assert!(!other.await.unwrap());
        db.mark_failed(connection_id(1), &lease(1), after(1)).await.unwrap();
        assert!(!used(2).await);
    })
    .await;
}
