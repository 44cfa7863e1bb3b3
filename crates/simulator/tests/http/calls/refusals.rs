//! What is not placed, and with which of Twilio's codes.

use simulator::{AccountKind, AccountSeed, NumberSeed};

use super::{CALLEE, CALLER, OWN, stage, tone};
use crate::{harness, refused};

#[tokio::test]
async fn forms_that_lack_something_have_twilios_codes() {
    let harness = harness().await;
    let long = format!("<Response>{}</Response>", " ".repeat(4000));
    let cases: [(&[(&str, &str)], u64); 14] = [
        (&[("From", OWN), ("Twiml", "<Response/>")], 21201),
        (&[("To", CALLEE), ("Twiml", "<Response/>")], 21213),
        (&[("To", "5550122"), ("From", OWN), ("Twiml", "<Response/>")], 21211),
        (&[("To", "client:"), ("From", OWN), ("Twiml", "<Response/>")], 21211),
        (
            &[("To", CALLEE), ("From", "no number"), ("Twiml", "<Response/>")],
            21212,
        ),
        (&[("To", CALLEE), ("From", CALLER), ("Twiml", "<Response/>")], 21210),
        (&[("To", CALLEE), ("From", OWN)], 21205),
        (&[("To", CALLEE), ("From", OWN), ("Url", "ftp://x/")], 21205),
        (&[("To", CALLEE), ("From", OWN), ("Url", "http://a_b/")], 21205),
        (&[("To", CALLEE), ("From", OWN), ("ApplicationSid", "AP1")], 21218),
        (&[("To", CALLEE), ("From", OWN), ("Twiml", &long)], 20422),
        (
            &[
                ("To", CALLEE),
                ("From", OWN),
                ("Twiml", "<Response/>"),
                ("StatusCallback", "x"),
            ],
            21502,
        ),
        (
            &[
                ("To", CALLEE),
                ("From", OWN),
                ("Twiml", "<Response/>"),
                ("Timeout", "soon"),
            ],
            20422,
        ),
        (
            &[("To", CALLEE), ("From", OWN), ("Url", "http://x/"), ("Method", "PUT")],
            21403,
        ),
    ];
    for (form, code) in cases {
        assert_eq!(
            refused(harness.post("/Calls.json", form).await),
            (400, code),
            "{form:?}"
        );
    }
    assert!(harness.simulator.calls().is_empty());
    let detection = [
        ("To", CALLEE),
        ("From", OWN),
        ("Twiml", "<Response/>"),
        ("MachineDetection", "Enable"),
    ];
    assert_eq!(harness.post("/Calls.json", &detection).await.0, 501);
}

#[tokio::test]
async fn a_trial_account_calls_nobody_it_has_not_verified() {
    let mut harness = harness().await;
    let seed = AccountSeed {
        kind: AccountKind::Trial,
        ..AccountSeed::default()
    };
    harness.account = harness.simulator.add_account(seed);
    let number = NumberSeed {
        phone_number: "+14155550177".to_owned(),
        ..NumberSeed::default()
    };
    harness.simulator.add_number(&harness.account.sid, number);
    let form = [("To", CALLEE), ("From", "+14155550177"), ("Twiml", "<Response/>")];
    assert_eq!(refused(harness.post("/Calls.json", &form).await), (400, 21219));
}

#[tokio::test]
async fn calls_of_another_account_are_out_of_reach() {
    let stage = stage(|_| "<Pause length=\"9\"/>".to_owned()).await;
    let sid = stage.call_in(tone(600.0));
    let mut other = stage.harness;
    other.account = other.simulator.add_account(AccountSeed::default());
    let path = format!("/Calls/{sid}.json");
    assert_eq!(refused(other.get(&path).await), (404, 20404));
    assert_eq!(
        refused(other.post(&path, &[("Status", "completed")]).await),
        (404, 20404)
    );
    assert_eq!(other.get("/Calls.json").await.1["calls"].as_array().unwrap().len(), 0);
    let recordings = format!("/Calls/{sid}/Recordings.json");
    assert_eq!(refused(other.get(&recordings).await), (404, 20404));
}

#[tokio::test]
async fn a_caller_id_must_be_ones_own() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => format!("<Dial callerId=\"+33123456789\" action=\"/dialled\">{CALLEE}</Dial>"),
        _ => "<Hangup/>".to_owned(),
    })
    .await;
    let sid = stage.call_in(tone(600.0));
    assert_eq!(stage.app.first("/dialled").await.param("DialCallStatus"), "failed");
    let call = stage.ended(&sid).await;
    assert_eq!(call.notices[0].code, 13214);
    assert!(stage.child(&sid).is_none());
}

#[tokio::test]
async fn a_number_that_points_nowhere_cannot_be_called() {
    let stage = stage(|_| String::new()).await;
    stage
        .harness
        .simulator
        .edit_number(&stage.harness.number, |number| number.voice_url = None);
    let sid = stage.call_in(tone(600.0));
    assert_eq!(stage.ended(&sid).await.status, simulator::CallStatus::Failed);
}
