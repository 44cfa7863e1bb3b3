//! The process dies while any request to Twilio is under way, before or after it took effect. The next start takes back
//! what was being made, and finishes what was being removed.

use std::sync::Arc;

use futures::StreamExt as _;
use services::Caller;
use simulator::{AccountSnapshot, Effect, Fault};
use tokio::runtime::{Builder, Runtime};

use crate::harness::{Installation, TestAccount, World, in_order, until};

/// After so many milliseconds the lease of a process that has died is anybody's, where it is not ended at the start.
const LEASE: i64 = 31_000;

/// After so many milliseconds nothing that was under way takes effect any more.
const LAST_LOOK: i64 = 61 * 60 * 1000;

/// Hangs every request from the given one on.
fn hang_after(world: &World, passed: u32, effect: Effect) {
    world.simulator.inject(Fault {
        method: None,
        path: "*".into(),
        skip: passed,
        times: None,
        effect,
    });
}

/// A request is under way that will never be answered.
async fn until_it_hangs(world: &World) {
    let hangs = || {
        world
            .simulator
            .journal()
            .iter()
            .any(|entry| entry.ended.is_none() && !entry.faults.is_empty())
    };
    until("a request hangs", hangs).await;
}

/// A process of its own: dropping it stops everything in it at once, wherever it is.
fn process() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

/// What is the same before and after the crash.
pub struct Case {
    pub world: Arc<World>,
    pub ann: Caller,
    pub account: TestAccount,
    before: AccountSnapshot,
}

impl Case {
    pub async fn new(connected: bool) -> (Self, Installation) {
        let world = Arc::new(World::patient().await);
        let product = world.start().await;
        let (ann, account) = (product.user().await, world.account());
        let before = world.snapshot(&account);
        if connected {
            product
                .services
                .connections
                .save(&ann, account.save(&account.used))
                .await
                .unwrap();
        }
        (
            Self {
                world,
                ann,
                account,
                before,
            },
            product,
        )
    }

    /// Starts `work` in a process that dies at the request after `passed` others.
    pub async fn crash<F>(&self, passed: u32, effect: Effect, work: impl FnOnce(Installation, Caller, TestAccount) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        hang_after(&self.world, passed, effect);
        let process = process();
        let world = Arc::clone(&self.world);
        let product = process.spawn(async move { world.start().await }).await.unwrap();
        process.spawn(work(product, self.ann.clone(), self.account.clone()));
        until_it_hangs(&self.world).await;
        process.shutdown_background();
        self.world.simulator.clear_faults();
    }

    /// Starts again, lets the worker do what is due, and looks.
    pub async fn is_as_before(&self, case: &str) {
        self.world.clock.advance(LEASE);
        let product = self.world.start().await;
        product.services.connections.work_once().await.unwrap();
        assert_eq!(self.world.snapshot(&self.account), self.before, "{case}");
        // What was under way may take effect later still: it is looked for once more, and then no secret is left.
        self.world.clock.advance(LAST_LOOK);
        product.services.connections.work_once().await.unwrap();
        assert!(
            product.parts.store.list_sealed().await.unwrap().is_empty(),
            "{case}: a secret was kept"
        );
        let setup = product.services.connections.setup(&self.ann).await.unwrap();
        assert!(setup.connection.is_none() && setup.left_behind.is_empty(), "{case}");
        let again = self.account.save(&self.account.used);
        product.services.connections.save(&self.ann, again).await.unwrap();
        in_order(&product.parts).await;
    }
}

/// Every request of the given number, dying before it took effect and after.
pub fn moments(requests: u32) -> impl Iterator<Item = (u32, Effect)> {
    (0..requests).flat_map(|passed| [(passed, Effect::HangBefore), (passed, Effect::HangAfter)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_request_of_save_is_taken_back_at_the_next_start() {
    let cases = moments(5).map(async |(passed, effect)| {
        let (case, first) = Case::new(false).await;
        drop(first);
        let name = format!("{effect:?} after {passed} requests");
        case.crash(passed, effect, async |product, ann, account| {
            let _ = product
                .services
                .connections
                .save(&ann, account.save(&account.used))
                .await;
        })
        .await;
        case.is_as_before(&name).await;
    });
    futures::stream::iter(cases)
        .buffer_unordered(4)
        .collect::<Vec<()>>()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_request_of_disconnect_is_finished_at_the_next_start() {
    let cases = moments(6).map(async |(passed, effect)| {
        let (case, first) = Case::new(true).await;
        drop(first);
        let name = format!("{effect:?} after {passed} requests");
        case.crash(passed, effect, async |product, ann, _| {
            let _ = product.services.connections.disconnect(&ann).await;
        })
        .await;
        case.is_as_before(&name).await;
    });
    futures::stream::iter(cases)
        .buffer_unordered(4)
        .collect::<Vec<()>>()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_taking_back_is_taken_back_at_the_next_start() {
    let cases = moments(4).map(async |(passed, effect)| {
        let (case, first) = Case::new(false).await;
        drop(first);
        // Pointing the number fails; the crash comes at one of the requests that take everything back.
        let refused = Fault::forever("POST", "/IncomingPhoneNumbers/*.json", Effect::status(400, 21402));
        case.world.simulator.inject(refused);
        let name = format!("{effect:?} after {passed} requests of taking back");
        case.crash(5 + passed, effect, async |product, ann, account| {
            let _ = product
                .services
                .connections
                .save(&ann, account.save(&account.used))
                .await;
        })
        .await;
        case.is_as_before(&name).await;
    });
    futures::stream::iter(cases)
        .buffer_unordered(4)
        .collect::<Vec<()>>()
        .await;
}

#[tokio::test]
async fn the_person_reads_why_after_a_crash() {
    let (case, first) = Case::new(false).await;
    drop(first);
    case.crash(2, Effect::HangAfter, async |product, ann, account| {
        let _ = product
            .services
            .connections
            .save(&ann, account.save(&account.used))
            .await;
    })
    .await;
    case.world.clock.advance(LEASE);
    let product = case.world.start().await;
    product.services.connections.work_once().await.unwrap();
    let progress = product
        .services
        .connections
        .setup(&case.ann)
        .await
        .unwrap()
        .progress
        .unwrap();
    assert_eq!(progress.problem.unwrap().code, "interrupted");
    product.services.connections.start_over(&case.ann).await.unwrap();
    assert!(
        product
            .services
            .connections
            .setup(&case.ann)
            .await
            .unwrap()
            .progress
            .is_none()
    );
}
