//! The API key rolls: by itself, on request, through faults, crashes and a disconnect, and nothing is left of it.

use std::sync::Arc;

use services::{Caller, Parts, Services, Settings};
use simulator::{Effect, Fault};

use crate::crashes::Case;
use crate::faults::{blackouts, each, kinds_at};
use crate::harness::{Installation, connected};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// After so many milliseconds a former key is due, and work that failed is tried again.
const TWO_HOURS: i64 = 2 * 60 * 60 * 1000;

async fn key(product: &Installation, caller: &Caller) -> String {
    let connected = product.services.connections.credentials(caller).await.unwrap();
    connected.api_key_sid
}

/// The key that the phone's token is signed with.
async fn signer(product: &Installation, caller: &Caller) -> String {
    let token = product.services.connections.voice_token(caller).await.unwrap().token;
    let claims = token.split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["iss"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_rolls_by_itself_and_the_former_one_goes_an_hour_later() {
    let (world, product, ann, account, before) = connected().await;
    let connections = &product.services.connections;
    let first = key(&product, &ann).await;
    world.clock.advance(89 * DAY);
    connections.watch_once().await.unwrap();
    assert_eq!(key(&product, &ann).await, first);
    let age = connections.setup(&ann).await.unwrap().connection.unwrap().key;
    assert_eq!(age.rolls_at.unwrap().0 - age.made_at.0, 90 * DAY);

    world.clock.advance(DAY);
    connections.watch_once().await.unwrap();
    let second = key(&product, &ann).await;
    assert_ne!(second, first);
    assert_eq!(signer(&product, &ann).await, second);
    let keys = world.snapshot(&account).keys;
    assert!(
        keys.contains_key(&first) && keys.contains_key(&second),
        "tokens of both are good"
    );
    assert!(connections.check(&ann).await.unwrap().in_order);

    world.clock.advance(TWO_HOURS);
    connections.watch_once().await.unwrap();
    let keys = world.snapshot(&account).keys;
    assert!(keys.len() == 1 && keys.contains_key(&second));
    let view = connections.setup(&ann).await.unwrap().connection.unwrap();
    assert!(!view.key.former_waits);
    let notes: Vec<_> = view.notes.iter().map(|note| note.sentence.as_str()).collect();
    assert!(
        notes[0].contains("deleted") && notes[1].contains("replaced"),
        "{notes:?}"
    );
    connections.disconnect(&ann).await.unwrap();
    assert_eq!(world.snapshot(&account), before);
}

#[tokio::test]
async fn with_zero_days_no_key_rolls() {
    let (world, product, ann, ..) = connected().await;
    let first = key(&product, &ann).await;
    let settings = Settings {
        api_key_roll_days: 0,
        ..(*product.parts.settings).clone()
    };
    let services = Services::new(Parts {
        settings: Arc::new(settings),
        ..product.parts.clone()
    });
    world.clock.advance(1000 * DAY);
    services.connections.watch_once().await.unwrap();
    assert_eq!(key(&product, &ann).await, first);
    let age = services.connections.setup(&ann).await.unwrap().connection.unwrap().key;
    assert_eq!(age.rolls_at, None);
}

#[tokio::test]
async fn a_disconnect_takes_both_keys_with_it() {
    let (world, product, ann, account, before) = connected().await;
    let connections = &product.services.connections;
    connections.roll_key(&ann).await.unwrap();
    connections.roll_key(&ann).await.unwrap();
    assert_eq!(world.snapshot(&account).keys.len(), 3);
    // Even under another name.
    let removed = connections.disconnect(&ann).await.unwrap();
    assert_eq!(removed.left_behind, []);
    assert_eq!(world.snapshot(&account), before);
    world.clock.advance(TWO_HOURS);
    connections.watch_once().await.unwrap();
    assert_eq!(world.snapshot(&account), before);
}

#[tokio::test]
async fn several_servers_roll_a_key_once() {
    let (world, product, ann, account, _) = connected().await;
    let other = Services::new(product.parts.clone());
    world.clock.advance(90 * DAY);
    let (one, two) = tokio::join!(
        product.services.connections.watch_once(),
        other.connections.watch_once()
    );
    one.and(two).unwrap();
    assert_eq!(world.snapshot(&account).keys.len(), 2);
    assert_eq!(signer(&product, &ann).await, key(&product, &ann).await);
}

#[tokio::test]
async fn a_roll_beside_a_disconnect_ends_with_nothing_left() {
    let (world, product, ann, account, before) = connected().await;
    let connections = &product.services.connections;
    let (_, removed) = tokio::join!(connections.roll_key(&ann), connections.disconnect(&ann));
    if removed.is_err() {
        connections.disconnect(&ann).await.unwrap();
    }
    assert_eq!(world.snapshot(&account), before);
}

/// The requests of a roll, and of the end of a former key.
const ROLL: [(&str, &str); 2] = [("POST", "/Keys.json"), ("DELETE", "/Keys/*.json")];

async fn rolled_under(fault: Fault) {
    let case = format!("{fault:?}");
    let (world, product, ann, account, before) = connected().await;
    let connections = &product.services.connections;
    world.simulator.inject(fault);
    world.clock.advance(90 * DAY);
    for _ in 0..2 {
        connections.watch_once().await.unwrap();
        let signer = signer(&product, &ann).await;
        assert!(
            world.snapshot(&account).keys.contains_key(&signer),
            "{case}: tokens are no good"
        );
        world.clock.advance(TWO_HOURS);
    }
    world.simulator.clear_faults();
    for _ in 0..4 {
        connections.watch_once().await.unwrap();
        world.clock.advance(TWO_HOURS);
    }
    let keys = world.snapshot(&account).keys;
    assert!(
        keys.len() == 1 && keys.contains_key(&signer(&product, &ann).await),
        "{case}: {keys:?}"
    );
    let age = connections.setup(&ann).await.unwrap().connection.unwrap().key;
    assert!(
        age.made_at.plus(DAY) > product.parts.clock.now(),
        "{case}: it did not roll in the end"
    );
    connections.disconnect(&ann).await.unwrap();
    product.settle(&world.clock).await;
    assert_eq!(world.snapshot(&account), before, "{case}");
    assert!(product.parts.store.list_sealed().await.unwrap().is_empty(), "{case}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_any_request_of_a_roll_is_made_good() {
    each(kinds_at(&ROLL), rolled_under).await;
    each(blackouts(3), rolled_under).await;
}

/// Dies at the one request of a roll, before or after Twilio has made the key; what happens next is up to the case.
async fn died_rolling(effect: Effect) -> Case {
    let (case, first) = Case::new(true).await;
    drop(first);
    case.crash(0, effect, async |product, ann, _| {
        let _ = product.services.connections.roll_key(&ann).await;
    })
    .await;
    case
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_in_a_roll_leaves_the_key_in_use_and_nothing_else() {
    for effect in [Effect::HangBefore, Effect::HangAfter] {
        let case = died_rolling(effect.clone()).await;
        case.world.clock.advance(31_000);
        let product = case.world.start().await;
        product.services.connections.watch_once().await.unwrap();
        let keys = case.world.snapshot(&case.account).keys;
        assert_eq!(keys.len(), 1, "{effect:?}");
        assert!(keys.contains_key(&signer(&product, &case.ann).await), "{effect:?}");
        assert!(product.services.connections.check(&case.ann).await.unwrap().in_order);
        product.services.connections.disconnect(&case.ann).await.unwrap();
        case.is_as_before(&format!("{effect:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnect_after_a_crash_in_a_roll_takes_everything_back() {
    for effect in [Effect::HangBefore, Effect::HangAfter] {
        let case = died_rolling(effect.clone()).await;
        case.world.clock.advance(31_000);
        let product = case.world.start().await;
        product.services.connections.disconnect(&case.ann).await.unwrap();
        case.is_as_before(&format!("{effect:?}")).await;
    }
}
