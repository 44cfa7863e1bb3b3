//! A Twilio that is not what it was: it leads elsewhere, never ends, or has more than anybody expects. Each is told in a sentence,
//! and costs the others nothing.

use std::time::Instant;

use reqwest::StatusCode;
use simulator::{Effect, Fault, NumberSeed};
use tokio::net::TcpListener;

use crate::harness::{World, json, refusal};

/// What a few such answers at a time may cost, in bytes: of each, two requests' 4 MB, while one piece is moved into a larger one.
const MEMORY: u64 = 96 * 1024 * 1024;

#[tokio::test]
async fn nobody_is_followed_to_another_host() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = format!("http://{}/", elsewhere.local_addr().unwrap());
    world
        .simulator
        .inject(Fault::forever("GET", "*", Effect::Redirect(there.clone())));
    refusal(ann.post("/twilio/verify", &account.pair()), 502, "twilio_unavailable").await;
    refusal(
        ann.post("/twilio/credentials", &account.save()),
        502,
        "twilio_unavailable",
    )
    .await;
    world.simulator.clear_faults();
    let before = world.snapshot(&account);
    json(ann.post("/twilio/credentials", &account.save()), 200).await;
    world.simulator.inject(Fault {
        method: None,
        ..Fault::forever("GET", "*", Effect::Redirect(there))
    });
    json(ann.delete("/twilio/credentials"), 200).await;
    world.simulator.clear_faults();
    let visited = tokio::time::timeout(std::time::Duration::from_millis(50), elsewhere.accept()).await;
    assert!(visited.is_err(), "somebody came");
    json(ann.post("/twilio/setup/retry-removal", &[]), 200).await;
    assert_eq!(world.snapshot(&account), before);
    world.is_in_order().await;
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    world.simulator.inject(Fault::forever("GET", "*", Effect::HugeBody));
    let pair = account.pair();
    let before = server.memory().unwrap_or_default();
    let asked = (0..4).map(|_| ann.post("/twilio/verify", &pair).send());
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.unwrap().status(), StatusCode::BAD_GATEWAY);
    }
    if let Some(memory) = server.memory() {
        assert!(memory < before + MEMORY, "{memory} bytes, {before} before");
    }
    world.simulator.clear_faults();
    json(ann.post("/twilio/verify", &pair), 200).await;
}

#[tokio::test]
async fn an_account_with_five_thousand_numbers_is_shown_whole_and_connected() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    for index in 0..5_000 {
        let number = NumberSeed {
            phone_number: format!("+1415{index:07}"),
            friendly_name: format!("<script>{index}</script>"),
            ..NumberSeed::default()
        };
        world.simulator.add_number(&account.sid, number);
    }
    let verified = json(ann.post("/twilio/verify", &account.pair()), 200).await;
    assert_eq!(verified["phone_numbers"].as_array().unwrap().len(), 5_001);
    let page = ann.page("/twilio/setup/number").await;
    assert!(page.contains(&account.number) && !page.contains("<script>4999"));
    // Others are served meanwhile.
    let begun = Instant::now();
    let pages = (0..4).map(|_| ann.page("/twilio/setup/number"));
    let (_, health) = tokio::join!(futures::future::join_all(pages), server.get("/healthz").send());
    assert_eq!(health.unwrap().status(), StatusCode::OK);
    assert!(begun.elapsed() < crate::harness::PATIENCE);
    json(ann.post("/twilio/credentials", &account.save()), 200).await;
}
