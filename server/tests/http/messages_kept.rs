//! What was answered with 202 is sent once, whatever happens to the program meanwhile.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::Value;
use services::{Clock as _, SystemClock};
use simulator::{Effect, Fault};

use crate::calls::Line;
use crate::harness::{PATIENCE, Server, World, json, on_each_database, until};
use crate::webhooks::in_database;

/// Somebody's number; each has his own.
fn number(n: usize) -> String {
    format!("+44207946{:04}", 100 + n)
}

async fn texts(server: &Server, cookie: &str) -> Vec<Value> {
    let list = json(server.get("/api/messages?limit=100").header("cookie", cookie), 200).await;
    list["items"].as_array().unwrap().clone()
}

/// Waits until no text is on its way to Twilio any more; the texts.
async fn until_settled(server: &Server, cookie: &str) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let texts = texts(server, cookie).await;
        let waits = |text: &&Value| {
            ["scheduled", "queued", "sending"]
                .iter()
                .any(|status| text["status"] == *status)
        };
        let Some(waiting) = texts.iter().find(waits) else {
            return texts;
        };

        assert!(begun.elapsed() < PATIENCE, "still waiting: {waiting}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Whoever was sending when it died had its time: as long as a request may take.
async fn time_passes(world: &World) {
    let sql: &str = "UPDATE messages SET lease_until = 1, due_at = CASE WHEN due_at IS NULL THEN NULL ELSE 1 END
               WHERE lease_until IS NOT NULL";
    in_database(world, sql).await;
}

/// How often Twilio was told to send that.
fn sent(world: &World, body: &str) -> usize {
    world
        .simulator
        .messages()
        .iter()
        .filter(|text| text.body == body)
        .count()
}

#[tokio::test]
async fn killed_right_after_its_answer_it_sends_the_text_once() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let cookie = line.user.cookie.clone();
        let soon = services::calls::rfc3339(SystemClock.now().plus(2000));
        let to = number(0);
        let form = [("to", to.as_str()), ("body", "Once"), ("send_at", &soon)];
        let taken = json(line.user.post("/api/messages", &form), 202).await;
        server.kill();
        assert_eq!(sent(world, "Once"), 0);

        let again = world.serve().await;
        until("it is sent", || sent(world, "Once") > 0).await;
        let settled = until_settled(&again, &cookie).await;
        assert_eq!((settled.len(), &settled[0]["id"]), (1, &taken["id"]));
        assert!(settled[0]["provider_sid"].is_string(), "{}", settled[0]);
        assert_eq!(sent(world, "Once"), 1);
        world.is_in_order().await;
    })
    .await;
}

#[tokio::test]
async fn killed_among_many_texts_it_loses_none_and_repeats_none() {
    for pause in [5, 40, 120] {
        on_each_database(async |world| killed_after(world, pause).await).await;
    }
}

async fn killed_after(world: &World, pause: u64) {
    let server = world.serve().await;
    let line = Line::connected(world, &server).await;
    let cookie = line.user.cookie.clone();
    let requests: Vec<_> = (0..40)
        .map(|n| {
            let (to, body) = (number(n), format!("Text {n}"));
            let request = line.user.post("/api/messages", &[("to", &to), ("body", &body)]);
            tokio::spawn(async move {
                let answer = request.send().await.ok()?;
                (answer.status() == StatusCode::ACCEPTED).then_some(body)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(pause)).await;
    server.kill();
    let mut taken = BTreeSet::new();
    for request in requests {
        taken.extend(request.await.unwrap());
    }

    time_passes(world).await;
    let again = world.serve().await;
    let settled = until_settled(&again, &cookie).await;
    let kept: BTreeSet<String> = settled
        .iter()
        .map(|text| text["body"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kept.len(), settled.len(), "{pause}: stored twice");
    assert!(taken.is_subset(&kept), "{pause}: answered for and lost");
    for text in &settled {
        let times = sent(world, text["body"].as_str().unwrap());
        let unknown = text["status"] == "unknown";
        assert!(
            times == 1 || (unknown && times == 0),
            "{pause}: sent {times} times: {text}"
        );
    }
    world.is_in_order().await;
}

#[tokio::test]
async fn killed_while_twilio_answers_it_finds_the_text_there_and_sends_no_other() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let cookie = line.user.cookie.clone();
        world
            .simulator
            .inject(Fault::forever("POST", "/Messages.json", Effect::HangAfter));
        let to = number(0);
        json(line.user.post("/api/messages", &[("to", &to), ("body", "Heard?")]), 202).await;
        until("Twilio has it", || sent(world, "Heard?") == 1).await;
        server.kill();
        world.simulator.clear_faults();
        time_passes(world).await;

        let again = world.serve().await;
        let waiting = async {
            loop {
                let text = texts(&again, &cookie).await.remove(0);
                if text["provider_sid"].is_string() {
                    return text;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let text = tokio::time::timeout(PATIENCE, waiting).await.expect("it is found");
        assert_eq!(text["attempts"], 1, "{text}");
        assert_eq!(sent(world, "Heard?"), 1);
        world.is_in_order().await;
    })
    .await;
}
