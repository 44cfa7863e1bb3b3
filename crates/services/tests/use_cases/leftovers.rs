//! What is in an account under our name although no row explains it: found, and removed; anybody else's is left alone.

use domain::id::ConnectionId;
use domain::setup::LeftoverState;
use services::{Caller, Entropy};
use simulator::{ApplicationSettings, Effect, Fault};

use crate::faults::{each, kinds_at};
use crate::harness::{self, Installation, TestAccount, World, patiently, scene, until};

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

async fn connected() -> (World, Installation, Caller, TestAccount) {
    let (world, product, ann, account, _) = harness::connected().await;
    (world, product, ann, account)
}

/// The name that this installation gives to what it makes for a connection.
async fn marker(product: &Installation, id: ConnectionId) -> String {
    let install = product.parts.store.installation().await.unwrap().unwrap().install_id;
    format!("Sniko {} {id}", &install[..12])
}

fn named(friendly_name: &str) -> ApplicationSettings {
    ApplicationSettings {
        friendly_name: friendly_name.into(),
        ..Default::default()
    }
}

/// An App and a key that some connection, long forgotten, has left; tells which key.
pub async fn orphans(world: &World, product: &Installation, account: &TestAccount) -> String {
    let marker = marker(product, ConnectionId(Entropy.uuid())).await;
    world.simulator.add_application(&account.sid, named(&marker));
    world.simulator.add_key(&account.sid, &marker).0
}

#[tokio::test]
async fn what_nobody_explains_is_removed_an_hour_after_it_was_seen() {
    let (world, product, ann, account) = connected().await;
    let connections = &product.services.connections;
    for name in [
        "Sniko",
        "Sniko 0123456789ab 0192f0c1-2f5e-7a3b-8c4d-0123456789ab",
        "Sniko test",
    ] {
        world.simulator.add_application(&account.sid, named(name));
        world.simulator.add_key(&account.sid, name);
    }
    let expected = world.snapshot(&account);
    orphans(&world, &product, &account).await;
    let with_orphans = world.snapshot(&account);

    let found = connections.search_leftovers(&ann).await.unwrap();
    assert!(
        found.len() == 2 && found.iter().all(|one| one.state == LeftoverState::Seen),
        "{found:?}"
    );
    world.clock.advance(HOUR - 1);
    connections.watch_once().await.unwrap();
    assert_eq!(world.snapshot(&account), with_orphans, "too young");
    world.clock.advance(1);
    connections.watch_once().await.unwrap();
    assert_eq!(world.snapshot(&account), expected);
    let view = connections.setup(&ann).await.unwrap().connection.unwrap();
    assert!(view.leftovers.len() == 2 && view.leftovers.iter().all(|one| one.state == LeftoverState::Removed));
    assert!(
        view.notes
            .iter()
            .any(|note| note.sentence.contains("left in your account"))
    );
    assert_eq!(product.parts.store.list_all_leftovers(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_explained_stays() {
    let (world, product, ann, account) = connected().await;
    let connections = &product.services.connections;
    // Left behind by an earlier connection: its own worker removes it. And a former key, which goes when its time comes.
    world
        .simulator
        .inject(Fault::forever("DELETE", "/Keys/*.json", Effect::status(503, 20503)));
    connections.disconnect(&ann).await.unwrap();
    connections.save(&ann, account.save(&account.used)).await.unwrap();
    connections.roll_key(&ann).await.unwrap();
    let before = world.snapshot(&account);
    assert_eq!(before.keys.len(), 3);
    for _ in 0..3 {
        assert_eq!(connections.search_leftovers(&ann).await.unwrap(), []);
        world.clock.advance(HOUR);
    }
    assert_eq!(world.snapshot(&account), before);
}

#[tokio::test]
async fn what_disappears_before_its_time_is_forgotten() {
    let (world, product, ann, account) = connected().await;
    let connections = &product.services.connections;
    let marker = marker(&product, ConnectionId(Entropy.uuid())).await;
    let (key, _) = world.simulator.add_key(&account.sid, &marker);
    assert_eq!(connections.search_leftovers(&ann).await.unwrap().len(), 1);
    world.simulator.delete_key(&key);
    assert_eq!(connections.search_leftovers(&ann).await.unwrap(), []);
}

#[tokio::test]
async fn accounts_are_searched_every_day() {
    let (world, product, _, account) = connected().await;
    let connections = &product.services.connections;
    connections.watch_once().await.unwrap();
    let expected = world.snapshot(&account);
    orphans(&world, &product, &account).await;
    world.clock.advance(DAY);
    connections.watch_once().await.unwrap();
    world.clock.advance(HOUR);
    connections.watch_once().await.unwrap();
    assert_eq!(world.snapshot(&account), expected);
}

#[tokio::test]
async fn a_create_that_arrives_after_everything_was_given_up_is_found() {
    for path in ["/Applications.json", "/Keys.json", "/IncomingPhoneNumbers/*.json"] {
        let (world, product, ann, account) = scene().await;
        let connections = &product.services.connections;
        let before = world.snapshot(&account);
        // Longer than anybody waits for an answer; then it takes effect.
        world
            .simulator
            .inject(Fault::forever("POST", path, Effect::Delay(2_500)));
        connections.save(&ann, account.save(&account.used)).await.unwrap_err();
        assert_eq!(
            product.parts.store.list_sealed().await.unwrap().len(),
            1,
            "{path}: the token stays for the last look"
        );
        until("it takes effect", || world.snapshot(&account) != before).await;
        until("all took effect", || {
            world.simulator.journal().iter().all(|entry| entry.ended.is_some())
        })
        .await;
        world.simulator.clear_faults();
        world.clock.advance(HOUR);
        connections.work_once().await.unwrap();
        assert_eq!(world.snapshot(&account), before, "{path}");
        assert!(product.parts.store.list_sealed().await.unwrap().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_last_look_is_tried_again_and_given_up_when_the_token_is_refused() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    world
        .simulator
        .inject(Fault::forever("POST", "/Keys.json", Effect::HangBefore));
    connections.save(&ann, account.save(&account.used)).await.unwrap_err();
    world.simulator.clear_faults();
    let away = world
        .simulator
        .inject(Fault::forever("GET", "*", Effect::status(503, 20503)));
    world.clock.advance(HOUR);
    connections.work_once().await.unwrap();
    assert_eq!(product.parts.store.list_sealed().await.unwrap().len(), 1);
    assert!(away > 0);
    world.simulator.clear_faults();
    world.simulator.rotate_auth_token(&account.sid);
    world.clock.advance(HOUR);
    connections.work_once().await.unwrap();
    assert!(product.parts.store.list_sealed().await.unwrap().is_empty());
}

/// The requests of a search.
const SEARCH: [(&str, &str); 4] = [
    ("GET", "/Applications.json"),
    ("GET", "/Keys.json"),
    ("DELETE", "/Applications/*.json"),
    ("DELETE", "/Keys/*.json"),
];

async fn searched_under(fault: Fault) {
    let case = format!("{fault:?}");
    let (world, product, ann, account) = connected().await;
    let connections = &product.services.connections;
    let expected = world.snapshot(&account);
    orphans(&world, &product, &account).await;
    patiently(async || connections.search_leftovers(&ann).await).await;
    world.simulator.inject(fault);
    world.clock.advance(HOUR);
    connections.watch_once().await.unwrap();
    let shown = connections.setup(&ann).await.unwrap().connection.unwrap().leftovers;
    assert_eq!(shown.len(), 2, "{case}");
    let explained = |state, why: &Option<String>| state != LeftoverState::Failed || why.is_some();
    assert!(
        shown.iter().all(|one| explained(one.state, &one.why)),
        "{case}: {shown:?}"
    );
    world.simulator.clear_faults();
    for _ in 0..4 {
        world.clock.advance(2 * HOUR);
        connections.watch_once().await.unwrap();
    }
    assert_eq!(world.snapshot(&account), expected, "{case}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_at_any_request_of_a_search_is_made_good() {
    each(kinds_at(&SEARCH), searched_under).await;
}
