//! The real program is killed in the middle of connecting and of disconnecting, and started again.

use std::time::Duration;

use serde_json::Value;
use simulator::{Effect, Fault};

use crate::harness::{PATIENCE, Server, World, json, until};
use crate::webhooks::in_database;

/// Lets a request hang that follows so many others, sends one of ours, and kills the program once it hangs there.
async fn kill_at(world: &World, server: Server, passed: u32, effect: Effect, request: reqwest::RequestBuilder) {
    world.simulator.inject(Fault {
        method: None,
        path: "*".into(),
        skip: passed,
        times: None,
        effect,
    });
    let waiting = tokio::spawn(request.send());
    until("a request hangs", || {
        world
            .simulator
            .journal()
            .iter()
            .any(|entry| entry.ended.is_none() && !entry.faults.is_empty())
    })
    .await;
    server.kill();
    assert!(waiting.await.unwrap().is_err(), "nobody was answered");
    world.simulator.clear_faults();
    // Whoever was at work has had his time. On SQLite a start is proof enough that nobody is any more.
    in_database(
        world,
        "UPDATE connections SET lease_until = 1 WHERE lease_token IS NOT NULL",
    )
    .await;
}

/// Waits until the work that was cut off is as it should be.
async fn until_progress(server: &Server, cookie: &str, case: &str, so: impl Fn(&Value) -> bool) {
    let waiting = async {
        loop {
            let progress = json(server.get("/twilio/setup/progress").header("cookie", cookie), 200).await;
            if so(&progress) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("{case}: never came to its end"));
}

/// Every request of so many, before it takes effect at Twilio and after.
fn moments(requests: u32) -> impl Iterator<Item = (u32, Effect)> {
    (0..requests).flat_map(|passed| [(passed, Effect::HangBefore), (passed, Effect::HangAfter)])
}

/// On SQLite; and on PostgreSQL, where there is one, at every other request.
async fn at(passed: u32, effect: &Effect, test: impl AsyncFn(&World)) {
    test(&World::new().await).await;
    if matches!(effect, Effect::HangAfter)
        && passed % 2 == 1
        && let Some(world) = World::on_postgres().await
    {
        test(&world).await;
        world.end().await;
    }
}

#[tokio::test]
async fn killed_at_any_request_of_save_it_takes_everything_back() {
    for (passed, effect) in moments(5) {
        at(passed, &effect, async |world| {
            let case = format!("{effect:?} after {passed} requests");
            let server = world.serve().await;
            let (ann, account) = (server.user().await, world.account());
            let before = world.snapshot(&account);
            let (cookie, save) = (ann.cookie.clone(), ann.post("/twilio/credentials", &account.save()));
            kill_at(world, server, passed, effect.clone(), save).await;

            let again = world.serve().await;
            until_progress(&again, &cookie, &case, |progress| progress["state"] == "failed").await;
            assert_eq!(world.snapshot(&account), before, "{case}");
            world.is_in_order().await;
            let save = again
                .post("/twilio/credentials", &account.save())
                .header("cookie", &cookie);
            json(save, 200).await;
        })
        .await;
    }
}

#[tokio::test]
async fn killed_at_any_request_of_disconnect_it_finishes() {
    for (passed, effect) in moments(6) {
        at(passed, &effect, async |world| {
            let case = format!("{effect:?} after {passed} requests");
            let server = world.serve().await;
            let (ann, account) = (server.user().await, world.account());
            let before = world.snapshot(&account);
            json(ann.post("/twilio/credentials", &account.save()), 200).await;
            world.simulator.clear_journal();
            let (cookie, delete) = (ann.cookie.clone(), ann.delete("/twilio/credentials"));
            kill_at(world, server, passed, effect.clone(), delete).await;

            let again = world.serve().await;
            until_progress(&again, &cookie, &case, Value::is_null).await;
            assert_eq!(world.snapshot(&account), before, "{case}");
            world.is_in_order().await;
        })
        .await;
    }
}
