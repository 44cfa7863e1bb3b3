use crate::call_values::{done, event, inbound, receipt, recording, sid, write_for};
use crate::message_values::{incoming_of, text_of};
use crate::scratch::{Scratch, on_each_engine};
use crate::values::{
    NOW, account, add_users, after, connection_id, new_connection, new_draft, new_session, token_hash, user, user_id,
};
use domain::call::{CallEventKind, CallStatus, LegRole};
use domain::recording::{RecordingKind, RecordingStatus};
use store::{CallTarget, EXPORTED, ExportCursor, ExportedRow, NewCall, RefusedRequests};

const PEER: &str = "+442079460777";

/// Something in every table for that user.
async fn fill(db: &Scratch, number: u128) {
    let user = user_id(number);
    db.add_session(&new_session(number, number)).await.unwrap();
    db.keep_draft(user, &new_draft(number), NOW).await.unwrap();
    db.add_connection(&new_connection(number, number, number))
        .await
        .unwrap();
    let mut write = write_for(
        number,
        CallTarget::New(NewCall {
            from: PEER.into(),
            ..inbound(number)
        }),
    );
    write.receipt = Some(receipt(&format!("{number}"), "<Response/>"));
    write.events.push(event(CallEventKind::Requested, "asked", 1));
    write.legs.push(crate::call_values::report(
        &sid(number),
        LegRole::Caller,
        CallStatus::InProgress,
        2,
    ));
    write.recording = Some(recording(number, RecordingKind::Voicemail, RecordingStatus::Completed));
    done(db, &write).await;
    db.add_message(&text_of(number, number, PEER), None, NOW).await.unwrap();
    db.add_inbound(&incoming_of(number, 100 + number, PEER), None, NOW)
        .await
        .unwrap();
    db.opt_out(user, "sender", PEER, NOW).await.unwrap();
    db.set_draft(user, PEER, Some("{not json}"), NOW).await.unwrap();
    let refused = RefusedRequests {
        key: format!("{number}"),
        user_id: Some(user),
        account_sid: Some(account(number).sid),
        path: "/twiml/inbound".into(),
        reason: "unsigned".into(),
        detail: None,
        times: 1,
        first_at: NOW,
        last_at: NOW,
    };
    db.add_refused(&[refused], 50).await.unwrap();
}

/// Every row of every table, a line each.
async fn everything(db: &Scratch) -> Vec<String> {
    let mut lines = Vec::new();
    for table in tables(db).await {
        let sql: &'static str = Box::leak(format!("SELECT * FROM {table}").into_boxed_str());
        lines.extend(db.rows(sql).await.into_iter().map(|line| format!("{table}: {line}")));
    }
    lines.sort();
    lines
}

async fn tables(db: &Scratch) -> Vec<String> {
    let sql = if db.is_postgres() {
        "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables WHERE table_schema = 'public'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    };
    let rows = db.rows(sql).await;
    let mut names: Vec<_> = rows
        .iter()
        .map(|row| row.split('"').nth(1).unwrap().to_owned())
        .collect();
    names.retain(|name| name != "_sqlx_migrations");
    names.sort();
    names
}

async fn export(db: &Scratch, number: u128) -> Vec<(&'static str, Vec<ExportedRow>)> {
    let mut all = Vec::new();
    for table in EXPORTED {
        let (mut rows, mut after) = (Vec::new(), Some(ExportCursor::default()));
        while let Some(cursor) = after {
            let (page, next) = db.export_page(user_id(number), table, &cursor).await.unwrap();
            rows.extend(page);
            after = next;
        }
        all.push((table.name, rows));
    }
    all
}

#[tokio::test]
async fn whoever_comes_first_looks_after_the_installation_until_somebody_says_otherwise() {
    on_each_engine(async |db| {
        assert!(db.list_operators().await.unwrap().is_empty());
        add_users(db, 2).await;
        assert_eq!(db.list_operators().await.unwrap(), [user(1).email]);
        assert!(db.is_operator(user_id(1)).await.unwrap() && !db.is_operator(user_id(2)).await.unwrap());
        assert!(db.set_operator(user_id(2), true).await.unwrap());
        assert!(db.set_operator(user_id(1), false).await.unwrap());
        assert!(!db.set_operator(user_id(3), true).await.unwrap());
        assert_eq!(db.list_operators().await.unwrap(), [user(2).email]);
        assert!(!db.is_operator(user_id(3)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn people_are_listed_a_page_at_a_time() {
    on_each_engine(async |db| {
        add_users(db, 3).await;
        db.add_session(&new_session(1, 2)).await.unwrap();
        assert_eq!(db.count_people().await.unwrap(), 3);
        let first = db.list_people(None, 2).await.unwrap();
        assert_eq!(
            first.iter().map(|person| person.id).collect::<Vec<_>>(),
            [user_id(1), user_id(2)]
        );
        assert_eq!((first[0].last_seen_at, first[1].last_seen_at), (None, Some(NOW)));
        assert!(first[0].is_operator && !first[1].is_operator && !first[0].is_connected);
        let rest = db.list_people(Some(user_id(2)), 2).await.unwrap();
        assert_eq!(rest.iter().map(|person| person.id).collect::<Vec<_>>(), [user_id(3)]);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_is_the_only_one() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        db.set_password(user_id(1), "new").await.unwrap();
        assert_eq!(db.lookup_user(user_id(1)).await.unwrap().unwrap().password_hash, "new");
        assert_eq!(db.lookup_user(user_id(2)).await.unwrap(), Some(user(2)));
    })
    .await;
}

#[tokio::test]
async fn no_table_is_forgotten_in_an_export() {
    on_each_engine(async |db| {
        let mut known: Vec<String> = EXPORTED
            .iter()
            .flat_map(|table| std::iter::once(table.name).chain(table.part_names()))
            .map(str::to_owned)
            .chain(["users".to_owned(), "installation".to_owned()])
            .collect();
        known.sort();
        assert_eq!(tables(db).await, known);
    })
    .await;
}

#[tokio::test]
async fn an_export_holds_all_of_one_user_and_no_secret() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        fill(db, 1).await;
        fill(db, 2).await;
        let user = db.export_user(user_id(1)).await.unwrap().unwrap();
        assert_eq!(user["email"].as_str(), Some(crate::values::user(1).email.as_str()));
        assert!(!user.contains_key("password_hash"));
        let all = export(db, 1).await;
        let rows = |name: &str| &all.iter().find(|(table, _)| *table == name).unwrap().1;
        for filled in [
            "sessions",
            "devices",
            "setup_drafts",
            "connections",
            "calls",
            "messages",
            "threads",
            "opt_outs",
            "refused_requests",
            "webhook_inbox",
            "feed",
        ] {
            assert!(!rows(filled).is_empty(), "{filled}");
        }
        let call = &rows("calls")[0];
        for part in ["call_legs", "call_events", "recordings"] {
            assert!(!call[part].as_array().unwrap().is_empty(), "{part}");
        }
        assert_eq!(rows("messages").len(), 2);
        assert_eq!(rows("threads")[0]["draft"].as_str(), Some("{not json}"));
        assert_eq!(rows("connections")[0]["connection_steps"].as_array().unwrap().len(), 4);
        let text = format!("{all:?}");
        assert!(text.contains(&account(1).sid) && !text.contains(&account(2).sid));
        for secret in [
            "argon2",
            "auth_token\": ",
            "token_hash",
            "device_hash",
            "lease_token",
            "secret\": ",
        ] {
            assert!(!text.contains(secret), "{secret}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_export_goes_on_where_the_page_ended() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=450 {
            let write = write_for(1, CallTarget::New(inbound(number)));
            done(db, &write).await;
        }
        done(db, &write_for(2, CallTarget::New(inbound(999)))).await;
        let all = export(db, 1).await;
        let rows = |name: &str| &all.iter().find(|(table, _)| *table == name).unwrap().1;
        let mut ids: Vec<_> = rows("calls")
            .iter()
            .map(|call| call["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 450);
        assert_eq!(rows("feed").len(), 450);
    })
    .await;
}

#[tokio::test]
async fn of_an_erased_user_nothing_is_left_and_nobody_else_loses_anything() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        fill(db, 2).await;
        let others = everything(db).await;
        fill(db, 1).await;
        // What is in use, or being made, is taken back first.
        assert!(!db.erase_user(user_id(1)).await.unwrap());
        assert!(db.lookup_user(user_id(1)).await.unwrap().is_some());
        db.execute("UPDATE connections SET state = 'removed'").await;
        db.execute("UPDATE connections SET state = 'provisioning' WHERE id <> '00000000-0000-0000-0000-000000000001'")
            .await;
        assert_eq!(connection_id(1).to_string(), "00000000-0000-0000-0000-000000000001");
        assert!(db.erase_user(user_id(1)).await.unwrap());
        assert!(!db.erase_user(user_id(1)).await.unwrap());

        let mine = format!("users: id=Some(\"{}\")", user_id(1));
        let others: Vec<_> = others.into_iter().filter(|line| !line.starts_with(&mine)).collect();
        let left = everything(db).await;
        assert_eq!(left, others);
        for trace in [user_id(1).to_string(), user(1).email, account(1).sid, sid(1)] {
            assert!(!left.iter().any(|line| line.contains(&trace)), "{trace}");
        }
        assert!(db.find_session_by_token_hash(&token_hash(1)).await.unwrap().is_none());
        assert!(db.find_session_by_token_hash(&token_hash(2)).await.unwrap().is_some());
        assert!(db.tenant_of_account(&account(1).sid).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn work_under_way_is_seen_and_can_be_hurried() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        fill(db, 1).await;
        let work = db.connections_at_work(10).await.unwrap();
        assert_eq!((work.len(), work[0].email.as_str()), (1, user(1).email.as_str()));
        let figures = db.figures(NOW).await.unwrap();
        assert_eq!((figures.connections_held, figures.texts_unknown), (1, 0));
        assert!(!db.hurry_connection(connection_id(1), after(5)).await.unwrap());
        db.execute("UPDATE connections SET state = 'left_behind', next_attempt_at = 9999999999999, lease_until = 0")
            .await;
        assert!(db.hurry_connection(connection_id(1), after(5)).await.unwrap());
        assert_eq!(db.due_connections(after(5), 10).await.unwrap(), [connection_id(1)]);
        assert_eq!(db.hurry_recordings(NOW).await.unwrap(), 0);
        assert!(db.connections_out_of_order(10).await.unwrap().is_empty());
        assert!(db.found_leftovers(10).await.unwrap().is_empty());
    })
    .await;
}
