//! Every fault at every request of a look, of what is mended by itself, and of Repair. Afterwards everything is as it should
//! be, or the person reads what is not; and nothing is left when the connection ends.

use simulator::{Effect, Fault};

use crate::crashes::{Case, moments};
use crate::faults::{blackouts, each, kinds_at};
use crate::harness::{connected, in_order, patiently};

const QUARTER: i64 = 19 * 60 * 1000;
const TWO_HOURS: i64 = 2 * 60 * 60 * 1000;
const ELSEWHERE: &str = "https://elsewhere.example.com/voice";

/// The requests of a look, and of what it sets back.
const MEND: [(&str, &str); 4] = [
    ("GET", "/Accounts/*.json"),
    ("GET", "/IncomingPhoneNumbers/*.json"),
    ("POST", "/Applications/*.json"),
    ("POST", "/IncomingPhoneNumbers/*.json"),
];

async fn mended_under(fault: Fault) {
    let case = format!("{fault:?}");
    let (mut world, _, ann, account, before) = connected().await;
    world.app_url = "https://new.example.com".into();
    let product = world.start().await;
    let connections = &product.services.connections;
    world.simulator.inject(fault);
    connections.watch_once().await.unwrap();
    world.simulator.clear_faults();
    let mut health = None;
    // A busy machine may make Twilio seem slow: then the look after that tells.
    for _ in 0..5 {
        world.clock.advance(QUARTER);
        connections.watch_once().await.unwrap();
        health = connections.health(&ann).await.unwrap();
        if health.as_ref().is_some_and(|health| health.in_order) {
            break;
        }
    }
    assert!(
        health.as_ref().is_some_and(|health| health.in_order),
        "{case}: {health:?}"
    );
    let number = world.simulator.number(&account.used);
    assert!(
        number.voice_url.unwrap().starts_with("https://new.example.com/"),
        "{case}"
    );
    connections.disconnect(&ann).await.unwrap();
    product.settle(&world.clock).await;
    assert_eq!(world.snapshot(&account), before, "{case}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_any_request_of_mending_is_made_good() {
    each(kinds_at(&MEND), mended_under).await;
}

/// The requests of Repair.
const REPAIR: [(&str, &str); 4] = [
    ("GET", "/IncomingPhoneNumbers/*.json"),
    ("POST", "/Applications.json"),
    ("POST", "/Keys.json"),
    ("POST", "/IncomingPhoneNumbers/*.json"),
];

async fn repaired_under(fault: Fault) {
    let case = format!("{fault:?}");
    let (world, product, ann, account, before) = connected().await;
    let connections = &product.services.connections;
    let connected = connections.credentials(&ann).await.unwrap();
    world.simulator.delete_application(&connected.application_sid);
    world.simulator.delete_key(&connected.api_key_sid);
    world
        .simulator
        .edit_number(&account.used, |number| number.voice_url = Some(ELSEWHERE.into()));
    world.simulator.inject(fault);
    if let Err(error) = connections.repair(&ann).await {
        assert!(
            !matches!(error, services::ServiceError::Internal(_)),
            "{case}: {}",
            error.chain()
        );
    }
    world.simulator.clear_faults();
    // Either all is well, or it is told, and pressing again mends it.
    let health = patiently(async || connections.check(&ann).await).await;
    let signer = connections.credentials(&ann).await.unwrap().api_key_sid;
    let works = world.snapshot(&account).keys.contains_key(&signer);
    assert!(
        works || health.missing.iter().any(|one| one.contains("API key")),
        "{case}: {health:?}"
    );
    if !health.in_order {
        let repaired = patiently(async || connections.repair(&ann).await).await;
        assert!(health.repairable && repaired.in_order, "{case}");
    }
    // What was made twice goes when its time has come.
    for _ in 0..3 {
        connections.watch_once().await.unwrap();
        world.clock.advance(TWO_HOURS);
    }
    let now = world.snapshot(&account);
    assert_eq!((now.applications.len(), now.keys.len()), (1, 1), "{case}");
    connections.disconnect(&ann).await.unwrap();
    product.settle(&world.clock).await;
    assert_eq!(world.snapshot(&account), before, "{case}");
    assert!(product.parts.store.list_sealed().await.unwrap().is_empty(), "{case}");
    in_order(&product.parts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_any_request_of_repair_is_made_good() {
    each(kinds_at(&REPAIR), repaired_under).await;
    each(blackouts(8), repaired_under).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_request_of_repair_leaves_nothing_twice() {
    // The number is read, App and key are made, the number is set.
    for (passed, effect) in moments(7) {
        let name = format!("{effect:?} after {passed} requests");
        let (case, first) = Case::new(true).await;
        let connected = first.services.connections.credentials(&case.ann).await.unwrap();
        drop(first);
        case.world.simulator.delete_application(&connected.application_sid);
        case.world.simulator.delete_key(&connected.api_key_sid);
        case.world
            .simulator
            .edit_number(&case.account.used, |number| number.voice_url = Some(ELSEWHERE.into()));
        case.crash(passed, effect, async |product, ann, _| {
            let _ = product.services.connections.repair(&ann).await;
        })
        .await;
        case.world.clock.advance(31_000);
        let product = case.world.start().await;
        let connections = &product.services.connections;
        connections.watch_once().await.unwrap();
        let health = connections.check(&case.ann).await.unwrap();
        if !health.in_order {
            assert!(
                connections.repair(&case.ann).await.unwrap().in_order,
                "{name}: {health:?}"
            );
        }
        let now = case.world.snapshot(&case.account);
        assert_eq!((now.applications.len(), now.keys.len()), (1, 1), "{name}");
        connections.voice_token(&case.ann).await.unwrap();
        connections.disconnect(&case.ann).await.unwrap();
        case.is_as_before(&name).await;
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_mend_is_no_reason_to_mend_again() {
    let (mut world, _, ann, ..) = connected().await;
    world.app_url = "https://new.example.com".into();
    let product = world.start().await;
    world
        .simulator
        .inject(Fault::once("POST", "/IncomingPhoneNumbers/*.json", Effect::DropAfter));
    assert!(product.services.connections.check(&ann).await.unwrap().in_order);
    world.simulator.clear_journal();
    assert!(product.services.connections.check(&ann).await.unwrap().in_order);
    let writes = world.requests().iter().filter(|one| one.starts_with("POST")).count();
    assert_eq!(writes, 0);
}
