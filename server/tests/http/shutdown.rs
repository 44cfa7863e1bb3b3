//! The end of a server: it tells, waits for its proxy to go elsewhere, finishes what it has begun, and is gone in time.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::calls_events::Listener;
use crate::harness::{Server, World, until};

/// What `docs/deploying.md` promises.
const WHOLE: Duration = Duration::from_secs(10);

fn address(server: &Server) -> String {
    server.url.strip_prefix("http://").unwrap().to_owned()
}

/// A request on an open connection, and its answer's head.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut said = String::new();
    while !said.contains("\r\n\r\n") {
        let mut some = [0; 1024];
        let length = stream.read(&mut some).await.unwrap();
        assert!(length > 0, "closed in the middle of {said:?}");
        said.push_str(std::str::from_utf8(&some[..length]).unwrap());
    }
    said
}

async fn ended(server: &mut Server) -> bool {
    let mut ended = None;
    until("the server has ended", || {
        ended = server.ended();
        ended.is_some()
    })
    .await;
    ended.unwrap()
}

#[tokio::test]
async fn a_leaving_server_answers_and_sends_its_proxy_elsewhere() {
    let world = World::new().await;
    let mut server = world.serve().await;
    let mut kept = TcpStream::connect(address(&server)).await.unwrap();
    let before = ask(&mut kept, "/readyz").await;
    assert!(before.starts_with("HTTP/1.1 200") && !before.contains("connection: close"));

    let begun = Instant::now();
    server.signal("TERM");
    until("it says so", || server.log().contains("stopping")).await;
    let on_kept = ask(&mut kept, "/healthz").await;
    assert!(
        on_kept.starts_with("HTTP/1.1 200") && on_kept.contains("connection: close"),
        "{on_kept}"
    );
    let mut new = TcpStream::connect(address(&server)).await.unwrap();
    let on_new = ask(&mut new, "/readyz").await;
    assert!(
        on_new.starts_with("HTTP/1.1 503") && on_new.contains("connection: close"),
        "{on_new}"
    );

    assert!(ended(&mut server).await);
    let took = begun.elapsed();
    assert!(took >= Duration::from_secs(2) && took < WHOLE, "{took:?}");
    assert!(TcpStream::connect(address(&server)).await.is_err());
}

#[tokio::test]
async fn streams_and_connections_without_a_request_do_not_hold_the_end_up() {
    let world = World::new().await;
    let mut server = world.serve().await;
    let ann = server.user().await;
    let mut listener = Listener::open(ann.get("/api/events")).await;
    listener.next().await.unwrap();
    let mut idle = TcpStream::connect(address(&server)).await.unwrap();
    ask(&mut idle, "/healthz").await;
    let silent = TcpStream::connect(address(&server)).await.unwrap();
    let mut half = TcpStream::connect(address(&server)).await.unwrap();
    half.write_all(b"GET /healthz HTTP/1.1\r\nHost:").await.unwrap();

    let begun = Instant::now();
    server.signal("INT");
    assert!(ended(&mut server).await);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(4), "nobody waits after Ctrl-C: {took:?}");
    assert_eq!(listener.next().await, None, "the stream ended");
    drop((idle, silent, half));
}

#[tokio::test]
async fn what_has_begun_is_finished_and_what_hangs_is_left_to_the_next_start() {
    let world = World::new().await;
    let mut server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    let before = world.snapshot(&account);
    world.simulator.inject(simulator::Fault::forever(
        "POST",
        "/Keys.json",
        simulator::Effect::HangAfter,
    ));
    let save = tokio::spawn(ann.post("/twilio/credentials", &account.save()).send());
    until("the key is made", || !world.snapshot(&account).keys.is_empty()).await;
    let begun = Instant::now();
    server.signal("TERM");
    assert!(ended(&mut server).await);
    let took = begun.elapsed();
    assert!(took < WHOLE, "{took:?}");
    assert!(save.await.unwrap().is_err(), "nobody was answered");

    world.simulator.clear_faults();
    let again = world.serve().await;
    until("all is taken back", || world.snapshot(&account) == before).await;
    assert!(again.stop().await);
    world.is_in_order().await;
}
