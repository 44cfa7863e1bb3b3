//! Faults as a client sees them, and what they leave behind.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use simulator::{Effect, Fault};

use crate::{Harness, harness, parts, refused};

const APPLICATIONS: &str = "/Applications.json";

async fn create(harness: &Harness) -> reqwest::Result<reqwest::Response> {
    harness
        .try_send(Method::POST, &harness.within(APPLICATIONS), &[("FriendlyName", "x")])
        .await
}

fn applications(harness: &Harness) -> usize {
    harness.simulator.snapshot(&harness.account.sid).applications.len()
}

#[tokio::test]
async fn a_status_comes_in_twilios_form_and_without_effect() {
    let harness = harness().await;
    let effect = Effect::Status {
        status: 429,
        code: 20429,
        message: "Too Many Requests".to_owned(),
        retry_after: Some(3),
    };
    harness.simulator.inject(Fault::once("POST", APPLICATIONS, effect));
    let response = create(&harness).await.unwrap();
    assert_eq!(response.headers()["retry-after"], "3");
    assert_eq!(refused(parts(response).await), (429, 20429));
    assert_eq!(applications(&harness), 0);
    assert_eq!(create(&harness).await.unwrap().status(), 201, "only once");
}

#[tokio::test]
async fn a_status_may_come_after_the_effect() {
    let harness = harness().await;
    let effect = Effect::StatusAfter {
        status: 500,
        code: 20500,
        message: "Internal Server Error".to_owned(),
    };
    harness.simulator.inject(Fault::once("POST", APPLICATIONS, effect));
    assert_eq!(refused(parts(create(&harness).await.unwrap()).await), (500, 20500));
    assert_eq!(applications(&harness), 1);
}

#[tokio::test]
async fn a_dropped_connection_is_an_error_and_no_status() {
    for (effect, made) in [(Effect::DropBefore, 0), (Effect::DropAfter, 1)] {
        let harness = harness().await;
        // A connection that has been used before behaves the same.
        assert_eq!(harness.get(".json").await.0, 200);
        harness
            .simulator
            .inject(Fault::once("POST", APPLICATIONS, effect.clone()));
        let error = create(&harness).await.unwrap_err();
        assert!(
            error.is_request() && error.status().is_none() && !error.is_connect(),
            "{error:?}"
        );
        assert_eq!(applications(&harness), made, "{effect:?}");
        let entry = harness.simulator.journal().pop().unwrap();
        assert_eq!((entry.status, entry.faults), (None, vec![effect.name().to_owned()]));
        assert!(entry.ended.is_some());
        assert_eq!(
            create(&harness).await.unwrap().status(),
            201,
            "the next one connects anew"
        );
    }
}

#[tokio::test]
async fn a_hanging_request_ends_when_the_client_gives_up() {
    for (effect, made) in [(Effect::HangBefore, 0), (Effect::HangAfter, 1)] {
        let harness = harness().await;
        harness.simulator.inject(Fault::once("POST", APPLICATIONS, effect));
        let request = harness
            .client
            .post(harness.within(APPLICATIONS))
            .basic_auth(&harness.account.sid, Some(&harness.account.auth_token))
            .form(&[("FriendlyName", "x")])
            .timeout(Duration::from_millis(300));
        assert!(request.send().await.unwrap_err().is_timeout());
        assert_eq!(applications(&harness), made);
        // The server notices the closed connection in its own time.
        while harness.simulator.journal()[0].ended.is_none() {
            tokio::task::yield_now().await;
        }
        assert_eq!(harness.simulator.journal()[0].status, None);
    }
}

#[tokio::test]
async fn a_hanging_request_does_not_keep_the_simulator_from_stopping() {
    let harness = harness().await;
    harness.simulator.inject(Fault::forever("GET", "*", Effect::HangBefore));
    let Harness { simulator, client, .. } = harness;
    let url = format!("{}/2010-04-01/Accounts/AC1.json", simulator.base_url());
    let hanging = tokio::spawn({
        let (client, url) = (client.clone(), url.clone());
        async move { client.get(url).send().await }
    });
    while simulator.journal().is_empty() {
        tokio::task::yield_now().await;
    }
    simulator.stop().await;
    assert!(hanging.await.unwrap().is_err());
    assert!(client.get(url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn garbage_is_not_json() {
    for (effect, made) in [(Effect::Garbage, 0), (Effect::GarbageAfter, 1)] {
        let harness = harness().await;
        harness.simulator.inject(Fault::once("POST", APPLICATIONS, effect));
        let response = create(&harness).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(serde_json::from_str::<Value>(&response.text().await.unwrap()).is_err());
        assert_eq!(applications(&harness), made);
    }
}

#[tokio::test]
async fn a_redirect_names_its_target() {
    let harness = harness().await;
    harness.simulator.inject(Fault::once(
        "GET",
        "*",
        Effect::Redirect("https://evil.example/".to_owned()),
    ));
    let response = harness
        .try_send(Method::GET, &harness.within(".json"), &[])
        .await
        .unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (307, &"https://evil.example/".parse().unwrap())
    );
}

#[tokio::test]
async fn a_huge_body_is_huge() {
    let harness = harness().await;
    harness.simulator.inject(Fault::once("GET", "*", Effect::HugeBody));
    let mut response = harness
        .try_send(Method::GET, &harness.within(".json"), &[])
        .await
        .unwrap();
    let mut length = 0;
    while let Some(chunk) = response.chunk().await.unwrap() {
        length += chunk.len();
    }
    assert_eq!(length, 64 << 20);
}

#[tokio::test]
async fn a_delay_only_delays() {
    let harness = harness().await;
    harness
        .simulator
        .inject(Fault::once("POST", APPLICATIONS, Effect::Delay(20)));
    assert_eq!(create(&harness).await.unwrap().status(), 201);
    assert_eq!(harness.simulator.journal()[0].faults, ["delay"]);
}

#[tokio::test]
async fn a_fault_for_ever_lasts_until_it_is_cleared() {
    let harness = harness().await;
    harness
        .simulator
        .inject(Fault::forever("GET", "/Accounts/*.json", Effect::status(401, 20003)).after(1));
    assert_eq!(harness.get(".json").await.0, 200);
    for _ in 0..3 {
        assert_eq!(refused(harness.get(".json").await), (401, 20003));
    }
    assert_eq!(harness.get(APPLICATIONS).await.0, 200, "other paths are left alone");
    assert_eq!(harness.simulator.faults()[0].struck, 3);
    harness.simulator.clear_faults();
    assert_eq!(harness.get(".json").await.0, 200);
}
