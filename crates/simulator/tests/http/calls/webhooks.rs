//! How webhooks are repeated, lost and mixed up.

use simulator::{Knobs, Webhook};

use super::{Stage, stage, tone};

fn to(stage: &Stage, path: &str) -> Vec<Webhook> {
    let all = stage.harness.simulator.webhooks();
    all.into_iter().filter(|hook| hook.path() == path).collect()
}

#[tokio::test]
async fn failures_are_retried_as_the_address_asks() {
    let stage = stage(|_| "<Hangup/>".to_owned()).await;
    stage.harness.simulator.edit_number(&stage.harness.number, |number| {
        number.voice_url = Some(stage.app.url("/voice?a=1#rc=2&rp=5xx"));
        number.status_callback = Some(stage.app.url("/status#rc=5&rp=all"));
    });
    stage.app.fail("/voice", &[500, 503]);
    stage.app.fail("/status", &[404, 500]);
    let sid = stage.call_in(tone(700.0));
    let asked = stage.app.count("/voice", 3).await;
    assert!(
        asked
            .iter()
            .all(|one| one.token == asked[0].token && one.url.ends_with("/voice?a=1"))
    );
    stage.ended(&sid).await;
    let told = stage.app.count("/status", 3).await;
    assert_ne!(told[0].token, asked[0].token);
    let log = to(&stage, "/voice");
    let seen: Vec<_> = log.iter().map(|hook| (hook.attempt, hook.status)).collect();
    assert_eq!(seen, [(1, Some(500)), (2, Some(503)), (3, Some(200))]);
    assert!(log[2].answer.as_ref().unwrap().contains("<Hangup/>"));
    assert!(stage.harness.simulator.call(&sid).unwrap().notices.is_empty());
}

#[tokio::test]
async fn without_such_wishes_an_error_is_final() {
    let stage = stage(|_| "<Hangup/>".to_owned()).await;
    stage.app.fail("/voice", &[500, 500]);
    let sid = stage.call_in(tone(700.0));
    stage.ended(&sid).await;
    assert_eq!(stage.app.at("/voice").len(), 1);
    // A connection that fails is tried once more.
    stage.harness.simulator.edit_number(&stage.harness.number, |number| {
        number.voice_url = Some("http://127.0.0.1:9/closed".to_owned());
    });
    let sid = stage.call_in(tone(700.0));
    let call = stage.ended(&sid).await;
    assert_eq!(call.notices[0].code, 11205);
    assert_eq!(to(&stage, "/closed").len(), 2);
}

#[tokio::test]
async fn requests_are_doubled_with_the_same_token() {
    let stage = stage(|_| "<Hangup/>".to_owned()).await;
    stage.harness.simulator.disturb_webhooks(Knobs {
        duplicate: true,
        ..Knobs::default()
    });
    let sid = stage.call_in(tone(700.0));
    stage.ended(&sid).await;
    for path in ["/voice", "/status"] {
        let twice = stage.app.count(path, 2).await;
        assert_eq!(twice.len(), 2);
        assert_eq!((&twice[0].token, &twice[0].params), (&twice[1].token, &twice[1].params));
    }
}

#[tokio::test]
async fn callbacks_overtake_each_other_and_get_lost() {
    let stage = stage(|_| "<Hangup/>".to_owned()).await;
    stage.harness.simulator.script_phone(super::CALLEE, tone(900.0));
    let status = stage.app.url("/leg");
    let form = [
        ("To", super::CALLEE),
        ("From", super::OWN),
        ("Twiml", "<Response><Pause length=\"1\"/></Response>"),
        ("StatusCallback", &status),
        ("StatusCallbackEvent", "initiated ringing answered completed"),
    ];
    stage.harness.simulator.disturb_webhooks(Knobs {
        reorder: true,
        drop_status: vec!["completed".to_owned()],
        ..Knobs::default()
    });
    let (_, call) = stage.harness.post("/Calls.json", &form).await;
    stage.ended(call["sid"].as_str().unwrap()).await;
    let told = stage.app.count("/leg", 3).await;
    let order: Vec<_> = told.iter().map(|one| one.param("CallStatus")).collect();
    assert_eq!(order, ["ringing", "initiated", "in-progress"]);
    super::eventually("the loss is noted", || {
        to(&stage, "/leg").iter().any(|hook| hook.dropped)
    })
    .await;
    assert!(
        to(&stage, "/leg")
            .iter()
            .all(|hook| hook.dropped == (hook.param("CallStatus") == Some("completed")))
    );
}

#[tokio::test]
async fn secrets_are_not_kept() {
    let stage = stage(|_| "<Hangup/>".to_owned()).await;
    let token = stage.harness.account.auth_token.clone();
    stage.harness.simulator.edit_number(&stage.harness.number, |number| {
        number.voice_url = Some(stage.app.url(&format!("/voice?token={token}")));
    });
    let sid = stage.call_in(tone(700.0));
    stage.ended(&sid).await;
    let text = serde_json::to_string(&stage.harness.simulator.webhooks()).unwrap();
    assert!(text.contains("[redacted]") && !text.contains(&token));
    let signature = &stage.app.first("/voice").await.signature;
    assert!(!text.contains(signature));
}
