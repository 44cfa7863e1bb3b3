//! The HTTP control API and the page.

use futures::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{Harness, harness, parts, refused};

async fn control(harness: &Harness, method: Method, path: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/_simulator{path}", harness.simulator.base_url());
    let request = harness.client.request(method, url);
    let request = if body.is_null() { request } else { request.json(&body) };
    parts(request.send().await.unwrap()).await
}

#[tokio::test]
async fn accounts_and_numbers_are_added_and_changed_over_http() {
    let mut harness = harness().await;
    let body = json!({ "friendly_name": "Second", "kind": "Trial" });
    let (status, account) = control(&harness, Method::POST, "/accounts", body).await;
    assert_eq!(status, 201);
    let sid = account["sid"].as_str().unwrap().to_owned();
    harness.account.auth_token = account["auth_token"].as_str().unwrap().to_owned();
    harness.account.sid.clone_from(&sid);
    assert_eq!(harness.get(".json").await.1["type"], "Trial");

    let path = format!("/accounts/{sid}/numbers");
    let seed = json!({ "phone_number": "+442071838750", "capabilities": { "mms": true } });
    let (status, number) = control(&harness, Method::POST, &path, seed).await;
    assert_eq!(status, 201);
    let number = number["sid"].as_str().unwrap();
    let edit = json!({ "voice_url": "https://else.example/", "voice_method": "GET" });
    assert_eq!(
        control(&harness, Method::PATCH, &format!("/numbers/{number}"), edit)
            .await
            .0,
        204
    );
    let settings = harness.simulator.number(number);
    assert_eq!(settings.voice_url.as_deref(), Some("https://else.example/"));
    assert!(settings.capabilities.mms && settings.capabilities.voice && settings.phone_number == "+442071838750");
    let wrong = json!({ "voice_ulr": "typing error" });
    assert_eq!(
        control(&harness, Method::PATCH, &format!("/numbers/{number}"), wrong)
            .await
            .0,
        422
    );

    let path = format!("/accounts/{sid}");
    assert_eq!(
        control(&harness, Method::PATCH, &path, json!({ "status": "suspended" }))
            .await
            .0,
        204
    );
    assert_eq!(harness.get(".json").await.1["status"], "suspended");
    let (_, rotated) = control(&harness, Method::POST, &format!("{path}/auth-token"), Value::Null).await;
    assert_eq!(refused(harness.get(".json").await), (401, 20003));
    harness.account.auth_token = rotated["auth_token"].as_str().unwrap().to_owned();
    assert_eq!(harness.get(".json").await.0, 200);
}

#[tokio::test]
async fn things_are_deleted_over_http_as_in_the_console() {
    let harness = harness().await;
    let (_, app) = harness.post("/Applications.json", &[("FriendlyName", "x")]).await;
    let (_, key) = harness.post("/Keys.json", &[]).await;
    let paths = [
        format!("/applications/{}", app["sid"].as_str().unwrap()),
        format!("/keys/{}", key["sid"].as_str().unwrap()),
    ];
    for path in paths {
        assert_eq!(control(&harness, Method::DELETE, &path, Value::Null).await.0, 204);
        assert_eq!(control(&harness, Method::DELETE, &path, Value::Null).await.0, 404);
    }
    let snapshot = harness.simulator.snapshot(&harness.account.sid);
    assert!(snapshot.applications.is_empty() && snapshot.keys.is_empty());
}

#[tokio::test]
async fn faults_and_journal_work_over_http() {
    let harness = harness().await;
    let fault = json!({ "method": "POST", "path": "/Keys.json", "times": null, "effect": "drop_after" });
    let (status, body) = control(&harness, Method::POST, "/faults", fault).await;
    assert_eq!(status, 201);
    assert!(
        harness
            .try_send(Method::POST, &harness.within("/Keys.json"), &[])
            .await
            .is_err()
    );
    let path = format!("/faults/{}", body["id"]);
    assert_eq!(control(&harness, Method::DELETE, &path, Value::Null).await.0, 204);
    assert_eq!(harness.post("/Keys.json", &[]).await.0, 201);
    let error = json!({ "effect": { "status": { "status": 503, "code": 20503, "message": "Service Unavailable" } } });
    control(&harness, Method::POST, "/faults", error).await;
    assert_eq!(refused(harness.get(".json").await), (503, 20503));
    control(&harness, Method::POST, "/faults", json!({ "effect": { "delay": 1 } })).await;
    assert_eq!(control(&harness, Method::DELETE, "/faults", Value::Null).await.0, 204);
    assert!(harness.simulator.faults().is_empty());

    let (_, journal) = control(&harness, Method::GET, "/journal?after=1", Value::Null).await;
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!((entries.len(), &entries[1]["faults"]), (2, &json!(["status"])));
    assert_eq!(control(&harness, Method::DELETE, "/journal", Value::Null).await.0, 204);
    assert!(harness.simulator.journal().is_empty());
}

#[tokio::test]
async fn the_state_has_what_the_page_shows() {
    let harness = harness().await;
    let (_, key) = harness.post("/Keys.json", &[("FriendlyName", "mine")]).await;
    let (_, state) = control(&harness, Method::GET, "/state", Value::Null).await;
    let account = &state["accounts"][0];
    assert_eq!(account["auth_token"], json!(harness.account.auth_token));
    assert_eq!(
        account["account"]["numbers"][&harness.number]["phone_number"],
        "+14155550100"
    );
    assert_eq!(account["account"]["keys"][key["sid"].as_str().unwrap()], "mine");
    assert_eq!(state["requests"][0]["method"], "POST");
    assert!(
        !state.to_string().contains(key["secret"].as_str().unwrap()),
        "a key's secret is shown once"
    );
}

#[tokio::test]
async fn a_reset_goes_back_to_the_marked_accounts() {
    let harness = harness().await;
    harness.simulator.mark_initial();
    let before = harness.simulator.snapshot(&harness.account.sid);
    harness.post("/Applications.json", &[("FriendlyName", "x")]).await;
    harness
        .post(&harness.number_path(), &[("VoiceUrl", "https://app.example/")])
        .await;
    control(&harness, Method::POST, "/faults", json!({ "effect": "garbage" })).await;
    assert_eq!(control(&harness, Method::POST, "/reset", Value::Null).await.0, 204);
    assert_eq!(harness.simulator.snapshot(&harness.account.sid), before);
    assert!(harness.simulator.faults().is_empty() && harness.simulator.journal().is_empty());
}

#[tokio::test]
async fn changes_are_announced() {
    let harness = harness().await;
    let url = format!("{}/_simulator/events", harness.simulator.base_url());
    let response = harness.client.get(url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut chunks = response.bytes_stream();
    let first = chunks.next().await.unwrap().unwrap();
    assert!(first.starts_with(b"event: change\ndata: "), "{first:?}");
    harness
        .simulator
        .edit_number(&harness.number, |number| number.friendly_name = "changed".to_owned());
    let second = chunks.next().await.unwrap().unwrap();
    assert!(second.starts_with(b"event: change\ndata: ") && second != first);
    harness.simulator.stop().await;
    assert!(
        chunks.next().await.is_none_or(|end| end.is_err()),
        "the stream ends with the simulator"
    );
}

#[tokio::test]
async fn another_site_may_not_change_anything() {
    let harness = harness().await;
    let url = format!("{}/_simulator/reset", harness.simulator.base_url());
    for (site, expected) in [("cross-site", 403), ("same-site", 403), ("same-origin", 204)] {
        let response = harness
            .client
            .post(&url)
            .header("sec-fetch-site", site)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), expected, "{site}");
    }
}

#[tokio::test]
async fn the_page_is_served_with_its_parts() {
    let harness = harness().await;
    let base = harness.simulator.base_url();
    for (path, kind, part) in [
        ("/", "text/html", "<title>Twilio simulator</title>"),
        ("/_simulator/page.css", "text/css", "light-dark("),
        ("/_simulator/page.js", "text/javascript", "EventSource"),
        ("/_simulator/phone.css", "text/css", ".handset"),
        ("/_simulator/phone.js", "text/javascript", "showPhone"),
        ("/_simulator/icon.svg", "image/svg+xml", "<svg"),
    ] {
        let response = harness.client.get(format!("{base}{path}")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(kind));
        assert!(
            response.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'self'")
        );
        let text = response.text().await.unwrap();
        assert!(text.contains(part) && !text.contains("innerHTML"), "{path}");
    }
}
