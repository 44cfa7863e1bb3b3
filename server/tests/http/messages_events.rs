//! Texts as they change: `/api/events`.

use crate::calls::{CALLER, Line};
use crate::calls_events::{Event, Listener};
use crate::harness::{World, json};

fn of<'e>(events: &'e [Event], sid: &str) -> Vec<&'e Event> {
    events
        .iter()
        .filter(|event| event.data["provider_sid"] == sid)
        .collect()
}

#[tokio::test]
async fn texts_and_calls_are_told_in_one_stream_as_they_happen() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let mut page = Listener::open(line.user.get("/api/events")).await;
    page.next().await.unwrap();
    let text = line.texted(CALLER, "Hello").await;
    let heard = page.until(&text, "received").await;
    let told = heard.last().unwrap();
    assert_eq!((told.kind.as_str(), &told.data["body"]), ("message", &"Hello".into()));
    assert_eq!(told.data["direction"], "inbound");
    assert!(told.data["created_at"].is_i64(), "{:?}", told.data);
    let call = line.missed(CALLER).await;
    let heard = page.until(&call, "no-answer").await;
    assert_eq!(heard.last().unwrap().kind, "call");

    let sent = json(
        line.user.post("/api/messages", &[("to", CALLER), ("body", "Yes?")]),
        202,
    )
    .await;
    loop {
        let event = page.next().await.expect("the stream goes on");
        if event.data["id"] == sent["id"] && event.data["provider_sid"].is_string() {
            break;
        }
    }
    let eve = server.user().await;
    let mut stranger = Listener::open(eve.get("/api/events")).await;
    stranger.next().await.unwrap();
    line.texted(CALLER, "Bye").await;
    assert!(stranger.is_silent().await);
}

#[tokio::test]
async fn a_browser_that_was_away_hears_every_text_once() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let mut page = Listener::open(line.user.get("/api/events")).await;
    page.next().await.unwrap();
    let first = line.texted(CALLER, "one").await;
    let last = page.until(&first, "received").await.last().unwrap().id;
    drop(page);

    let mut away = Vec::new();
    for body in ["two", "three"] {
        away.push(line.texted(CALLER, body).await);
    }
    let request = line.user.get("/api/events").header("last-event-id", last.to_string());
    let mut back = Listener::open(request).await;
    let hello = back.next().await.unwrap();
    assert_eq!((hello.id, &hello.data["complete"]), (last, &true.into()));
    let told = back.until(away.last().unwrap(), "received").await;
    for sid in &away {
        assert_eq!(of(&told, sid).len(), 1, "{told:?}");
    }
    assert!(of(&told, &first).is_empty(), "nothing twice: {told:?}");
    assert!(told.windows(2).all(|pair| pair[0].id < pair[1].id), "{told:?}");
}
