//! A session is answered from memory for a moment, and never after its end.

use std::time::Duration;

use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, add_users, after, new_session, session_id, token_hash, user, user_id};
use domain::time::UnixMillis;
use store::Store;

async fn is_known(db: &Store, number: u128, now: UnixMillis) -> bool {
    db.session_of_cookie(&token_hash(number), now).await.unwrap().is_some()
}

async fn sessions(db: &Scratch) {
    for _ in 0..400 {
        if db.hears_others() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    add_users(db, 2).await;
    for session in [new_session(1, 1), new_session(2, 1), new_session(3, 2)] {
        db.add_session(&session).await.unwrap();
    }
}

#[tokio::test]
async fn a_session_is_read_once_in_a_while() {
    on_each_engine(async |db| {
        sessions(db).await;
        let found = db.session_of_cookie(&token_hash(1), NOW).await.unwrap().unwrap();
        assert_eq!(*found, (new_session(1, 1).session, user(1)));
        db.execute("ALTER TABLE sessions RENAME TO hidden").await;
        assert!(is_known(db, 1, NOW).await && is_known(db, 1, after(9_999)).await);
        for later in [after(10_000), after(-1)] {
            assert!(db.session_of_cookie(&token_hash(1), later).await.is_err());
        }
        assert!(db.session_of_cookie(&token_hash(2), NOW).await.is_err());
        db.execute("ALTER TABLE hidden RENAME TO sessions").await;
        assert!(!is_known(db, 9, NOW).await);
    })
    .await;
}

#[tokio::test]
async fn an_ended_session_is_nobodys_at_once() {
    on_each_engine(async |db| {
        sessions(db).await;
        for number in 1..=3 {
            assert!(is_known(db, number, NOW).await);
        }
        assert!(db.end_session(user_id(1), session_id(1)).await.unwrap());
        assert!(!is_known(db, 1, NOW).await && is_known(db, 2, NOW).await);
        assert_eq!(db.revoke_other_sessions(user_id(1), session_id(9)).await.unwrap(), 1);
        assert!(!is_known(db, 2, NOW).await && is_known(db, 3, NOW).await);
        assert_eq!(db.end_expired_sessions(after(1000), after(-1)).await.unwrap(), 1);
        assert!(!is_known(db, 3, NOW).await);
    })
    .await;
}

#[tokio::test]
async fn that_a_session_was_seen_is_known_at_once() {
    on_each_engine(async |db| {
        sessions(db).await;
        assert!(is_known(db, 1, NOW).await);
        db.see_session(&token_hash(1), session_id(1), after(500)).await.unwrap();
        let kept = db.session_of_cookie(&token_hash(1), after(500)).await.unwrap().unwrap();
        assert_eq!(kept.0.last_seen_at, after(500));
        let (stored, _) = db.find_session_by_token_hash(&token_hash(1)).await.unwrap().unwrap();
        assert_eq!(stored, kept.0);
    })
    .await;
}

#[tokio::test]
async fn another_server_hears_of_the_end_of_a_session() {
    on_each_engine(async |db| {
        if !db.is_postgres() {
            return;
        }
        let other = Store::connect(&db.url).await.unwrap();
        sessions(db).await;
        assert!(is_known(&other, 1, NOW).await);
        assert!(db.end_session(user_id(1), session_id(1)).await.unwrap());
        let mut turns = 0;
        while is_known(&other, 1, NOW).await {
            turns += 1;
            assert!(turns < 400, "still known");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        other.close().await;
    })
    .await;
}
