//! Any write of the database fails, wherever it comes: nothing is half done, nothing that was acknowledged is lost, and once
//! the database works again, so does everything else.

use domain::call::CallStatus;
use domain::message::MessageStatus;
use services::ServiceError;
use services::voice::{Rejected, StatusReport, VoiceRequest};
use services::{Caller, connections::SaveRequest};

use crate::harness::{Installation, World, in_order, scene};
use crate::messages_line::{PEER, text};
use crate::voice_line::{CALLER, Line, NUMBER, form, line, said, sid};

const WRITES: [&str; 3] = ["INSERT", "UPDATE", "DELETE"];
/// The tables that a call, a text or a connection writes to.
const OF_CALLS: [&str; 7] = [
    "calls",
    "call_legs",
    "call_events",
    "webhook_inbox",
    "feed",
    "users",
    "threads",
];
const OF_TEXTS: [&str; 7] = [
    "messages",
    "message_events",
    "webhook_inbox",
    "feed",
    "users",
    "threads",
    "idempotency_keys",
];
const OF_CONNECTIONS: [&str; 3] = ["connections", "connection_steps", "setup_drafts"];

/// Lets every write of this kind to this table fail until it is mended.
pub async fn break_writes(world: &World, table: &str, write: &str) {
    if world.is_postgres() {
        world
            .sql("CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fault'; END $$")
            .await;
        let on = format!("CREATE TRIGGER fault BEFORE {write} ON {table} FOR EACH ROW EXECUTE FUNCTION fault()");
        world.sql(&on).await;
    } else {
        let on = format!("CREATE TRIGGER fault BEFORE {write} ON {table} BEGIN SELECT RAISE(ABORT, 'fault'); END");
        world.sql(&on).await;
    }
}

pub async fn mend_writes(world: &World, table: &str) {
    let on = if world.is_postgres() {
        format!(" ON {table}")
    } else {
        String::new()
    };
    world.sql(&format!("DROP TRIGGER fault{on}")).await;
}

/// Why a webhook was not taken, where that is ours to mend; anything else would be wrong.
pub fn ours(rejected: Rejected) -> ServiceError {
    match rejected {
        Rejected::Internal(error) => error,
        Rejected::Forbidden => panic!("refused as if it were not Twilio's"),
    }
}

/// Somebody calls, the browser answers, both hang up.
async fn call(product: &Installation, line: &Line, sid: &str, leg: &str) -> Result<(), ServiceError> {
    let begin = [
        ("CallSid", sid),
        ("CallStatus", "ringing"),
        ("Direction", "inbound"),
        ("From", CALLER),
        ("To", NUMBER),
    ];
    let target = "/twiml/inbound";
    let webhook = line
        .verify::<VoiceRequest>(product, target, &form(&begin))
        .await
        .map_err(ours)?;
    said(product, target, webhook).await.map_err(ours)?;
    for (sid, parent, status) in [
        (leg, Some(sid), "in-progress"),
        (leg, Some(sid), "completed"),
        (sid, None, "completed"),
    ] {
        let mut report = vec![
            ("CallSid", sid),
            ("CallStatus", status),
            ("From", CALLER),
            ("To", if parent.is_some() { "client:ann" } else { NUMBER }),
        ];
        report.extend(parent.map(|parent| ("ParentCallSid", parent)));
        let target = "/webhooks/twilio/call-status";
        let webhook = line
            .verify::<StatusReport>(product, target, &form(&report))
            .await
            .map_err(ours)?;
        product.services.voice.status(webhook).await.map_err(ours)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_call_survives_every_write_that_fails() {
    let (world, product, line) = line().await;
    line.open_phone(&product).await;
    for (number, (table, write)) in matrix(&OF_CALLS).into_iter().enumerate() {
        let (first, leg) = (sid("CA"), sid("CA"));
        break_writes(&world, table, write).await;
        // Whether it comes to that write at all is not what is asked here.
        let failed = call(&product, &line, &first, &leg).await.is_err();
        mend_writes(&world, table).await;
        in_order(&product.parts).await;
        // Twilio tells everything again.
        call(&product, &line, &first, &leg).await.unwrap();
        in_order(&product.parts).await;
        let calls = line.calls(&product).await;
        assert_eq!(calls.len(), number + 1, "after {write} on {table} failed");
        let status = line.call(&product, &first).await.summary.status;
        assert_eq!(status, CallStatus::Completed, "after {write} on {table} failed");
        assert!(
            failed || write != "INSERT" || table == "users",
            "{write} on {table} is not reached"
        );
    }
}

#[tokio::test]
async fn a_text_survives_every_write_that_fails() {
    let (world, product, line, memory) = crate::messages_line::texts().await;
    for (table, write) in matrix(&OF_TEXTS) {
        let (key, inbound) = (sid("key-"), sid("SM"));
        let send = async || {
            let messages = &product.services.messages;
            messages.send(&line.caller, &text(PEER, &key), Some(&key)).await
        };
        break_writes(&world, table, write).await;
        let accepted = send().await.is_ok();
        drop(product.services.messages.work_once().await);
        let received = receive(&product, &line, &inbound).await.is_ok();
        mend_writes(&world, table).await;
        in_order(&product.parts).await;
        // Whoever was told of a fault tries again.
        let message = send().await.unwrap();
        receive(&product, &line, &inbound).await.unwrap();
        world.clock.advance(crate::messages_line::LEASE);
        product.post().await;
        world.clock.advance(crate::messages_line::LEASE);
        product.post().await;
        in_order(&product.parts).await;
        let sent = memory.sent().iter().filter(|sent| sent.body == key).count();
        assert!(sent <= 1, "sent {sent} times after {write} on {table} failed");
        let status = product.status(&line.caller, &message).await;
        assert!(
            sent == 1 || status == MessageStatus::Unknown,
            "neither sent nor told after {write} on {table} failed: {status:?}, accepted {accepted}"
        );
        let texts = product.all_texts(&line.caller).await;
        assert_eq!(
            texts.matches(&format!("text {inbound}")).count(),
            1,
            "received {received}, {write} on {table}"
        );
    }
}

/// Somebody texts the user.
async fn receive(product: &Installation, line: &Line, sid: &str) -> Result<(), ServiceError> {
    receive_as(product, line, sid, &format!("text {sid}")).await
}

/// Somebody texts that to the user.
pub async fn receive_as(product: &Installation, line: &Line, sid: &str, body: &str) -> Result<(), ServiceError> {
    let params = [
        ("MessageSid", sid),
        ("SmsStatus", "received"),
        ("From", PEER),
        ("To", NUMBER),
        ("Body", body),
        ("NumMedia", "0"),
    ];
    line.tell(product, "/webhooks/sms/twilio", &params)
        .await
        .map_err(ours)?;
    Ok(())
}

pub fn matrix(tables: &[&'static str]) -> Vec<(&'static str, &'static str)> {
    let writes = |table: &&'static str| WRITES.map(|write| (*table, write));
    tables.iter().flat_map(writes).collect()
}

#[tokio::test]
async fn connecting_and_disconnecting_survive_every_write_that_fails() {
    let (world, product, ann, account) = scene().await;
    let before = world.snapshot(&account);
    let save = || account.save(&account.used);
    for (table, write) in matrix(&OF_CONNECTIONS) {
        let case = format!("after {write} on {table} failed");
        faulty(&world, table, write, connect(&product, &ann, save())).await;
        settle(&world, &product).await;
        if product.services.connections.credentials(&ann).await.is_err() {
            assert_eq!(
                world.snapshot(&account),
                before,
                "{case}: something is left of what failed"
            );
            connect(&product, &ann, save()).await.unwrap();
        }
        let token = product.services.connections.voice_token(&ann).await;
        assert!(token.is_ok(), "{case}: {token:?}");
        faulty(&world, table, write, disconnect(&product, &ann)).await;
        settle(&world, &product).await;
        disconnect(&product, &ann).await.unwrap();
        settle(&world, &product).await;
        assert_eq!(world.snapshot(&account), before, "{case}: something is left at Twilio");
    }
}

async fn connect(product: &Installation, who: &Caller, save: SaveRequest) -> Result<(), ServiceError> {
    product.services.connections.save(who, save).await.map(drop)
}

async fn disconnect(product: &Installation, who: &Caller) -> Result<(), ServiceError> {
    product.services.connections.disconnect(who).await.map(drop)
}

async fn faulty(world: &World, table: &str, write: &str, work: impl Future<Output = Result<(), ServiceError>>) {
    break_writes(world, table, write).await;
    drop(work.await);
    mend_writes(world, table).await;
}

/// Leases run out, and the worker takes up what was left.
async fn settle(world: &World, product: &Installation) {
    world.clock.advance(60_000);
    product.services.connections.work_once().await.unwrap();
    product.settle(&world.clock).await;
}

#[tokio::test]
async fn a_secret_that_was_changed_or_moved_opens_nowhere_and_is_told() {
    let (world, product, ann) = line().await;
    let bob = Line::of(&product, product.user().await, world.account()).await;
    let (theirs, his) = (&ann.account.sid, &bob.account.sid);
    let token = format!("(SELECT auth_token FROM connections WHERE account_sid = '{his}')");
    let moved = format!("UPDATE connections SET auth_token = {token} WHERE account_sid = '{theirs}'");
    world.sql(&moved).await;
    let restarted = world.start_unchecked().await;
    let params = form(&[
        ("CallSid", &sid("CA")),
        ("CallStatus", "ringing"),
        ("From", CALLER),
        ("To", NUMBER),
    ]);
    let target = "/twiml/inbound";
    let webhook = ann.verify::<VoiceRequest>(&restarted, target, &params).await;
    assert!(
        matches!(webhook, Err(Rejected::Internal(_))),
        "a moved token verifies nothing"
    );
    assert!(bob.verify::<VoiceRequest>(&restarted, target, &params).await.is_ok());
    let wrong = services::audit::audit(&restarted.parts).await.unwrap();
    assert!(
        wrong.len() == 1 && wrong[0].contains("the Auth Token of connection"),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn a_clock_that_jumps_an_hour_either_way_changes_nothing_that_was_done() {
    const HOUR: i64 = 60 * 60 * 1000;
    let (world, product, line) = line().await;
    for jump in [HOUR, -2 * HOUR, HOUR] {
        line.open_phone(&product).await;
        let (first, leg) = (sid("CA"), sid("CA"));
        call(&product, &line, &first, &leg).await.unwrap();
        let before = line.calls(&product).await;
        let ended = line.call(&product, &first).await.summary;
        world.clock.advance(jump);
        // Told again by a late repetition, and looked at by the workers.
        call(&product, &line, &first, &leg).await.unwrap();
        product.services.voice.work_once().await.unwrap();
        product.services.connections.work_once().await.unwrap();
        product.post().await;
        in_order(&product.parts).await;
        assert_eq!(line.calls(&product).await.len(), before.len(), "after a jump of {jump}");
        assert_eq!(
            line.call(&product, &first).await.summary,
            ended,
            "after a jump of {jump}"
        );
        assert!(product.services.connections.voice_token(&line.caller).await.is_ok());
        let message = product.text(&line.caller, PEER, "on time").await;
        product.post().await;
        assert_eq!(product.status(&line.caller, &message).await, MessageStatus::Accepted);
    }
}
