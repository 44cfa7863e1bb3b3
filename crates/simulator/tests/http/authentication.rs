//! Who may do what.

use reqwest::Method;
use serde_json::json;
use simulator::{AccountSeed, AccountStatus};

use crate::{harness, parts, refused};

#[tokio::test]
async fn wrong_credentials_get_the_documented_body() {
    let harness = harness().await;
    let expected = json!({
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    });
    let (sid, token) = (harness.account.sid.clone(), harness.account.auth_token.clone());
    for (user, password) in [
        (&*sid, "wrong"),
        (&*sid, ""),
        ("AC00", &*token),
        (&*token, &*sid),
        ("", ""),
    ] {
        assert_eq!(
            harness.as_user(".json", user, password).await,
            (401, expected.clone()),
            "{user}:{password}"
        );
    }
    let bare = harness.client.get(harness.within(".json")).send().await.unwrap();
    assert!(bare.headers().contains_key("www-authenticate"));
    assert_eq!(parts(bare).await, (401, expected));
}

#[tokio::test]
async fn a_rotated_token_is_void_at_once() {
    let mut harness = harness().await;
    let fresh = harness.simulator.rotate_auth_token(&harness.account.sid);
    assert_eq!(refused(harness.get(".json").await), (401, 20003));
    harness.account.auth_token = fresh;
    assert_eq!(harness.get(".json").await.0, 200);
}

#[tokio::test]
async fn a_standard_key_reads_numbers_but_neither_the_account_nor_keys() {
    let harness = harness().await;
    let (sid, secret) = harness.simulator.add_key(&harness.account.sid, "mine");
    assert_eq!(
        harness.as_user("/IncomingPhoneNumbers.json", &sid, &secret).await.0,
        200
    );
    assert_eq!(harness.as_user("/Applications.json", &sid, &secret).await.0, 200);
    for path in [".json".to_owned(), "/Keys.json".to_owned(), format!("/Keys/{sid}.json")] {
        assert_eq!(
            refused(harness.as_user(&path, &sid, &secret).await),
            (401, 20003),
            "{path}"
        );
    }
    harness.simulator.delete_key(&sid);
    assert_eq!(
        refused(harness.as_user("/Applications.json", &sid, &secret).await),
        (401, 20003)
    );
}

#[tokio::test]
async fn test_credentials_are_told_so() {
    let mut harness = harness().await;
    let seed = AccountSeed {
        test_credentials: true,
        ..AccountSeed::default()
    };
    harness.account = harness.simulator.add_account(seed);
    for path in [
        ".json",
        "/IncomingPhoneNumbers.json",
        "/Applications.json",
        "/Keys.json",
    ] {
        assert_eq!(refused(harness.get(path).await), (403, 20008), "{path}");
    }
    assert_eq!(refused(harness.post("/Keys.json", &[]).await), (403, 20008));
}

#[tokio::test]
async fn a_suspended_account_can_be_read_but_not_changed() {
    let harness = harness().await;
    harness
        .simulator
        .set_status(&harness.account.sid, AccountStatus::Suspended);
    let before = harness.simulator.snapshot(&harness.account.sid);
    let (status, body) = harness.get(".json").await;
    assert_eq!((status, &body["status"]), (200, &json!("suspended")));
    assert_eq!(harness.get("/IncomingPhoneNumbers.json").await.0, 200);
    assert_eq!(
        refused(harness.post("/Applications.json", &[("FriendlyName", "x")]).await),
        (403, 20005)
    );
    assert_eq!(
        refused(harness.post(&harness.number_path(), &[("VoiceUrl", "")]).await),
        (403, 20005)
    );
    assert_eq!(harness.simulator.snapshot(&harness.account.sid), before);
}

#[tokio::test]
async fn a_closed_account_rejects_its_credentials() {
    let harness = harness().await;
    harness
        .simulator
        .set_status(&harness.account.sid, AccountStatus::Closed);
    assert_eq!(refused(harness.get(".json").await), (401, 20003));
}

#[tokio::test]
async fn another_account_is_out_of_reach() {
    let harness = harness().await;
    let other = harness.simulator.add_account(AccountSeed::default());
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Keys.json",
        harness.simulator.base_url(),
        other.sid
    );
    assert_eq!(
        refused(harness.send(Method::POST, &url, &[("FriendlyName", "x")]).await),
        (404, 20404)
    );
    let theirs = harness.simulator.add_key(&other.sid, "theirs").0;
    assert_eq!(
        refused(harness.delete(&format!("/Keys/{theirs}.json")).await),
        (404, 20404)
    );
    assert_eq!(harness.simulator.snapshot(&other.sid).keys.len(), 1);
}

#[tokio::test]
async fn unknown_things_are_not_found_and_other_methods_not_allowed() {
    let harness = harness().await;
    let zeros = "0".repeat(32);
    let absent = [
        format!("/IncomingPhoneNumbers/PN{zeros}.json"),
        format!("/Applications/AP{zeros}.json"),
        format!("/Keys/SK{zeros}.json"),
        format!("/Keys/PN{zeros}.json"),
        "/Keys/SK1.json".to_owned(),
        "/Applications".to_owned(),
        "/Nothing.json".to_owned(),
    ];
    for path in absent {
        assert_eq!(refused(harness.get(&path).await), (404, 20404), "{path}");
    }
    let methods = [
        (Method::PUT, "/Keys.json"),
        (Method::DELETE, "/Applications.json"),
        (Method::PATCH, ".json"),
    ];
    for (method, path) in methods {
        assert_eq!(
            refused(harness.send(method, &harness.within(path), &[]).await),
            (405, 20004),
            "{path}"
        );
    }
    let (status, body) = harness.get("/OutgoingCallerIds.json").await;
    assert_eq!(
        (status, body["code"].is_null()),
        (501, true),
        "what is not simulated does not pretend to be absent"
    );
}

#[tokio::test]
async fn a_body_that_is_not_a_form_changes_nothing() {
    let harness = harness().await;
    let before = harness.simulator.snapshot(&harness.account.sid);
    let request = harness.client.post(harness.within("/Applications.json"));
    let request = request.basic_auth(&harness.account.sid, Some(&harness.account.auth_token));
    let response = request.json(&json!({ "FriendlyName": "x" })).send().await.unwrap();
    assert_eq!(response.status(), 415);
    assert_eq!(harness.simulator.snapshot(&harness.account.sid), before);
}

#[tokio::test]
async fn answers_carry_the_headers_of_the_real_ones() {
    let harness = harness().await;
    for path in [".json", "/Nothing.json"] {
        let response = harness.try_send(Method::GET, &harness.within(path), &[]).await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "application/json");
        assert!(header("twilio-request-id").starts_with("RQ") && header("twilio-request-id").len() == 34);
        assert_eq!(header("twilio-concurrent-requests"), "1");
    }
}
