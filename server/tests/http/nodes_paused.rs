//! A server that sleeps while it holds a piece of work: another one takes it over, and what the sleeper writes later is void.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use simulator::{Effect, Fault};
use sqlx::{AnyConnection, Connection as _, Row as _, query};

use crate::calls::{Line, sid};
use crate::harness::{PATIENCE, Server, World, json, until};
use crate::webhooks::in_database;
use crate::webhooks_kept::Request;

/// How long Twilio takes to answer, in milliseconds.
const ANSWER: u64 = 3000;
const TO: &str = "+442079460018";

async fn text(server: &Server, cookie: &str) -> Value {
    let list = json(server.get("/api/messages").header("cookie", cookie), 200).await;
    list["items"][0].clone()
}

async fn until_found(server: &Server, cookie: &str) -> Value {
    let waiting = async {
        loop {
            let text = text(server, cookie).await;
            if text["provider_sid"].is_string() {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it is found")
}

#[tokio::test]
async fn a_text_of_a_sleeping_server_is_found_by_another_and_sent_once() {
    let Some(world) = World::on_postgres().await else {
        return;
    };
    let sleeper = world.serve().await;
    let line = Line::connected(&world, &sleeper).await;
    let cookie = line.user.cookie.clone();
    // Twilio's answer comes while the server sleeps.
    world
        .simulator
        .inject(Fault::once("POST", "/Messages.json", Effect::Delay(ANSWER)));
    json(line.user.post("/api/messages", &[("to", TO), ("body", "Once")]), 202).await;
    let sending = async {
        while text(&sleeper, &cookie).await["status"] != "sending" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, sending).await.expect("it is being sent");
    sleeper.signal("STOP");
    until("Twilio has it", || world.simulator.messages().len() == 1).await;
    // Whoever was sending has had his time.
    let sql: &str = "UPDATE messages SET lease_until = 1, due_at = CASE WHEN due_at IS NULL THEN NULL ELSE 1 END
               WHERE lease_until IS NOT NULL";
    in_database(&world, sql).await;

    let other = world.serve().await;
    let found = until_found(&other, &cookie).await;
    sleeper.signal("CONT");
    // It reads Twilio's answer now, and what it makes of that concerns nobody any more.
    assert_eq!(sleeper.get("/readyz").send().await.unwrap().status().as_u16(), 200);
    for _ in 0..10 {
        let after = text(&other, &cookie).await;
        assert_eq!(after["provider_sid"], found["provider_sid"]);
        assert_eq!(after["attempts"], 1, "{after}");
        assert_ne!(after["status"], "unknown");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(world.simulator.messages().len(), 1);
    world.is_in_order().await;
    drop((sleeper, other));
    world.end().await;
}

#[tokio::test]
async fn what_a_sleeping_server_has_locked_is_free_again_soon() {
    let Some(world) = World::on_postgres().await else {
        return;
    };
    let (sleeper, other) = tokio::join!(world.serve(), world.serve());
    let line = Line::connected(&world, &sleeper).await;
    let (cookie, account) = (line.user.cookie.clone(), line.account.clone());
    // It falls asleep in the middle of a transaction, while it waits for a lock: afterwards it holds all that it has locked.
    let mut lock = AnyConnection::connect(&world.database_url()).await.unwrap();
    query("BEGIN").execute(&mut lock).await.unwrap();
    query("LOCK TABLE feed IN EXCLUSIVE MODE")
        .execute(&mut lock)
        .await
        .unwrap();
    let call = sid("CA");
    let rings = Request::rings(&account, &call);
    let (there, asked) = (sleeper.url.clone(), rings.clone());
    let slept = tokio::spawn(async move { asked.answered_at(&there).await });
    let waits = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation = 'feed'::regclass";
    let waiting = async {
        while query(waits).fetch_one(&mut lock).await.unwrap().get::<i64, _>(0) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it waits");
    sleeper.signal("STOP");
    query("ROLLBACK").execute(&mut lock).await.unwrap();
    lock.close().await.unwrap();

    let answering = async {
        loop {
            let (status, said) = rings.answered(&other).await;
            assert_eq!(status, StatusCode::OK);
            if !said.contains("went wrong") {
                return said;
            }
        }
    };
    let said = tokio::time::timeout(PATIENCE, answering)
        .await
        .expect("the other one answers");
    sleeper.signal("CONT");
    // What it makes of it now is an apology at most; nothing of it is written.
    slept.await.unwrap();
    let list = json(other.get("/api/calls").header("cookie", &cookie), 200).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(rings.answered(&other).await.1, said);
    world.is_in_order().await;
    drop((sleeper, other));
    world.end().await;
}
