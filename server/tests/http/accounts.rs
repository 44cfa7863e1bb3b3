use reqwest::header;

use crate::harness::{World, browser, json, location, refusal, session_cookie};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn signing_up_in_and_out_as_the_contract_says() {
    let world = World::new().await;
    let server = world.serve().await;
    let form = [("email", " Ann@Example.com "), ("password", PASSWORD)];
    let answer = server.post("/auth/sign-up", &form).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for attribute in ["sniko=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "plain http: {cookie}");
    let who: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(who["email"], "ann@example.com");

    let answer = server.post("/auth/sign-in", &form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let second = session_cookie(&answer);
    assert_ne!(second, cookie.split(';').next().unwrap());
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap(), who);

    let sign_out = server
        .post("/auth/sign-out", &[])
        .header(header::COOKIE, &second)
        .send()
        .await
        .unwrap();
    assert_eq!(sign_out.status(), 204);
    refusal(
        server.get("/twilio/credentials").header(header::COOKIE, &second),
        401,
        "not_signed_in",
    )
    .await;
}

#[tokio::test]
async fn refusals_of_sign_up_and_sign_in() {
    let world = World::new().await;
    let server = world.serve().await;
    let body = refusal(server.post("/auth/sign-up", &[]), 422, "invalid_sign_up").await;
    assert!(body["fields"]["email"].is_string() && body["fields"]["password"].is_string());
    let body = refusal(server.post("/auth/sign-in", &[("email", " ")]), 422, "invalid_sign_in").await;
    assert!(body["fields"]["email"].is_string() && body["fields"]["password"].is_string());
    json(
        server.post("/auth/sign-up", &[("email", "ann@example.com"), ("password", PASSWORD)]),
        201,
    )
    .await;
    let taken = [("email", "ann@example.com"), ("password", PASSWORD)];
    refusal(server.post("/auth/sign-up", &taken), 409, "email_taken").await;
    let mut codes = Vec::new();
    for _ in 0..8 {
        let wrong = [("email", "ann@example.com"), ("password", "wrong horse battery")];
        let answer = server.post("/auth/sign-in", &wrong).send().await.unwrap();
        if answer.status() == 429 {
            assert!(answer.headers().contains_key(header::RETRY_AFTER));
        }
        codes.push(answer.status().as_u16());
    }
    assert_eq!((codes[0], codes[7]), (401, 429), "{codes:?}");
    let typed = server
        .request(reqwest::Method::POST, "/auth/sign-in")
        .body("{}")
        .header(header::CONTENT_TYPE, "application/json");
    refusal(typed, 415, "unreadable_request").await;
}

#[tokio::test]
async fn over_https_the_cookie_is_secure_and_bound_to_the_host() {
    let world = World::new().await;
    let settings = [
        ("APP_URL", "https://phone.example.com"),
        ("APP_KEYS", crate::harness::KEYS),
    ];
    let server = world.serve_with(&settings).await;
    let form = [("email", "ann@example.com"), ("password", PASSWORD)];
    let answer = server.post("/auth/sign-up", &form).send().await.unwrap();
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-sniko=") && cookie.contains("Secure"),
        "{cookie}"
    );
    assert!(answer.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner_alone() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, bob) = (server.user().await, server.user().await);
    let form = [("email", ann.email.as_str()), ("password", PASSWORD)];
    let other = session_cookie(&server.post("/auth/sign-in", &form).send().await.unwrap());

    let page = ann.page("/settings/sessions").await;
    let id = page
        .split("name=\"session_id\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    refusal(
        bob.post("/auth/sessions/revoke", &[("session_id", &id)]),
        404,
        "session_not_found",
    )
    .await;
    refusal(
        bob.post("/auth/sessions/revoke", &[("session_id", "nonsense")]),
        404,
        "session_not_found",
    )
    .await;
    refusal(
        server.post("/auth/sessions/revoke", &[("session_id", &id)]),
        401,
        "not_signed_in",
    )
    .await;
    let alive = server.get("/twilio/credentials").header(header::COOKIE, &other);
    refusal(alive, 404, "twilio_not_connected").await;
    assert_eq!(
        ann.submit("/auth/sessions/revoke", &[("session_id", &id)]).await,
        "/settings/sessions"
    );
    refusal(
        server.get("/twilio/credentials").header(header::COOKIE, &other),
        401,
        "not_signed_in",
    )
    .await;

    let other = session_cookie(&server.post("/auth/sign-in", &form).send().await.unwrap());
    assert_eq!(
        ann.submit("/auth/sessions/revoke", &[("others", "true")]).await,
        "/settings/sessions"
    );
    refusal(
        server.get("/twilio/credentials").header(header::COOKIE, &other),
        401,
        "not_signed_in",
    )
    .await;
    refusal(ann.get("/twilio/credentials"), 404, "twilio_not_connected").await;
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let world = World::new().await;
    let server = world.serve().await;
    let ann = server.user().await;
    let form = [("email", ann.email.as_str()), ("password", PASSWORD)];
    let answer = ann.post("/auth/sign-in", &form).send().await.unwrap();
    let cookie = session_cookie(&answer);
    refusal(ann.get("/twilio/credentials"), 401, "not_signed_in").await;
    let now = server.get("/twilio/credentials").header(header::COOKIE, cookie);
    refusal(now, 404, "twilio_not_connected").await;
}

#[tokio::test]
async fn where_sign_up_is_closed_the_page_says_so() {
    let world = World::new().await;
    let server = world.serve_with(&[("SIGN_UP", "closed")]).await;
    let form = [("email", "ann@example.com"), ("password", PASSWORD)];
    refusal(server.post("/auth/sign-up", &form), 403, "sign_up_closed").await;
    let answer = browser(server.post("/auth/sign-up", &form), &server.url)
        .send()
        .await
        .unwrap();
    assert_eq!(location(&answer), "/sign-up?error=sign_up_closed");
}
