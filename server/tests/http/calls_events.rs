//! What changes, as it happens: `/api/events`.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::calls::{CALLER, Line};
use crate::harness::{PATIENCE, World, json, on_each_database};

/// One event as a browser reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: i64,
    pub kind: String,
    pub data: Value,
}

/// A browser's side of the stream.
pub struct Listener {
    chunks: BoxStream<'static, reqwest::Result<Vec<u8>>>,
    text: String,
}

impl Listener {
    pub async fn open(request: RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Self {
            chunks: answer
                .bytes_stream()
                .map(|chunk| chunk.map(|bytes| bytes.to_vec()))
                .boxed(),
            text: String::new(),
        }
    }

    /// The next event; none when the stream ends.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(event) = read(&event) {
                    return Some(event);
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.chunks.next())
                .await
                .expect("an event");
            self.text.push_str(std::str::from_utf8(&chunk?.ok()?).unwrap());
        }
    }

    /// Events until one of a call in that status; the last one's id.
    pub async fn until(&mut self, sid: &str, status: &str) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.next().await.expect("the stream goes on");
            let done = event.data["provider_sid"] == sid && event.data["status"] == status;
            events.push(event);
            if done {
                return events;
            }
        }
    }

    /// Whether nothing comes for a while.
    pub async fn is_silent(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(300), self.next())
            .await
            .is_err()
    }
}

/// None for a comment.
fn read(text: &str) -> Option<Event> {
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(|value| value.strip_prefix(' ').unwrap_or(value))
    };
    Some(Event {
        id: field("id")?.parse().unwrap(),
        kind: field("event")?.to_owned(),
        data: serde_json::from_str(field("data")?).unwrap(),
    })
}

fn rises(events: &[Event]) -> bool {
    events.windows(2).all(|pair| pair[0].id < pair[1].id)
}

#[tokio::test]
async fn a_page_hears_of_every_change_while_it_is_open() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let mut one = Listener::open(line.user.get("/api/events")).await;
        let mut other = Listener::open(line.user.get("/api/events")).await;
        let hello = one.next().await.unwrap();
        assert_eq!((hello.kind.as_str(), hello.id), ("hello", 0));
        assert_eq!(
            (&hello.data["position"], &hello.data["complete"]),
            (&0.into(), &true.into())
        );
        other.next().await.unwrap();

        let sid = line.rings(CALLER).await;
        let heard = one.until(&sid, "ringing").await;
        let call = &heard.last().unwrap().data;
        assert_eq!(
            (call["peer"].as_str(), &call["missed"]),
            (Some("+44 20 7946 0018"), &false.into())
        );
        assert!(call["started_at"].is_i64(), "{call}");
        line.status(&sid, "completed").await;
        let ended = one.until(&sid, "no-answer").await;
        assert_eq!(ended.last().unwrap().data["missed"], true);
        assert!(rises(&heard) && rises(&ended));
        other.until(&sid, "no-answer").await;

        let eve = server.user().await;
        let mut stranger = Listener::open(eve.get("/api/events")).await;
        stranger.next().await.unwrap();
        line.missed(CALLER).await;
        assert!(stranger.is_silent().await);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_was_away_hears_all_of_it_once() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let mut listener = Listener::open(line.user.get("/api/events")).await;
        listener.next().await.unwrap();
        let first = line.missed(CALLER).await;
        let heard = listener.until(&first, "no-answer").await;
        let last = heard.last().unwrap().id;
        drop(listener);

        let mut while_away = Vec::new();
        for _ in 0..3 {
            while_away.push(line.missed(CALLER).await);
        }
        let again = line.user.get("/api/events").header("last-event-id", last.to_string());
        let mut back = Listener::open(again).await;
        let hello = back.next().await.unwrap();
        assert_eq!((hello.id, &hello.data["complete"]), (last, &true.into()));
        let told = back.until(while_away.last().unwrap(), "no-answer").await;
        assert!(rises(&told) && told[0].id > last, "{told:?}");
        for sid in &while_away {
            assert_eq!(
                told.iter()
                    .filter(|event| event.data["provider_sid"] == sid.as_str())
                    .count(),
                1,
                "each call as it is now: {told:?}"
            );
        }
        assert!(
            told.iter().all(|event| event.data["provider_sid"] != first.as_str()),
            "nothing twice: {told:?}"
        );
        assert!(back.is_silent().await);
        let live = line.rings(CALLER).await;
        let more = back.until(&live, "ringing").await;
        assert!(more[0].id > told.last().unwrap().id);

        // The same by the query, as the first request of a page that was drawn at that position.
        let by_query = line.user.get(&format!("/api/events?last_event_id={last}"));
        let mut by_query = Listener::open(by_query).await;
        assert_eq!(by_query.next().await.unwrap().id, last);
        for nonsense in ["999999", "-1", "x", "9223372036854775808"] {
            let mut lost = Listener::open(line.user.get("/api/events").header("last-event-id", nonsense)).await;
            assert_eq!(lost.next().await.unwrap().data["complete"], false, "{nonsense}");
        }
    })
    .await;
}

#[tokio::test]
async fn news_survives_the_server() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let mut listener = Listener::open(line.user.get("/api/events")).await;
        let position = listener.next().await.unwrap().id;
        let sid = line.missed(CALLER).await;
        let (email, cookie) = (line.user.email.clone(), line.user.cookie.clone());
        drop(line);
        server.kill();
        assert_eq!(listener.until_end().await, None, "the stream of {email} ends");

        let server = world.serve().await;
        let request = server
            .get("/api/events")
            .header("cookie", &cookie)
            .header("last-event-id", position.to_string());
        let mut back = Listener::open(request).await;
        assert_eq!(back.next().await.unwrap().id, position);
        back.until(&sid, "no-answer").await;
    })
    .await;
}

#[tokio::test]
async fn what_one_server_is_told_the_pages_of_another_hear() {
    let Some(world) = World::on_postgres().await else {
        return;
    };
    let (one, other) = tokio::join!(world.serve(), world.serve());
    let line = Line::connected(&world, &one).await;
    let request = other.get("/api/events").header("cookie", &line.user.cookie);
    let mut listener = Listener::open(request).await;
    listener.next().await.unwrap();
    let sid = line.missed(CALLER).await;
    let heard = listener.until(&sid, "no-answer").await;
    assert!(rises(&heard));
    assert!(listener.is_silent().await);
}

#[tokio::test]
async fn whoever_was_signed_out_hears_nothing_more() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let mut listener = Listener::open(line.user.get("/api/events")).await;
        listener.next().await.unwrap();
        line.user.post("/auth/sign-out", &[]).send().await.unwrap();
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        line.rings(CALLER).await;
        assert_eq!(listener.next().await, None);
    })
    .await;
}

#[tokio::test]
async fn open_streams_do_not_hold_a_stopping_server() {
    let world = World::new().await;
    let server = world.serve().await;
    let ann = server.user().await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut listener = Listener::open(ann.get("/api/events")).await;
        listener.next().await.unwrap();
        streams.push(listener);
    }
    json(ann.get("/api/calls"), 200).await;
    let begun = std::time::Instant::now();
    assert!(server.stop().await);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    for mut stream in streams {
        assert_eq!(stream.next().await, None);
    }
}

impl Listener {
    /// The end, with whatever came before it passed over.
    async fn until_end(&mut self) -> Option<Event> {
        while self.next().await.is_some() {}
        None
    }
}
