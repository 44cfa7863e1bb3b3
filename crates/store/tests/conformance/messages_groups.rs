//! Reports of texts that wait together come to what they would one by one.

use crate::call_values::{OUTSIDE, OWN, inbound, is_done, new};
use crate::message_values::{
    add, add_to_each, apply, claim, incoming, message_id, message_sid, notes, person, receive, send, sending, sent,
    shuffled, status, text, text_of, told, told_early,
};
use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, account, add_users, after, user_id};
use domain::message::MessageStatus;
use store::{Receipt, StatusApplied, StatusReport, Store};
use tokio::task::JoinSet;

use MessageStatus::{Accepted, Delivered, Failed, Read, Sending, Undelivered};

type Told = (StatusReport, Option<Receipt>);

/// With a receipt of that key.
fn asked(key: &str, report: StatusReport) -> Told {
    let receipt = Receipt {
        key: key.into(),
        answer: None,
    };
    (report, Some(receipt))
}

/// Has all of them wait together; what came of each, in their order. On one thread all of them have come before the first is
/// written.
async fn together(db: &Scratch, reports: &[Told]) -> Vec<Result<StatusApplied, store::Error>> {
    let mut waiting = JoinSet::new();
    for (at, (report, receipt)) in reports.iter().cloned().enumerate() {
        let store = db.store();
        waiting.spawn(async move { (at, store.apply_status(&report, receipt.as_ref(), after(50)).await) });
    }
    let mut applied = waiting.join_all().await;
    applied.sort_by_key(|(at, _)| *at);
    applied.into_iter().map(|(_, applied)| applied).collect()
}

fn is_told(applied: &Result<StatusApplied, store::Error>) -> bool {
    matches!(applied, Ok(StatusApplied::Done(_)))
}

/// Texts in every state that matters to a report.
async fn texts(db: &Scratch) {
    // To one person, one after the other.
    for number in 1..=4 {
        add(db, &text(number), i64::try_from(number).unwrap()).await;
    }
    assert_eq!(claim(db, "a", 1, 5).await, [1]);
    assert!(sending(db, 1, "a", 5).await);
    // Each to a person of its own: one on its way, one that the provider has, one that is sent once more.
    for number in 5..=7 {
        add_to_each(db, 1, number..=number).await;
        let lease = format!("{number}");
        assert_eq!(claim(db, &lease, 1, 6).await, [number]);
        assert!(sending(db, number, &lease, 6).await);
    }
    assert!(sent(db, 6, "6", 7).await);
    assert!(sent(db, 7, "7", 7).await);
    apply(db, &told(7, Failed), after(8)).await;
    let again = db.retry_message(user_id(1), message_id(7), false, after(9)).await;
    assert!(matches!(again.unwrap(), store::Retried::Queued(_)));
    // Another user's, and one that came in.
    add(db, &text_of(2, 8, OUTSIDE), 0).await;
    let mut claimed = claim(db, "8", 2, 10).await;
    claimed.sort_unstable();
    assert_eq!(claimed, [7, 8]);
    assert!(sending(db, 8, "8", 10).await);
    receive(db, &incoming(9), 11).await;
}

/// What is reported of them.
fn reports() -> Vec<Told> {
    let called = |number: u128, sid: u128, status: MessageStatus| StatusReport {
        provider_sid: message_sid(sid),
        ..told_early(number, status)
    };
    let his = StatusReport {
        user_id: user_id(2),
        account_sid: account(2).sid,
        ..told_early(8, Delivered)
    };
    vec![
        asked("1 sent", told_early(1, MessageStatus::Sent)),
        // By an id of the provider's of which only the group has heard.
        asked("1 delivered", told(1, Delivered)),
        asked("1 delivered", told(1, Delivered)),
        asked("1 another's", called(1, 77, Failed)),
        // Of one that waits behind it.
        asked("2 sent", told_early(2, MessageStatus::Sent)),
        asked("2 sent again", told_early(2, MessageStatus::Sent)),
        asked(
            "5 undelivered",
            StatusReport {
                opted_out: true,
                ..told_early(5, Undelivered)
            },
        ),
        (told(5, Delivered), None),
        asked("6 accepted", told(6, Accepted)),
        asked("6 read", told(6, Read)),
        // An id that is another's, and one of an attempt before.
        asked("4 taken", called(4, 6, Delivered)),
        asked("7 late", told_early(7, Delivered)),
        asked("8 delivered", his),
        asked("8 not his", called(8, 78, Read)),
        asked("9 came in", told(9, Read)),
        asked("nobody's", told(99, Read)),
        asked(
            "forged",
            StatusReport {
                user_id: user_id(2),
                account_sid: account(2).sid,
                ..told(6, Failed)
            },
        ),
    ]
}

#[tokio::test]
async fn any_groups_of_reports_in_any_order_come_to_the_same_rows_as_one_by_one() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for seed in 0..6 {
            let reports = match seed {
                0 => reports(),
                seed => shuffled(reports(), seed),
            };
            let mut expected = None;
            for size in [1, reports.len(), 2, 5] {
                texts(db).await;
                let mut outcomes = Vec::new();
                for group in reports.chunks(size) {
                    outcomes.extend(together(db, group).await.into_iter().map(Result::unwrap));
                }
                let is = (outcomes, db.all_about_texts().await);
                let expected = expected.get_or_insert_with(|| is.clone());
                assert_eq!(expected.0, is.0, "{seed} {size}");
                assert_eq!(expected.1, is.1, "{seed} {size}");
                db.forget_texts().await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn each_report_of_a_group_has_its_own_outcome() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        texts(db).await;
        let applied: Vec<_> = together(db, &reports()).await.into_iter().map(Result::unwrap).collect();
        let words = applied.iter().map(|applied| match applied {
            StatusApplied::Done(message) => message.status.as_str(),
            StatusApplied::Again => "again",
            StatusApplied::Unknown => "unknown",
            StatusApplied::Foreign => "foreign",
        });
        assert_eq!(
            words.collect::<Vec<_>>(),
            [
                "sent",
                "delivered",
                "again",
                "delivered",
                "sent",
                "sent",
                "undelivered",
                "delivered",
                "accepted",
                "read",
                "queued",
                "queued",
                "delivered",
                "unknown",
                "unknown",
                "unknown",
                "foreign"
            ]
        );
        assert_eq!(
            notes(db, 1).await,
            ["requested", "sending", "reported sent", "reported delivered"]
        );
        // The next in the lane that both have left.
        assert_eq!(claim(db, "b", 9, 60).await, [3]);
        let wants_none = db.opted_out(user_id(1), OWN, &person(5)).await.unwrap();
        assert_eq!(wants_none, Some(after(50)));
        // Of what is not the tenant's nothing was kept, not even that it was told.
        let kept = db.rows("SELECT dedupe_key FROM webhook_inbox").await.concat();
        for key in ["8 not his", "9 came in", "nobody's", "forged"] {
            assert!(!kept.contains(key), "{kept}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_report_that_fails_takes_nobody_with_it() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        add_to_each(db, 1, 1..=40).await;
        for number in claim(db, "a", 100, 1).await {
            send(db, number, "a", 2).await;
        }
        db.execute("UPDATE messages SET error = 'no JSON' WHERE provider_sid LIKE '%00011'")
            .await;
        let mut waiting = JoinSet::new();
        for number in 1..=40 {
            let (store, call) = (db.store(), db.store());
            waiting.spawn(async move {
                let told = store.apply_status(&told(number, Delivered), None, after(3)).await;
                is_told(&told) != (number == 17)
            });
            // Calls that are written in the same transaction, of which one fails too.
            waiting.spawn(async move {
                let mut write = new(inbound(number));
                if number == 23 {
                    write.user_id = user_id(9);
                }
                is_done(&call.apply(&write, NOW).await) != (number == 23)
            });
        }
        assert!(waiting.join_all().await.into_iter().all(|fine| fine));
        let delivered = db.rows("SELECT id FROM messages WHERE status = 'delivered'").await;
        assert_eq!(delivered.len(), 39);
        assert_eq!(db.rows("SELECT id FROM calls").await.len(), 39);
        assert_eq!(
            db.rows("SELECT seq FROM message_events WHERE kind = 'reported'")
                .await
                .len(),
            39
        );
    })
    .await;
}

#[tokio::test]
async fn a_group_of_reports_is_written_with_as_many_statements_as_one() {
    on_each_engine(async |db| {
        if !db.is_postgres() {
            // Its triggers count rows.
            return;
        }
        add_users(db, 1).await;
        add_to_each(db, 1, 1..=101).await;
        for number in claim(db, "a", 200, 1).await {
            assert!(sending(db, number, "a", 2).await);
        }
        for sql in [
            "CREATE TABLE statements (of_table TEXT)",
            "CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN INSERT INTO statements VALUES (TG_TABLE_NAME); RETURN NULL; END $$",
            "CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON messages EXECUTE FUNCTION count_statement()",
            "CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON message_events EXECUTE FUNCTION count_statement()",
            "CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON webhook_inbox EXECUTE FUNCTION count_statement()",
            "CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON threads EXECUTE FUNCTION count_statement()",
            "CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON feed EXECUTE FUNCTION count_statement()",
            "CREATE TRIGGER counted AFTER INSERT OR UPDATE OR DELETE ON users EXECUTE FUNCTION count_statement()",
        ] {
            db.execute(sql).await;
        }
        let report = |number| asked(&format!("{number}"), told_early(number, Delivered));
        let mut counted = Vec::new();
        for numbers in [1..=1, 2..=101] {
            let reports: Vec<_> = numbers.map(report).collect();
            assert!(together(db, &reports).await.iter().all(is_told));
            counted.push(db.rows("SELECT of_table FROM statements ORDER BY of_table").await);
            db.execute("DELETE FROM statements").await;
        }
        assert_eq!(counted[0], counted[1]);
        // One that adds or changes a lane counts as both.
        assert_eq!(counted[0].len(), 8, "{counted:?}");
    })
    .await;
}

/// What two servers hear at once of the same texts, each in its own order.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_hear_of_the_same_texts_at_once_come_to_the_same_rows() {
    on_each_engine(async |db| {
        if !db.is_postgres() {
            // An embedded database has one server.
            return;
        }
        const TEXTS: u128 = 30;
        add_users(db, 1).await;
        add_to_each(db, 1, 1..=TEXTS).await;
        for number in claim(db, "a", 100, 1).await {
            assert!(sending(db, number, "a", 2).await);
        }
        let other = Store::connect(&db.url).await.unwrap();
        let mut writing = JoinSet::new();
        for number in 1..=TEXTS {
            let reports = [Accepted, MessageStatus::Sent, Delivered]
                .map(|status| asked(&format!("{number} {}", status.as_str()), told_early(number, status)));
            for (report, receipt) in reports.iter().rev().chain(&reports) {
                for store in [db.store(), other.clone()] {
                    let (report, receipt) = (report.clone(), receipt.clone());
                    writing
                        .spawn(async move { store.apply_status(&report, receipt.as_ref(), after(9)).await.unwrap() });
                }
            }
        }
        let applied = writing.join_all().await;
        let again = applied.iter().filter(|applied| **applied == StatusApplied::Again);
        assert_eq!((applied.len(), again.count()), (360, 270));
        for number in 1..=TEXTS {
            assert_eq!(status(db, number).await, Delivered);
        }
        assert_eq!(db.rows("SELECT dedupe_key FROM webhook_inbox").await.len(), 90);
        assert_eq!(db.rows("SELECT id FROM messages WHERE lane IS NOT NULL").await.len(), 0);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_report_says_of_a_text_what_its_lane_needs_to_know() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for number in 1..=3 {
            add(db, &text(number), 0).await;
        }
        assert_eq!(claim(db, "a", 1, 1).await, [1]);
        assert!(sending(db, 1, "a", 1).await);
        // One that waits is told of first: the head stays.
        let reports = [(told_early(2, Accepted), None)];
        assert!(together(db, &reports).await.iter().all(is_told));
        assert_eq!(claim(db, "b", 9, 2).await, []);
        assert_eq!(status(db, 1).await, Sending);
        let reports = [(told_early(1, Accepted), None)];
        assert!(together(db, &reports).await.iter().all(is_told));
        assert_eq!(claim(db, "c", 9, 60).await, [3]);
    })
    .await;
}
