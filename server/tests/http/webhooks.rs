//! Whatever is not Twilio's, for one of our users, is refused alike, and nothing of it is done.

use reqwest::{Method, RequestBuilder, StatusCode, header};
use secrecy::SecretString;
use sqlx::Connection as _;

use crate::calls::{CALLER, Line, OWN, sid};
use crate::harness::{World, json};

const APP_URL: &str = "http://127.0.0.1:3000";
const ADDRESSES: [&str; 8] = [
    "/twiml/inbound",
    "/webhooks/twilio/voice",
    "/webhooks/twilio/voice/0192f0c1-2f5e-7a3b-8c4d-0123456789ab",
    "/webhooks/twilio/dtmf",
    "/webhooks/twilio/call-status",
    "/webhooks/twilio/call-status/0192f0c1-2f5e-7a3b-8c4d-0123456789ab",
    "/webhooks/twilio/recording",
    "/webhooks/twilio/recording/0192f0c1-2f5e-7a3b-8c4d-0123456789ab",
];

/// A call that comes in, with its signature for that URL.
struct Asked {
    form: Vec<(String, String)>,
    token: SecretString,
}

impl Asked {
    fn by(line: &Line<'_>) -> Self {
        let call = sid("CA");
        let form = [
            ("AccountSid", line.account.sid.as_str()),
            ("CallSid", &call),
            ("CallStatus", "ringing"),
            ("From", CALLER),
            ("To", OWN),
        ];
        Self {
            form: form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            token: SecretString::from(line.account.auth_token.clone()),
        }
    }

    fn signature(&self, url: &str) -> String {
        twilio::signature::sign(&self.token, url, &self.form)
    }

    fn body(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.form)
            .finish()
    }
}

/// The answer, and its bytes.
async fn answer(request: RequestBuilder) -> (StatusCode, String) {
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// Does something in the database behind the program's back.
pub async fn in_database(world: &World, sql: &'static str) {
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(&world.database_url()).await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_is_not_signed_is_refused_in_the_same_words_and_changes_nothing() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let asked = Asked::by(&line);
    let mut said = Vec::new();
    for path in ADDRESSES {
        let good = asked.signature(&format!("{APP_URL}{path}"));
        let hexadecimal = "2ff387e58ca52c3e4d44a2e5b5dab04af4b40675".to_owned();
        let post = || server.request(Method::POST, path).form(&asked.form);
        said.push(answer(post()).await);
        for signature in [
            String::new(),
            asked.signature("http://evil.example/twiml/inbound"),
            hexadecimal,
            format!("{good},{good}"),
            "A".repeat(10_000),
        ] {
            said.push(answer(post().header("x-twilio-signature", signature)).await);
        }
        let twice = post()
            .header("x-twilio-signature", &good)
            .header("x-twilio-signature", &good);
        said.push(answer(twice).await);
        let evil = asked.signature(&format!("https://evil.example{path}"));
        let forwarded = post()
            .header("x-twilio-signature", evil)
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "https")
            .header("forwarded", "host=evil.example;proto=https");
        said.push(answer(forwarded).await);
        let hosted = asked.signature(&format!("http://evil.example{path}"));
        said.push(
            answer(
                post()
                    .header("x-twilio-signature", hosted)
                    .header(header::HOST, "evil.example"),
            )
            .await,
        );
    }
    let first = said[0].clone();
    assert_eq!(first.0, StatusCode::FORBIDDEN);
    assert!(said.iter().all(|one| *one == first), "{said:?}");
    assert_eq!(
        json(line.user.get("/api/calls"), 200).await["items"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn another_address_is_another_request() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let asked = Asked::by(&line);
    let good = asked.signature(&format!("{APP_URL}/twiml/inbound"));
    for (path, expected) in [
        ("/TwiML/inbound", StatusCode::NOT_FOUND),
        ("//twiml/inbound", StatusCode::NOT_FOUND),
        ("/twiml//inbound", StatusCode::NOT_FOUND),
        ("/twiml/inbound/", StatusCode::NOT_FOUND),
        ("/twiml/%69nbound", StatusCode::NOT_FOUND),
        ("/webhooks/twilio/voice", StatusCode::FORBIDDEN),
        ("/twiml/inbound?", StatusCode::FORBIDDEN),
        ("/twiml/inbound?a=b", StatusCode::FORBIDDEN),
    ] {
        let request = server.request(Method::POST, path).form(&asked.form);
        let (status, _) = answer(request.header("x-twilio-signature", &good)).await;
        assert_eq!(status, expected, "{path}");
    }
    assert_eq!(
        json(line.user.get("/api/calls"), 200).await["items"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn only_forms_are_taken_by_post_and_no_large_ones() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let asked = Asked::by(&line);
    for path in ADDRESSES {
        let good = asked.signature(&format!("{APP_URL}{path}"));
        let with = |method: Method| server.request(method, path).header("x-twilio-signature", &good);
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = with(method.clone()).form(&asked.form).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.headers()[header::ALLOW], "POST");
        }
        for kind in [
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "application/x-www-form-urlencodedx",
        ] {
            let request = with(Method::POST).header(header::CONTENT_TYPE, kind).body(asked.body());
            assert_eq!(
                answer(request).await.0,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "{kind} {path}"
            );
        }
        let bare = with(Method::POST).body(asked.body());
        assert_eq!(answer(bare).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        for body in ["a".repeat(64 * 1024 + 1), "a=&".repeat(100_000)] {
            let form = "application/x-www-form-urlencoded";
            let request = with(Method::POST).header(header::CONTENT_TYPE, form).body(body);
            assert_eq!(answer(request).await.0, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        }
        // As many fields as are taken, with nothing in them.
        let many = "a=&".repeat(999);
        let form = "application/x-www-form-urlencoded; charset=UTF-8";
        let request = with(Method::POST).header(header::CONTENT_TYPE, form).body(many);
        assert_eq!(answer(request).await.0, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn what_twilio_sends_is_taken_whatever_else_is_in_it() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    for path in [
        "/twiml/inbound",
        "/webhooks/twilio/voice",
        "/twiml/inbound?x=%27y%27&z=a%20b+c",
    ] {
        for url in [
            format!("{APP_URL}{path}"),
            format!("http://127.0.0.1{path}"),
            format!("{APP_URL}{path}#rc=5&rp=all"),
        ] {
            let mut asked = Asked::by(&line);
            for (name, value) in [
                ("FromCity", ""),
                ("Blank", " "),
                ("Odd", "ä+😀 & = %"),
                ("Plus", "+"),
                ("Odd", "2"),
            ] {
                asked.form.push((name.to_owned(), value.to_owned()));
            }
            let request = server
                .request(Method::POST, path)
                .form(&asked.form)
                .header("x-twilio-signature", asked.signature(&url))
                // None of these is looked at.
                .header(header::ORIGIN, "https://evil.example")
                .header("sec-fetch-site", "cross-site")
                .header(header::COOKIE, "sniko=nobody")
                .header(header::ACCEPT, "text/html");
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{url}");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/xml; charset=utf-8");
            assert!(answer.headers().get(header::SET_COOKIE).is_none());
            let xml = answer.text().await.unwrap();
            assert!(
                xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>"),
                "{xml}"
            );
        }
    }
    let report = line
        .webhook(
            "/webhooks/twilio/call-status",
            &[("CallSid", &sid("CA")), ("CallStatus", "completed"), ("From", CALLER)],
        )
        .await;
    assert_eq!(report, (StatusCode::NO_CONTENT, String::new()));
}

#[tokio::test]
async fn a_fault_of_ours_is_told_the_caller_politely_and_no_report_is_acknowledged() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let trigger = "CREATE TRIGGER broken BEFORE INSERT ON calls BEGIN SELECT RAISE(ABORT, 'broken'); END";
    in_database(&world, trigger).await;
    let call = sid("CA");
    let rings = [
        ("CallSid", call.as_str()),
        ("CallStatus", "ringing"),
        ("From", CALLER),
        ("To", OWN),
    ];
    let (status, xml) = line.webhook("/twiml/inbound", &rings).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        xml.contains("<Say>Sorry, something went wrong") && xml.contains("<Hangup/>"),
        "{xml}"
    );
    let over = [
        ("CallSid", call.as_str()),
        ("CallStatus", "completed"),
        ("From", CALLER),
    ];
    let (status, said) = line.webhook("/webhooks/twilio/call-status", &over).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!said.contains("broken"), "{said}");
    in_database(&world, "DROP TRIGGER broken").await;
    // Neither was taken for done.
    let (_, xml) = line.webhook("/twiml/inbound", &rings).await;
    assert!(xml.contains("<Record "), "{xml}");
    let (status, _) = line.webhook("/webhooks/twilio/call-status", &over).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let log = server.log();
    assert_eq!(log.matches("a call could not be answered").count(), 1, "{log}");
    assert_eq!(log.matches("a report could not be stored").count(), 1);
    assert!(!log.contains(&line.account.auth_token));
}
