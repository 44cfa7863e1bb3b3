use crate::call_values::{call_id, child_sid, done, existing, inbound, new, outbound, report, sid, write_for};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after, user_id};
use domain::call::{CallStatus, LegRole};
use domain::phone::MISSED_COUNTED;
use store::{Applied, CallTarget, NewCall, Store};
use tokio::task::JoinSet;

#[tokio::test]
async fn live_calls_are_those_that_have_not_ended() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=3 {
            done(db, &new(inbound(number))).await;
        }
        assert_eq!(db.live_calls(user_id(1)).await.unwrap(), 3);
        let mut over = existing(2);
        over.legs = vec![report(&sid(2), LegRole::Caller, CallStatus::Completed, 9)];
        done(db, &over).await;
        assert_eq!(db.live_calls(user_id(1)).await.unwrap(), 2);
        assert_eq!(db.live_calls(user_id(2)).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn the_time_of_outbound_calls_adds_up_with_those_that_still_last() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for number in 1..=3 {
            let mut write = new(outbound(number));
            write.legs = vec![report(&sid(number), LegRole::Caller, CallStatus::InProgress, 0)];
            if number < 3 {
                let answered = report(&child_sid(number), LegRole::Callee, CallStatus::InProgress, 1_000);
                write.legs.push(answered);
            }
            done(db, &write).await;
        }
        let mut over = existing(1);
        over.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Completed, 31_000)];
        done(db, &over).await;
        let seconds = async |since, now| db.outbound_seconds(user_id(1), after(since), after(now)).await.unwrap();
        assert_eq!(seconds(0, 61_000).await, 90);
        assert_eq!(seconds(2, 61_000).await, 60);
        assert_eq!(seconds(100, 61_000).await, 0);
        let both = db.calls_and_seconds(user_id(1), after(2), after(61_000)).await.unwrap();
        assert_eq!(both, (db.live_calls(user_id(1)).await.unwrap(), 60));
    })
    .await;
}

#[tokio::test]
async fn missed_calls_are_counted_no_further_than_anybody_reads() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut writing = JoinSet::new();
        for number in 1..=u128::from(MISSED_COUNTED) + 1 {
            let mut write = new(inbound(number));
            write.legs = vec![report(&sid(number), LegRole::Caller, CallStatus::Completed, 100)];
            let store = Store::clone(db);
            writing.spawn(async move { store.apply(&write, NOW).await.unwrap() });
        }
        writing.join_all().await;
        assert_eq!(db.missed_since(user_id(1)).await.unwrap(), MISSED_COUNTED);
    })
    .await;
}

#[tokio::test]
async fn missed_calls_count_until_the_user_has_looked() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=2 {
            let mut write = new(inbound(number));
            write.legs = vec![report(&sid(number), LegRole::Caller, CallStatus::Completed, 100)];
            done(db, &write).await;
        }
        assert_eq!(db.missed_since(user_id(1)).await.unwrap(), 2);
        db.mark_calls_seen(user_id(1), after(100)).await.unwrap();
        // An earlier look does not bring them back.
        db.mark_calls_seen(user_id(1), NOW).await.unwrap();
        assert_eq!(db.missed_since(user_id(1)).await.unwrap(), 0);
        // It rang while he looked, and was missed afterwards.
        let mut later = new(inbound(3));
        later.legs = vec![report(&sid(3), LegRole::Caller, CallStatus::Completed, 101)];
        done(db, &later).await;
        assert_eq!(db.missed_since(user_id(1)).await.unwrap(), 1);
        assert_eq!(db.missed_since(user_id(2)).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn each_other_party_is_recent_once() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for (number, from) in [(1, "+15550001"), (2, "+15550002"), (3, "+15550001"), (4, "+15550003")] {
            let call = NewCall {
                from: from.into(),
                ..inbound(number)
            };
            done(db, &new(call)).await;
        }
        let recent = db.recent_peers(user_id(1), 2).await.unwrap();
        assert_eq!(
            recent.iter().map(|call| call.id).collect::<Vec<_>>(),
            [call_id(4), call_id(3)]
        );
        assert_eq!(db.recent_peers(user_id(1), 9).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn calls_of_which_nothing_is_heard_are_stale_until_something_is() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for number in 1..=3 {
            db.apply(&new(inbound(number)), after(i64::try_from(number).unwrap()))
                .await
                .unwrap();
        }
        let stale = async |now, since, limit| {
            let calls = db.claim_stale_calls(after(now), after(since), limit).await.unwrap();
            calls.iter().map(|call| (call.id, call.updated_at)).collect::<Vec<_>>()
        };
        assert_eq!(stale(10, 0, 9).await, []);
        assert_eq!(stale(10, 2, 1).await, [(call_id(1), after(1))], "as it was");
        assert_eq!(stale(10, 2, 9).await, [(call_id(2), after(2))]);
        assert_eq!(stale(11, 2, 9).await, [], "somebody is at them");
        db.apply(&existing(1), after(50)).await.unwrap();
        let mut over = existing(2);
        over.legs = vec![report(&sid(2), LegRole::Caller, CallStatus::Completed, 9)];
        done(db, &over).await;
        assert_eq!(stale(60, 40, 9).await, [(call_id(3), after(3))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_servers_one_asks_about_a_silent_call() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for number in 1..=9 {
            db.apply(&new(inbound(number)), after(0)).await.unwrap();
        }
        let mut servers = JoinSet::new();
        for at in 10..18 {
            let store = db.store();
            servers.spawn(async move { store.claim_stale_calls(after(at), after(5), 4).await.unwrap() });
        }
        let mut claimed: Vec<_> = servers.join_all().await.concat().iter().map(|call| call.id).collect();
        let all = claimed.len();
        claimed.sort();
        claimed.dedup();
        assert_eq!(all, claimed.len(), "each once");
        assert!(all >= 4);
    })
    .await;
}

#[tokio::test]
async fn of_calls_in_the_same_instant_no_more_are_begun_than_the_user_may_have() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let other = Store::connect(&db.url).await.unwrap();
        // Somebody else's do not count.
        done(db, &write_for(2, CallTarget::New(outbound(99)))).await;
        let mut begun = JoinSet::new();
        for number in 1..=12 {
            let store = if number % 2 == 0 { db.store() } else { other.clone() };
            begun.spawn(async move {
                let mut write = new(outbound(number));
                write.most_live = Some(3);
                loop {
                    match store.apply(&write, NOW).await {
                        Ok(applied) => return (number, applied),
                        // Two programs on one file: SQLite's own lock may be waited for in vain.
                        Err(_) => tokio::task::yield_now().await,
                    }
                }
            });
        }
        let mut numbers = Vec::new();
        for (number, applied) in begun.join_all().await {
            match applied {
                Applied::Done { .. } => numbers.push(number),
                applied => assert_eq!(applied, Applied::TooMany),
            }
        }
        assert_eq!(numbers.len(), 3);
        assert_eq!(db.live_calls(user_id(1)).await.unwrap(), 3);
        // One that is there already is no further one, and one that is over makes room.
        let mut over = existing(numbers[0]);
        over.most_live = Some(3);
        over.legs = vec![report(&sid(numbers[0]), LegRole::Caller, CallStatus::Completed, 31_000)];
        done(db, &over).await;
        let mut next = new(outbound(50));
        next.most_live = Some(3);
        done(db, &next).await;
        next = new(outbound(51));
        next.most_live = Some(3);
        assert_eq!(db.apply(&next, NOW).await.unwrap(), Applied::TooMany);
        assert!(db.call(user_id(1), call_id(51)).await.unwrap().is_none());
        other.close().await;
    })
    .await;
}
