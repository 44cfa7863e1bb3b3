//! Any write fails of what is kept beside a connection in use: its former keys, what was found in its account, and when it is
//! looked at. The phone works all the while, and in the end nothing is left at Twilio.

use futures::StreamExt as _;
use services::{Caller, ServiceError};
use simulator::AccountSnapshot;

use crate::database_faults::matrix;
use crate::harness::{Installation, World, in_order};
use crate::leftovers::orphans;
use crate::write_faults::{Write, faulty};

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

/// A search, a look and a roll, and what comes of them hours later.
async fn watched(world: &World, product: &Installation, ann: &Caller) -> Result<(), ServiceError> {
    let connections = &product.services.connections;
    let searched = connections.search_leftovers(ann).await.map(drop);
    let rolled = connections.roll_key(ann).await.map(drop);
    let looked = connections.watch_once().await;
    world.clock.advance(2 * HOUR);
    let cleared = connections.watch_once().await;
    searched.and(rolled).and(looked).and(cleared)
}

/// The keys and the Apps that there are.
fn counted(snapshot: &AccountSnapshot) -> (usize, usize) {
    (snapshot.keys.len(), snapshot.applications.len())
}

async fn watched_while_writes_fail(at: Write) {
    let world = World::patient().await;
    let product = world.start().await;
    let (ann, account) = (product.user().await, world.account());
    let before = world.snapshot(&account);
    let connections = &product.services.connections;
    connections.save(&ann, account.save(&account.used)).await.unwrap();
    let expected = counted(&world.snapshot(&account));
    // Some were seen before, of which one has gone since.
    let gone = orphans(&world, &product, &account).await;
    connections.search_leftovers(&ann).await.unwrap();
    world.simulator.delete_key(&gone);
    orphans(&world, &product, &account).await;
    let failed = faulty(&world, &product, at, watched(&world, &product, &ann))
        .await
        .is_none();
    assert!(connections.voice_token(&ann).await.is_ok(), "{at:?}: the phone is dead");
    for _ in 0..3 {
        world.clock.advance(DAY);
        connections.watch_once().await.unwrap();
        world.clock.advance(2 * HOUR);
        connections.watch_once().await.unwrap();
    }
    in_order(&product.parts).await;
    assert_eq!(
        counted(&world.snapshot(&account)),
        expected,
        "{at:?}: something is left"
    );
    assert!(connections.check(&ann).await.unwrap().in_order, "{at:?}");
    let ended = faulty(&world, &product, at, connections.disconnect(&ann)).await;
    if ended.is_none() {
        product.settle(&world.clock).await;
        connections.disconnect(&ann).await.unwrap();
    }
    product.settle(&world.clock).await;
    assert_eq!(world.snapshot(&account), before, "{at:?}: something is left at Twilio");
    assert!(product.parts.store.list_sealed().await.unwrap().is_empty(), "{at:?}");
    let unreached = [("connection_watch", "DELETE")];
    assert!(
        failed || ended.is_none() || unreached.contains(&at),
        "{at:?} is not reached"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_beside_a_connection_survives_every_write_that_fails() {
    let all = matrix(&["leftovers", "retired_keys", "connection_watch"]);
    futures::stream::iter(all)
        .map(watched_while_writes_fail)
        .buffer_unordered(3)
        .collect::<Vec<()>>()
        .await;
}
