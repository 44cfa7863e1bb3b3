//! What a person does with a running call, with two phones of the simulator's on the line.

use std::time::Duration;

use domain::call::{CallEventKind, CallStatus};
use simulator::Simulator;

use crate::harness::{Installation, World, code};
use crate::voice_line::{Line, NUMBER, line, noted, sid, target_in};

/// Two legs at the simulated Twilio, the first of which has dialled the second.
struct Legs {
    parent: String,
    child: String,
}

/// The first leg stays when the second leaves, as one does that asks us what next.
async fn two_phones(simulator: &Simulator, line: &Line) -> Legs {
    let client = reqwest::Client::new();
    let account = &line.account;
    let calls = format!(
        "{}/2010-04-01/Accounts/{}/Calls.json",
        simulator.base_url(),
        account.sid
    );
    let twiml = format!(
        "<Response><Dial callerId=\"{NUMBER}\"><Number>+442079460111</Number></Dial><Pause length=\"120\"/></Response>"
    );
    let create = [("To", "+442079460112"), ("From", NUMBER), ("Twiml", &twiml)];
    let request = client
        .post(&calls)
        .basic_auth(&account.sid, Some(&account.auth_token))
        .form(&create);
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    let made: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let parent = made["sid"].as_str().unwrap().to_owned();
    for _ in 0..2_000 {
        let list = client
            .get(format!("{calls}?ParentCallSid={parent}&Status=in-progress"))
            .basic_auth(&account.sid, Some(&account.auth_token));
        let text = list.send().await.unwrap().text().await.unwrap();
        let list: serde_json::Value = serde_json::from_str(&text).unwrap();
        if let Some(child) = list["calls"][0]["sid"].as_str() {
            let child = child.to_owned();
            return Legs { parent, child };
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody answers");
}

/// The user is on the line with somebody, as far as we were told.
async fn talking(product: &Installation, line: &Line, legs: &Legs) {
    let xml = line.dials(product, &legs.parent, "+442079460111").await;
    let answered = [
        ("CallSid", legs.child.as_str()),
        ("ParentCallSid", &legs.parent),
        ("CallStatus", "in-progress"),
    ];
    line.status(product, &target_in(&xml, "statusCallback"), &answered)
        .await;
}

async fn scene() -> (World, Installation, Line, Legs) {
    let (world, product, line) = line().await;
    let legs = two_phones(&world.simulator, &line).await;
    talking(&product, &line, &legs).await;
    (world, product, line, legs)
}

#[tokio::test]
async fn the_other_party_is_held_and_taken_back() {
    let (_world, product, line, legs) = scene().await;
    let voice = &product.services.voice;
    voice.hold(&line.caller, &legs.child, true).await.unwrap();
    let call = line.call(&product, &legs.parent).await;
    assert!(call.on_hold);
    let name = call.id.to_string();
    assert_eq!(call.conference.as_ref(), Some(&name));
    // The first leg asks what next, and follows.
    let rang = [
        ("CallSid", legs.parent.as_str()),
        ("CallStatus", "in-progress"),
        ("DialCallStatus", "completed"),
    ];
    let next = format!("/webhooks/twilio/voice/{name}?then=dialled&step=1");
    let xml = line.ask(&product, &next, &rang).await;
    assert!(xml.contains("<Conference ") && xml.contains(&name), "{xml}");
    assert_eq!(
        line.call(&product, &legs.parent).await.summary.status,
        CallStatus::InProgress
    );

    voice.hold(&line.caller, &name, true).await.unwrap();
    voice.hold(&line.caller, &name, false).await.unwrap();
    assert!(!line.call(&product, &legs.parent).await.on_hold);
    voice.hold(&line.caller, &name, false).await.unwrap();
    let kinds: Vec<_> = noted(&product, call.id)
        .await
        .into_iter()
        .map(|event| event.0)
        .collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == CallEventKind::Held).count(), 1);
    assert_eq!(kinds.iter().filter(|kind| **kind == CallEventKind::Resumed).count(), 1);
}

#[tokio::test]
async fn twilio_is_asked_where_nobody_has_reported_the_answer_yet() {
    let (world, product, line) = line().await;
    let legs = two_phones(&world.simulator, &line).await;
    line.dials(&product, &legs.parent, "+442079460111").await;
    let voice = &product.services.voice;
    voice.hold(&line.caller, &legs.parent, true).await.unwrap();
    assert!(line.call(&product, &legs.parent).await.on_hold);
    // A call that nobody has answered is not in progress, whoever is asked.
    let ringing = sid("CA");
    line.rings(&product, &ringing).await;
    assert_eq!(
        code(voice.hold(&line.caller, &ringing, true).await),
        "call_not_in_progress"
    );
    assert_eq!(line.call(&product, &ringing).await.summary.status, CallStatus::Ringing);
}

#[tokio::test]
async fn the_recording_of_a_conference_names_no_leg_and_is_kept_all_the_same() {
    let (_world, product, line, legs) = scene().await;
    let call = line.call(&product, &legs.parent).await;
    let (recording, conference) = (sid("RE"), sid("CF"));
    let report = [
        ("ConferenceSid", conference.as_str()),
        ("RecordingSid", &recording),
        ("RecordingStatus", "completed"),
        ("RecordingDuration", "9"),
        ("RecordingSource", "Conference"),
    ];
    let target = format!("/webhooks/twilio/recording/{}", call.id);
    line.recorded(&product, &target, &report).await;
    line.recorded(&product, &target, &report).await;
    let found = product.parts.store.recordings_of_calls(&[call.id]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].duration_seconds, Some(9));
}

#[tokio::test]
async fn the_other_party_is_handed_over_to_whom_may_be_called() {
    let (world, product, line, legs) = scene().await;
    let voice = &product.services.voice;
    let id = line.call(&product, &legs.parent).await.id.to_string();
    assert_eq!(
        code(voice.transfer(&line.caller, &id, "+19005550100").await),
        "number_premium"
    );
    voice.transfer(&line.caller, &id, "020 7946 0113").await.unwrap();
    let call = line.call(&product, &legs.parent).await;
    assert_eq!(call.transferred_to.as_deref(), Some("+442079460113"));
    let journal = world.simulator.journal();
    let redirect = journal
        .iter()
        .rev()
        .find(|entry| entry.path.contains(&legs.child))
        .unwrap();
    assert!(
        redirect
            .form
            .iter()
            .any(|(name, value)| name == "Twiml" && value.contains(">+442079460113</Number>"))
    );
    assert_eq!(
        code(voice.transfer(&line.caller, &id, "020 7946 0114").await),
        "call_not_in_progress"
    );
    assert_eq!(code(voice.hold(&line.caller, &id, true).await), "call_not_in_progress");
}

#[tokio::test]
async fn a_call_is_ended_and_what_became_of_it_is_asked_where_no_report_comes() {
    let (world, product, line, legs) = scene().await;
    let voice = &product.services.voice;
    voice.end(&line.caller, &legs.parent).await.unwrap();
    // Nothing was reported to us, so it is still on for all we know.
    voice.end(&line.caller, &legs.parent).await.unwrap();
    assert_eq!(
        line.call(&product, &legs.parent).await.summary.status,
        CallStatus::InProgress
    );
    voice.work_once().await.unwrap();
    assert_eq!(
        line.call(&product, &legs.parent).await.summary.status,
        CallStatus::InProgress,
        "too early to ask"
    );
    world.clock.advance(3 * 60 * 1000);
    voice.work_once().await.unwrap();
    let call = line.call(&product, &legs.parent).await;
    assert_eq!(call.summary.status, CallStatus::Completed);
    voice.end(&line.caller, &legs.parent).await.unwrap();
    assert_eq!(
        code(voice.hold(&line.caller, &legs.parent, true).await),
        "call_not_in_progress"
    );
    assert_eq!(
        code(voice.transfer(&line.caller, &legs.parent, "020 7946 0114").await),
        "call_not_in_progress"
    );
}

#[tokio::test]
async fn nobody_does_anything_with_anothers_call() {
    let (world, product, line, legs) = scene().await;
    let voice = &product.services.voice;
    let bob = Line::of(&product, product.user().await, world.account()).await;
    let id = line.call(&product, &legs.parent).await.id.to_string();
    for call in [
        &id,
        &legs.parent,
        &legs.child,
        &sid("CA"),
        &String::new(),
        &"x".repeat(5_000),
    ] {
        assert_eq!(code(voice.hold(&bob.caller, call, true).await), "call_not_found");
        assert_eq!(
            code(voice.transfer(&bob.caller, call, "020 7946 0114").await),
            "call_not_found"
        );
        assert_eq!(code(voice.end(&bob.caller, call).await), "call_not_found");
    }
    assert_eq!(
        line.call(&product, &legs.parent).await.summary.status,
        CallStatus::InProgress
    );
}
