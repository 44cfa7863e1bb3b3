//! The log: one line for each thing, whoever chose the words in it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use crate::harness::{Server, World, until};

/// Sends bytes that no client library would, and reads the answer.
pub fn raw(server: &Server, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Asks with that user agent; the lines of the log about it.
async fn lines_of(server: &Server, path: &str, agent: &[u8]) -> Vec<String> {
    let mut request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nuser-agent: ").into_bytes();
    request.extend_from_slice(agent);
    request.extend_from_slice(b"\r\n\r\n");
    let answer = raw(server, &request);
    let id = answer
        .split("x-request-id: ")
        .nth(1)
        .unwrap_or_else(|| panic!("{answer}"));
    let id = id.split("\r\n").next().unwrap().to_owned();
    until("the request is in the log", || server.log().contains(&id)).await;
    server
        .log()
        .lines()
        .filter(|line| line.contains(&id))
        .map(str::to_owned)
        .collect()
}

/// Line ends and escape codes in every way in which they reach a program: as text, in other encodings, as unprintable characters.
const AGENTS: [&[u8]; 5] = [
    b"a\\r\\nINFO forged",
    "a\u{9b}31mred\u{85}b".as_bytes(),
    "a\u{2028}b\u{2029}c\u{202e}d".as_bytes(),
    b"a\xff\xfe\x9b31m",
    b"a\t\"quoted\" {\"json\":1}",
];

fn is_plain(line: &str) -> bool {
    !line
        .chars()
        .any(|c| c.is_control() || ['\u{2028}', '\u{2029}', '\u{202e}'].contains(&c))
}

#[tokio::test]
async fn what_a_client_chose_is_one_escaped_line() {
    let world = World::new().await;
    let server = world.serve().await;
    for agent in AGENTS {
        let lines = lines_of(&server, "/%0d%0aINFO%20forged%1b[31m", agent).await;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(is_plain(&lines[0]), "{lines:?}");
        assert!(
            !lines[0].contains("\nINFO") && lines[0].contains("status=404"),
            "{lines:?}"
        );
    }
}

#[tokio::test]
async fn real_line_ends_and_escape_codes_in_a_head_are_refused() {
    let world = World::new().await;
    let server = world.serve().await;
    for agent in [&b"a\x1b[31mred"[..], b"a\x00b", b"a\rINFO forged"] {
        let mut request = b"GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\nuser-agent: ".to_vec();
        request.extend_from_slice(agent);
        request.extend_from_slice(b"\r\n\r\n");
        assert!(raw(&server, &request).starts_with("HTTP/1.1 400"), "{agent:?}");
    }
    let log = server.log();
    assert!(!log.contains("forged") && !log.contains('\u{1b}'), "{log}");
}

#[tokio::test]
async fn a_log_for_programs_is_an_object_a_line_with_the_requests_id() {
    let world = World::new().await;
    let server = world.serve_with(&[("LOG_FORMAT", "json"), ("RUST_LOG", "debug")]).await;
    for agent in AGENTS {
        let lines = lines_of(&server, "/nothing", agent).await;
        assert!(lines.iter().all(|line| is_plain(line)), "{lines:?}");
        let objects: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let answered: Vec<_> = objects
            .iter()
            .filter(|object| object["message"] == "answered")
            .collect();
        assert_eq!(answered.len(), 1, "{lines:?}");
        assert_eq!(
            (&answered[0]["status"], &answered[0]["level"]),
            (&404.into(), &"INFO".into())
        );
        assert!(
            objects
                .iter()
                .all(|object| object["span"]["id"].as_str().map(str::len) == Some(36)),
            "{lines:?}"
        );
    }
    for line in server.log().lines() {
        assert!(
            serde_json::from_str::<Value>(line).is_ok_and(|line| line["timestamp"].is_string()),
            "{line}"
        );
    }
}
