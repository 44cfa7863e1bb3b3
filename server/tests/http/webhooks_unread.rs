//! Whatever is refused, and a token for the phone, cost the database nothing: they are answered while it can neither be read
//! nor written.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use sqlx::{AnyConnection, Connection as _};

use crate::calls::{CALLER, Line, OWN, sid};
use crate::harness::{World, json};

/// Everything that a request could ask for, out of reach.
const HIDDEN: [&str; 6] = [
    "connections",
    "users",
    "sessions",
    "calls",
    "messages",
    "voice_settings",
];
/// Without waiting for anything.
const PROMPT: Duration = Duration::from_secs(2);

async fn connection(world: &World) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", world.database().display());
    AnyConnection::connect(&url).await.unwrap()
}

/// A request about a call in that account, signed with that token.
async fn ask(line: &Line<'_>, account: &str, token: &str, path: &str) -> StatusCode {
    let call = sid("CA");
    let text = sid("SM");
    let form = [
        ("AccountSid", account),
        ("CallSid", &call),
        ("CallStatus", "completed"),
        ("MessageSid", &text),
        ("MessageStatus", "sent"),
        ("RecordingSid", &sid("RE")),
        ("From", CALLER),
        ("To", OWN),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let token = SecretString::from(token.to_owned());
    let signature = twilio::signature::sign(&token, &format!("http://127.0.0.1:3000{path}"), &form);
    let request = line.server.request(Method::POST, path).form(&form);
    let answer = request.header("x-twilio-signature", signature).timeout(PROMPT).send();
    answer.await.unwrap().status()
}

#[tokio::test]
async fn refusals_and_tokens_ask_the_database_nothing() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    line.rings(CALLER).await;
    json(line.user.get("/twilio/token"), 200).await;

    let mut database = connection(&world).await;
    for table in HIDDEN {
        let hide = format!("ALTER TABLE {table} RENAME TO hidden_{table}");
        sqlx::query(sqlx::AssertSqlSafe(hide))
            .execute(&mut database)
            .await
            .unwrap();
    }
    let (own, token) = (line.account.sid.as_str(), line.account.auth_token.as_str());
    let stranger = sid("AC");
    for path in [
        "/twiml/inbound",
        "/webhooks/twilio/voice/0192f0c1-2f5e-7a3b-8c4d-0123456789ab",
        "/webhooks/twilio/dtmf?call=0192f0c1-2f5e-7a3b-8c4d-0123456789ab",
        "/webhooks/twilio/call-status/0192f0c1-2f5e-7a3b-8c4d-0123456789ab",
        "/webhooks/twilio/recording/0192f0c1-2f5e-7a3b-8c4d-0123456789ab",
        "/webhooks/sms/twilio?message=0192f0c1-2f5e-7a3b-8c4d-0123456789ab",
    ] {
        assert_eq!(ask(&line, own, "x", path).await, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(
            ask(&line, &stranger, token, path).await,
            StatusCode::FORBIDDEN,
            "{path}"
        );
        let unsigned = line.server.post(path, &[("AccountSid", own)]).send().await.unwrap();
        assert_eq!(unsigned.status(), StatusCode::FORBIDDEN, "{path}");
    }
    // What is signed would be written, and cannot be.
    let status = ask(&line, own, token, "/webhooks/twilio/call-status").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    json(line.user.get("/twilio/token"), 200).await;

    for table in HIDDEN {
        let show = format!("ALTER TABLE hidden_{table} RENAME TO {table}");
        sqlx::query(sqlx::AssertSqlSafe(show))
            .execute(&mut database)
            .await
            .unwrap();
    }
    let status = ask(&line, own, token, "/webhooks/twilio/call-status").await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    database.close().await.unwrap();
}

#[tokio::test]
async fn refusals_do_not_wait_for_those_who_write() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let call = line.rings(CALLER).await;

    let mut database = connection(&world).await;
    let mut writing = database.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let report = async {
        let report = [
            ("CallSid", call.as_str()),
            ("CallStatus", "completed"),
            ("From", CALLER),
            ("To", OWN),
        ];
        line.webhook("/webhooks/twilio/call-status", &report).await.0
    };
    let meanwhile = async {
        for _ in 0..20 {
            let refused = ask(&line, &line.account.sid, "x", "/webhooks/twilio/call-status").await;
            assert_eq!(refused, StatusCode::FORBIDDEN);
        }
        // Only now the report can be written.
        sqlx::query("UPDATE users SET feed_seq = feed_seq")
            .execute(&mut *writing)
            .await
            .unwrap();
        writing.commit().await.unwrap();
    };
    let (mut stored, mut refused) = (Box::pin(report), Box::pin(meanwhile));
    tokio::select! {
        status = &mut stored => panic!("{status}, though nobody could write"),
        () = &mut refused => {}
    }
    assert_eq!(stored.await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_disconnected_account_is_refused_at_once() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    line.rings(CALLER).await;
    json(line.user.get("/twilio/token"), 200).await;
    json(line.user.delete("/twilio/credentials"), 200).await;
    let (own, token) = (line.account.sid.as_str(), line.account.auth_token.as_str());
    let refused = ask(&line, own, token, "/webhooks/twilio/call-status").await;
    assert_eq!(refused, StatusCode::FORBIDDEN);
    json(line.user.get("/twilio/token"), 409).await;
}
