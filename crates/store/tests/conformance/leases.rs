use crate::scratch::on_each_engine;
use crate::values::{
    LEASE, NOW, account, add_users, after, connection_id, lease, new_connection, new_draft, problem, user_id,
};
use domain::connection::{ConnectionState, StepKind};
use tokio::task::JoinSet;

#[tokio::test]
async fn a_lease_is_taken_when_nobody_holds_it_or_it_has_run_out() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let id = connection_id(1);
        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        let (now, until) = (after(LEASE - 1), after(2 * LEASE));
        assert!(!db.take_lease(id, "second", until, now).await.unwrap());
        assert!(db.take_lease(id, "second", until, after(LEASE)).await.unwrap());
        assert!(!db.take_lease(id, "third", until, after(LEASE)).await.unwrap());

        // Only its holder gives it back.
        db.release_lease(id, &lease(1)).await.unwrap();
        assert!(!db.take_lease(id, "third", until, after(LEASE)).await.unwrap());
        db.release_lease(id, "second").await.unwrap();
        assert!(db.take_lease(id, "third", until, after(LEASE)).await.unwrap());
        assert!(!db.take_lease(connection_id(2), "fourth", until, NOW).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_renewed_lease_lasts_longer_and_a_lost_one_cannot_be_renewed() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let id = connection_id(1);
        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        assert!(db.renew_lease(id, &lease(1), after(2 * LEASE)).await.unwrap());
        let early = db.take_lease(id, "second", after(4 * LEASE), after(2 * LEASE - 1));
        assert!(!early.await.unwrap());
        let taken = db.take_lease(id, "second", after(4 * LEASE), after(2 * LEASE));
        assert!(taken.await.unwrap());
        assert!(!db.renew_lease(id, &lease(1), after(9 * LEASE)).await.unwrap());
        assert!(db.renew_lease(id, "second", after(5 * LEASE)).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_workers_at_once_one_takes_the_lease() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        let mut workers = JoinSet::new();
        for number in 0..20 {
            let store = db.store();
            workers.spawn(async move {
                let lease = format!("worker {number}");
                let taken = store.take_lease(connection_id(1), &lease, after(3 * LEASE), after(LEASE));
                taken.await.unwrap()
            });
        }
        let taken = workers.join_all().await;
        assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_start_on_an_embedded_database_ends_every_lease() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in [1, 2] {
            db.add_connection(&new_connection(number, number, number))
                .await
                .unwrap();
        }
        assert_eq!(db.due_connections(NOW, 9).await.unwrap(), []);
        db.clear_leases().await.unwrap();
        let due = db.due_connections(NOW, 9).await.unwrap();
        assert_eq!(due, [connection_id(1), connection_id(2)]);
    })
    .await;
}

/// Calls every transition with that lease; panics unless each says that it is lost.
macro_rules! all_are_lost {
    ($db:expr, $lease:expr, [$($transition:ident($($argument:expr),*)),* $(,)?]) => {
        $(
            let refused = $db.$transition(connection_id(1), $lease, $($argument,)* after(LEASE)).await.unwrap_err();
            assert!(refused.is_lease_lost() && !refused.is_unique_violation(), "{}", stringify!($transition));
        )*
    };
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_writes_nothing() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let id = connection_id(1);
        db.keep_draft(user_id(1), &new_draft(1), NOW).await.unwrap();
        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        assert!(
            db.take_lease(id, "second", after(3 * LEASE), after(LEASE))
                .await
                .unwrap()
        );
        let before = db.all_about_connections().await;
        assert_eq!(before.len(), 6);

        let kind = StepKind::PhoneNumber;
        for lost in [&*lease(1), "", "never held"] {
            all_are_lost!(
                db,
                lost,
                [
                    start_step(kind, Some("{}")),
                    finish_step(kind, Some("PN1")),
                    finish_application("AP1"),
                    finish_api_key("SK1", &[1]),
                    fail_step(kind, &problem("p")),
                    take_back_step(kind),
                    leave_step_behind(kind, &problem("p")),
                    mark_account(&account(1), "+15550000001"),
                    mark_connected(),
                    mark_taking_back(&problem("p")),
                    mark_failed(),
                    mark_removed(),
                    mark_left_behind(after(LEASE)),
                ]
            );
            assert!(!db.renew_lease(id, lost, after(9 * LEASE)).await.unwrap());
            db.release_lease(id, lost).await.unwrap();
        }
        assert_eq!(db.all_about_connections().await, before);
        // The one who holds it still can.
        db.mark_connected(id, "second", after(LEASE)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_disconnect_starts_once_for_the_owner_of_a_connected_connection() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let id = connection_id(1);
        let start = async |user: u128, lease: &str, now: i64| {
            let started = db.start_disconnect(user_id(user), id, lease, after(now + LEASE), after(now));
            started.await.unwrap()
        };
        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        // Not while it is being made, however long that takes.
        assert!(!start(1, "d", 2 * LEASE).await);
        db.mark_connected(id, &lease(1), after(1)).await.unwrap();
        assert!(!start(2, "d", 2).await);
        assert!(db.take_lease(id, "checker", after(10), after(2)).await.unwrap());
        assert!(!start(1, "d", 9).await);
        assert!(start(1, "d", 10).await);
        assert!(!start(1, "e", 3 * LEASE).await);

        let connection = db.connection_for_worker(id).await.unwrap().unwrap();
        assert_eq!(connection.state, ConnectionState::Disconnecting);
        assert_eq!(connection.updated_at, after(10));
        db.mark_removed(id, "d", after(11)).await.unwrap();
    })
    .await;
}
