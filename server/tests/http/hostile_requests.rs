//! Requests that no client of ours sends: each is refused in our words and shape, or answered, and none is a fault of ours.

use reqwest::{Method, RequestBuilder, StatusCode, header};

use crate::calls::{CALLER, Line, OWN, WEBHOOKS, sid};
use crate::described::operations;
use crate::harness::{User, World, json, on_each_database, refusal};
use crate::logs::raw;

/// An id of nothing.
const NOTHING: &str = "0192f0c1-2f5e-7a3b-8c4d-0123456789ab";

fn request(user: &User, method: &Method, path: &str) -> RequestBuilder {
    let request = user.http.request(method.clone(), format!("{}{path}", user.url));
    request.header(header::COOKIE, &user.cookie)
}

#[tokio::test]
async fn what_is_no_address_of_a_site_is_not_found() {
    let world = World::new().await;
    let server = world.serve().await;
    for target in ["evil.example:80", "*", "evil.example"] {
        for accept in ["application/json", "text/html"] {
            for method in ["GET", "CONNECT", "OPTIONS"] {
                let head =
                    format!("{method} {target} HTTP/1.1\r\nhost: x\r\naccept: {accept}\r\nconnection: close\r\n\r\n");
                let answer = raw(&server, head.as_bytes());
                let refused = ["HTTP/1.1 404 ", "HTTP/1.1 400 "];
                assert!(refused.iter().any(|line| answer.starts_with(line)), "{head}{answer}");
            }
        }
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn asking_whether_something_is_there_answers_as_reading_it_does() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    for operation in operations() {
        // A stream that is read has no end.
        if operation.method != Method::GET || operation.path == "/api/events" {
            continue;
        }
        let path = operation.address(NOTHING);
        let read = line.user.get(&path).send().await.unwrap();
        let asked = request(&line.user, &Method::HEAD, &path).send().await.unwrap();
        assert_eq!(asked.status(), read.status(), "{path}");
        assert_eq!(
            asked.headers().get(header::CONTENT_TYPE),
            read.headers().get(header::CONTENT_TYPE),
            "{path}"
        );
        assert_eq!(asked.bytes().await.unwrap().len(), 0, "{path}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_refused_in_the_one_shape() {
    let world = World::new().await;
    let server = world.serve().await;
    let ann = server.user().await;
    for path in [
        "/api/calls/%ff",
        "/api/messages/%ff",
        "/api/messages/%ff/media/%ff",
        "/api/recordings/%ff/audio",
    ] {
        refusal(ann.get(path), 404, "not_found").await;
    }
    for path in [
        "/api/calls?limit=1&limit=2",
        "/api/calls.csv?q=a&q=b",
        "/api/messages?cursor=&cursor=",
        "/api/events?last_event_id=1&last_event_id=2",
    ] {
        refusal(ann.get(path), 422, "invalid_filter").await;
    }
    for list in ["/api/calls", "/api/messages"] {
        for filter in [
            "limit=99999999999999999999",
            "limit=0",
            "limit=%ff",
            "cursor=%00",
            "cursor=x",
            "direction=up",
        ] {
            let name = filter.split('=').next().unwrap();
            let body = refusal(ann.get(&format!("{list}?{filter}")), 422, "invalid_filter").await;
            assert!(body["fields"][name].is_string(), "{body}");
        }
        for filter in [
            "limit=100000",
            "q=%25_%27%22%5C",
            "q=%ff",
            "unknown=1",
            "=",
            "&&",
            "%",
            "limit",
        ] {
            json(ann.get(&format!("{list}?{filter}")), 200).await;
        }
    }
}

#[tokio::test]
async fn where_only_forms_are_read_nothing_else_is_taken_for_one() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let before = world.everything().await;
    for operation in operations() {
        if operation.method != Method::POST || operation.takes_json() {
            continue;
        }
        for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
            let post = request(&line.user, &Method::POST, operation.path);
            let post = post.header(header::CONTENT_TYPE, kind).body(r#"{"ring_seconds":"20"}"#);
            refusal(post, 415, "unreadable_request").await;
        }
    }
    assert_eq!(world.everything().await, before);
    let form = "Application/X-WWW-Form-Urlencoded; Charset=UTF-8";
    let post = request(&line.user, &Method::POST, "/settings/calls").header(header::CONTENT_TYPE, form);
    let settings = json(post.body("ring_seconds=20"), 200).await;
    assert_eq!(settings["ring_seconds"], 20, "{settings}");
    let post = server
        .request(Method::POST, "/auth/sign-in")
        .header(header::CONTENT_TYPE, form);
    refusal(
        post.body("email=a%40example.com&password=x"),
        401,
        "wrong_email_or_password",
    )
    .await;
    // Every "&" of a text in JSON is one of its characters.
    let many = serde_json::json!({ "to": CALLER, "body": "&".repeat(1_500) }).to_string();
    let post = request(&line.user, &Method::POST, "/api/messages");
    let post = post.header(header::CONTENT_TYPE, "Application/JSON").body(many);
    json(post, 202).await;
}

#[tokio::test]
async fn a_body_that_cannot_be_put_together_is_not_called_too_large() {
    let world = World::new().await;
    let server = world.serve().await;
    for path in ["/auth/sign-in", "/twiml/inbound", "/webhooks/sms/twilio"] {
        for pieces in ["zz\r\na=b\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFFF\r\na=b\r\n0\r\n\r\n"] {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                 transfer-encoding: chunked\r\nconnection: close\r\n\r\n{pieces}"
            );
            let answer = raw(&server, head.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
            assert!(answer.contains("\"unreadable_request\""), "{answer}");
        }
    }
    // What would end the request at one length for a proxy and at another for us.
    for framing in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: -5",
        "content-length: 5, 6",
        "transfer-encoding: chunked, identity",
        "transfer-encoding : chunked",
    ] {
        let head = format!("POST /auth/sign-in HTTP/1.1\r\nhost: x\r\n{framing}\r\nconnection: close\r\n\r\nabcdef");
        let answer = raw(&server, head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400 "), "{head}{answer}");
    }
}

#[tokio::test]
async fn of_two_idempotency_keys_none_is_taken() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let form = [("to", CALLER), ("body", "Hello")];
    for path in ["/api/messages", "/api/calls"] {
        for keys in [&["one", "two"][..], &["one", "one"], &[""], &["  "], &["ä"], &["a\tb"]] {
            let mut post = line.user.post(path, &form);
            for key in keys {
                let key = header::HeaderValue::from_bytes(key.as_bytes()).unwrap();
                post = post.header("idempotency-key", key);
            }
            refusal(post, 422, "invalid_idempotency_key").await;
        }
        let long = line.user.post(path, &form).header("idempotency-key", "k".repeat(256));
        refusal(long, 422, "invalid_idempotency_key").await;
    }
    assert_eq!(
        json(line.user.get("/api/messages"), 200).await["items"],
        serde_json::json!([])
    );
    assert_eq!(
        json(line.user.get("/api/calls"), 200).await["items"],
        serde_json::json!([])
    );
}

/// Characters that PostgreSQL takes in no text, that are none in UTF-8, or that mean something to a database.
const ODD: [&str; 5] = ["%00", "a%00b", "%ff", "%2B44%00", "%27%22%5C%25_%3B--"];

/// What would end the session, or what this test stands on.
fn ends_something(path: &str) -> bool {
    [
        "/auth/sign-out",
        "/auth/sessions/revoke",
        "/account/",
        "/operator/",
        "/twilio/",
    ]
    .iter()
    .any(|ends| path.starts_with(ends))
}

async fn no_fault(request: RequestBuilder, what: &str) {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    assert!(
        !status.is_server_error() || status == StatusCode::BAD_GATEWAY,
        "{what}: {status}"
    );
}

#[tokio::test]
async fn no_character_in_any_field_is_a_fault_of_ours() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let form = "application/x-www-form-urlencoded";
        for operation in operations() {
            if ends_something(operation.path) || operation.path == "/api/events" {
                continue;
            }
            let (method, plain) = (&operation.method, operation.address(NOTHING));
            for odd in ODD {
                no_fault(request(&line.user, method, &operation.address(odd)), operation.path).await;
                for filter in operation.filters() {
                    let path = format!("{plain}?{filter}={odd}");
                    no_fault(request(&line.user, method, &path), &path).await;
                }
                for field in operation.fields() {
                    let others: Vec<_> = operation.fields().into_iter().filter(|other| *other != field).collect();
                    let others: String = others.iter().map(|other| format!("&{other}=1")).collect();
                    for body in [format!("{field}={odd}"), format!("{field}={odd}{others}")] {
                        let what = format!("{plain} {body}");
                        let post = request(&line.user, method, &plain).header(header::CONTENT_TYPE, form);
                        no_fault(post.body(body), &what).await;
                    }
                }
            }
        }
        for page in [
            "/calls?q=",
            "/messages?q=",
            "/calls?before=",
            "/messages?before=",
            "/messages/",
            "/calls/",
        ] {
            for odd in ODD {
                let html = line
                    .user
                    .get(&format!("{page}{odd}"))
                    .header(header::ACCEPT, "text/html");
                no_fault(html, page).await;
            }
        }
        world.is_in_order().await;
    })
    .await;
}

#[tokio::test]
async fn no_character_in_a_webhook_is_a_fault_of_ours() {
    on_each_database(async |world| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let (call, text, recording) = (sid("CA"), sid("SM"), sid("RE"));
        let params = [
            ("CallSid", call.as_str()),
            ("CallStatus", "ringing"),
            ("From", CALLER),
            ("To", OWN),
            ("CallerName", "Ann"),
            ("Direction", "inbound"),
            ("Digits", "1"),
            ("DialCallStatus", "busy"),
            ("Timestamp", "Mon, 21 Sep 2026 14:13:20 +0000"),
            ("CallDuration", "1"),
            ("SequenceNumber", "1"),
            ("RecordingSid", &recording),
            ("RecordingStatus", "completed"),
            ("RecordingUrl", "https://api.twilio.com/x"),
            ("RecordingDuration", "1"),
            ("RecordingChannels", "1"),
            ("MessageSid", &text),
            ("Body", "Hello"),
            ("NumMedia", "1"),
            ("MediaUrl0", "https://api.twilio.com/x"),
            ("MediaContentType0", "image/png"),
            ("ErrorCode", "1"),
            ("ErrorMessage", "x"),
        ];
        for path in WEBHOOKS {
            for odd in [
                "a\0b",
                "\u{fffd}\u{202e}'\"\\%_;--",
                "99999999999999999999",
                "",
                &"9".repeat(5_000),
            ] {
                for field in 0..params.len() {
                    let (call, text) = (sid("CA"), sid("SM"));
                    let mut changed = params.to_vec();
                    changed[0].1 = &call;
                    changed[16].1 = &text;
                    changed[field].1 = odd;
                    let (status, said) = line.webhook(path, &changed).await;
                    let what = format!("{path} {}={odd:.20?}", changed[field].0);
                    assert!(
                        !status.is_server_error() && !said.contains("went wrong"),
                        "{what}: {status} {said}"
                    );
                }
            }
        }
        world.is_in_order().await;
    })
    .await;
}
