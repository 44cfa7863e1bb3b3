use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, account, add_users, after, user_id};
use store::RefusedRequests;

/// Alike requests of that number, for that user or nobody, the last of them so much later.
fn refused(number: u128, user: Option<u128>, times: i64, at: i64) -> RefusedRequests {
    RefusedRequests {
        key: format!("{number:064x}"),
        user_id: user.map(user_id),
        account_sid: Some(account(1).sid),
        path: "/twiml/inbound".into(),
        reason: "other_address".into(),
        detail: Some(r#"{"signed":"http://\"<script>","ours":"https://a.example"}"#.into()),
        times,
        first_at: after(at),
        last_at: after(at),
    }
}

async fn list(db: &Scratch, user: Option<u128>) -> Vec<RefusedRequests> {
    db.list_refused(user.map(user_id), NOW).await.unwrap()
}

#[tokio::test]
async fn what_is_alike_is_one_row_that_knows_how_often_and_when() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        db.add_refused(&[refused(1, Some(1), 2, 5)], 50).await.unwrap();
        db.add_refused(&[refused(1, Some(1), 3, 9)], 50).await.unwrap();
        // One that another server has kept back for a while.
        db.add_refused(&[refused(1, Some(1), 1, 7)], 50).await.unwrap();
        let expected = RefusedRequests {
            last_at: after(9),
            times: 6,
            ..refused(1, Some(1), 0, 5)
        };
        assert_eq!(list(db, Some(1)).await, [expected]);
    })
    .await;
}

#[tokio::test]
async fn a_user_reads_his_own_and_nobodys_are_apart() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let all = [
            refused(1, Some(1), 1, 1),
            refused(2, Some(2), 1, 2),
            refused(3, None, 1, 3),
            refused(4, Some(1), 1, 4),
        ];
        db.add_refused(&all, 50).await.unwrap();
        let [first, second, third, fourth] = all;
        assert_eq!(list(db, Some(1)).await, [fourth, first]);
        assert_eq!(list(db, Some(2)).await, [second]);
        assert_eq!(list(db, None).await, [third]);
        assert!(db.list_refused(Some(user_id(1)), after(5)).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn however_many_kinds_there_are_the_newest_stay_and_others_keep_theirs() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        db.add_refused(&[refused(9999, Some(2), 1, 0)], 50).await.unwrap();
        for round in 0..3 {
            let many: Vec<_> = (1..=100)
                .map(|number| {
                    refused(
                        round * 100 + number,
                        Some(1),
                        1,
                        i64::try_from(round * 100 + number).unwrap(),
                    )
                })
                .collect();
            db.add_refused(&many, 50).await.unwrap();
        }
        let kept = list(db, Some(1)).await;
        assert_eq!(kept.len(), 50);
        assert_eq!((kept[0].last_at, kept[49].last_at), (after(300), after(251)));
        assert_eq!(list(db, Some(2)).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn they_are_forgotten_after_their_time_and_go_with_their_user() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let all = [
            refused(1, Some(1), 1, 1),
            refused(2, None, 1, 10),
            refused(3, Some(1), 1, 10),
        ];
        db.add_refused(&all, 50).await.unwrap();
        assert_eq!(db.forget_refused(after(10)).await.unwrap(), 1);
        assert_eq!(db.forget_refused(after(10)).await.unwrap(), 0);
        assert!(db.erase_user(user_id(1)).await.unwrap());
        assert!(list(db, Some(1)).await.is_empty());
        assert_eq!(list(db, None).await.len(), 1);
        // What comes late for a user who is gone is dropped, and does not keep the others from being stored.
        let late = [refused(4, Some(1), 1, 11), refused(5, None, 1, 11)];
        db.add_refused(&late, 50).await.unwrap();
        assert!(list(db, Some(1)).await.is_empty());
        assert_eq!(list(db, None).await.len(), 2);
    })
    .await;
}
