use crate::call_values::{call_id, new, outbound, write_for};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, user_id};
use store::{Applied, CallTarget, Claim, NewClaim};
use tokio::task::JoinSet;

fn claim(key: &str, body: &str) -> NewClaim {
    NewClaim {
        route: "POST /api/calls".into(),
        key: key.into(),
        request_hash: body.into(),
    }
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_user() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let take = async |user, key: &str, body: &str, call| {
            db.claim_idempotency(user_id(user), &claim(key, body), call_id(call), NOW)
                .await
                .unwrap()
        };
        assert_eq!(db.lookup_claim(user_id(1), &claim("k", "a")).await.unwrap(), Claim::New);
        assert_eq!(take(1, "k", "a", 1).await, Claim::New);
        assert_eq!(take(1, "k", "a", 2).await, Claim::Same(call_id(1)));
        assert_eq!(take(1, "k", "b", 3).await, Claim::Different);
        assert_eq!(take(1, "K", "b", 4).await, Claim::New);
        assert_eq!(take(2, "k", "b", 5).await, Claim::New);
        let found = db.lookup_claim(user_id(1), &claim("k", "a")).await.unwrap();
        assert_eq!(found, Claim::Same(call_id(1)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_requests_at_once_make_one_call() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut requests = JoinSet::new();
        for number in 1..=50 {
            let store = db.store();
            let mut write = new(outbound(number));
            write.claim = Some(claim("k", "a"));
            requests.spawn(async move { store.apply(&write, NOW).await.unwrap() });
        }
        let applied = requests.join_all().await;
        let made = applied.iter().find_map(|applied| match applied {
            Applied::Done { call, .. } => Some(call.id),
            _ => None,
        });
        let others = applied
            .iter()
            .filter(|applied| **applied == Applied::Claimed(Claim::Same(made.unwrap())));
        assert_eq!(others.count(), 49);
        assert_eq!(db.rows("SELECT id FROM calls").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_key_of_another_request_writes_nothing() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut write = new(outbound(1));
        write.claim = Some(claim("k", "a"));
        db.apply(&write, NOW).await.unwrap();
        let before = db.all_of_user(user_id(1)).await;
        let mut other = write_for(1, CallTarget::New(outbound(2)));
        other.claim = Some(claim("k", "b"));
        let applied = db.apply(&other, NOW).await.unwrap();
        assert_eq!(applied, Applied::Claimed(Claim::Different));
        assert_eq!(db.all_of_user(user_id(1)).await, before);
    })
    .await;
}
