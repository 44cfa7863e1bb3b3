//! Somebody's own account, and what operators see and do.

use reqwest::{StatusCode, header};
use serde_json::Value;

use crate::calls::{CALLER, Line};
use crate::harness::{PATIENCE, World, browser, json, on_each_database, refusal};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn what_is_stored_is_taken_along_as_a_file() {
    on_each_database(async |world: &World| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        line.missed(CALLER).await;
        let answer = line.user.get("/account/export").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        let disposition = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(
            disposition.starts_with("attachment; filename=\"sniko-export-"),
            "{disposition}"
        );
        let document: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(document["users"][0]["email"], line.user.email);
        assert_eq!(document["calls"][0]["from_number"], CALLER);
        assert!(!document.to_string().contains(&line.account.auth_token));
        refusal(server.get("/account/export"), 401, "not_signed_in").await;
    })
    .await;
}

#[tokio::test]
async fn a_password_is_changed_with_the_present_one() {
    let world = World::new().await;
    let server = world.serve().await;
    let ann = server.user().await;
    let form = [
        ("current_password", "wrong"),
        ("new_password", "another horse entirely"),
    ];
    let refused = refusal(ann.post("/account/password", &form), 422, "wrong_password").await;
    assert!(refused["fields"]["current_password"].is_string());
    let location = ann.submit("/account/password", &form).await;
    assert_eq!(location, "/settings/account?error=wrong_password");
    let form = [
        ("current_password", PASSWORD),
        ("new_password", "another horse entirely"),
    ];
    assert_eq!(
        ann.submit("/account/password", &form).await,
        "/settings/account?done=password_changed"
    );
    assert!(
        ann.page("/settings/account").await.contains("Change password"),
        "still signed in"
    );
    let sign_in = [("email", ann.email.as_str()), ("password", "another horse entirely")];
    json(server.post("/auth/sign-in", &sign_in), 200).await;
    refusal(server.post("/account/password", &form), 401, "not_signed_in").await;
}

#[tokio::test]
async fn whoever_erases_himself_is_gone_and_his_twilio_account_is_as_before() {
    on_each_database(async |world: &World| {
        let server = world.serve().await;
        let other = server.user().await;
        let account = world.account();
        let before = world.snapshot(&account);
        let ann = server.user().await;
        json(ann.post("/twilio/credentials", &account.save()), 200).await;
        assert_ne!(world.snapshot(&account), before);
        let mut events = ann.get("/api/events").send().await.unwrap();
        let form = [("password", PASSWORD), ("confirmation", ann.email.as_str())];

        let cross_site = ann.post("/account/erase", &form).header("sec-fetch-site", "cross-site");
        refusal(cross_site, 403, "cross_site").await;
        refusal(ann.post("/account/erase", &form[..1]), 422, "erasure_not_confirmed").await;
        assert_eq!(
            ann.submit("/account/erase", &form[1..]).await,
            "/settings/account?error=wrong_password"
        );
        assert_ne!(world.snapshot(&account), before, "nothing is done yet");

        let answer = browser(ann.post("/account/erase", &form), &server.url)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.headers()[header::LOCATION], "/sign-in?done=account_erased");
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("Max-Age=0"), "{cookie}");
        assert_eq!(world.snapshot(&account), before);
        refusal(ann.get("/twilio/credentials"), 401, "not_signed_in").await;
        refusal(
            server.post("/auth/sign-in", &[("email", &ann.email), ("password", PASSWORD)]),
            401,
            "wrong_email_or_password",
        )
        .await;
        let page = server
            .get("/sign-in?done=account_erased")
            .header(header::ACCEPT, "text/html")
            .send()
            .await
            .unwrap();
        assert!(
            page.text()
                .await
                .unwrap()
                .contains("everything that was stored of you is erased")
        );
        assert!(other.page("/settings/account").await.contains(&other.email));
        // Its stream of events ends by itself, within half a minute: seen once, since it takes that long.
        if world.database().exists() {
            let ended = async { while events.chunk().await.is_ok_and(|chunk| chunk.is_some()) {} };
            tokio::time::timeout(PATIENCE + PATIENCE, ended).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn the_operators_page_is_there_for_operators_alone() {
    let world = World::new().await;
    let server = world.serve().await;
    let ann = server.user().await;
    let line = Line::connected(&world, &server).await;
    let bob = &line.user;
    line.texted(CALLER, "A word between friends").await;
    let page = ann.page("/operator").await;
    for shown in [
        &ann.email,
        &bob.email,
        "Operator",
        "Connected",
        "SQLite",
        "http://127.0.0.1:3000",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    for hidden in ["A word between friends", CALLER, &line.account.auth_token] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    assert!(ann.page("/settings/account").await.contains("href=\"/operator\""));
    assert!(!bob.page("/settings/account").await.contains("href=\"/operator\""));
    let refused = bob
        .get("/operator")
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    refusal(
        bob.post("/operator/try-again", &[("recordings", "true")]),
        404,
        "not_found",
    )
    .await;
    refusal(bob.post("/operator/erase", &[]), 404, "not_found").await;
    refusal(server.post("/operator/erase", &[]), 401, "not_signed_in").await;

    assert_eq!(
        ann.submit("/operator/try-again", &[("recordings", "true")]).await,
        "/operator?done=tried_again"
    );
    let document: Value =
        serde_json::from_str(&bob.get("/account/export").send().await.unwrap().text().await.unwrap()).unwrap();
    let id = document["users"][0]["id"].as_str().unwrap();
    let form = [("user", id), ("confirmation", bob.email.as_str())];
    assert_eq!(
        ann.submit("/operator/erase", &form[..1]).await,
        "/operator?error=erasure_not_confirmed"
    );
    assert_eq!(ann.submit("/operator/erase", &form).await, "/operator?done=user_erased");
    refusal(bob.get("/twilio/credentials"), 401, "not_signed_in").await;
    assert!(!ann.page("/operator").await.contains(&bob.email));
}

#[tokio::test]
async fn a_program_of_an_operator_reads_what_the_page_shows() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let ann = server.user().await;
        let line = Line::connected(world, &server).await;
        let bob = &line.user;
        line.texted(CALLER, "A word between friends").await;
        let view = json(ann.get("/api/operator"), 200).await;
        assert_eq!(view["connections"]["connected"], 1);
        assert_eq!(view["people_count"], 2);
        let people: Vec<_> = view["people"]["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|person| (person["email"].as_str().unwrap(), person["operator"].as_bool().unwrap()))
            .collect();
        assert!(people.contains(&(&ann.email, true)) && people.contains(&(&bob.email, false)));
        for hidden in ["A word between friends", CALLER, &line.account.auth_token] {
            assert!(!view.to_string().contains(hidden), "{hidden}");
        }
        let last = view["people"]["items"][1]["id"].as_str().unwrap();
        let rest = json(ann.get(&format!("/api/operator?cursor={last}")), 200).await;
        assert_eq!(rest["people"]["items"].as_array().unwrap().len(), 0);
        refusal(bob.get("/api/operator"), 404, "not_found").await;
        refusal(server.get("/api/operator"), 401, "not_signed_in").await;
    })
    .await;
}

#[tokio::test]
async fn operators_are_appointed_at_the_command_line() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, bob) = (server.user().await, server.user().await);
    let run = |arguments: &[&str]| world.program(arguments).output().unwrap();
    let list = || String::from_utf8(run(&["operator", "list"]).stdout).unwrap();
    assert_eq!(list(), format!("{}\n", ann.email));
    assert!(
        !run(&["operator", "remove", &ann.email]).status.success(),
        "somebody has to be"
    );
    assert!(!run(&["operator", "add", "nobody@example.com"]).status.success());
    assert!(run(&["operator", "add", &bob.email]).status.success());
    assert!(bob.page("/operator").await.contains("People"));
    assert!(run(&["operator", "remove", &ann.email]).status.success());
    assert_eq!(list(), format!("{}\n", bob.email));
}
