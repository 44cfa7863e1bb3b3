//! Writes of calls that wait together come to what they would one by one.

use crate::call_values::{
    call, call_id, child_sid, done, event, existing, inbound, is_done, new, outbound, receipt, recording, report, sid,
    timeline, write_for,
};
use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, account, add_users, after, user_id};
use domain::call::{CallEventKind, CallStatus, LegRole, RoleHint};
use domain::recording::{RecordingKind, RecordingStatus};
use store::{Applied, CallTarget, CallWrite, FeedItem, NewCall, NewClaim, Store};
use tokio::task::JoinSet;

/// Writes all of them so that they wait together; what came of each, in their order. On one thread all of them have come
/// before the first is written.
async fn together(db: &Scratch, writes: Vec<CallWrite>) -> Vec<Result<Applied, store::Error>> {
    let mut waiting = JoinSet::new();
    for (at, write) in writes.into_iter().enumerate() {
        let store = db.store();
        waiting.spawn(async move { (at, store.apply(&write, NOW).await) });
    }
    let mut applied = waiting.join_all().await;
    applied.sort_by_key(|(at, _)| *at);
    applied.into_iter().map(|(_, applied)| applied).collect()
}

#[tokio::test]
async fn one_that_fails_takes_nobody_with_it() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        done(db, &new(inbound(1))).await;
        let writes = (2..=40).map(|number| {
            let mut write = new(inbound(number));
            if number == 17 {
                // Another call has that id.
                write = new(NewCall {
                    id: call_id(1),
                    ..inbound(number)
                });
            } else if number == 30 {
                // A user who does not exist.
                write.user_id = user_id(9);
            }
            write.receipt = Some(receipt(&format!("{number}"), "yes"));
            write
        });
        let applied = together(db, writes.collect()).await;
        let failed: Vec<_> = applied.iter().map(Result::is_err).collect();
        let expected: Vec<_> = (2..=40).map(|number| number == 17 || number == 30).collect();
        assert_eq!(failed, expected);
        assert_eq!(db.rows("SELECT id FROM calls").await.len(), 38);
        assert_eq!(db.rows("SELECT dedupe_key FROM webhook_inbox").await.len(), 37);
        assert_eq!(db.feed_position(user_id(1)).await.unwrap(), 38);
    })
    .await;
}

#[tokio::test]
async fn a_repetition_in_the_same_group_gets_the_first_one_s_answer() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let write = |key: &str, id: u128| {
            let mut write = new(NewCall {
                id: call_id(id),
                ..inbound(1)
            });
            write.receipt = Some(receipt(key, &format!("{key} of {}", call_id(id))));
            write.events = vec![event(CallEventKind::Menu, "", 2)];
            write
        };
        let applied = together(db, vec![write("a", 1), write("a", 2), write("b", 3), write("b", 4)]).await;
        assert!(is_done(&applied[0]) && is_done(&applied[2]));
        let id = call_id(1);
        for (at, answer) in [(1, format!("a of {id}")), (3, format!("b of {id}"))] {
            assert_eq!(*applied[at].as_ref().unwrap(), Applied::Again(Some(answer)));
        }
        assert_eq!(timeline(db, 1).await, ["menu", "menu"]);
        let kept = db.rows("SELECT answer FROM webhook_inbox ORDER BY dedupe_key").await;
        let expected = ["a", "b"].map(|key| format!("answer=Some(\"{key} of {id}\") "));
        assert_eq!(kept, expected);
    })
    .await;
}

#[tokio::test]
async fn two_reports_of_one_new_call_make_one_call() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut first = new(NewCall {
            from: String::new(),
            ..inbound(1)
        });
        first.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Ringing, 1)];
        let mut second = new(NewCall {
            id: call_id(2),
            ..inbound(1)
        });
        second.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Completed, 9)];
        second.recording = Some(recording(1, RecordingKind::Voicemail, RecordingStatus::Completed));
        // By the leg's SID, of which only the group has heard.
        let mut child = existing(1);
        child.legs = vec![report(&child_sid(1), LegRole::Browser, CallStatus::NoAnswer, 8)];
        let by_child = new(NewCall {
            id: call_id(3),
            provider_sid: Some(child_sid(1)),
            ..inbound(1)
        });
        for applied in together(db, vec![first, second, child, by_child]).await {
            let Applied::Done { call, .. } = applied.unwrap() else {
                panic!("not written");
            };
            assert_eq!(call.id, call_id(1));
        }
        let is = call(db, 1).await;
        assert!(is.summary.missed && is.voicemail);
        assert_eq!(is.from, "+442079460199");
        assert_eq!(db.rows("SELECT sid FROM call_legs").await.len(), 2);
        assert_eq!(timeline(db, 1).await.len(), 3);
        // Whom it was from is known since the second report.
        assert_eq!(
            db.rows("SELECT last_id FROM threads WHERE last_id <> ''").await.len(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn each_change_has_its_line_in_the_feed() {
    on_each_engine(async |db| {
        add_users(db, 3).await;
        let writes: Vec<_> = (1..=30)
            .map(|number| {
                let mut call = inbound(number);
                call.provider_sid = Some(sid(number));
                write_for(number % 3 + 1, CallTarget::New(call))
            })
            .collect();
        assert!(together(db, writes).await.iter().all(is_done));
        for user in 1..=3 {
            let items = db.feed_after(user_id(user), 0, 100).await.unwrap();
            assert_eq!(
                items.iter().map(|item| item.seq).collect::<Vec<_>>(),
                (1..=10).collect::<Vec<_>>()
            );
            let mut calls: Vec<_> = items.iter().filter_map(FeedItem::call).collect();
            calls.sort();
            let own = (1..=30).filter(|number| number % 3 + 1 == user).map(call_id);
            assert_eq!(calls, own.collect::<Vec<_>>());
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_names_another_s_sid_changes_nothing() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let mut his = write_for(2, CallTarget::New(inbound(2)));
        his.legs = vec![report(&child_sid(2), LegRole::Browser, CallStatus::Ringing, 1)];
        his.recording = Some(recording(2, RecordingKind::Conversation, RecordingStatus::Completed));
        done(db, &his).await;
        done(db, &new(inbound(1))).await;
        done(db, &new(inbound(3))).await;
        let mut own = existing(1);
        own.legs = vec![report(&child_sid(1), LegRole::Browser, CallStatus::Ringing, 1)];
        done(db, &own).await;
        let before = (db.all_of_user(user_id(1)).await, db.all_of_user(user_id(2)).await);
        let write = |target: CallTarget, named: String| {
            let mut write = write_for(1, target);
            write.receipt = Some(receipt(&named, "yes"));
            write.sids = vec![sid(77), named];
            write.events = vec![event(CallEventKind::Menu, "", 2)];
            write
        };
        let added = || CallTarget::New(inbound(5));
        let other_call = CallTarget::Existing(call_id(3));
        let writes = vec![
            write(added(), child_sid(2)),
            write(added(), his.recording.unwrap().sid),
            write(CallTarget::Existing(call_id(1)), child_sid(2)),
            // Another call of his own than the one that is named.
            write(other_call, child_sid(1)),
        ];
        for applied in together(db, writes.clone()).await {
            assert_eq!(applied.unwrap(), Applied::Foreign);
        }
        assert_eq!(db.apply(&writes[0], NOW).await.unwrap(), Applied::Foreign);
        let is = (db.all_of_user(user_id(1)).await, db.all_of_user(user_id(2)).await);
        assert_eq!(is, before);
        // What is known of the same call, or of nobody, may be named; and those who are refused hold nobody up.
        let fine = write(CallTarget::Existing(call_id(1)), child_sid(1));
        let applied = together(db, vec![writes[0].clone(), fine, writes[1].clone()]).await;
        assert!(is_done(&applied[1]), "{applied:?}");
        assert_eq!(db.rows("SELECT dedupe_key FROM webhook_inbox").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_a_leg_is_for_may_be_left_to_its_call() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        done(db, &new(outbound(1))).await;
        let hinted = |sid: &str, said: Option<LegRole>| {
            let mut write = existing(1);
            let mut report = report(sid, LegRole::Forward, CallStatus::Ringing, 1);
            report.hint = Some(RoleHint {
                is_child: true,
                said,
                is_browser: false,
            });
            write.legs = vec![report];
            write
        };
        done(db, &hinted(&sid(1), Some(LegRole::Callee))).await;
        done(db, &hinted(&child_sid(1), None)).await;
        done(db, &hinted(&child_sid(2), Some(LegRole::Transfer))).await;
        let mut roles: Vec<_> = db.legs(call_id(1)).await.unwrap();
        roles.sort_by(|one, other| one.sid.cmp(&other.sid));
        let roles: Vec<_> = roles.iter().map(|leg| leg.state.role).collect();
        assert_eq!(roles, [LegRole::Caller, LegRole::Callee, LegRole::Transfer]);
    })
    .await;
}

#[tokio::test]
async fn a_claim_of_a_write_that_does_not_stand_is_free_again() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let claimed = |mut write: CallWrite| {
            write.claim = Some(NewClaim {
                route: "r".into(),
                key: "k".into(),
                request_hash: "h".into(),
            });
            write
        };
        let applied = together(
            db,
            vec![claimed(existing(9)), new(inbound(2)), claimed(new(inbound(1)))],
        )
        .await;
        assert_eq!(*applied[0].as_ref().unwrap(), Applied::Unknown);
        assert!(is_done(&applied[1]) && is_done(&applied[2]), "{applied:?}");
    })
    .await;
}

/// What two servers hear at once of the same calls, each in its own order.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_write_the_same_calls_at_once_come_to_the_same_rows() {
    on_each_engine(async |db| {
        if !db.is_postgres() {
            // An embedded database has one server.
            return;
        }
        const CALLS: u128 = 30;
        add_users(db, 2).await;
        let other = Store::connect(&db.url).await.unwrap();
        let reports = |number: u128| {
            let mut first = write_for(number % 2 + 1, CallTarget::New(inbound(number)));
            first.account_sid = account(number % 2 + 1).sid;
            let mut writes = Vec::new();
            for (at, status) in [
                (1, CallStatus::Ringing),
                (4, CallStatus::InProgress),
                (9, CallStatus::Completed),
            ] {
                let mut write = first.clone();
                write.legs = vec![report(&sid(number), LegRole::Caller, status, at)];
                write.receipt = Some(receipt(&format!("{number} {at}"), "yes"));
                writes.push(write);
            }
            writes
        };
        let mut writing = JoinSet::new();
        for number in 1..=CALLS {
            let writes = reports(number);
            for write in writes.iter().rev().cloned().chain(writes.iter().cloned()) {
                for store in [db.store(), other.clone()] {
                    let write = write.clone();
                    writing.spawn(async move { store.apply(&write, after(100)).await.unwrap() });
                }
            }
        }
        let applied = writing.join_all().await;
        let done = applied.iter().filter(|applied| matches!(applied, Applied::Done { .. }));
        assert_eq!(done.count(), 3 * usize::try_from(CALLS).unwrap());
        let again = Applied::Again(Some("yes".into()));
        assert_eq!(applied.iter().filter(|applied| **applied == again).count(), 9 * 30);
        for sql in [
            "SELECT id FROM calls WHERE status = 'no-answer' AND missed = 1",
            "SELECT sid FROM call_legs WHERE status = 'completed'",
        ] {
            assert_eq!(db.rows(sql).await.len(), 30, "{sql}");
        }
        assert_eq!(db.rows("SELECT id FROM call_events").await.len(), 90);
        assert_eq!(db.rows("SELECT seq FROM feed").await.len(), 90);
        other.close().await;
    })
    .await;
}
