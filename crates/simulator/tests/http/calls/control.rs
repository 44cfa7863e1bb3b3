//! Calls over the control API.

use reqwest::Method;
use serde_json::{Value, json};

use super::{CALLEE, CALLER, OWN, Stage, eventually, stage};
use crate::parts;

async fn control(stage: &Stage, method: Method, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/_simulator{path}", stage.harness.simulator.base_url());
    let request = stage.harness.client.request(method, url);
    let request = if body.is_null() { request } else { request.json(&body) };
    let response = request.send().await.unwrap();
    let kind = response
        .headers()
        .get("content-type")
        .map(|kind| kind.to_str().unwrap().to_owned());
    if kind.is_some_and(|kind| !kind.starts_with("application/json")) {
        return (response.status().as_u16(), Value::Null);
    }
    parts(response).await
}

async fn get(stage: &Stage, path: &str) -> Value {
    control(stage, Method::GET, path, Value::Null).await.1
}

#[tokio::test]
async fn a_call_is_placed_watched_and_ended_over_http() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => format!("<Say>Hello</Say><Dial record=\"record-from-answer-dual\">{CALLEE}</Dial>"),
        _ => String::new(),
    })
    .await;
    let phone = json!({ "rings_ms": 100, "sound": { "tone": 900 } });
    let path = format!("/phones/{CALLEE}");
    assert_eq!(control(&stage, Method::PUT, &path, phone.clone()).await.0, 204);
    assert_eq!(
        get(&stage, "/phones").await["phones"][CALLEE]["sound"],
        json!({ "tone": 900.0 })
    );
    assert_eq!(control(&stage, Method::PUT, "/phones/911", phone).await.0, 422);
    let wrong = json!({ "behaviour": "explode" });
    assert_eq!(control(&stage, Method::PUT, &path, wrong).await.0, 422);

    let place = format!("/accounts/{}/calls", stage.harness.account.sid);
    let call = json!({ "from": CALLER, "to": OWN, "phone": { "sound": { "tone": 600 } } });
    let (status, body) = control(&stage, Method::POST, &place, call).await;
    assert_eq!(status, 201);
    let sid = body["call_sid"].as_str().unwrap().to_owned();
    let foreign = json!({ "from": CALLER, "to": CALLEE });
    assert_eq!(control(&stage, Method::POST, &place, foreign).await.0, 404);

    stage.hears(&sid, 900.0).await;
    let calls = get(&stage, "/calls").await;
    let (parent, child) = (&calls["calls"][0], &calls["calls"][1]);
    assert_eq!(
        (&parent["status"], &parent["said"]),
        (&json!("in-progress"), &json!(["Hello"]))
    );
    assert_eq!(
        (&child["parent_call_sid"], &child["direction"]),
        (&json!(sid), &json!("outbound-dial"))
    );
    assert!(parent["documents"][0]["twiml"].as_str().unwrap().contains("<Dial"));
    let child = child["sid"].as_str().unwrap();
    let leg = get(&stage, &format!("/legs/{child}")).await;
    assert!(
        (leg["mouth"]["dominant_hz"].as_f64().unwrap() - 900.0).abs() < 20.0,
        "{leg}"
    );
    assert!(
        (leg["ear"]["dominant_hz"].as_f64().unwrap() - 600.0).abs() < 20.0,
        "{leg}"
    );
    assert_eq!(leg["hears"], json!([sid]));
    assert!(leg["packets_received"].as_u64().unwrap() > 0 && leg["open"] == true);
    let digits = json!({ "digits": "42#" });
    assert_eq!(
        control(&stage, Method::POST, &format!("/calls/{sid}/digits"), digits)
            .await
            .0,
        204
    );
    eventually("the other one hears the keys", || {
        stage.harness.simulator.leg_stats(child).unwrap().digits_heard == "42#"
    })
    .await;
    let end = format!("/calls/{child}/hangup");
    assert_eq!(control(&stage, Method::POST, &end, Value::Null).await.0, 204);
    stage.ended(&sid).await;
    eventually("it is over", || !stage.harness.simulator.hang_up(child)).await;
    assert_eq!(control(&stage, Method::POST, &end, Value::Null).await.0, 404);
    let recording = get(&stage, &format!("/calls/{sid}")).await["recordings"][0].clone();
    let analysis = get(&stage, &format!("/recordings/{}/analysis", recording.as_str().unwrap())).await;
    let pitch = |channel: usize| analysis["channels"][channel]["dominant_hz"].as_f64().unwrap();
    assert!(
        (pitch(0) - 600.0).abs() < 20.0 && (pitch(1) - 900.0).abs() < 20.0,
        "{analysis}"
    );
    let state = get(&stage, "/state").await;
    assert_eq!(state["calls"][0]["sid"], child);
    for path in ["/calls/CA1", "/legs/CA1", "/recordings/RE1/analysis"] {
        assert_eq!(control(&stage, Method::GET, path, Value::Null).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn webhooks_are_shown_and_disturbed_over_http() {
    let stage = stage(|_| "<Hangup/>".to_owned()).await;
    let (status, _) = control(&stage, Method::PATCH, "/webhooks", json!({ "duplicate": true })).await;
    assert_eq!(status, 204);
    let late = json!({ "delay_ms": 10, "drop_status": ["*"] });
    assert_eq!(control(&stage, Method::PATCH, "/webhooks", late).await.0, 204);
    assert_eq!(
        control(&stage, Method::PATCH, "/webhooks", json!({ "dublicate": true }))
            .await
            .0,
        422
    );
    let sid = stage.call_in(super::tone(700.0));
    stage.ended(&sid).await;
    eventually("all are there", || stage.harness.simulator.webhooks().len() == 3).await;
    let shown = get(&stage, "/webhooks?after=1").await;
    assert_eq!(shown["settings"]["duplicate"], true);
    assert_eq!(
        (&shown["webhooks"][0]["duplicate"], &shown["webhooks"][1]["dropped"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(control(&stage, Method::DELETE, "/webhooks", Value::Null).await.0, 204);
    assert_eq!(get(&stage, "/webhooks").await["webhooks"], json!([]));
}

#[tokio::test]
async fn a_reset_ends_calls_and_forgets_them() {
    let stage = stage(|_| "<Pause length=\"60\"/>".to_owned()).await;
    stage.harness.simulator.mark_initial();
    let sid = stage.call_in(super::tone(700.0));
    stage.in_state(&sid, simulator::CallStatus::InProgress).await;
    control(
        &stage,
        Method::PUT,
        &format!("/phones/{CALLEE}"),
        json!({ "behaviour": "busy" }),
    )
    .await;
    assert_eq!(control(&stage, Method::POST, "/reset", Value::Null).await.0, 204);
    assert!(stage.harness.simulator.calls().is_empty() && !stage.harness.simulator.hang_up(&sid));
    assert_eq!(get(&stage, "/phones").await["phones"][CALLEE], Value::Null);
}
