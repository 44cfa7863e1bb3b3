//! The real program is killed in the middle of connecting and of disconnecting, and started again.

use std::time::Duration;

use serde_json::Value;
use simulator::{Effect, Fault};

use crate::harness::{PATIENCE, Server, World, json, until};

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

#[tokio::test]
async fn killed_at_any_request_of_save_it_takes_everything_back() {
    for passed in 0..5 {
        for effect in [Effect::HangBefore, Effect::HangAfter] {
            let case = format!("{effect:?} after {passed} requests");
            let world = World::new().await;
            let server = world.serve().await;
            let (ann, account) = (server.user().await, world.account());
            let before = world.snapshot(&account);
            let (cookie, save) = (ann.cookie.clone(), ann.post("/twilio/credentials", &account.save()));
            kill_at(&world, server, passed, effect, save).await;

            let again = world.serve().await;
            until_progress(&again, &cookie, &case, |progress| progress["state"] == "failed").await;
            assert_eq!(world.snapshot(&account), before, "{case}");
            let save = again
                .post("/twilio/credentials", &account.save())
                .header("cookie", &cookie);
            json(save, 200).await;
        }
    }
}

#[tokio::test]
async fn killed_at_any_request_of_disconnect_it_finishes() {
    for passed in 0..6 {
        for effect in [Effect::HangBefore, Effect::HangAfter] {
            let case = format!("{effect:?} after {passed} requests");
            let world = World::new().await;
            let server = world.serve().await;
            let (ann, account) = (server.user().await, world.account());
            let before = world.snapshot(&account);
            json(ann.post("/twilio/credentials", &account.save()), 200).await;
            world.simulator.clear_journal();
            let (cookie, delete) = (ann.cookie.clone(), ann.delete("/twilio/credentials"));
            kill_at(&world, server, passed, effect, delete).await;

            let again = world.serve().await;
            until_progress(&again, &cookie, &case, Value::is_null).await;
            assert_eq!(world.snapshot(&account), before, "{case}");
        }
    }
}
