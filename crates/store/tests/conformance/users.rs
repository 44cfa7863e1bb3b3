use std::sync::Arc;

use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, user, user_id};
use store::User;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

#[tokio::test]
async fn a_user_is_found_by_id_and_by_address() {
    on_each_engine(async |db| {
        db.add_user(&user(1), NOW).await.unwrap();
        db.add_user(&user(2), NOW).await.unwrap();
        assert_eq!(db.lookup_user(user_id(1)).await.unwrap(), Some(user(1)));
        assert_eq!(db.find_user_by_email(&user(2).email).await.unwrap(), Some(user(2)));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_found_under_an_unknown_id_or_address() {
    on_each_engine(async |db| {
        db.add_user(&user(1), NOW).await.unwrap();
        assert_eq!(db.lookup_user(user_id(2)).await.unwrap(), None);
        assert_eq!(db.find_user_by_email("user2@example.com").await.unwrap(), None);
        // `%` and `_` are letters like any other.
        assert_eq!(db.find_user_by_email("user_@example.com").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_address_and_a_voice_identity_are_given_once() {
    on_each_engine(async |db| {
        db.add_user(&user(1), NOW).await.unwrap();
        let same_address = User {
            email: user(1).email,
            ..user(2)
        };
        let refused = db.add_user(&same_address, NOW).await.unwrap_err();
        assert!(refused.is_unique_violation() && !refused.is_lease_lost());
        let same_voice = User {
            voice_identity: user(1).voice_identity,
            ..user(2)
        };
        assert!(db.add_user(&same_voice, NOW).await.unwrap_err().is_unique_violation());
        assert_eq!(db.lookup_user(user_id(2)).await.unwrap(), None);
        assert_eq!(db.lookup_user(user_id(1)).await.unwrap(), Some(user(1)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_come_first_at_once_one_looks_after_the_installation() {
    on_each_engine(async |db| {
        if db.is_postgres() {
            // Slow enough for each to have looked before the first is there.
            for sql in [
                "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
                     'BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END'",
                "CREATE TRIGGER slowly BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION slowly()",
            ] {
                db.execute(sql).await;
            }
        }
        let together = Arc::new(Barrier::new(12));
        let mut coming = JoinSet::new();
        for number in 1..=12 {
            let (store, together) = (db.store().clone(), Arc::clone(&together));
            coming.spawn(async move {
                together.wait().await;
                store.add_user(&user(number), NOW).await
            });
        }
        assert!(coming.join_all().await.iter().all(Result::is_ok));
        assert_eq!(db.count_people().await.unwrap(), 12);
        assert_eq!(db.list_operators().await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn who_comes_after_the_first_has_gone_looks_after_nothing() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        assert!(db.erase_user(user_id(1)).await.unwrap());
        db.add_user(&user(3), NOW).await.unwrap();
        assert!(db.list_operators().await.unwrap().is_empty());
    })
    .await;
}
