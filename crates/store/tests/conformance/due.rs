//! Work that nobody is at.

use crate::scratch::on_each_engine;
use crate::values::{LEASE, add_users, after, connection_id, lease, new_connection, problem, user_id};

#[tokio::test]
async fn an_unfinished_connection_is_due_once_its_lease_has_run_out() {
    on_each_engine(async |db| {
        add_users(db, 4).await;
        for number in 1..=4 {
            db.add_connection(&new_connection(number, number, number))
                .await
                .unwrap();
        }
        let why = problem("twilio_unavailable");
        db.mark_taking_back(connection_id(2), &lease(2), &why, after(20))
            .await
            .unwrap();
        for number in [3, 4] {
            db.mark_connected(connection_id(number), &lease(number), after(30))
                .await
                .unwrap();
        }
        let disconnecting = db.start_disconnect(user_id(3), connection_id(3), "d", after(LEASE), after(40));
        assert!(disconnecting.await.unwrap());

        assert_eq!(db.due_connections(after(LEASE - 1), 9).await.unwrap(), []);
        // Oldest first; the connected one has nothing to be done.
        let due = db.due_connections(after(LEASE), 9).await.unwrap();
        assert_eq!(due, [connection_id(1), connection_id(2), connection_id(3)]);
        let due = db.due_connections(after(LEASE), 2).await.unwrap();
        assert_eq!(due, [connection_id(1), connection_id(2)]);
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_ended_is_never_due() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in [1, 2] {
            db.add_connection(&new_connection(number, number, number))
                .await
                .unwrap();
        }
        db.mark_failed(connection_id(1), &lease(1), after(1)).await.unwrap();
        db.mark_removed(connection_id(2), &lease(2), after(1)).await.unwrap();
        assert_eq!(db.due_connections(after(1000 * LEASE), 9).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_was_left_behind_is_due_at_its_next_attempt_and_at_once_with_a_new_token() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let id = connection_id(1);
        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        db.mark_left_behind(id, &lease(1), after(5000), after(1)).await.unwrap();
        assert_eq!(db.due_connections(after(4999), 9).await.unwrap(), []);
        assert_eq!(db.due_connections(after(5000), 9).await.unwrap(), [id]);
        let stored = db.replace_auth_token(user_id(1), id, &[7], "wxyz", None, after(100));
        assert!(stored.await.unwrap());
        assert_eq!(db.due_connections(after(99), 9).await.unwrap(), []);
        assert_eq!(db.due_connections(after(100), 9).await.unwrap(), [id]);
    })
    .await;
}

#[tokio::test]
async fn a_new_auth_token_is_stored_for_the_owners_live_connection_only() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let id = connection_id(1);
        let replace = async |user: u128| {
            let replaced = db.replace_auth_token(user_id(user), id, &[0, 7, 255], "wxyz", None, after(50));
            replaced.await.unwrap()
        };
        db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
        assert!(!replace(1).await, "while it is being made");
        db.mark_connected(id, &lease(1), after(1)).await.unwrap();
        assert!(!replace(2).await, "by another tenant");
        assert!(replace(1).await);

        let connection = db.connection_for_worker(id).await.unwrap().unwrap();
        assert!(connection.auth_token == Some(vec![0, 7, 255]));
        assert_eq!(connection.auth_token_last4, "wxyz");
        assert_eq!(connection.auth_token_saved_at, after(50));
        // A connected one has no next attempt, and gets none.
        assert_eq!(db.due_connections(after(1000 * LEASE), 9).await.unwrap(), []);
    })
    .await;
}
