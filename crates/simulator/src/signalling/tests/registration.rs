use serde_json::json;

use super::{Browser, Message, SinkExt, bench};

#[tokio::test]
async fn a_browser_registers_renews_its_token_and_unregisters() {
    let bench = bench().await;
    let mut browser = bench.connect().await;
    browser.listen(&bench.token("user_1", |_| {})).await;
    let connected = browser.next("connected").await;
    assert_eq!(connected["token"], json!({ "identity": "user_1", "ttl": 3600 }));
    assert!(connected["edge"].is_string() && connected["region"].is_string());
    assert!(!bench.shared.signalling.is_registered(&bench.account, "user_1"));
    browser.say("register", json!({ "media": { "audio": true } })).await;
    browser.next("ready").await;
    assert!(bench.shared.signalling.is_registered(&bench.account, "user_1"));
    browser.listen(&bench.token("user_1", |_| {})).await;
    browser.next("connected").await;
    assert!(bench.shared.signalling.is_registered(&bench.account, "user_1"));
    browser.say("register", json!({ "media": { "audio": false } })).await;
    browser.next("offline").await;
    assert!(!bench.shared.signalling.is_registered(&bench.account, "user_1"));
}

#[tokio::test]
async fn tokens_that_are_refused_leave_the_browser_where_it_was() {
    let bench = bench().await;
    let mut browser = bench.registered("user_1").await;
    browser.listen("nonsense").await;
    assert_eq!(browser.refused().await, 31204);
    browser
        .listen(&bench.token("user_1", |claims| claims["exp"] = json!(1)))
        .await;
    assert_eq!(browser.refused().await, 31205);
    browser.listen(&bench.token("user_2", |_| {})).await;
    assert_eq!(browser.refused().await, 31204);
    assert!(bench.shared.signalling.is_registered(&bench.account, "user_1"));
    assert!(!bench.shared.signalling.is_registered(&bench.account, "user_2"));
}

#[tokio::test]
async fn who_may_not_be_called_is_not_registered() {
    let bench = bench().await;
    let mut browser = bench.connect().await;
    browser.say("register", json!({ "media": { "audio": true } })).await;
    let token = bench.token("user_1", |claims| {
        claims["grants"]["voice"]["incoming"]["allow"] = json!(false)
    });
    browser.listen(&token).await;
    browser.next("connected").await;
    browser.say("register", json!({ "media": { "audio": true } })).await;
    assert_eq!(browser.refused().await, 31201);
    assert!(!bench.shared.signalling.is_registered(&bench.account, "user_1"));
}

#[tokio::test]
async fn frames_that_are_none_are_refused_and_the_socket_lives_on() {
    let bench = bench().await;
    let mut browser = bench.listening("user_1").await;
    let hostile = [
        "x",
        "[]",
        "{}",
        "null",
        r#"{"type":"invite","payload":{}}"#,
        r#"{"type":"dtmf","payload":7}"#,
    ];
    for text in hostile {
        browser.socket.send(Message::text(text)).await.unwrap();
        assert_eq!(browser.refused().await, 31100, "{text}");
    }
    browser.socket.send(Message::binary(vec![0xff; 100])).await.unwrap();
    browser.socket.send(Message::text("\n")).await.unwrap();
    browser.say("roster", json!({})).await;
    for kind in ["hangup", "reject"] {
        browser.say(kind, json!({ "callsid": "CA404" })).await;
    }
    browser.say("dtmf", json!({ "callsid": "CA404", "dtmf": "1" })).await;
    browser
        .say("reinvite", json!({ "callsid": "CA404", "sdp": "v=0" }))
        .await;
    assert_eq!(browser.next("hangup").await["error"]["code"], 31404);
}

#[tokio::test]
async fn a_frame_of_a_megabyte_ends_the_connection() {
    let bench = bench().await;
    let mut browser: Browser = bench.listening("user_1").await;
    // The other side may close before all of it is written.
    let _ = browser.socket.send(Message::text("x".repeat(1 << 20))).await;
    assert!(browser.is_cut().await);
}
