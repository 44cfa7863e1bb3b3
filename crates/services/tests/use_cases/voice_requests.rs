use domain::call::{CallEventKind, CallStatus, Direction, Origin};
use domain::connection::ConnectionState;
use services::ServiceError;
use simulator::{Effect, Fault};

use crate::harness::{code, scene, until};
use crate::voice_line::{Line, NUMBER, form, line, noted, sid, signed};
use services::voice::VoiceRequest;

const TO: &str = "020 7946 0199";

fn creates(effect: Effect) -> Fault {
    Fault {
        method: Some("POST".into()),
        path: "*/Calls.json".into(),
        skip: 0,
        times: None,
        effect,
    }
}

#[tokio::test]
async fn a_requested_call_is_kept_before_twilio_hears_of_it() {
    let (world, product, line) = line().await;
    let id = product
        .services
        .voice
        .request_call(&line.caller, TO, None)
        .await
        .unwrap();
    let call = product
        .parts
        .store
        .call(line.caller.user_id, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((call.direction, call.origin), (Direction::Outbound, Origin::Server));
    assert_eq!((call.from.as_str(), call.to.as_str()), (NUMBER, "+442079460199"));
    product.parts.tasks.close();
    product.parts.tasks.wait().await;

    let journal = world.simulator.journal();
    let create = journal
        .iter()
        .find(|entry| entry.method == "POST" && entry.path.ends_with("/Calls.json"))
        .unwrap();
    let field = |name: &str| {
        create
            .form
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(field("To"), Some(format!("client:{}", line.identity)));
    assert_eq!(field("From").as_deref(), Some(NUMBER));
    let url = field("Url").unwrap();
    assert!(
        url.contains(&format!("/webhooks/twilio/voice/{id}?then=browser")),
        "{url}"
    );
    assert!(field("StatusCallback").unwrap().contains(&format!("/call-status/{id}")));
    let call = product
        .parts
        .store
        .call(line.caller.user_id, id)
        .await
        .unwrap()
        .unwrap();
    let first = call.provider_sid.unwrap();

    // The browser answers: the other side is dialled.
    let asked = [
        ("CallSid", first.as_str()),
        ("CallStatus", "in-progress"),
        ("From", NUMBER),
        ("To", &field("To").unwrap()),
    ];
    let target = url
        .strip_prefix("https://phone.example.com")
        .unwrap()
        .split('#')
        .next()
        .unwrap();
    let xml = line.ask(&product, target, &asked).await;
    assert!(
        xml.contains(">+442079460199</Number>") && xml.contains(&format!("callerId=\"{NUMBER}\"")),
        "{xml}"
    );
    // Another call cannot ask for it.
    let params = form(&[("AccountSid", &line.account.sid), ("CallSid", &sid("CA"))]);
    let other = line.dials(&product, &sid("CA"), "test").await;
    assert!(other.contains("<Record"));
    assert!(
        signed::<VoiceRequest>(&product, "wrong", target, &params)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_key_makes_one_call_of_many_requests() {
    let (world, product, line) = line().await;
    let voice = &product.services.voice;
    let ask = |to: &'static str, key: &'static str| voice.request_call(&line.caller, to, Some(key));
    let (one, two, three) = tokio::join!(ask(TO, "k"), ask(TO, "k"), ask(TO, "k"));
    let id = one.unwrap();
    assert_eq!((two.unwrap(), three.unwrap()), (id, id));
    assert_eq!(ask(TO, "k").await.unwrap(), id);
    assert_eq!(code(ask("+442079460198", "k").await), "idempotency_key_reused");
    assert_eq!(code(ask(TO, "").await), "invalid_idempotency_key");
    assert_eq!(code(ask(TO, "a\nb").await), "invalid_idempotency_key");
    assert_ne!(ask(TO, "other").await.unwrap(), id);
    product.parts.tasks.close();
    product.parts.tasks.wait().await;
    let creates = world
        .requests()
        .iter()
        .filter(|request| request.starts_with("POST") && request.ends_with("/Calls.json"))
        .count();
    assert_eq!(creates, 2);
}

#[tokio::test]
async fn what_may_not_be_called_makes_no_call() {
    let (_world, product, line) = line().await;
    let voice = &product.services.voice;
    for (to, expected) in [
        ("", "number_empty"),
        ("911", "number_emergency"),
        ("client:x", "number_invalid"),
        ("+14155550199", "country_not_allowed"),
        (NUMBER, "own_number"),
    ] {
        let refused = voice.request_call(&line.caller, to, None).await.unwrap_err();
        assert!(
            matches!(&refused, ServiceError::Invalid(problem) if problem.fields.contains_key("to")),
            "{to}"
        );
        assert_eq!(refused.problem().code, expected);
    }
    assert!(line.calls(&product).await.is_empty());

    line.set(&product, |settings| settings.max_concurrent = 1).await;
    line.rings(&product, &sid("CA")).await;
    assert_eq!(code(voice.request_call(&line.caller, TO, None).await), "too_many_calls");
    let xml = line.dials(&product, &sid("CA"), TO).await;
    assert!(xml.contains("Only one call at once") && !xml.contains("<Dial"), "{xml}");
}

#[tokio::test]
async fn the_minutes_of_a_day_are_counted() {
    let (world, product, line) = line().await;
    line.set(&product, |settings| settings.max_minutes_a_day = 2).await;
    let (parent, callee) = (sid("CA"), sid("CA"));
    let xml = line.dials(&product, &parent, TO).await;
    assert!(xml.contains("timeLimit=\"120\""), "{xml}");
    let reports = crate::voice_line::target_in(&xml, "statusCallback");
    let answered = [
        ("CallSid", callee.as_str()),
        ("ParentCallSid", &parent),
        ("CallStatus", "in-progress"),
    ];
    line.status(&product, &reports, &answered).await;
    world.clock.advance(90_000);
    for (sid, target) in [(&callee, reports.as_str()), (&parent, "/webhooks/twilio/call-status")] {
        let over = [
            ("CallSid", sid.as_str()),
            ("CallStatus", "completed"),
            ("CallDuration", "90"),
        ];
        line.status(&product, target, &over).await;
    }
    let xml = line.dials(&product, &sid("CA"), TO).await;
    assert!(xml.contains("timeLimit=\"30\""), "{xml}");
    line.set(&product, |settings| settings.max_minutes_a_day = 1).await;
    let xml = line.dials(&product, &sid("CA"), TO).await;
    assert!(xml.contains("used up") && !xml.contains("<Dial"), "{xml}");
    world.clock.advance(25 * 60 * 60 * 1000);
    let xml = line.dials(&product, &sid("CA"), TO).await;
    assert!(xml.contains("timeLimit=\"60\""), "{xml}");
}

#[tokio::test]
async fn what_twilio_refuses_is_seen_from_the_call_and_what_it_never_answered_is_looked_up() {
    let (world, product, line) = line().await;
    let voice = &product.services.voice;
    world.simulator.inject(creates(Effect::Status {
        status: 400,
        code: 20500,
        message: "No.".into(),
        retry_after: None,
    }));
    let id = voice.request_call(&line.caller, TO, None).await.unwrap();
    let store = &product.parts.store;
    let call = |id| async move { store.call(line.caller.user_id, id).await.unwrap().unwrap() };
    wait_for(&product, id, CallEventKind::Problem).await;
    let refused = call(id).await;
    assert_eq!(refused.summary.status, CallStatus::Failed);
    assert!(refused.reason.is_some());
    world.simulator.clear_faults();

    world.simulator.inject(creates(Effect::HangBefore));
    let lost = voice.request_call(&line.caller, TO, None).await.unwrap();
    wait_for(&product, lost, CallEventKind::Problem).await;
    assert!(!call(lost).await.summary.status.is_terminal(), "it may be on its way");
    world.simulator.clear_faults();
    world.clock.advance(3 * 60 * 1000);
    voice.work_once().await.unwrap();
    assert_eq!(
        call(lost).await.summary.status,
        CallStatus::Failed,
        "Twilio has no such call"
    );
}

async fn wait_for(product: &crate::harness::Installation, id: domain::id::CallId, kind: CallEventKind) {
    for _ in 0..2_000 {
        if noted(product, id).await.iter().any(|event| event.0 == kind) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("never noted: {kind:?}");
}

#[tokio::test]
async fn without_an_account_nothing_can_be_called() {
    let (_world, product, ann, account) = scene().await;
    let voice = &product.services.voice;
    assert_eq!(code(voice.request_call(&ann, TO, None).await), "twilio_not_connected");
    let line = Line::of(&product, ann, account).await;
    let connection = product
        .parts
        .store
        .current_connection(line.caller.user_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(connection.state, ConnectionState::Connected);
    voice.request_call(&line.caller, TO, None).await.unwrap();
    until("the task ends", || product.parts.tasks.is_empty()).await;
}
