use crate::call_values::{
    call, child_sid, done, event, existing, inbound, new, outbound, recording, report, sid, timeline,
};
use crate::scratch::on_each_engine;
use crate::values::{NOW, add_users, after};
use domain::call::{CallEventKind, CallStatus, LegRole};
use domain::recording::{RecordingKind, RecordingStatus};
use store::{CallWrite, NewCall};

/// Every order of the items.
fn orders<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    (0..items.len())
        .flat_map(|first| {
            let mut rest = items.to_vec();
            let first = rest.remove(first);
            orders(&rest).into_iter().map(move |mut order| {
                order.insert(0, first.clone());
                order
            })
        })
        .collect()
}

/// What Twilio reports of an answered call: each as its own request, none of which knows whether it is the first.
fn reports_of_a_call() -> Vec<CallWrite> {
    let first = || {
        // A report of the status alone does not tell all.
        new(NewCall {
            to: String::new(),
            started_at: after(50),
            ..inbound(1)
        })
    };
    let leg = |sid: String, role, status, at| {
        let mut write = first();
        write.legs = vec![report(&sid, role, status, at)];
        write
    };
    let mut asked = new(inbound(1));
    asked.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Ringing, 100)];
    let mut recorded = first();
    recorded.recording = Some(recording(1, RecordingKind::Conversation, RecordingStatus::Completed));
    recorded.events = vec![event(CallEventKind::Recording, "", 9_000)];
    vec![
        asked,
        leg(child_sid(1), LegRole::Browser, CallStatus::InProgress, 4_000),
        leg(child_sid(1), LegRole::Browser, CallStatus::Completed, 64_000),
        leg(sid(1), LegRole::Caller, CallStatus::Completed, 65_000),
        recorded,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_come_to_the_same_rows_in_every_order_and_twice() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let reports = reports_of_a_call();
        let mut expected = None;
        for order in orders(&reports) {
            for write in order.iter().chain(&order) {
                done(db, write).await;
            }
            let rows = db.all_about_calls().await;
            let expected = expected.get_or_insert_with(|| rows.clone());
            assert_eq!(*expected, rows);
            db.execute("DELETE FROM calls").await;
        }
        let expected = expected.unwrap().join("\n");
        for part in [
            "status=Some(\"completed\")",
            "duration_seconds=Some(61)",
            "to_number=Some(\"+14155550100\")",
        ] {
            assert!(expected.contains(part), "{part} in {expected}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_status_before_its_call_waits_for_it() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut early = new(NewCall {
            from: String::new(),
            ..inbound(1)
        });
        early.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Completed, 9)];
        done(db, &early).await;
        let late = new(NewCall {
            id: crate::call_values::call_id(7),
            started_at: NOW,
            ..inbound(1)
        });
        let is = done(db, &late).await;
        assert_eq!(is, call(db, 1).await);
        assert_eq!((is.from.as_str(), is.started_at), ("+442079460199", NOW));
        assert!(is.summary.missed);
        // The search knows the number now.
        assert!(db.rows("SELECT digits FROM calls").await[0].contains("442079460199"));
    })
    .await;
}

#[tokio::test]
async fn a_late_report_moves_nothing_backwards_and_is_noted() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        done(db, &new(outbound(1))).await;
        let statuses = [
            CallStatus::Completed,
            CallStatus::Ringing,
            CallStatus::Queued,
            CallStatus::Ringing,
        ];
        for (at, status) in (10..).zip(statuses) {
            let mut write = existing(1);
            write.legs = vec![report(&sid(1), LegRole::Caller, status, at)];
            done(db, &write).await;
        }
        assert_eq!(call(db, 1).await.summary.status, CallStatus::Canceled);
        assert_eq!(
            timeline(db, 1).await,
            [
                "status caller completed",
                "status caller ringing",
                "status caller queued"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn what_says_nothing_new_is_no_news() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let mut write = new(inbound(1));
        write.legs = vec![report(&sid(1), LegRole::Caller, CallStatus::Ringing, 1)];
        done(db, &write).await;
        done(db, &write).await;
        db.apply(&existing(1), after(77)).await.unwrap();
        assert_eq!(db.rows("SELECT seq FROM feed").await.len(), 1);
        // But it was heard of.
        assert_eq!(call(db, 1).await.updated_at, after(77));
    })
    .await;
}
