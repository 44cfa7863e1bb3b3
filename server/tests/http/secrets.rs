//! Secrets are in no answer, no page, no log line and no file.

use crate::harness::World;

#[tokio::test]
async fn no_secret_leaves_the_vault() {
    with_a_log_as("text").await;
}

#[tokio::test]
async fn nor_by_a_log_for_programs() {
    with_a_log_as("json").await;
}

async fn with_a_log_as(format: &str) {
    let world = World::new().await;
    let server = world.serve_with(&[("RUST_LOG", "trace"), ("LOG_FORMAT", format)]).await;
    let (ann, account) = (server.user().await, world.account());
    let mut seen = String::new();
    let mut keep = async |request: reqwest::RequestBuilder| {
        let answer = request.send().await.unwrap();
        seen.push_str(&format!("{:?}", answer.headers()));
        seen.push_str(&answer.text().await.unwrap());
    };
    let html = |request: reqwest::RequestBuilder| request.header("accept", "text/html");
    keep(ann.post("/twilio/verify", &account.pair())).await;
    keep(html(ann.get("/twilio/setup"))).await;
    keep(html(ann.get("/twilio/setup/credentials"))).await;
    keep(html(ann.get("/twilio/setup/number"))).await;
    keep(ann.post("/twilio/credentials", &account.save())).await;
    keep(ann.get("/twilio/credentials")).await;
    keep(html(ann.get("/"))).await;
    keep(html(ann.get("/twilio/setup?check=now"))).await;
    keep(html(ann.get("/settings/sessions"))).await;
    keep(ann.get("/twilio/setup/progress")).await;
    keep(ann.post("/twilio/setup/replace-token", &[("auth_token", &account.auth_token)])).await;
    let token: serde_json::Value = ann.get("/twilio/token").send().await.unwrap().json().await.unwrap();
    let rotated = world.simulator.rotate_auth_token(&account.sid);
    keep(html(ann.get("/twilio/setup?check=now"))).await;
    keep(ann.post("/twilio/setup/replace-token", &[("auth_token", &rotated)])).await;
    keep(ann.delete("/twilio/credentials")).await;

    let last = ann.get("/twilio/credentials").send().await.unwrap();
    let log = server.log_with(&last).await;
    assert!(log.lines().count() > 15, "the log was written: {log}");
    assert!(server.stop().await);
    let cookie = ann_cookie(&ann.cookie);
    let jwt = token["token"].as_str().unwrap();
    for (secret, what) in [(account.auth_token.as_str(), "auth token"), (&rotated, "rotated token")] {
        assert!(!seen.contains(secret), "{what} in an answer");
        assert!(!log.contains(secret), "{what} in the log");
        assert_not_in_files(&world, secret, what);
    }
    for (secret, what) in [
        (cookie, "cookie"),
        (jwt, "voice token"),
        ("correct horse battery", "password"),
    ] {
        assert!(!log.contains(secret), "{what} in the log");
        assert_not_in_files(&world, secret, what);
    }
}

fn ann_cookie(cookie: &str) -> &str {
    cookie.split_once('=').unwrap().1
}

fn assert_not_in_files(world: &World, secret: &str, what: &str) {
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(
            !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
            "{what} in {}",
            path.display()
        );
    }
}
