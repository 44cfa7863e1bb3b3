use crate::call_values::{call_id, done, existing, inbound, new, outbound, recording, report, sid, write_for};
use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, add_users, after, user_id};
use domain::call::{CallStatus, Direction, LegRole, Origin};
use domain::recording::{RecordingKind, RecordingStatus};
use store::{CallFilter, CallTarget, Cursor, NewCall};

/// The numbers of all calls that match, page by page.
async fn listed(db: &Scratch, filter: &CallFilter, limit: u32) -> Vec<u128> {
    let mut found = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page = db.list_calls(user_id(1), filter, cursor.as_ref(), limit).await.unwrap();
        assert!(page.calls.len() <= usize::try_from(limit).unwrap());
        found.extend(
            page.calls
                .iter()
                .map(|call| call.id.0.as_u128() - call_id(0).0.as_u128()),
        );
        match page.next {
            // As it travels.
            Some(next) => cursor = Some(next.to_string().parse().unwrap()),
            None => return found,
        }
    }
}

#[tokio::test]
async fn pages_of_calls_of_one_moment_neither_skip_nor_repeat() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=7 {
            let call = NewCall {
                started_at: NOW,
                ..inbound(number)
            };
            done(db, &new(call)).await;
        }
        done(db, &write_for(2, CallTarget::New(inbound(100)))).await;
        for limit in [1, 2, 3, 7, 8] {
            assert_eq!(listed(db, &CallFilter::default(), limit).await, [7, 6, 5, 4, 3, 2, 1]);
        }
        // A new call meanwhile does not move the next page.
        let page = db
            .list_calls(user_id(1), &CallFilter::default(), None, 3)
            .await
            .unwrap();
        done(db, &new(inbound(50))).await;
        let next = db
            .list_calls(user_id(1), &CallFilter::default(), page.next.as_ref(), 3)
            .await
            .unwrap();
        let ids: Vec<_> = next.calls.iter().map(|call| call.id).collect();
        assert_eq!(ids, [call_id(4), call_id(3), call_id(2)]);
    })
    .await;
}

#[tokio::test]
async fn calls_are_found_by_what_they_were() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        done(db, &new(inbound(1))).await;
        done(db, &new(outbound(2))).await;
        done(db, &new(inbound(3))).await;
        let mut missed = existing(3);
        missed.legs = vec![report(&sid(3), LegRole::Caller, CallStatus::Completed, 9)];
        done(db, &missed).await;
        done(db, &new(inbound(4))).await;
        let mut left = existing(4);
        left.recording = Some(recording(4, RecordingKind::Voicemail, RecordingStatus::Completed));
        left.legs = vec![report(&sid(4), LegRole::Caller, CallStatus::Completed, 9)];
        done(db, &left).await;

        let all = CallFilter::default;
        let direction = |direction| CallFilter {
            direction: Some(direction),
            ..all()
        };
        let (missed, voicemail) = (
            CallFilter { missed: true, ..all() },
            CallFilter {
                voicemail: true,
                ..all()
            },
        );
        assert_eq!(listed(db, &all(), 9).await, [4, 3, 2, 1]);
        assert_eq!(listed(db, &direction(Direction::Inbound), 9).await, [4, 3, 1]);
        assert_eq!(listed(db, &direction(Direction::Outbound), 9).await, [2]);
        assert_eq!(listed(db, &missed, 1).await, [4, 3]);
        assert_eq!(listed(db, &voicemail, 9).await, [4]);
        let both = CallFilter {
            missed: true,
            ..voicemail
        };
        assert_eq!(listed(db, &both, 9).await, [4]);
        let neither = CallFilter {
            direction: Some(Direction::Outbound),
            ..missed
        };
        assert!(listed(db, &neither, 9).await.is_empty());
        let between = CallFilter {
            since: Some(after(2)),
            until: Some(after(4)),
            ..all()
        };
        assert_eq!(listed(db, &between, 9).await, [3, 2]);
    })
    .await;
}

#[tokio::test]
async fn calls_are_found_by_the_digits_of_the_other_partys_number() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        done(db, &new(inbound(1))).await;
        let other = NewCall {
            direction: Direction::Outbound,
            origin: Origin::Browser,
            from: "+14155550100".into(),
            to: "+4915112345678".into(),
            ..inbound(2)
        };
        done(db, &new(other)).await;
        for (digits, found) in [
            ("20 7946-0199", vec![1]),
            ("(415) 555", vec![]),
            ("+49 151 1234", vec![2]),
            ("1234567890", vec![]),
            // Nor is it a pattern.
            ("4%9", vec![2]),
            ("", vec![2, 1]),
        ] {
            let filter = CallFilter {
                digits: Some(digits.into()),
                ..CallFilter::default()
            };
            assert_eq!(listed(db, &filter, 9).await, found, "{digits}");
        }
        for (prefix, found) in [("+44", vec![1]), ("1415", vec![]), ("4", vec![2, 1]), ("207", vec![])] {
            let filter = CallFilter {
                prefix: Some(prefix.into()),
                ..CallFilter::default()
            };
            assert_eq!(listed(db, &filter, 9).await, found, "{prefix}");
        }
    })
    .await;
}

#[test]
fn what_is_no_cursor_is_refused() {
    let good = format!("{:016x}{}", 5, call_id(1).0.simple());
    assert!(good.parse::<Cursor>().is_ok());
    for text in [
        "",
        "x",
        &good[1..],
        &format!("{good}0"),
        &good.replace('a', "ü"),
        &format!("+{}", &good[1..]),
    ] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn many_calls_and_their_events_are_read_at_once() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=3 {
            let mut write = write_for(if number == 3 { 2 } else { 1 }, CallTarget::New(inbound(number)));
            write.legs = vec![report(&sid(number), LegRole::Caller, CallStatus::Ringing, 1)];
            done(db, &write).await;
        }
        for count in [0_u128, 1, 3, 150] {
            let ids: Vec<_> = (1..=count).map(call_id).collect();
            let calls = db.calls_by_ids(user_id(1), &ids).await.unwrap();
            assert_eq!(calls.len(), ids.len().min(2), "{count}");
            let events = db.events_of_calls(&ids).await.unwrap();
            assert_eq!(events.len(), ids.len().min(3), "{count}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_leg_is_known_by_its_sid() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let mut write = write_for(2, CallTarget::New(inbound(2)));
        write.legs = vec![report(&sid(2), LegRole::Caller, CallStatus::Ringing, 1)];
        done(db, &write).await;
        assert!(db.knows_leg(&sid(2)).await.unwrap());
        assert!(!db.knows_leg(&sid(9)).await.unwrap());
    })
    .await;
}
