//! Texts for programs: `/api/messages`.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::Value;
use simulator::{Effect, Fault};

use crate::calls::{CALLER, Line, OWN};
use crate::harness::{PATIENCE, User, World, json, on_each_database, refusal};

/// A text to be sent.
fn text(user: &User, to: &str, body: &str) -> RequestBuilder {
    user.post("/api/messages", &[("to", to), ("body", body)])
}

/// The texts of a list.
pub async fn list(user: &User, query: &str) -> Vec<Value> {
    let list = json(user.get(&format!("/api/messages{query}")), 200).await;
    list["items"].as_array().unwrap().clone()
}

/// Waits until a text has one of these statuses; the text.
pub async fn until_status(user: &User, id: &Value, statuses: &[&str]) -> Value {
    let path = format!("/api/messages/{}", id.as_str().unwrap());
    let waiting = async {
        loop {
            let text = json(user.get(&path), 200).await;
            if statuses.iter().any(|status| text["status"] == *status) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("never {statuses:?}"))
}

/// What Twilio has of a text, or more.
pub const TAKEN: [&str; 4] = ["accepted", "sent", "delivered", "read"];

fn is_time(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok())
}

#[tokio::test]
async fn a_text_is_taken_and_told_in_the_shape_of_the_contract() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let taken = json(text(&line.user, "020 7946 0018", "Hello, you"), 202).await;
        assert_eq!(taken["id"].as_str().map(str::len), Some(36));
        assert_eq!(
            (&taken["direction"], &taken["body"]),
            (&"outbound".into(), &"Hello, you".into())
        );
        assert_eq!((&taken["from"], &taken["to"]), (&OWN.into(), &CALLER.into()));
        assert_eq!((&taken["provider"], &taken["segments"]), (&"twilio".into(), &1.into()));
        assert_eq!(taken["peer"], "+44 20 7946 0018");
        assert_eq!(
            (&taken["error"], &taken["media"]),
            (&Value::Null, &Value::Array(Vec::new()))
        );
        assert!(is_time(&taken["created_at"]), "{taken}");
        for absent in ["send_at", "delivered_at"] {
            assert_eq!(taken.get(absent), Some(&Value::Null), "{absent} in {taken}");
        }

        let sent = until_status(&line.user, &taken["id"], &TAKEN).await;
        let sent_sid = sent["provider_sid"].as_str().unwrap();
        assert!(sent_sid.starts_with("SM") && is_time(&sent["sent_at"]), "{sent}");
        let at_twilio = world.simulator.message(sent_sid).unwrap();
        assert_eq!((at_twilio.body.as_str(), at_twilio.to.as_str()), ("Hello, you", CALLER));
        let listed = list(&line.user, "").await;
        assert_eq!((listed.len(), &listed[0]["id"]), (1, &taken["id"]));
    })
    .await;
}

#[tokio::test]
async fn a_refusal_of_twilio_is_told_with_its_code() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    world
        .simulator
        .inject(Fault::forever("POST", "/Messages.json", Effect::status(400, 21614)));
    let taken = json(text(&line.user, CALLER, "Hello"), 202).await;
    let failed = until_status(&line.user, &taken["id"], &["failed"]).await;
    assert_eq!(failed["error"]["code"], "21614");
    assert!(
        failed["error"]["message"]
            .as_str()
            .is_some_and(|sentence| sentence.ends_with('.')),
        "{failed}"
    );
}

#[tokio::test]
async fn a_list_is_read_in_pieces_and_filtered() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let other = "+442079460019";
        for (from, body) in [
            (CALLER, "one"),
            (CALLER, "two"),
            (CALLER, "three"),
            (other, "hello there"),
            (other, "four"),
        ] {
            line.texted(from, body).await;
        }
        json(text(&line.user, other, "five"), 202).await;

        let mut read = Vec::new();
        let mut query = "?limit=4".to_owned();
        loop {
            let piece = json(line.user.get(&format!("/api/messages{query}")), 200).await;
            read.extend(
                piece["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|text| text["body"].as_str().unwrap().to_owned()),
            );
            match piece["next"].as_str() {
                Some(next) => query = format!("?limit=4&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(read, ["five", "four", "hello there", "three", "two", "one"]);
        assert_eq!(list(&line.user, "?limit=1000").await.len(), 6);
        for same in ["020 7946 0018", "%2B44+20+7946+0018"] {
            assert_eq!(list(&line.user, &format!("?peer={same}")).await.len(), 3, "{same}");
        }
        assert_eq!(list(&line.user, "?direction=inbound").await.len(), 5);
        assert_eq!(list(&line.user, "?direction=outbound").await.len(), 1);
        for (query, field) in [
            ("direction=up", "direction"),
            ("limit=0", "limit"),
            ("cursor=../..", "cursor"),
        ] {
            let body = refusal(line.user.get(&format!("/api/messages?{query}")), 422, "invalid_filter").await;
            assert!(body["fields"][field].is_string(), "{body}");
        }
        let received = &list(&line.user, "?direction=inbound&limit=1").await[0];
        assert_eq!(
            (&received["status"], &received["from"]),
            (&"received".into(), &other.into())
        );
    })
    .await;
}

#[tokio::test]
async fn another_users_text_is_as_absent_as_one_that_never_was() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let taken = json(text(&line.user, CALLER, "Hello"), 202).await;
    let (id, eve) = (taken["id"].as_str().unwrap(), server.user().await);
    let never = services::Entropy.uuid().to_string();
    let mut told = Vec::new();
    for name in [id, &never, "x"] {
        for path in [format!("/api/messages/{name}"), format!("/api/messages/{name}/media/0")] {
            let mut body = refusal(eve.get(&path), 404, "message_not_found").await;
            body.as_object_mut().unwrap().remove("request_id");
            told.push(body);
        }
        for form in ["/messages/retry", "/messages/cancel"] {
            let answer = eve.post(form, &[("id", name), ("force", "true")]);
            refusal(answer, 404, "message_not_found").await;
        }
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(list(&eve, "").await.len(), 0);
    for path in ["/api/messages".to_owned(), format!("/api/messages/{id}")] {
        refusal(server.get(&path), 401, "not_signed_in").await;
    }
    let nobody = server.post("/api/messages", &[("to", CALLER), ("body", "x")]);
    refusal(nobody, 401, "not_signed_in").await;
    // Without an account of his own, nobody texts, and the system's is not spent.
    refusal(text(&eve, CALLER, "x"), 409, "twilio_not_connected").await;
}

#[tokio::test]
async fn a_text_is_sent_once_for_each_key() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let send = |key: &str, body: &str| text(&line.user, "020 7946 0018", body).header("idempotency-key", key);
        let first = json(send("one", "Hello"), 202).await;
        let (again, once_more) = tokio::join!(json(send("one", "Hello"), 202), json(send("one", "Hello"), 202));
        assert_eq!((&again["id"], &once_more["id"]), (&first["id"], &first["id"]));
        for same_key in ["Hello!", ""] {
            let other = send("one", same_key).send().await.unwrap();
            assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
        }
        let second = json(send("two", "Hello"), 202).await;
        assert_ne!(second["id"], first["id"]);
        refusal(send(&"k".repeat(256), "Hello"), 422, "invalid_idempotency_key").await;
        until_status(&line.user, &second["id"], &TAKEN).await;
        assert_eq!(
            (list(&line.user, "").await.len(), world.simulator.messages().len()),
            (2, 2)
        );
    })
    .await;
}

#[tokio::test]
async fn a_text_that_cannot_be_sent_is_refused_with_its_field() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let longest = "x".repeat(1600);
    let too_long = "é".repeat(1601);
    for (to, body, field) in [
        ("", "Hello", "to"),
        ("999", "Hello", "to"),
        ("client:someone-else", "Hello", "to"),
        (CALLER, "", "body"),
        (CALLER, " \n", "body"),
        (CALLER, too_long.as_str(), "body"),
    ] {
        let told = json(text(&line.user, to, body), 422).await;
        assert!(told["fields"][field].is_string(), "{to} {field}: {told}");
    }
    let when = [("to", CALLER), ("body", "Hello"), ("send_at", "tomorrow")];
    let told = json(line.user.post("/api/messages", &when), 422).await;
    assert!(told["fields"]["send_at"].is_string(), "{told}");
    let raw = |kind: &str, body: &'static str| {
        let request = server
            .request(Method::POST, "/api/messages")
            .header(header::COOKIE, &line.user.cookie);
        request.header(header::CONTENT_TYPE, kind).body(body)
    };
    refusal(raw("text/plain", "to"), 415, "unreadable_request").await;
    refusal(raw("application/json", "{"), 422, "unreadable_request").await;
    let evil = text(&line.user, CALLER, "Hello")
        .header(header::ORIGIN, "https://evil.example")
        .header("sec-fetch-site", "cross-site");
    refusal(evil, 403, "cross_site").await;
    assert_eq!(
        (list(&line.user, "").await.len(), world.simulator.messages().len()),
        (0, 0)
    );

    json(text(&line.user, CALLER, &longest), 202).await;
    json(
        raw("application/json", r#"{"to": "+442079460018", "body": "\u00a1Hola!"}"#),
        202,
    )
    .await;
    let listed = list(&line.user, "").await;
    assert_eq!((listed.len(), &listed[0]["body"]), (2, &"¡Hola!".into()));
}

#[tokio::test]
async fn a_text_waits_for_its_time_and_can_be_taken_back() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let later = [
            ("to", CALLER),
            ("body", "Happy new year"),
            ("send_at", "2027-01-01T00:00:00Z"),
        ];
        let waits = json(line.user.post("/api/messages", &later), 202).await;
        assert_eq!((&waits["status"], &waits["attempts"]), (&"scheduled".into(), &0.into()));
        assert_eq!(waits["send_at"], "2027-01-01T00:00:00.000Z");
        let id = waits["id"].as_str().unwrap();
        let canceled = json(line.user.post("/messages/cancel", &[("id", id)]), 200).await;
        assert_eq!(canceled["status"], "canceled");
        refusal(
            line.user.post("/messages/cancel", &[("id", id)]),
            409,
            "message_not_cancelable",
        )
        .await;
        assert_eq!(world.simulator.messages().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_picture_comes_through_us_and_only_to_whom_it_was_sent() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let picture: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
    let page: &[u8] = b"<script>alert(1)</script>";
    let media = [("image/png", picture), ("text/html", page)];
    let message = world.simulator.text(&line.account.sid, CALLER, OWN, "Look", &media);
    let kept = world.simulator.message(&message).unwrap().media;
    let url = |n: usize| {
        let (account, medium) = (&line.account.sid, &kept[n].sid);
        format!("https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{message}/Media/{medium}")
    };
    let (first, second) = (url(0), url(1));
    let form = [
        ("MessageSid", message.as_str()),
        ("From", CALLER),
        ("To", OWN),
        ("Body", "Look"),
        ("NumMedia", "2"),
        ("MediaUrl0", &first),
        ("MediaContentType0", "image/png"),
        ("MediaUrl1", &second),
        ("MediaContentType1", "text/html"),
    ];
    let (status, answer) = line.webhook("/webhooks/sms/twilio", &form).await;
    assert_eq!(status, StatusCode::OK, "{answer}");

    let told = &list(&line.user, "").await[0];
    let path = told["media"][0]["content"].as_str().unwrap().to_owned();
    assert!(
        path.starts_with("/api/messages/") && !told.to_string().contains("api.twilio.com"),
        "{told}"
    );
    let shown = line.user.get(&path).send().await.unwrap();
    assert_eq!(
        (shown.status(), &shown.headers()["content-type"]),
        (StatusCode::OK, &"image/png".parse().unwrap())
    );
    assert_eq!(shown.headers()["content-disposition"], "inline");
    assert_eq!(shown.headers()["x-content-type-options"], "nosniff");
    assert_eq!(shown.bytes().await.unwrap(), picture);
    let saved = line.user.get(&format!("{path}?download=1")).send().await.unwrap();
    assert!(
        saved.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment;")
    );
    let part = line.user.get(&path).header("range", "bytes=1-3").send().await.unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.bytes().await.unwrap(), b"PNG".as_slice());

    let other = line
        .user
        .get(told["media"][1]["content"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert!(
        other.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment;")
    );
    assert!(!other.headers()["content-type"].to_str().unwrap().contains("html"));
    let eve = server.user().await;
    refusal(eve.get(&path), 404, "message_not_found").await;
    let beyond = path.replace("/media/0", "/media/2");
    assert_eq!(
        line.user.get(&beyond).send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
}
