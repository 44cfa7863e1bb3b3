//! Connections that say little, late, or too much.

use reqwest::{Body, Method, header};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{World, json, refusal};

#[tokio::test]
async fn half_open_connections_are_closed_and_disturb_nobody() {
    let world = World::new().await;
    let server = world.serve().await;
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let mut open = Vec::new();
    for number in 0..200 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        // Some say nothing at all.
        if number % 2 == 0 {
            stream
                .write_all(b"POST /twilio/verify HTTP/1.1\r\nHost: x\r\n")
                .await
                .unwrap();
        }
        open.push(stream);
    }
    assert_eq!(server.get("/readyz").send().await.unwrap().status(), 200);
    let closed = async {
        for stream in &mut open {
            let mut said = Vec::new();
            // A reset closes it as well.
            let _ = stream.read_to_end(&mut said).await;
        }
    };
    tokio::time::timeout(crate::harness::PATIENCE, closed)
        .await
        .expect("all are closed");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_bounded_too() {
    let world = World::new().await;
    let server = world.serve().await;
    let pieces = (0..65).map(|_| Ok::<_, std::io::Error>(vec![b'a'; 1024]));
    let endless = server
        .request(Method::POST, "/auth/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::wrap_stream(futures::stream::iter(pieces)));
    refusal(endless, 413, "body_too_large").await;
}

#[tokio::test]
async fn a_field_that_comes_twice_or_cannot_be_read_is_refused() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    let twice = [
        ("email", "a@example.com"),
        ("email", "b@example.com"),
        ("password", "correct horse battery"),
    ];
    refusal(server.post("/auth/sign-up", &twice), 422, "unreadable_request").await;
    let mut pairs = account.pair();
    pairs.extend(account.pair());
    refusal(ann.post("/twilio/verify", &pairs), 422, "unreadable_request").await;
    let many: Vec<(String, &str)> = (0..5_000).map(|number| (format!("f{number}"), "x")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    refusal(ann.post("/twilio/verify", &many), 413, "too_many_fields").await;
    assert!(world.simulator.journal().is_empty());
}

#[tokio::test]
async fn a_request_is_one_escaped_line_in_the_log_with_the_id_of_its_answer() {
    let world = World::new().await;
    let server = world.serve().await;
    let agent = header::HeaderValue::from_bytes("x\u{9b}31m\u{2028}y".as_bytes()).unwrap();
    let request = server
        .get("/twilio/credentials?auth_token=hunter2")
        .header(header::USER_AGENT, agent);
    let answer = request.send().await.unwrap();
    let log = server.log_with(&answer).await;
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(
        answer.json::<serde_json::Value>().await.unwrap()["request_id"],
        id.as_str()
    );
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(&id)).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(
        lines[0].contains("status=401") && lines[0].contains("/twilio/credentials"),
        "{log}"
    );
    assert!(
        !log.contains("hunter2") && !log.contains('\u{9b}') && !log.contains('\u{2028}'),
        "{log}"
    );
    // An id of the client's own choosing is not taken over.
    let chosen = server.get("/healthz").header("x-request-id", "mine");
    assert_ne!(chosen.send().await.unwrap().headers()["x-request-id"], "mine");
    json(server.get("/twilio/token"), 401).await;
}
