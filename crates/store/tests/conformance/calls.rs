use crate::call_values::{
    call, call_id, child_sid, done, event, existing, inbound, new, outbound, receipt, recording, report, sid, timeline,
};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after, user_id};
use domain::call::{CallEventKind, CallStatus, LegRole, Origin};
use domain::recording::{RecordingKind, RecordingStatus};
use store::{Applied, Marks, NewCall, NewClaim, Store};
use tokio::task::JoinSet;

#[tokio::test]
async fn a_call_is_what_was_written_of_it() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut write = new(inbound(1));
        write.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Ringing, 1)];
        write.events = vec![event(CallEventKind::NobodyThere, "", 2)];
        write.receipt = Some(receipt("one", "<Response/>"));
        let Applied::Done { call: written, answer } = db.apply(&write, NOW).await.unwrap() else {
            panic!("not written");
        };
        assert_eq!(answer.as_deref(), Some("<Response/>"));
        assert_eq!(*written, call(db, 1).await);
        assert_eq!(
            (written.from.as_str(), written.peer()),
            ("+442079460199", "+442079460199")
        );
        assert_eq!(written.provider_sid, Some(sid(1)));
        assert_eq!(written.summary.status, CallStatus::Ringing);
        assert_eq!((written.started_at, written.updated_at), (after(1), NOW));
        assert_eq!(timeline(db, 1).await, ["status caller ringing", "nobody_there"]);
        let legs = db.legs(call_id(1)).await.unwrap();
        assert_eq!(legs.len(), 1);
        assert_eq!(legs[0].state, write.legs[0].state);
    })
    .await;
}

#[tokio::test]
async fn any_leg_leads_to_its_call() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let mut write = new(inbound(1));
        write.legs = vec![
            report(&sid(1), LegRole::Caller, CallStatus::Ringing, 1),
            report(&child_sid(1), LegRole::Browser, CallStatus::Ringing, 1),
        ];
        done(db, &write).await;
        for sid in [sid(1), child_sid(1)] {
            let found = db.call_by_sid(user_id(1), &sid).await.unwrap();
            assert_eq!(found.unwrap().id, call_id(1));
            assert_eq!(db.call_by_sid(user_id(2), &sid).await.unwrap(), None);
            let again = NewCall {
                provider_sid: Some(sid),
                ..inbound(2)
            };
            assert_eq!(done(db, &new(again)).await.id, call_id(1));
        }
        assert_eq!(db.call_by_sid(user_id(1), &sid(9)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn the_same_request_has_one_effect_and_one_answer() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut write = new(inbound(1));
        write.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Ringing, 1)];
        write.events = vec![event(CallEventKind::Menu, "", 2)];
        write.receipt = Some(receipt("one", "<Response>1</Response>"));
        done(db, &write).await;
        let before = db.all_of_user(user_id(1)).await;
        // Even where it would be told apart, and answered in other words, by now.
        write.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Completed, 9)];
        write.events = vec![event(CallEventKind::Menu, "", 9)];
        write.receipt = Some(receipt("one", "<Response>2</Response>"));
        let again = db.apply(&write, after(1)).await.unwrap();
        assert_eq!(again, Applied::Again(Some("<Response>1</Response>".into())));
        assert_eq!(db.all_of_user(user_id(1)).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_equal_requests_at_once_make_one_event() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut requests = JoinSet::new();
        for number in 0..1000 {
            let store = db.store();
            let mut write = new(NewCall {
                id: call_id(number),
                ..inbound(1)
            });
            write.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Ringing, 1)];
            write.events = vec![event(CallEventKind::Menu, "", 2)];
            write.receipt = Some(receipt("one", &format!("call {}", call_id(number))));
            requests.spawn(async move { store.apply(&write, NOW).await.unwrap() });
        }
        let applied = requests.join_all().await;
        let fresh = applied.iter().filter(|applied| matches!(applied, Applied::Done { .. }));
        assert_eq!(fresh.count(), 1);
        let calls = db.rows("SELECT id FROM calls").await;
        assert_eq!(calls.len(), 1);
        assert_eq!(db.rows("SELECT id FROM call_events").await.len(), 2);
        assert_eq!(db.rows("SELECT seq FROM feed").await.len(), 1);
        let answers: Vec<_> = applied
            .into_iter()
            .map(|applied| match applied {
                Applied::Done { answer, .. } | Applied::Again(answer) => answer.unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn first_reports_that_race_come_to_one_call() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut requests = JoinSet::new();
        for number in 1..=20 {
            let store = db.store();
            let mut write = new(NewCall {
                id: call_id(number),
                ..inbound(1)
            });
            write.receipt = Some(receipt(&format!("{number}"), &format!("of {}", call_id(number))));
            write.events = vec![event(CallEventKind::Digit, &format!("{number}"), 1)];
            requests.spawn(async move { store.apply(&write, NOW).await.unwrap() });
        }
        let mut ids = Vec::new();
        for applied in requests.join_all().await {
            let Applied::Done { call, answer } = applied else {
                panic!("{applied:?}")
            };
            // Every answer names the call by the id that it has.
            assert_eq!(answer, Some(format!("of {}", call.id)));
            ids.push(call.id);
        }
        assert!(ids.iter().all(|id| *id == ids[0]));
        assert_eq!(db.rows("SELECT id FROM call_events").await.len(), 20);
        let kept = db.rows("SELECT DISTINCT answer FROM webhook_inbox").await;
        assert_eq!(kept.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_call_that_the_server_asked_for_gets_its_sid_from_its_first_leg() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let asked = NewCall {
            provider_sid: None,
            origin: Origin::Server,
            ..outbound(1)
        };
        let call = done(db, &new(asked.clone())).await;
        assert_eq!((call.provider_sid, call.summary.status), (None, CallStatus::Queued));
        let mut write = existing(1);
        write.legs = vec![report(&sid(5), LegRole::Caller, CallStatus::Ringing, 3)];
        let call = done(db, &write).await;
        assert_eq!(call.provider_sid, Some(sid(5)));
        // Another such call, whose SID somebody else has already.
        let other = NewCall {
            id: call_id(2),
            ..asked
        };
        done(db, &new(other)).await;
        let mut write = existing(2);
        write.legs = vec![report(&sid(5), LegRole::Caller, CallStatus::Ringing, 3)];
        assert_eq!(done(db, &write).await.provider_sid, None);
    })
    .await;
}

#[tokio::test]
async fn marks_stay_as_they_were_first_set_where_they_have_to() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        done(db, &new(outbound(1))).await;
        for (reason, conference, held) in [("One.", "first", true), ("Two.", "second", false)] {
            let mut write = existing(1);
            write.marks = Marks {
                refused: Some(reason.into()),
                conference: Some(conference.into()),
                on_hold: Some(held),
                ..Marks::default()
            };
            done(db, &write).await;
        }
        let call = call(db, 1).await;
        assert_eq!(call.reason.as_deref(), Some("One."));
        assert_eq!(call.conference.as_deref(), Some("first"));
        assert!(call.refused && !call.on_hold);
        assert_eq!(call.summary.status, CallStatus::Failed);
    })
    .await;
}

#[tokio::test]
async fn nobody_waits_in_a_call_that_is_over() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        done(db, &new(inbound(1))).await;
        let hold = Marks {
            on_hold: Some(true),
            ..Marks::default()
        };
        let mut write = existing(1);
        write.marks = hold.clone();
        assert!(done(db, &write).await.on_hold);
        let mut over = existing(1);
        over.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Completed, 9)];
        assert!(!done(db, &over).await.on_hold);
        assert!(!done(db, &write).await.on_hold);
    })
    .await;
}

#[tokio::test]
async fn a_failed_write_leaves_nothing_and_its_neighbours_whole() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        done(db, &new(inbound(1))).await;
        let mut writes = JoinSet::new();
        for number in 1..=20 {
            let store = db.store();
            // The id of another call, with another SID: refused.
            let id = if number % 2 == 0 {
                call_id(1)
            } else {
                call_id(100 + number)
            };
            let mut write = new(NewCall {
                id,
                ..inbound(200 + number)
            });
            write.receipt = Some(receipt(&format!("{number}"), "yes"));
            writes.spawn(async move { store.apply(&write, NOW).await.is_ok() });
        }
        let good = writes.join_all().await.into_iter().filter(|good| *good).count();
        assert_eq!(good, 10);
        assert_eq!(db.rows("SELECT id FROM calls").await.len(), 11);
        assert_eq!(db.rows("SELECT dedupe_key FROM webhook_inbox").await.len(), 10);
    })
    .await;
}

#[tokio::test]
async fn a_writer_that_goes_away_holds_nobody_up() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut writers = JoinSet::new();
        for number in 1..=60 {
            let store = db.store();
            writers.spawn(async move { store.apply(&new(inbound(number)), NOW).await });
        }
        tokio::task::yield_now().await;
        writers.shutdown().await;
        let last = new(inbound(100));
        let last = db.apply(&last, NOW);
        let last = tokio::time::timeout(std::time::Duration::from_secs(10), last).await;
        assert!(matches!(last.unwrap().unwrap(), Applied::Done { .. }));
    })
    .await;
}

#[tokio::test]
async fn a_write_of_which_one_statement_fails_leaves_nothing() {
    on_each_engine(async |db| {
        if db.is_postgres() {
            // Triggers are written differently there, and a transaction is a transaction.
            return;
        }
        add_users(db, 1).await;
        done(db, &new(inbound(1))).await;
        for table in [
            "call_legs",
            "call_events",
            "recordings",
            "feed",
            "webhook_inbox",
            "idempotency_keys",
            "calls",
        ] {
            let before = db.all_of_user(user_id(1)).await;
            let trigger =
                format!("CREATE TRIGGER refuse BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END");
            db.execute(Box::leak(trigger.into_boxed_str())).await;
            let mut write = new(inbound(2));
            write.legs = vec![report(&sid(2), LegRole::Caller, CallStatus::Ringing, 1)];
            write.recording = Some(recording(2, RecordingKind::Conversation, RecordingStatus::Completed));
            write.receipt = Some(receipt("one", "yes"));
            write.claim = Some(NewClaim {
                route: "r".into(),
                key: "k".into(),
                request_hash: "h".into(),
            });
            assert!(db.apply(&write, NOW).await.is_err(), "{table}");
            assert_eq!(db.all_of_user(user_id(1)).await, before, "{table}");
            db.execute("DROP TRIGGER refuse").await;
        }
        let mut write = new(inbound(2));
        write.receipt = Some(receipt("one", "yes"));
        done(db, &write).await;
    })
    .await;
}

#[tokio::test]
async fn the_same_request_is_known_after_a_restart() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut write = new(inbound(1));
        write.receipt = Some(receipt("one", "yes"));
        done(db, &write).await;
        let restarted = Store::connect(&db.url).await.unwrap();
        let again = restarted.apply(&write, after(1)).await.unwrap();
        assert_eq!(again, Applied::Again(Some("yes".into())));
        restarted.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_fails_all_who_wait_at_once_and_works_again_afterwards() {
    on_each_engine(async |db| {
        if db.is_postgres() {
            // Nobody can lock all of it.
            return;
        }
        add_users(db, 1).await;
        db.execute("BEGIN IMMEDIATE").await;
        let began = std::time::Instant::now();
        let mut writers = JoinSet::new();
        for number in 1..=50 {
            let store = db.store();
            writers.spawn(async move { store.apply(&new(inbound(number)), NOW).await.is_err() });
        }
        assert!(writers.join_all().await.into_iter().all(|failed| failed));
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
        // What is read is read meanwhile.
        assert_eq!(db.live_calls(user_id(1)).await.unwrap(), 0);
        db.execute("ROLLBACK").await;
        done(db, &new(inbound(1))).await;
        assert_eq!(db.live_calls(user_id(1)).await.unwrap(), 1);
    })
    .await;
}
