use std::time::Duration;

use serde_json::{Value, json};

use super::{Bench, Browser, bench};
use crate::signalling::{Ended, Line, Rung};

/// A browser in a call, and the token with which it may take it up again.
async fn in_a_call(bench: &mut Bench) -> (Browser, Line, String) {
    let mut browser = bench.registered("user_1").await;
    browser.dial("").await;
    let line = bench.dialled.recv().await.unwrap().line;
    line.answer();
    browser.next("ringing").await;
    let reconnect = browser.next("answer").await["reconnect"].as_str().unwrap().to_owned();
    (browser, line, reconnect)
}

fn again(line: &Line, sdp: &str, reconnect: &str) -> Value {
    json!({ "callsid": line.call_sid(), "sdp": sdp, "reconnect": reconnect, "twilio": {} })
}

#[tokio::test]
async fn a_call_outlives_its_socket_and_is_taken_up_with_its_token_alone() {
    let mut bench = bench().await;
    let (mut browser, line, reconnect) = in_a_call(&mut bench).await;
    let dropped = bench.control("signalling/drop", json!({ "identity": "user_1" })).await;
    assert_eq!(dropped["dropped"], 1);
    assert!(browser.is_cut().await);

    let mut stranger = bench.listening("user_2").await;
    stranger
        .say("invite", again(&line, "v=0 a=candidate", &reconnect))
        .await;
    assert_eq!(stranger.next("hangup").await["error"]["code"], 31404);
    let mut back = bench.registered("user_1").await;
    back.say("invite", again(&line, "v=0 a=candidate", "guessed")).await;
    assert_eq!(back.next("hangup").await["error"]["code"], 31404);
    back.say("invite", again(&line, "v=0 a=candidate", &reconnect)).await;
    let answer = back.next("answer").await;
    assert!(answer["sdp"].is_null(), "{answer}");
    assert_eq!(answer["reconnect"], reconnect);
    line.hang_up(None);
    back.next("hangup").await;
    back.say("invite", again(&line, "v=0 a=candidate", &reconnect)).await;
    assert_eq!(back.next("hangup").await["error"]["code"], 31404);
}

#[tokio::test]
async fn a_page_that_begins_anew_gets_a_new_session_for_its_call() {
    let mut bench = bench().await;
    let (browser, line, reconnect) = in_a_call(&mut bench).await;
    drop(browser);
    let mut page = bench.registered("user_1").await;
    let offer = page.offer();
    page.say("invite", again(&line, &offer, &reconnect)).await;
    assert!(
        page.next("answer").await["sdp"]
            .as_str()
            .unwrap()
            .contains("a=candidate")
    );
    page.say("reinvite", json!({ "callsid": line.call_sid(), "sdp": offer }))
        .await;
    let answer = page.next("answer").await;
    assert!(
        answer["sdp"].is_string() && answer["reconnect"] == reconnect.as_str(),
        "{answer}"
    );
    page.say("reinvite", json!({ "callsid": line.call_sid(), "sdp": "" }))
        .await;
    assert_eq!(page.next("hangup").await["error"]["code"], 31400);
}

#[tokio::test]
async fn a_browser_that_does_not_come_back_is_lost() {
    let mut bench = bench().await;
    let (browser, line, _) = in_a_call(&mut bench).await;
    let began = std::time::Instant::now();
    drop(browser);
    assert_eq!(line.ended().await, Ended::Lost);
    assert!(began.elapsed() >= Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_call_that_was_not_answered_ends_with_its_socket() {
    let mut bench = bench().await;
    let mut browser = bench.listening("user_1").await;
    browser.dial("").await;
    let line = bench.dialled.recv().await.unwrap().line;
    drop(browser);
    assert_eq!(line.ended().await, Ended::Lost);
}

#[tokio::test]
async fn a_browser_that_comes_back_while_it_rings_rings_again() {
    let bench = bench().await;
    let mut browser = bench.registered("user_1").await;
    let mut ringing = bench.shared.signalling.ring(bench.ring("user_1"));
    browser.next("invite").await;
    bench.control("signalling/drop", json!({})).await;
    assert!(browser.is_cut().await);
    let mut back = bench.registered("user_1").await;
    let invite = back.next("invite").await;
    // Every 30 seconds the SDK registers again.
    back.say("register", json!({ "media": { "audio": true } })).await;
    back.next("ready").await;
    back.accept(&invite).await;
    assert!(matches!(ringing.next().await, Rung::Answered(_)));
}

#[tokio::test]
async fn a_token_that_runs_out_takes_the_registration_along() {
    let bench = bench().await;
    bench.control("signalling/token-ttl", json!({ "seconds": 1 })).await;
    let mut browser = bench.connect().await;
    browser.listen(&bench.token("user_1", |_| {})).await;
    assert_eq!(browser.next("connected").await["token"]["ttl"], 1);
    browser.say("register", json!({ "media": { "audio": true } })).await;
    browser.next("ready").await;
    assert_eq!(browser.refused().await, 31205);
    browser.next("offline").await;
    assert!(!bench.shared.signalling.is_registered(&bench.account, "user_1"));
    browser.say("register", json!({ "media": { "audio": true } })).await;
    assert_eq!(browser.refused().await, 31205);
    browser.dial("").await;
    assert_eq!(browser.next("hangup").await["error"]["code"], 31205);
    bench.control("signalling/token-ttl", json!({ "seconds": null })).await;
    browser.listen(&bench.token("user_1", |_| {})).await;
    assert_eq!(browser.next("connected").await["token"]["ttl"], 3600);
}

#[tokio::test]
async fn sockets_are_cut_refused_and_stalled_on_demand() {
    let bench = bench().await;
    let mut browser = bench.registered("user_1").await;
    let order = json!({ "times": 2, "refuse_ms": 300 });
    assert_eq!(bench.control("signalling/drop", order).await["dropped"], 1);
    assert!(browser.is_cut().await);
    let url = format!("ws://{}/signal", bench.host);
    assert!(tokio_tungstenite::connect_async(&url).await.is_err());
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert!(bench.connect().await.is_cut().await);
    let mut browser = bench.registered("user_1").await;
    assert_eq!(
        bench.control("signalling/stall", json!({ "ms": 300 })).await["stalled"],
        1
    );
    let began = std::time::Instant::now();
    browser.say("register", json!({ "media": { "audio": false } })).await;
    browser.next("offline").await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    bench
        .control("signalling/error", json!({ "code": 31206, "identity": "user_1" }))
        .await;
    assert_eq!(browser.refused().await, 31206);
}

#[tokio::test]
async fn the_log_tells_who_said_what_without_tokens() {
    let mut bench = bench().await;
    let (_browser, line, reconnect) = in_a_call(&mut bench).await;
    let get = |path: &str| reqwest::get(format!("http://{}/_simulator/{path}", bench.host));
    let log = get("signalling/log?identity=user_1")
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(!log.contains("eyJ") && !log.contains(&reconnect), "{log}");
    assert!(log.contains("[redacted]") && log.contains(line.call_sid()));
    let none = get("signalling/log?identity=nobody").await.unwrap();
    assert_eq!(none.json::<Value>().await.unwrap(), json!({ "frames": [] }));
    let state: Value = get("signalling").await.unwrap().json().await.unwrap();
    assert_eq!(state["calls"][0]["call_sid"], line.call_sid());
    assert_eq!(state["sockets"][0]["registered"], true);
    let order = json!({ "loss": 2.0, "delay_ms": 10, "jitter_ms": 5, "freeze": false });
    bench.control("media/shape", order).await;
}
