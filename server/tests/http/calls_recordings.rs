//! A message is left, heard in parts, and deleted: with the simulated Twilio's own recording.

use std::net::TcpListener;
use std::time::Duration;

use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json as value};
use simulator::{Effect, Fault};

use crate::calls::{CALLER, Line, OWN};
use crate::harness::{PATIENCE, Server, World, json, refusal};

/// A server that the simulator's webhooks reach.
async fn reachable(world: &World) -> Server {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let url = format!("http://{address}");
    world
        .serve_with(&[("APP_URL", &url), ("LEPTOS_SITE_ADDR", &address)])
        .await
}

impl Line<'_> {
    /// Somebody with a tone for a voice leaves a message; the call once it has a recording that can be heard.
    async fn message(&self, world: &World) -> Value {
        json(self.user.post("/settings/calls", &[("greeting", "Hi.")]), 200).await;
        let phone = value!({ "sound": { "tone": 440.0 }, "hangs_up_after_ms": 6_000 });
        let placed = reqwest::Client::new()
            .post(format!(
                "{}/_simulator/accounts/{}/calls",
                world.simulator.base_url(),
                self.account.sid
            ))
            .json(&value!({ "from": CALLER, "to": OWN, "phone": phone }))
            .send()
            .await
            .unwrap();
        assert!(placed.status().is_success(), "{}", placed.text().await.unwrap());
        let waiting = async {
            loop {
                let list = self.list("").await;
                let call = &list["items"][0];
                if call["recordings"][0]["status"] == "completed" && !call["ended_at"].is_null() {
                    return call.clone();
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .expect("a message is there")
    }

    async fn part(&self, audio: &str, range: &str) -> Response {
        let answer = self.user.get(audio).header(header::RANGE, range).send().await.unwrap();
        crate::headers::check(&answer, false);
        answer
    }
}

fn text(answer: &Response, name: header::HeaderName) -> String {
    answer
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_message_is_heard_in_whole_and_in_parts_and_then_deleted() {
    let world = World::new().await;
    let server = reachable(&world).await;
    let line = Line::connected(&world, &server).await;
    let call = line.message(&world).await;
    assert_eq!((&call["voicemail"], &call["missed"]), (&true.into(), &true.into()));
    let recording = &call["recordings"][0];
    assert_eq!(
        (&recording["kind"], &recording["channels"]),
        (&"voicemail".into(), &1.into())
    );
    let audio = recording["audio"].as_str().unwrap();
    assert_eq!(line.list("?voicemail=true").await["items"].as_array().unwrap().len(), 1);

    let answer = line.user.get(audio).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(text(&answer, header::CONTENT_TYPE), "audio/wav");
    assert!(text(&answer, header::CACHE_CONTROL).contains("no-store"));
    assert_eq!(text(&answer, header::ACCEPT_RANGES), "bytes");
    let whole = answer.bytes().await.unwrap();
    assert!(whole.starts_with(b"RIFF") && whole.len() > 8_000, "{}", whole.len());

    let last = whole.len() - 1;
    for (range, first, end) in [
        ("bytes=0-".to_owned(), 0, last),
        ("bytes=100-199".to_owned(), 100, 199),
        (format!("bytes={last}-"), last, last),
        ("bytes=-10".to_owned(), last - 9, last),
        ("bytes=5-99999999".to_owned(), 5, last),
    ] {
        let answer = line.part(audio, &range).await;
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        let said = format!("bytes {first}-{end}/{}", whole.len());
        assert_eq!(text(&answer, header::CONTENT_RANGE), said);
        assert_eq!(answer.bytes().await.unwrap(), whole.slice(first..=end), "{range}");
    }
    let beyond = line.part(audio, &format!("bytes={}-", whole.len())).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(text(&beyond, header::CONTENT_RANGE), format!("bytes */{}", whole.len()));
    let both = line.part(audio, "bytes=0-1,5-6").await;
    assert_eq!((both.status(), both.bytes().await.unwrap()), (StatusCode::OK, whole));

    let file = line.user.get(&format!("{audio}?download=1")).send().await.unwrap();
    let name = text(&file, header::CONTENT_DISPOSITION);
    assert!(
        name.starts_with("attachment; filename=\"voicemail-20") && name.ends_with(".wav\""),
        "{name}"
    );

    let eve = server.user().await;
    refusal(eve.get(audio), 404, "recording_not_found").await;
    refusal(server.get(audio), 401, "not_signed_in").await;
    let id = recording["id"].as_str().unwrap();
    refusal(eve.delete(&format!("/api/recordings/{id}")), 404, "recording_not_found").await;
    refusal(
        eve.post("/recordings/delete", &[("id", id)]),
        404,
        "recording_not_found",
    )
    .await;

    let deleted = json(line.user.delete(&format!("/api/recordings/{id}")), 200).await;
    assert_eq!(deleted["status"], "deleting");
    refusal(line.user.get(audio), 404, "recording_deleted").await;
    json(line.user.delete(&format!("/api/recordings/{id}")), 200).await;
}

#[tokio::test]
async fn what_twilio_does_not_give_is_said_in_words() {
    let world = World::new().await;
    let server = reachable(&world).await;
    let line = Line::connected(&world, &server).await;
    let call = line.message(&world).await;
    let audio = call["recordings"][0]["audio"].as_str().unwrap();
    world
        .simulator
        .inject(Fault::forever("GET", "*/Recordings/*", Effect::status(500, 20500)));
    refusal(line.user.get(audio), 502, "twilio_unavailable").await;
    world.simulator.clear_faults();
    world
        .simulator
        .inject(Fault::forever("GET", "*/Recordings/*", Effect::status(404, 20404)));
    refusal(line.user.get(audio), 404, "recording_deleted").await;
    world.simulator.clear_faults();
    json(line.user.delete("/twilio/credentials"), 200).await;
    refusal(line.user.get(audio), 409, "twilio_not_connected").await;
    refusal(line.user.get("/api/recordings/x/audio"), 404, "recording_not_found").await;
}
