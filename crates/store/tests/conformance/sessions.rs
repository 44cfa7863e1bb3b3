use crate::scratch::on_each_engine;
use crate::values::{add_users, after, new_session, session_id, token_hash, user, user_id};
use domain::id::SessionId;
use store::{NewSession, Session, Store};

async fn ids(store: &Store, user: u128) -> Vec<SessionId> {
    let sessions = store.list_sessions(user_id(user)).await.unwrap();
    sessions.into_iter().map(|session| session.id).collect()
}

#[tokio::test]
async fn a_session_is_found_by_its_cookie_with_its_user() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        db.add_session(&new_session(1, 1)).await.unwrap();
        db.add_session(&new_session(2, 2)).await.unwrap();
        let found = db.find_session_by_token_hash(&token_hash(2)).await.unwrap();
        assert_eq!(found, Some((new_session(2, 2).session, user(2))));
        assert_eq!(db.find_session_by_token_hash(&token_hash(3)).await.unwrap(), None);
        assert_eq!(db.find_session_by_token_hash(&[]).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_cookie_belongs_to_one_session() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        db.add_session(&new_session(1, 1)).await.unwrap();
        let copied = NewSession {
            token_hash: token_hash(1),
            ..new_session(2, 2)
        };
        assert!(db.add_session(&copied).await.unwrap_err().is_unique_violation());
    })
    .await;
}

#[tokio::test]
async fn a_users_sessions_are_listed_last_seen_first() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for session in [new_session(1, 1), new_session(2, 1), new_session(3, 2)] {
            db.add_session(&session).await.unwrap();
        }
        assert_eq!(ids(db, 1).await, [session_id(2), session_id(1)]);
        db.touch_session(session_id(1), after(500)).await.unwrap();
        let seen = Session {
            last_seen_at: after(500),
            ..new_session(1, 1).session
        };
        assert_eq!(
            db.list_sessions(user_id(1)).await.unwrap(),
            [seen, new_session(2, 1).session]
        );
        assert_eq!(ids(db, 3).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_session_is_ended_by_its_own_user_only() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        db.add_session(&new_session(1, 1)).await.unwrap();
        assert!(!db.end_session(user_id(2), session_id(1)).await.unwrap());
        assert_eq!(ids(db, 1).await, [session_id(1)]);
        assert!(db.end_session(user_id(1), session_id(1)).await.unwrap());
        assert!(!db.end_session(user_id(1), session_id(1)).await.unwrap());
        assert_eq!(db.find_session_by_token_hash(&token_hash(1)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn ending_the_others_leaves_this_one_and_other_users_alone() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for session in [
            new_session(1, 1),
            new_session(2, 1),
            new_session(3, 1),
            new_session(4, 2),
        ] {
            db.add_session(&session).await.unwrap();
        }
        assert_eq!(db.revoke_other_sessions(user_id(1), session_id(2)).await.unwrap(), 2);
        assert_eq!(ids(db, 1).await, [session_id(2)]);
        assert_eq!(ids(db, 2).await, [session_id(4)]);
    })
    .await;
}

#[tokio::test]
async fn expired_and_idle_sessions_end_at_their_last_millisecond() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for number in 1..=3 {
            db.add_session(&new_session(number, 1)).await.unwrap();
        }
        db.touch_session(session_id(1), after(400)).await.unwrap();
        db.touch_session(session_id(2), after(401)).await.unwrap();
        db.touch_session(session_id(3), after(800)).await.unwrap();
        assert_eq!(db.end_expired_sessions(after(999), after(399)).await.unwrap(), 0);
        assert_eq!(db.end_expired_sessions(after(999), after(400)).await.unwrap(), 1);
        assert_eq!(ids(db, 1).await, [session_id(3), session_id(2)]);
        assert_eq!(db.end_expired_sessions(after(1000), after(400)).await.unwrap(), 2);
        assert_eq!(ids(db, 1).await, []);
    })
    .await;
}
