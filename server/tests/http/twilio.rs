use serde_json::json;

use crate::harness::{World, json as send, refusal};

#[tokio::test]
async fn from_verify_to_disconnected_as_the_contract_says() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    let before = world.snapshot(&account);

    let verified = send(ann.post("/twilio/verify", &account.pair()), 200).await;
    assert_eq!(verified["account"]["sid"], account.sid);
    assert_eq!(verified["account"]["type"], "Full");
    assert_eq!(verified["account"]["status"], "active");
    let number = &verified["phone_numbers"][0];
    assert_eq!(number["phone_number"], "+442071838750");
    assert_eq!(
        number["capabilities"],
        json!({"voice": true, "sms": true, "mms": false})
    );
    assert!(
        number["in_use_by"]
            .as_str()
            .is_some_and(|sentence| sentence.contains("example.com"))
    );

    refusal(ann.get("/twilio/credentials"), 404, "twilio_not_connected").await;
    refusal(ann.get("/twilio/token"), 409, "twilio_not_connected").await;
    let mut timid = account.save();
    timid.pop();
    refusal(ann.post("/twilio/credentials", &timid), 409, "number_in_use").await;
    let connected = send(ann.post("/twilio/credentials", &account.save()), 200).await;
    assert_eq!(connected["status"], "connected");
    for (name, prefix) in [
        ("account_sid", "AC"),
        ("phone_number_sid", "PN"),
        ("application_sid", "AP"),
        ("api_key_sid", "SK"),
    ] {
        assert!(
            connected[name].as_str().is_some_and(|sid| sid.starts_with(prefix)),
            "{connected}"
        );
    }
    assert_eq!(send(ann.get("/twilio/credentials"), 200).await, connected);

    let answer = ann.get("/twilio/token?identity=somebody_else").send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let token: serde_json::Value = answer.json().await.unwrap();
    let identity = token["identity"].as_str().unwrap();
    assert!(
        identity.len() >= 32
            && identity
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    );
    assert_eq!(token["token"].as_str().unwrap().split('.').count(), 3);
    assert!(token["expires_at"].as_str().unwrap().ends_with('Z'));

    let removed = send(ann.delete("/twilio/credentials"), 200).await;
    assert_eq!(removed["removed"].as_array().unwrap().len(), 3);
    assert_eq!(removed["left_behind"], json!([]));
    assert_eq!(world.snapshot(&account), before);
    let again = send(ann.delete("/twilio/credentials"), 200).await;
    assert_eq!(again, json!({"removed": [], "left_behind": []}));
}

#[tokio::test]
async fn malformed_fields_are_named_and_twilio_is_not_asked() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    let short = "x".repeat(31);
    for (form, field) in [
        (vec![], "account_sid"),
        (
            vec![
                ("account_sid", account.auth_token.as_str()),
                ("auth_token", account.sid.as_str()),
            ],
            "account_sid",
        ),
        (
            vec![("account_sid", account.sid.as_str()), ("auth_token", short.as_str())],
            "auth_token",
        ),
    ] {
        let body = refusal(ann.post("/twilio/verify", &form), 422, "invalid_credentials").await;
        assert!(body["fields"][field].is_string(), "{body}");
    }
    let mut form = account.save();
    form[2] = ("phone_number_sid", "PN1");
    let body = refusal(ann.post("/twilio/credentials", &form), 422, "invalid_phone_number").await;
    assert!(body["fields"]["phone_number_sid"].is_string());
    let token = ann
        .post("/twilio/verify", &[])
        .body("{}")
        .header("content-type", "application/json");
    assert!(token.send().await.unwrap().status().is_client_error());
    assert!(world.simulator.journal().is_empty());
}

#[tokio::test]
async fn twilio_refusing_and_twilio_being_away_are_told_apart() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    let wrong = "0".repeat(32);
    let pair = [("account_sid", account.sid.as_str()), ("auth_token", wrong.as_str())];
    let body = refusal(ann.post("/twilio/verify", &pair), 422, "twilio_credentials_rejected").await;
    assert_eq!(body["twilio_code"], 20003);
    world.simulator.inject(simulator::Fault::forever(
        "GET",
        "*",
        simulator::Effect::status(503, 20503),
    ));
    refusal(ann.post("/twilio/verify", &account.pair()), 502, "twilio_unavailable").await;
    refusal(
        ann.post("/twilio/credentials", &account.save()),
        502,
        "twilio_unavailable",
    )
    .await;
}

#[tokio::test]
async fn nobody_reaches_anything_without_signing_in() {
    let world = World::new().await;
    let server = world.serve().await;
    let account = world.account();
    for path in ["/twilio/credentials", "/twilio/token", "/twilio/setup/progress"] {
        refusal(server.get(path), 401, "not_signed_in").await;
    }
    for path in [
        "/twilio/verify",
        "/twilio/credentials",
        "/twilio/disconnect",
        "/twilio/setup/start-over",
        "/twilio/setup/retry-removal",
        "/twilio/setup/refresh-numbers",
        "/twilio/setup/replace-token",
        "/twilio/setup/re-check",
        "/twilio/setup/repair",
        "/twilio/setup/roll-key",
        "/twilio/setup/search-leftovers",
    ] {
        refusal(server.post(path, &account.save()), 401, "not_signed_in").await;
    }
    refusal(
        server.request(reqwest::Method::DELETE, "/twilio/credentials"),
        401,
        "not_signed_in",
    )
    .await;
    for page in ["/twilio/setup", "/twilio/setup/number", "/settings/sessions"] {
        let answer = server.get(page).header("accept", "text/html").send().await.unwrap();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("next", page)
            .finish();
        assert_eq!(crate::harness::location(&answer), format!("/sign-in?{query}"));
    }
    assert!(world.simulator.journal().is_empty());
}

#[tokio::test]
async fn one_account_serves_one_user() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, bob, account) = (server.user().await, server.user().await, world.account());
    send(ann.post("/twilio/credentials", &account.save()), 200).await;
    let made = world.snapshot(&account);
    refusal(bob.post("/twilio/credentials", &account.save()), 409, "account_taken").await;
    refusal(bob.get("/twilio/credentials"), 404, "twilio_not_connected").await;
    send(bob.delete("/twilio/credentials"), 200).await;
    assert_eq!(world.snapshot(&account), made);
    send(ann.get("/twilio/token"), 200).await;
}
