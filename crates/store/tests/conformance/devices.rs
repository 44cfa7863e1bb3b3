use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, add_users, after, device_hash, new_session, session_id, user, user_id};
use domain::time::UnixMillis;
use store::{NewSession, Session};

/// Signs the user in at that moment, with the browser of that number.
async fn sign_in(db: &Scratch, number: u128, whose: u128, device: u128, at: UnixMillis) {
    let new = new_session(number, whose);
    let session = Session {
        created_at: at,
        ..new.session
    };
    let new = NewSession {
        session,
        device_hash: Some(device_hash(device)),
        ..new
    };
    db.add_session(&new).await.unwrap();
}

async fn knows(db: &Scratch, whose: u128, device: u128) -> bool {
    knows_after(db, whose, device, UnixMillis(0)).await
}

async fn knows_after(db: &Scratch, whose: u128, device: u128, after: UnixMillis) -> bool {
    let email = user(whose).email;
    db.knows_device(&email, &device_hash(device), after).await.unwrap()
}

#[tokio::test]
async fn a_browser_is_known_to_whoever_has_signed_in_with_it_and_to_nobody_else() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        assert!(!knows(db, 1, 1).await);
        sign_in(db, 1, 1, 1, NOW).await;
        sign_in(db, 2, 2, 2, NOW).await;
        assert!(knows(db, 1, 1).await && knows(db, 2, 2).await);
        assert!(!knows(db, 2, 1).await && !knows(db, 1, 2).await && !knows(db, 3, 1).await);
        assert!(
            !db.knows_device("%", "%", UnixMillis(0)).await.unwrap(),
            "`%` is a letter like any other"
        );
        // Two people may share one.
        sign_in(db, 3, 2, 1, NOW).await;
        assert!(knows(db, 1, 1).await && knows(db, 2, 1).await);
        let without = NewSession {
            device_hash: None,
            ..new_session(4, 1)
        };
        db.add_session(&without).await.unwrap();
        assert_eq!(db.rows("SELECT user_id FROM devices").await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn signing_out_leaves_a_browser_known_and_signing_it_out_from_elsewhere_does_not() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=4 {
            sign_in(db, number, 1, number, NOW).await;
        }
        sign_in(db, 5, 2, 1, NOW).await;
        assert!(db.end_session(user_id(1), session_id(1)).await.unwrap());
        assert!(knows(db, 1, 1).await);
        assert!(!db.revoke_session(user_id(2), session_id(2)).await.unwrap());
        assert!(knows(db, 1, 2).await, "it is none of that user's");
        assert!(db.revoke_session(user_id(1), session_id(2)).await.unwrap());
        assert!(!db.revoke_session(user_id(1), session_id(2)).await.unwrap());
        assert!(!knows(db, 1, 2).await && knows(db, 1, 3).await);
        assert_eq!(db.revoke_other_sessions(user_id(1), session_id(3)).await.unwrap(), 1);
        assert!(knows(db, 1, 3).await && !knows(db, 1, 4).await && !knows(db, 1, 1).await);
        assert!(knows(db, 2, 1).await);
    })
    .await;
}

#[tokio::test]
async fn of_too_many_browsers_those_that_signed_in_last_are_known() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        sign_in(db, 100, 2, 1, NOW).await;
        for number in 1..=20 {
            let at = after(i64::try_from(number).unwrap());
            sign_in(db, number, 1, number, at).await;
        }
        sign_in(db, 21, 1, 1, after(50)).await;
        sign_in(db, 22, 1, 21, after(51)).await;
        assert!(knows(db, 1, 1).await && knows(db, 1, 21).await && knows(db, 1, 3).await);
        assert!(!knows(db, 1, 2).await, "the one that signed in longest ago");
        assert_eq!(db.rows("SELECT user_id FROM devices").await.len(), 21);
        // The clock went back: who signs in now is remembered all the same.
        sign_in(db, 23, 1, 22, NOW).await;
        assert!(knows(db, 1, 22).await && !knows(db, 1, 3).await);
    })
    .await;
}

#[tokio::test]
async fn browsers_are_forgotten_when_nobody_has_signed_in_with_them_for_long() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        sign_in(db, 1, 1, 1, NOW).await;
        sign_in(db, 2, 1, 2, after(10)).await;
        assert!(knows_after(db, 1, 2, after(9)).await && !knows_after(db, 1, 2, after(10)).await);
        assert_eq!(db.forget_devices(after(10)).await.unwrap(), 1);
        assert_eq!(db.forget_devices(after(10)).await.unwrap(), 0);
        assert!(!knows(db, 1, 1).await && knows(db, 1, 2).await);
        sign_in(db, 3, 1, 2, after(30)).await;
        let moments = db.rows("SELECT first_seen_at, last_seen_at FROM devices").await;
        let (first, last) = (after(10).0.to_string(), after(30).0.to_string());
        assert!(moments[0].contains(&first) && moments[0].contains(&last), "{moments:?}");
    })
    .await;
}
