//! Who asks for too much, too often, or in somebody else's name.

use std::time::{Duration, Instant};

use reqwest::{Method, header};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::calls_events::Listener;
use crate::harness::{Server, World, browser, json, location, refusal};

const FORM: &str = "application/x-www-form-urlencoded";

fn from(request: reqwest::RequestBuilder, forwarded: &str) -> reqwest::RequestBuilder {
    request.header("x-forwarded-for", forwarded)
}

#[tokio::test]
async fn a_proxy_of_ours_names_the_client_and_nobody_else_does() {
    let world = World::new().await;
    let server = world.serve().await;
    let ann = server.user().await;
    let forwarded = server
        .get("/healthz-not")
        .header("x-forwarded-for", "203.0.113.66, 198.51.100.7")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "for=203.0.113.66;host=evil.example;proto=https");
    let answer = forwarded.send().await.unwrap();
    let log = server.log_with(&answer).await;
    let line = log.lines().rfind(|line| line.contains("/healthz-not")).unwrap();
    assert!(
        line.contains("198.51.100.7") && !line.contains("203.0.113.66"),
        "{line}"
    );
    assert!(!log.contains("evil.example"), "{log}");
    let form = [("email", ann.email.as_str()), ("password", "correct horse battery")];
    let sign_in = from(server.post("/auth/sign-in", &form), "203.0.113.66, 198.51.100.7");
    assert_eq!(sign_in.send().await.unwrap().status(), 200);
    let sessions = ann.page("/settings/sessions").await;
    assert!(
        sessions.contains("198.51.100.7") && !sessions.contains("203.0.113.66"),
        "{sessions}"
    );
    drop(server);

    let server = world.serve_with(&[("TRUSTED_PROXIES", "10.0.0.0/8")]).await;
    let answer = from(server.get("/nothing"), "198.51.100.7").send().await.unwrap();
    let log = server.log_with(&answer).await;
    assert!(
        log.contains("address=\"127.0.0.1\"") && !log.contains("198.51.100.7"),
        "{log}"
    );
}

#[tokio::test]
async fn visitors_who_ask_too_often_wait_and_others_do_not() {
    let world = World::new().await;
    let server = world.serve().await;
    // All at once, so that a slow machine does not let one through meanwhile for each that was answered.
    let many = (0..400).map(|_| from(server.get("/nothing"), "198.51.100.7").send());
    let answers = futures::future::join_all(many).await;
    let statuses: Vec<u16> = answers
        .into_iter()
        .map(|answer| answer.unwrap().status().as_u16())
        .collect();
    assert!(
        statuses.iter().filter(|status| **status == 404).count() >= 200,
        "{statuses:?}"
    );
    assert!(statuses.contains(&429), "{statuses:?}");
    let page = from(server.get("/sign-in"), "198.51.100.7").header(header::ACCEPT, "text/html");
    let refused = page.send().await.unwrap();
    if refused.status() == 429 {
        assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
        assert!(refused.text().await.unwrap().contains("Wait a few seconds"));
    }
    let page = |address| {
        from(server.get("/sign-in"), address)
            .header(header::ACCEPT, "text/html")
            .send()
    };
    assert_eq!(page("198.51.100.8").await.unwrap().status(), 200, "somebody else");
}

#[tokio::test]
async fn who_signs_in_too_often_is_told_to_wait_also_without_javascript() {
    let world = World::new().await;
    let server = world.serve().await;
    let sign_in = || from(server.post("/auth/sign-in", &[]), "198.51.100.7");
    let answers = futures::future::join_all((0..150).map(|_| sign_in().send())).await;
    let statuses: Vec<u16> = answers
        .into_iter()
        .map(|answer| answer.unwrap().status().as_u16())
        .collect();
    assert!(statuses.contains(&422) && statuses.contains(&429), "{statuses:?}");
    let posts = (0..50).map(|_| browser(sign_in(), &server.url).send());
    let answers = futures::future::join_all(posts).await;
    let refused = |answer: &reqwest::Response| location(answer) == "/sign-in?error=too_many_requests";
    assert!(answers.into_iter().any(|answer| refused(&answer.unwrap())));
    let page = server
        .get("/sign-in?error=too_many_requests")
        .header(header::ACCEPT, "text/html");
    assert!(
        page.send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("Too many requests. Wait a few seconds")
    );
}

#[tokio::test]
async fn a_user_has_so_many_changes_and_streams_and_no_more() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, bob) = (server.user().await, server.user().await);
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(Listener::open(ann.get("/api/events")).await);
    }
    refusal(ann.get("/api/events"), 429, "too_many_streams").await;
    drop(Listener::open(bob.get("/api/events")).await);
    streams.pop();
    let opened = async {
        while ann.get("/api/events").send().await.unwrap().status() != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::harness::PATIENCE, opened).await.unwrap();

    let changes = (0..400).map(|_| ann.post("/twilio/setup/start-over", &[]).send());
    let answers = futures::future::join_all(changes).await;
    assert!(answers.into_iter().any(|answer| answer.unwrap().status() == 429));
    json(bob.get("/api/calls"), 200).await;
    ann.page("/settings/sessions").await;
}

#[tokio::test]
async fn webhooks_are_not_counted() {
    let world = World::new().await;
    let server = world.serve().await;
    for _ in 0..300 {
        let answer = server.post("/webhooks/twilio/call-status", &[]).send().await.unwrap();
        assert_eq!(answer.status(), 403);
    }
    let log = server.log();
    let lines = log
        .lines()
        .filter(|line| line.contains("/webhooks/twilio/call-status"))
        .count();
    assert!(lines < 30, "one line for many of them: {log}");
}

#[tokio::test]
async fn a_form_of_very_many_fields_is_refused_unread() {
    let world = World::new().await;
    let server = world.serve().await;
    for path in ["/auth/sign-in", "/webhooks/twilio/call-status"] {
        let post = |body: String| {
            let request = server.request(Method::POST, path).header(header::CONTENT_TYPE, FORM);
            request.header("x-twilio-signature", "x").body(body)
        };
        refusal(post("a&".repeat(32_000)), 413, "too_many_fields").await;
        refusal(post("a=1&".repeat(100_000)), 413, "body_too_large").await;
        refusal(post("a".repeat(64 * 1024 + 1)), 413, "body_too_large").await;
    }
}

#[tokio::test]
async fn a_head_of_too_many_or_too_long_lines_is_refused() {
    let world = World::new().await;
    let server = world.serve().await;
    let mut request = server.get("/healthz");
    for number in 0..100 {
        request = request.header(format!("x-{number}"), "1");
    }
    assert_eq!(request.send().await.unwrap().status(), 431);
    let long = server.get("/healthz").header("x-long", "a".repeat(60_000));
    assert_eq!(long.send().await.unwrap().status(), 431);
}

/// How long fifty requests take, one after the other.
async fn fifty(server: &Server) -> Duration {
    let begun = Instant::now();
    for _ in 0..50 {
        assert_eq!(server.get("/healthz").send().await.unwrap().status(), 200);
    }
    begun.elapsed()
}

#[tokio::test]
async fn a_thousand_idle_and_half_open_connections_cost_little_and_slow_nobody() {
    let world = World::new().await;
    let server = world.serve().await;
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let quiet = fifty(&server).await;
    let mut open = Vec::new();
    for number in 0..1_000 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        match number % 3 {
            0 => {}
            1 => stream
                .write_all(b"POST /webhooks/twilio/voice HTTP/1.1\r\nHost: x\r\n")
                .await
                .unwrap(),
            _ => {
                let head = b"POST /auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n";
                stream.write_all(head).await.unwrap();
                stream.write_all(&[b'a'; 4_000]).await.unwrap();
            }
        }
        open.push(stream);
    }
    let crowded = fifty(&server).await;
    assert!(
        crowded < quiet * 4 + Duration::from_secs(2),
        "{crowded:?} instead of {quiet:?}"
    );
    if let Some(memory) = server.memory() {
        assert!(memory < 128 * 1024 * 1024, "{memory} bytes");
    }
}
