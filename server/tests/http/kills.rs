//! The real program is killed in the middle of connecting and of disconnecting, and started again.

use simulator::{Effect, Fault};

use crate::harness::{Server, World, json, until};

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
            let with_cookie = |path: &str| again.get(path).header("cookie", &cookie);
            while json(with_cookie("/twilio/setup/progress"), 200).await["state"] != "failed" {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
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
            while !json(again.get("/twilio/setup/progress").header("cookie", &cookie), 200)
                .await
                .is_null()
            {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            assert_eq!(world.snapshot(&account), before, "{case}");
        }
    }
}
