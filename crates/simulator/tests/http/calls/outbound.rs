//! Calls that a REST request places, and changes.

use simulator::{Behaviour, CallStatus, PhoneScript};

use super::{CALLEE, OWN, Stage, eventually, stage, tone};
use crate::refused;

async fn place(stage: &Stage, more: &[(&str, &str)]) -> String {
    let mut form = vec![("To", CALLEE), ("From", OWN)];
    form.extend(more);
    let (status, body) = stage.harness.post("/Calls.json", &form).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(
        (&body["status"], &body["direction"]),
        (&"queued".into(), &"outbound-api".into())
    );
    assert_eq!(
        (&body["start_time"], &body["to_formatted"]),
        (&serde_json::Value::Null, &"(415) 555-0122".into())
    );
    body["sid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_call_rings_plays_and_reports_every_step() {
    let stage = stage(|_| "<Say>Hello</Say>".to_owned()).await;
    stage.harness.simulator.script_phone(CALLEE, tone(900.0));
    let (url, status) = (stage.app.url("/answered"), stage.app.url("/leg"));
    let sid = place(
        &stage,
        &[
            ("Url", &url),
            ("StatusCallback", &status),
            ("StatusCallbackEvent", "initiated"),
            ("StatusCallbackEvent", "ringing"),
            ("StatusCallbackEvent", "answered"),
            ("StatusCallbackEvent", "completed"),
        ],
    )
    .await;
    let asked = stage.app.first("/answered").await;
    assert_eq!(
        (asked.param("CallStatus"), asked.param("Direction")),
        ("in-progress", "outbound-api")
    );
    assert_eq!(
        (asked.param("To"), asked.param("From"), asked.param("CallSid")),
        (CALLEE, OWN, sid.as_str())
    );
    let steps = stage.app.count("/leg", 4).await;
    let told: Vec<_> = steps.iter().map(|step| step.param("CallStatus")).collect();
    assert_eq!(told, ["initiated", "ringing", "in-progress", "completed"]);
    assert_eq!(steps[3].param("CallDuration"), "1");
    let (_, body) = stage.harness.get(&format!("/Calls/{sid}.json")).await;
    assert_eq!((&body["status"], &body["duration"]), (&"completed".into(), &"1".into()));
    assert!(body["end_time"].is_string() && body["start_time"].is_string());
    assert!(
        stage.app.at("/status").is_empty(),
        "the number's callback is for calls to it"
    );
}

#[tokio::test]
async fn a_live_call_is_redirected_and_ended() {
    let stage = stage(|_| "<Pause length=\"30\"/>".to_owned()).await;
    stage.harness.simulator.script_phone(CALLEE, tone(900.0));
    let sid = place(&stage, &[("Twiml", "<Response><Pause length=\"60\"/></Response>")]).await;
    let path = format!("/Calls/{sid}.json");
    stage.in_state(&sid, CallStatus::InProgress).await;
    let both = [("Url", stage.app.url("/next")), ("Twiml", "<Response/>".to_owned())];
    let both: Vec<_> = both.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(refused(stage.harness.post(&path, &both).await), (400, 20422));
    assert_eq!(
        refused(stage.harness.post(&path, &[("Status", "canceled")]).await),
        (400, 21220)
    );
    assert_eq!(
        refused(stage.harness.post(&path, &[("Status", "ringing")]).await),
        (400, 20422)
    );
    assert_eq!(
        stage.harness.post(&path, &[("Url", &stage.app.url("/next"))]).await.0,
        200
    );
    assert_eq!(stage.app.first("/next").await.param("CallStatus"), "in-progress");
    let twiml = "<Response><Say>Redirected</Say><Pause length=\"60\"/></Response>";
    assert_eq!(stage.harness.post(&path, &[("Twiml", twiml)]).await.0, 200);
    eventually("it plays that", || stage.call(&sid).said == ["Redirected"]).await;
    assert_eq!(stage.harness.post(&path, &[("Status", "completed")]).await.0, 200);
    assert_eq!(stage.ended(&sid).await.status, CallStatus::Completed);
    for form in [
        ("Status", "completed"),
        ("Twiml", "<Response/>"),
        ("Status", "canceled"),
    ] {
        assert_eq!(refused(stage.harness.post(&path, &[form]).await), (400, 21220));
    }
}

#[tokio::test]
async fn a_ringing_call_is_canceled_and_a_deaf_one_times_out() {
    let stage = stage(|_| String::new()).await;
    let never = PhoneScript {
        behaviour: Behaviour::NoAnswer,
        ..tone(900.0)
    };
    stage.harness.simulator.script_phone(CALLEE, never);
    let status = stage.app.url("/leg");
    let sid = place(&stage, &[("Twiml", "<Response/>"), ("StatusCallback", &status)]).await;
    stage.in_state(&sid, CallStatus::Ringing).await;
    let path = format!("/Calls/{sid}.json");
    assert_eq!(
        refused(stage.harness.post(&path, &[("Twiml", "<Response/>")]).await),
        (400, 21220)
    );
    assert_eq!(stage.harness.post(&path, &[("Status", "canceled")]).await.0, 200);
    assert_eq!(stage.ended(&sid).await.status, CallStatus::Canceled);
    let late = place(&stage, &[("Twiml", "<Response/>"), ("Timeout", "1")]).await;
    assert_eq!(stage.ended(&late).await.status, CallStatus::NoAnswer);
    let told = stage.app.first("/leg").await;
    assert_eq!(
        (told.param("CallStatus"), told.param("SipResponseCode")),
        ("canceled", "487")
    );
}

#[tokio::test]
async fn a_browser_that_is_not_there_does_not_answer() {
    let stage = stage(|_| String::new()).await;
    let form = [("To", "client:u_1"), ("From", OWN), ("Twiml", "<Response/>")];
    let (status, body) = stage.harness.post("/Calls.json", &form).await;
    assert_eq!((status, &body["to"]), (201, &"client:u_1".into()));
    assert_eq!(
        stage.ended(body["sid"].as_str().unwrap()).await.status,
        CallStatus::NoAnswer
    );
}

#[tokio::test]
async fn calls_are_listed_newest_first_and_by_what_they_are() {
    let stage = stage(|_| format!("<Dial>{CALLEE}</Dial>")).await;
    stage.harness.simulator.script_phone(CALLEE, tone(900.0));
    let parent = stage.call_in(tone(600.0));
    stage.hears(&parent, 900.0).await;
    stage.harness.simulator.hang_up(&parent);
    stage.ended(&parent).await;
    let child = stage.child(&parent).unwrap();
    eventually("the leg ends", || stage.call(&child).status.is_final()).await;
    let count = async |query: &str| {
        let (_, body) = stage.harness.get(&format!("/Calls.json?{query}")).await;
        let calls = body["calls"].as_array().unwrap().clone();
        calls
            .iter()
            .map(|call| call["sid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(count("").await, [child.clone(), parent.clone()]);
    assert_eq!(
        count(&format!("ParentCallSid={parent}")).await,
        std::slice::from_ref(&child)
    );
    assert_eq!(count("To=%2B14155550122").await, std::slice::from_ref(&child));
    assert_eq!(count("From=%2B14155550188&Status=completed").await.len(), 2);
    assert_eq!(count("Status=busy").await.len(), 0);
    assert_eq!(count("StartTime%3C=2020-01-01").await.len(), 0);
    assert_eq!(count("StartTime%3E=2020-01-01").await.len(), 2);
    assert_eq!(
        refused(stage.harness.get("/Calls.json?StartTime=soon").await),
        (400, 20422)
    );
}
