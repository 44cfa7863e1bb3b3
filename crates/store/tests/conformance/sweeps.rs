use crate::scratch::on_each_engine;
use crate::values::{add_users, after, connection_id, lease, new_connection, user_id};
use store::{Store, Sweep};
use tokio::task::JoinSet;

async fn connected(db: &Store, number: u128) {
    db.add_connection(&new_connection(number, number, number))
        .await
        .unwrap();
    db.mark_connected(connection_id(number), &lease(number), after(10))
        .await
        .unwrap();
}

async fn claim(db: &Store, now: i64, until: i64) -> Vec<Sweep> {
    db.claim_sweeps(after(now), after(until), 9).await.unwrap()
}

#[tokio::test]
async fn a_connected_account_is_read_at_once_and_then_when_it_is_due() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        connected(db, 1).await;
        // What is being made has nothing to be read yet.
        db.add_connection(&new_connection(2, 2, 2)).await.unwrap();
        let first = claim(db, 20, 30).await;
        let expected = Sweep {
            connection: connection_id(1),
            user_id: user_id(1),
            account_sid: first[0].account_sid.clone(),
            since: after(10),
            claimed_until: after(30),
        };
        assert_eq!(first, [expected], "since it is linked");
        assert_eq!(claim(db, 29, 40).await, [], "somebody is at it");
        assert!(db.end_sweep(&first[0], Some(after(20)), after(50)).await.unwrap());
        assert_eq!(claim(db, 49, 60).await, []);
        let second = claim(db, 50, 60).await;
        assert_eq!(second[0].since, after(20));
        // In vain: from the same moment on.
        assert!(db.end_sweep(&second[0], None, after(70)).await.unwrap());
        assert_eq!(claim(db, 70, 80).await[0].since, after(20));
    })
    .await;
}

#[tokio::test]
async fn whoever_slept_through_his_time_ends_nothing() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        connected(db, 1).await;
        let paused = claim(db, 20, 30).await;
        let other = claim(db, 30, 40).await;
        assert!(!db.end_sweep(&paused[0], Some(after(20)), after(900)).await.unwrap());
        assert!(db.end_sweep(&other[0], Some(after(30)), after(50)).await.unwrap());
        assert_eq!(claim(db, 50, 60).await[0].since, after(30));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_servers_one_reads() {
    on_each_engine(async |db| {
        add_users(db, 3).await;
        for number in 1..=3 {
            connected(db, number).await;
        }
        let mut servers = JoinSet::new();
        for _ in 0..8 {
            let store = db.store();
            servers.spawn(async move { store.claim_sweeps(after(20), after(90), 2).await.unwrap() });
        }
        let claimed = servers.join_all().await.concat();
        let mut ids: Vec<_> = claimed.iter().map(|sweep| sweep.connection).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), claimed.len(), "each once");
    })
    .await;
}

#[tokio::test]
async fn a_start_has_read_what_would_have_waited_but_not_what_somebody_reads() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        connected(db, 1).await;
        let first = claim(db, 20, 30).await;
        assert!(db.end_sweep(&first[0], Some(after(20)), after(5000)).await.unwrap());
        connected(db, 2).await;
        assert_eq!(claim(db, 30, 90).await[0].connection, connection_id(2));
        db.hasten_sweeps(after(40), after(300)).await.unwrap();
        let hastened = claim(db, 40, 100).await;
        assert_eq!(hastened.len(), 1);
        assert_eq!(hastened[0].connection, connection_id(1));
    })
    .await;
}
