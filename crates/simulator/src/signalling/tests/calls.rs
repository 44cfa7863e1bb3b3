use serde_json::{Value, json};

use super::{Bench, Browser, Dialled, bench};
use crate::signalling::{CallError, Ended, Line, Rung};

async fn dialled(bench: &mut Bench, browser: &mut Browser) -> Dialled {
    browser.dial("To=%2B1555&Foo=a%20b%26c%3D%C3%A4&Empty=&tier=lead").await;
    bench.dialled.recv().await.unwrap()
}

fn answered(rung: Rung) -> Line {
    match rung {
        Rung::Answered(line) => line,
        other => panic!("{other:?}"),
    }
}

fn code(hangup: &Value) -> u64 {
    hangup["error"]["code"].as_u64().unwrap()
}

#[tokio::test]
async fn a_browser_dials_presses_keys_and_hangs_up() {
    let mut bench = bench().await;
    let mut browser = bench.listening("user_1").await;
    let call = dialled(&mut bench, &mut browser).await;
    assert_eq!(
        (call.identity.as_str(), call.application_sid.as_str()),
        ("user_1", "AP1")
    );
    assert_eq!(call.account_sid, bench.account);
    let parameters: Vec<(&str, &str)> = call
        .parameters
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    // What the customer's server has signed wins over what the page says.
    assert_eq!(
        parameters,
        [("tier", "gold"), ("To", "+1555"), ("Foo", "a b&c=ä"), ("Empty", "")]
    );
    let line = call.line;
    line.ringing();
    line.ringing();
    line.answer();
    line.answer();
    assert_eq!(browser.next("ringing").await, json!({ "callsid": line.call_sid() }));
    let answer = browser.next("answer").await;
    assert_eq!(answer["callsid"], line.call_sid());
    assert!(answer["sdp"].as_str().unwrap().contains("a=candidate"));
    assert_eq!(answer["reconnect"].as_str().unwrap().len(), 48);

    let mut keys = line.leg().digits();
    browser
        .say("dtmf", json!({ "callsid": line.call_sid(), "dtmf": "5w#" }))
        .await;
    assert_eq!((keys.recv().await, keys.recv().await), (Some('5'), Some('#')));
    let message = json!({ "callsid": line.call_sid(), "voiceeventsid": "KX1", "content": "{}" });
    browser.say("message", message).await;
    assert_eq!(browser.next("ack").await["voiceeventsid"], "KX1");

    browser.say("hangup", json!({ "callsid": line.call_sid() })).await;
    assert_eq!(line.ended().await, Ended::ByBrowser);
    assert!(!line.leg().report().open);
}

#[tokio::test]
async fn a_call_that_is_refused_before_it_rings_is_named_as_the_browser_named_it() {
    let mut bench = bench().await;
    let mut browser = bench.listening("user_1").await;
    let call = dialled(&mut bench, &mut browser).await;
    call.line.hang_up(Some(CallError::BUSY));
    let hangup = browser.next("hangup").await;
    assert_eq!((hangup["callsid"].as_str(), code(&hangup)), (Some("TJS1"), 31486));
    assert_eq!(call.line.ended().await, Ended::ByUs);

    let call = dialled(&mut bench, &mut browser).await;
    browser.say("hangup", json!({ "callsid": "TJS1" })).await;
    assert_eq!(call.line.ended().await, Ended::ByBrowser);

    let call = dialled(&mut bench, &mut browser).await;
    call.line.ringing();
    let call_sid = call.line.call_sid().to_owned();
    drop(call);
    browser.next("ringing").await;
    assert_eq!(browser.next("hangup").await, json!({ "callsid": call_sid }));
}

#[tokio::test]
async fn a_browser_that_may_not_dial_learns_why() {
    let bench = bench().await;
    let mut nobody = bench.connect().await;
    nobody.dial("").await;
    assert_eq!(code(&nobody.next("hangup").await), 31201);
    for (change, expected) in [(Value::Null, 31201), (json!({ "application_sid": "AP404" }), 31001)] {
        let mut browser = bench.connect().await;
        let token = bench.token("user_1", |claims| claims["grants"]["voice"]["outgoing"] = change);
        browser.listen(&token).await;
        browser.next("connected").await;
        browser.dial("").await;
        let hangup = browser.next("hangup").await;
        assert_eq!((hangup["callsid"].as_str(), code(&hangup)), (Some("TJS1"), expected));
    }
    let mut browser = bench.listening("user_1").await;
    let nonsense = json!({ "callsid": "TJS1", "sdp": "v=0\r\n", "twilio": {} });
    browser.say("invite", nonsense).await;
    assert_eq!(code(&browser.next("hangup").await), 31400);
}

#[tokio::test]
async fn nobody_runs_calls() {
    let mut bench = bench().await;
    let mut browser = bench.listening("user_1").await;
    bench.dialled.close();
    browser.dial("").await;
    assert_eq!(code(&browser.next("hangup").await), 31480);
}

#[tokio::test]
async fn a_call_rings_everywhere_and_the_first_answer_has_it() {
    let bench = bench().await;
    let mut first = bench.registered("user_1").await;
    let mut second = bench.registered("user_1").await;
    let mut other = bench.registered("user_2").await;
    let mut ringing = bench.shared.signalling.ring(bench.ring("user_1"));
    let invite = first.next("invite").await;
    let late = second.next("invite").await;
    assert_eq!(invite["parameters"]["Params"], "call_id=a%20b");
    assert_eq!(invite["parameters"]["StirStatus"], "TN-Validation-Passed-A");
    assert_eq!(invite["parameters"]["From"], "+14155550199");
    assert_ne!(invite["reconnect"], late["reconnect"]);
    first.accept(&invite).await;
    let line = answered(ringing.next().await);
    assert_eq!((line.call_sid(), line.identity()), ("CA1", "user_1"));
    assert_eq!(second.next("cancel").await, json!({ "callsid": "CA1" }));
    second.accept(&late).await;
    assert_eq!(second.next("hangup").await, json!({ "callsid": "CA1" }));
    drop(ringing);
    line.hang_up(None);
    assert_eq!(first.next("hangup").await, json!({ "callsid": "CA1" }));
    other.dial("").await;
    assert!(line.ended().await == Ended::ByUs);
}

#[tokio::test]
async fn a_call_is_declined_when_everybody_has_declined() {
    let bench = bench().await;
    let mut first = bench.registered("user_1").await;
    let mut second = bench.registered("user_1").await;
    let mut ringing = bench.shared.signalling.ring(bench.ring("user_1"));
    first.next("invite").await;
    second.next("invite").await;
    first.say("reject", json!({ "callsid": "CA1" })).await;
    // Who has declined is not asked again.
    first.say("register", json!({ "media": { "audio": true } })).await;
    first.next("ready").await;
    second.say("hangup", json!({ "callsid": "CA1" })).await;
    assert!(matches!(ringing.next().await, Rung::Rejected));
    assert!(matches!(ringing.next().await, Rung::Gone));
}

#[tokio::test]
async fn a_ring_that_is_given_up_is_cancelled_and_nobody_is_no_one_to_ring() {
    let bench = bench().await;
    let mut ringing = bench.shared.signalling.ring(bench.ring("user_1"));
    assert!(matches!(ringing.next().await, Rung::Gone));
    let mut browser = bench.registered("user_1").await;
    let ringing = bench.shared.signalling.ring(bench.ring("user_1"));
    let invite = browser.next("invite").await;
    drop(ringing);
    assert_eq!(browser.next("cancel").await, json!({ "callsid": "CA1" }));
    browser.accept(&invite).await;
    browser.next("hangup").await;
    // Taken by nobody: answered and hung up at once.
    let ringing = bench.shared.signalling.ring(bench.ring("user_1"));
    let invite = browser.next("invite").await;
    browser.accept(&invite).await;
    while bench.shared.signalling.registry().rings.len() == 1 {
        tokio::task::yield_now().await;
    }
    drop(ringing);
    browser.next("hangup").await;
    assert!(bench.shared.signalling.registry().calls.is_empty());
}

#[tokio::test]
async fn an_answer_without_sense_ends_that_fork() {
    let bench = bench().await;
    let mut browser = bench.registered("user_1").await;
    let mut ringing = bench.shared.signalling.ring(bench.ring("user_1"));
    browser.next("invite").await;
    browser.say("answer", json!({ "callsid": "CA1", "sdp": "v=0" })).await;
    assert_eq!(code(&browser.next("hangup").await), 31400);
    assert!(matches!(ringing.next().await, Rung::Gone));
}
