use reqwest::{Method, header};

use crate::harness::{World, refusal};

#[tokio::test]
async fn a_cross_site_post_changes_nothing() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    crate::harness::json(ann.post("/twilio/credentials", &account.save()), 200).await;
    let made = world.snapshot(&account);
    for path in [
        "/auth/sign-out",
        "/auth/sessions/revoke",
        "/twilio/verify",
        "/twilio/credentials",
        "/twilio/disconnect",
        "/twilio/setup/start-over",
        "/twilio/setup/replace-token",
    ] {
        let form = [("confirmation", "disconnect"), ("others", "true")];
        refusal(
            ann.post(path, &form).header("sec-fetch-site", "cross-site"),
            403,
            "cross_site",
        )
        .await;
        refusal(
            ann.post(path, &form).header(header::ORIGIN, "https://evil.example"),
            403,
            "cross_site",
        )
        .await;
        refusal(ann.post(path, &form).header(header::ORIGIN, "null"), 403, "cross_site").await;
    }
    let delete = ann.delete("/twilio/credentials").header("sec-fetch-site", "same-site");
    refusal(delete, 403, "cross_site").await;
    assert_eq!(world.snapshot(&account), made);
    // The public address may differ from the one that a proxy speaks to; a script sends neither header.
    let ours = ann
        .post("/twilio/setup/re-check", &[])
        .header(header::ORIGIN, "http://127.0.0.1:3000");
    crate::harness::json(ours, 200).await;
    assert_eq!(ann.post("/auth/sign-out", &[]).send().await.unwrap().status(), 204);
}

#[tokio::test]
async fn what_is_too_large_unknown_or_not_allowed_is_refused_in_one_shape() {
    let world = World::new().await;
    let server = world.serve().await;
    let ann = server.user().await;
    let huge = "a".repeat(64 * 1024 + 1);
    refusal(
        ann.post("/twilio/verify", &[]).body(huge.clone()),
        413,
        "body_too_large",
    )
    .await;
    refusal(server.post("/auth/sign-in", &[]).body(huge), 413, "body_too_large").await;
    refusal(server.get("/nothing"), 404, "not_found").await;
    refusal(server.post("/nothing", &[]), 404, "not_found").await;
    refusal(server.get("/twilio/verify"), 405, "method_not_allowed").await;
    refusal(
        server.request(Method::PUT, "/twilio/credentials"),
        405,
        "method_not_allowed",
    )
    .await;
    for path in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/pkg/..%2f..%2fCargo.toml"] {
        let answer = server.get(path).send().await.unwrap();
        assert!(!answer.text().await.unwrap().contains("[workspace]"), "{path}");
    }
    let page = server
        .get("/nothing")
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 404);
    assert!(page.text().await.unwrap().contains("There is nothing here"));
}

#[tokio::test]
async fn what_twilio_or_a_browser_sends_is_escaped() {
    let world = World::new().await;
    let server = world.serve().await;
    let ann = server.user().await;
    let evil = "<script>alert(1)</script>\"'&";
    let seed = simulator::AccountSeed {
        friendly_name: evil.into(),
        ..Default::default()
    };
    let account = world.simulator.add_account(seed);
    let number = simulator::NumberSeed {
        phone_number: "+14155550100".into(),
        friendly_name: evil.into(),
        voice_url: Some(format!("https://example.com/{evil}")),
        ..Default::default()
    };
    world.simulator.add_number(&account.sid, number);
    let pair = [
        ("account_sid", account.sid.as_str()),
        ("auth_token", account.auth_token.as_str()),
    ];
    crate::harness::json(ann.post("/twilio/verify", &pair), 200).await;
    for path in [
        "/twilio/setup/number",
        "/twilio/setup/credentials?error=<script>alert(1)</script>",
        "/sign-in?next=\"><script>alert(1)</script>",
    ] {
        let page = ann
            .get(path)
            .header(header::ACCEPT, "text/html")
            .header(header::USER_AGENT, "a<script>alert(1)</script>");
        let page = page.send().await.unwrap().text().await.unwrap();
        assert!(!page.contains("<script>alert"), "{path}");
    }
    let answer = server.get("/%1b[31mred").send().await.unwrap();
    assert_eq!(answer.status(), 404);
    let log = server.log_with(&answer).await;
    assert!(!log.contains('\u{1b}'), "an escape code in the log");
}
