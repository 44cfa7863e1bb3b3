//! Every fault at every request of Verify, of Save and of Disconnect, once and for ever. Afterwards the account is either
//! connected or exactly as it was before, nothing of ours is left in it, and what is stored agrees with itself.

use std::time::Duration;

use futures::StreamExt as _;
use simulator::{AccountSnapshot, Effect, Fault, NumberSeed};

use crate::harness::{Installation, TestAccount, World, in_order, patiently, scene, scene_in};

/// The requests of Verify.
const VERIFY: [(&str, &str); 2] = [("GET", "/Accounts/*.json"), ("GET", "/IncomingPhoneNumbers.json")];

/// The requests of Save, in order.
const SAVE: [(&str, &str); 5] = [
    ("GET", "/Accounts/*.json"),
    ("GET", "/IncomingPhoneNumbers/*.json"),
    ("POST", "/Applications.json"),
    ("POST", "/Keys.json"),
    ("POST", "/IncomingPhoneNumbers/*.json"),
];

/// The requests of Disconnect.
const DISCONNECT: [(&str, &str); 6] = [
    ("GET", "/IncomingPhoneNumbers/*.json"),
    ("POST", "/IncomingPhoneNumbers/*.json"),
    ("GET", "/Applications.json"),
    ("DELETE", "/Applications/*.json"),
    ("GET", "/Keys.json"),
    ("DELETE", "/Keys/*.json"),
];

fn effects() -> Vec<Effect> {
    let after = |status, code| match Effect::status(status, code) {
        Effect::Status {
            status, code, message, ..
        } => Effect::StatusAfter { status, code, message },
        other => other,
    };
    vec![
        Effect::status(500, 20500),
        after(500, 20500),
        after(503, 20503),
        Effect::status(429, 20429),
        Effect::status(401, 20003),
        Effect::status(400, 21402),
        Effect::DropBefore,
        Effect::DropAfter,
        Effect::HangBefore,
        Effect::HangAfter,
        Effect::Garbage,
        Effect::GarbageAfter,
        Effect::Redirect("http://127.0.0.1:9/".into()),
        Effect::HugeBody,
    ]
}

/// One effect of each kind: an error and a silence before and after the request took effect, a cut connection, an answer that
/// is none, and the two refusals that every request may meet.
fn kinds() -> Vec<Effect> {
    let one_of_each = |effect: &Effect| match effect {
        Effect::Status { status, .. } => matches!(status, 500 | 429 | 401),
        Effect::StatusAfter { status, .. } => *status == 500,
        Effect::DropAfter | Effect::HangBefore | Effect::HangAfter | Effect::GarbageAfter => true,
        _ => false,
    };
    effects().into_iter().filter(one_of_each).collect()
}

/// One effect of each kind at every request, once and for ever.
pub fn kinds_at(requests: &[(&'static str, &'static str)]) -> Vec<Fault> {
    matrix(requests, &kinds())
}

/// Every effect at every request, once and for ever, as faults to inject.
fn matrix(requests: &[(&'static str, &'static str)], effects: &[Effect]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (method, path) in requests {
        for effect in effects {
            faults.push(Fault::once(method, path, effect.clone()));
            faults.push(Fault::forever(method, path, effect.clone()));
        }
    }
    faults
}

/// Twilio goes dark, in one of three ways, after any number of requests, and stays so.
pub fn blackouts(requests: u32) -> Vec<Fault> {
    let ways = [
        Effect::status(503, 20503),
        Effect::DropBefore,
        Effect::status(401, 20003),
    ];
    ways.iter()
        .flat_map(|effect| {
            (0..requests).map(|passed| Fault {
                method: None,
                path: "*".into(),
                skip: passed,
                times: None,
                effect: effect.clone(),
            })
        })
        .collect()
}

/// Nothing of ours is in the account, and the database holds no secret any more.
async fn is_clean(world: &World, product: &Installation, account: &TestAccount, before: &AccountSnapshot, case: &str) {
    assert_eq!(&world.snapshot(account), before, "{case}");
    assert!(
        product.parts.store.list_sealed().await.unwrap().is_empty(),
        "{case}: a secret was kept"
    );
    in_order(&product.parts).await;
}

/// So many numbers are one more than a page of Twilio's holds.
const NUMBERS: usize = 1_001;

async fn verify_under(fault: Fault) {
    let case = format!("{fault:?}");
    let (numbers, (world, product, ann, account)) = match fault.skip {
        0 => (2, scene().await),
        // A busy machine takes its time for a thousand of them.
        _ => (
            NUMBERS,
            scene_in(World::with_patience(Duration::from_secs(5)).await).await,
        ),
    };
    let connections = &product.services.connections;
    for index in 2..numbers {
        let phone_number = format!("+1415556{index:04}");
        let number = NumberSeed {
            phone_number,
            ..NumberSeed::default()
        };
        world.simulator.add_number(&account.sid, number);
    }
    let before = world.snapshot(&account);
    world.simulator.inject(fault);
    let verified = connections.verify(&ann, &account.sid, &account.auth_token).await;
    world.simulator.clear_faults();
    match verified {
        Ok(verified) => assert_eq!(verified.phone_numbers.len(), numbers, "{case}: some are left out"),
        Err(error) => {
            assert!(
                !matches!(error, services::ServiceError::Internal(_)),
                "{case}: {}",
                error.chain()
            );
            let setup = connections.setup(&ann).await.unwrap();
            assert!(setup.draft.is_none() && setup.refused.is_some(), "{case}");
            is_clean(&world, &product, &account, &before, &case).await;
        }
    }
    assert_eq!(world.snapshot(&account), before, "{case}");
    let read_only = world.requests().iter().all(|request| request.starts_with("GET "));
    assert!(read_only, "{case}");
    let verified = patiently(async || connections.verify(&ann, &account.sid, &account.auth_token).await).await;
    assert_eq!(verified.phone_numbers.len(), numbers, "{case}");
    in_order(&product.parts).await;
}

async fn save_under(fault: Fault) {
    let case = format!("{fault:?}");
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);

    world.simulator.inject(fault);
    let saved = connections.save(&ann, account.save(&account.used)).await;
    world.simulator.clear_faults();
    match saved {
        Ok(connected) => {
            let now = world.snapshot(&account);
            assert_eq!((now.applications.len(), now.keys.len()), (1, 1), "{case}: an orphan");
            assert!(now.applications.contains_key(&connected.application_sid), "{case}");
            assert!(now.keys.contains_key(&connected.api_key_sid), "{case}");
            connections.voice_token(&ann).await.unwrap();
            connections.disconnect(&ann).await.unwrap();
        }
        Err(error) => {
            assert!(
                !matches!(error, services::ServiceError::Internal(_)),
                "{case}: {}",
                error.chain()
            );
            assert!(!error.problem().message.is_empty());
            let listed = connections.setup(&ann).await.unwrap().left_behind;
            assert!(
                listed.iter().all(|one| !one.sid.is_empty() && !one.why.is_empty()),
                "{case}: {listed:?}"
            );
            assert!(
                world.snapshot(&account) == before || !listed.is_empty(),
                "{case}: an orphan that nobody is told of"
            );
            product.settle(&world.clock).await;
        }
    }
    is_clean(&world, &product, &account, &before, &case).await;
    // The way is free again.
    connections.save(&ann, account.save(&account.used)).await.unwrap();
}

async fn disconnect_under(fault: Fault) {
    let case = format!("{fault:?}");
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);
    connections.save(&ann, account.save(&account.used)).await.unwrap();

    world.simulator.inject(fault);
    let removed = connections.disconnect(&ann).await.unwrap();
    assert!(
        connections.credentials(&ann).await.is_err(),
        "{case}: it is gone for the person at once"
    );
    world.simulator.clear_faults();
    let listed = connections.setup(&ann).await.unwrap().left_behind;
    assert_eq!(removed.left_behind, listed, "{case}");
    if !removed.left_behind.is_empty() {
        assert!(
            listed.iter().all(|one| !one.sid.is_empty() && !one.why.is_empty()),
            "{case}: {listed:?}"
        );
        product.settle(&world.clock).await;
    }
    assert!(connections.setup(&ann).await.unwrap().left_behind.is_empty(), "{case}");
    is_clean(&world, &product, &account, &before, &case).await;
}

/// Runs the cases a few at a time.
pub async fn each<F: Future<Output = ()>>(faults: Vec<Fault>, case: impl Fn(Fault) -> F) {
    assert!(!faults.is_empty());
    futures::stream::iter(faults)
        .map(case)
        .buffer_unordered(6)
        .collect::<Vec<()>>()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_any_request_of_verify_changes_nothing() {
    let mut faults = matrix(&VERIFY, &effects());
    // The same at the second page.
    let second = kinds_at(&[VERIFY[1]])
        .into_iter()
        .map(|fault| Fault { skip: 1, ..fault });
    faults.extend(second);
    each(faults, verify_under).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_any_request_of_save_leaves_no_trace() {
    each(matrix(&SAVE, &effects()), save_under).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twilio_going_dark_at_any_point_of_save_leaves_no_trace() {
    each(blackouts(12), save_under).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_any_request_of_disconnect_is_made_good() {
    each(matrix(&DISCONNECT, &effects()), disconnect_under).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twilio_going_dark_at_any_point_of_disconnect_is_made_good() {
    each(blackouts(7), disconnect_under).await;
}
