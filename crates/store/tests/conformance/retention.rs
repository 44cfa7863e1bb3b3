use crate::call_values::{call_id, done, inbound, new, receipt};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after, user_id};
use store::{Applied, Claim, NewClaim};

#[tokio::test]
async fn receipts_are_forgotten_after_their_time() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for (number, at) in [(1, 0), (2, 10)] {
            let mut write = new(inbound(number));
            write.receipt = Some(receipt(&format!("{number}"), "yes"));
            db.apply(&write, after(at)).await.unwrap();
        }
        assert_eq!(db.forget_receipts(after(10)).await.unwrap(), 1);
        assert_eq!(db.forget_receipts(after(10)).await.unwrap(), 0);
        let mut write = new(inbound(2));
        write.receipt = Some(receipt("2", "no"));
        let again = db.apply(&write, after(20)).await.unwrap();
        assert_eq!(again, Applied::Again(Some("yes".into())));
    })
    .await;
}

#[tokio::test]
async fn idempotency_keys_are_forgotten_after_their_time() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let claim = NewClaim {
            route: "POST /api/calls".into(),
            key: "k".into(),
            request_hash: "a".into(),
        };
        let take = async || db.claim_idempotency(user_id(1), &claim, call_id(1), NOW).await.unwrap();
        assert_eq!(take().await, Claim::New);
        assert_eq!(db.forget_claims(NOW).await.unwrap(), 0);
        assert_eq!(take().await, Claim::Same(call_id(1)));
        assert_eq!(db.forget_claims(after(1)).await.unwrap(), 1);
        assert_eq!(take().await, Claim::New);
    })
    .await;
}

#[tokio::test]
async fn all_about_calls_goes_with_its_user() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut write = new(inbound(1));
        write.receipt = Some(receipt("1", "yes"));
        done(db, &write).await;
        db.execute("DELETE FROM users").await;
        assert!(db.all_of_user(user_id(1)).await.is_empty());
        assert!(db.all_about_calls().await.is_empty());
    })
    .await;
}
