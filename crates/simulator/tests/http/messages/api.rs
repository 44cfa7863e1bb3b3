//! The resource over REST.

use reqwest::Method;
use simulator::{Effect, Fault, MessageStatus, Outcome};

use super::{OWN, PHONE, silent, stage};
use crate::refused;

#[tokio::test]
async fn a_text_is_made_as_in_the_published_example() {
    let stage = stage(silent).await;
    let (status, text) = stage.send("Hello! 👍", &[]).await;
    assert_eq!(status, 201);
    assert_eq!(
        [&text["status"], &text["direction"], &text["from"], &text["to"]],
        ["queued", "outbound-api", OWN, PHONE]
    );
    assert_eq!(
        [&text["body"], &text["num_segments"], &text["num_media"]],
        ["Hello! 👍", "1", "0"]
    );
    assert!(text["price"].is_null() && text["error_code"].is_null() && text["date_sent"].is_string());
    let sid = text["sid"].as_str().unwrap();
    assert!(sid.starts_with("SM"));
    stage.reaches(sid, MessageStatus::Delivered).await;
    let (_, text) = stage.harness.get(&format!("/Messages/{sid}.json")).await;
    assert_eq!([&text["status"], &text["price"]], ["delivered", "-0.00790"]);
}

#[tokio::test]
async fn lists_are_newest_first_and_filtered() {
    let stage = stage(silent).await;
    let first = stage.sent("one", &[]).await;
    let second = stage.sent("two", &[("To", "+14155550133")]).await;
    let third = stage.text_in("three");
    let list = async |query: &str| {
        let (status, list) = stage.harness.get(&format!("/Messages.json?{query}")).await;
        assert_eq!(status, 200);
        let texts = list["messages"].as_array().unwrap().clone();
        texts
            .iter()
            .map(|text| text["sid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(list("").await, [third.clone(), second.clone(), first.clone()]);
    assert_eq!(list("To=%2B14155550133").await, std::slice::from_ref(&second));
    assert_eq!(list("From=%2B14155550122").await, [third]);
    assert_eq!(list("PageSize=1&Page=2").await, [first]);
    assert_eq!(list("DateSent%3E=2020-01-01").await.len(), 3);
    assert!(list("DateSent%3C=2020-01-01").await.is_empty());
    assert_eq!(
        list("To=%2B14155550133&From=%2B14155550100&DateSent%3E=2020-01-01T00:00:00Z").await,
        [second]
    );
}

#[tokio::test]
async fn what_is_over_can_be_redacted_and_deleted() {
    let stage = stage(silent).await;
    stage.behave("+14155550133", Outcome::Queued);
    let waiting = format!(
        "/Messages/{}.json",
        stage.sent("secret", &[("To", "+14155550133")]).await
    );
    assert_eq!(
        refused(stage.harness.post(&waiting, &[("Body", "")]).await),
        (409, 20009)
    );
    assert_eq!(refused(stage.harness.delete(&waiting).await), (409, 20009));
    assert_eq!(
        refused(stage.harness.post(&waiting, &[("Status", "canceled")]).await),
        (409, 30409)
    );
    let sid = stage.sent("secret", &[]).await;
    stage.reaches(&sid, MessageStatus::Delivered).await;
    let path = format!("/Messages/{sid}.json");
    let (status, text) = stage.harness.post(&path, &[("Body", "")]).await;
    assert_eq!((status, text["body"].as_str()), (200, Some("")));
    assert_eq!(
        refused(stage.harness.post(&path, &[("Body", "other")]).await),
        (400, 20422)
    );
    assert_eq!(stage.harness.delete(&path).await.0, 204);
    assert_eq!(refused(stage.harness.get(&path).await), (404, 20404));
}

#[tokio::test]
async fn a_scheduled_text_waits_and_can_be_taken_back() {
    let stage = stage(silent).await;
    let simulator = &stage.harness.simulator;
    let service =
        simulator.add_messaging_service(&stage.harness.account.sid, Default::default(), &[&stage.harness.number]);
    let callback = stage.app.url("/status");
    let time = (now() + std::time::Duration::from_secs(3600)).to_string();
    let form = [
        ("MessagingServiceSid", service.as_str()),
        ("ScheduleType", "fixed"),
        ("SendAt", &time),
        ("StatusCallback", &callback),
    ];
    let (status, text) = stage.send("later", &form).await;
    assert_eq!((status, text["status"].as_str()), (201, Some("scheduled")), "{text}");
    let path = format!("/Messages/{}.json", text["sid"].as_str().unwrap());
    let (_, text) = stage.harness.post(&path, &[("Status", "canceled")]).await;
    assert_eq!(text["status"], "canceled");
    assert_eq!(stage.app.first("/status").await.param("MessageStatus"), "canceled");
    assert!(stage.on_phone().is_empty());
    let soon = now().to_string();
    let form = [form[0], form[1], ("SendAt", &soon)];
    assert_eq!(refused(stage.send("later", &form).await), (400, 35114));
    assert_eq!(refused(stage.send("later", &form[1..]).await), (400, 35118));
    assert_eq!(refused(stage.send("later", &form[..2]).await), (400, 35111));
}

#[allow(clippy::disallowed_methods, reason = "the simulator's clock is the machine's")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[tokio::test]
async fn a_lost_answer_leaves_a_text_behind() {
    let stage = stage(silent).await;
    let simulator = &stage.harness.simulator;
    simulator.inject(Fault::once("POST", "/Messages.json", Effect::DropAfter));
    let form = [("To", PHONE), ("From", OWN), ("Body", "once")];
    let url = stage.harness.within("/Messages.json");
    assert!(stage.harness.try_send(Method::POST, &url, &form).await.is_err());
    stage.phone_has(&["once"]).await;
    let sent = simulator
        .journal()
        .into_iter()
        .filter(|entry| entry.path_only().ends_with("/Messages.json"));
    assert_eq!(sent.count(), 1);
}

#[tokio::test]
async fn the_control_api_texts_and_tells() {
    let stage = stage(|_| "<Message>hi</Message>".to_owned()).await;
    let base = format!("{}/_simulator", stage.harness.simulator.base_url());
    let client = &stage.harness.client;
    let picture = serde_json::json!([{ "content_type": "image/png", "bytes": "iVBORw0KGgo=" }]);
    let text = serde_json::json!({ "from": PHONE, "to": OWN, "body": "look", "media": picture });
    let path = format!("{base}/accounts/{}/messages", stage.harness.account.sid);
    let answer = client.post(&path).json(&text).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let sid = answer.json::<serde_json::Value>().await.unwrap()["message_sid"]
        .as_str()
        .unwrap()
        .to_owned();
    stage.phone_has(&["hi"]).await;
    let all: serde_json::Value = client
        .get(format!("{base}/messages"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(all["messages"][0]["sid"], sid.as_str());
    assert_eq!(all["messages"][0]["media"][0]["size"], 8);
    let edit = serde_json::json!({ "outcomes": { PHONE: { "failed": 30008 } } });
    let edited = client
        .patch(format!("{base}/messages-behaviour"))
        .json(&edit)
        .send()
        .await
        .unwrap();
    assert_eq!(edited.status(), 204);
    let sid = stage.sent("no", &[]).await;
    assert_eq!(stage.reaches(&sid, MessageStatus::Failed).await.error_code, Some(30008));
    let wrong = serde_json::json!({ "from": PHONE, "to": "+14155550199", "body": "x" });
    assert_eq!(client.post(&path).json(&wrong).send().await.unwrap().status(), 404);
    let wrong = serde_json::json!({ "from": PHONE, "to": OWN, "media": [{ "content_type": "x/y", "bytes": "?" }] });
    assert_eq!(client.post(&path).json(&wrong).send().await.unwrap().status(), 422);
    client.post(format!("{base}/reset")).send().await.unwrap();
    assert!(stage.harness.simulator.messages().is_empty());
}
