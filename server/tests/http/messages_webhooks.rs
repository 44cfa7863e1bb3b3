//! What Twilio tells of texts, over HTTP: taken when it is signed for one of our users, and refused alike when it is not.

use reqwest::{Method, RequestBuilder, StatusCode, header};
use secrecy::SecretString;
use serde_json::json;

use crate::calls::{CALLER, Line, OWN, sid};
use crate::harness::{World, json as answered};

const ADDRESS: &str = "/webhooks/sms/twilio";
const APP_URL: &str = "http://127.0.0.1:3000";

/// A text that comes in, and its signature for that address.
struct Told {
    form: Vec<(String, String)>,
    token: SecretString,
}

impl Told {
    fn by(line: &Line<'_>, message: &str) -> Self {
        let form = [
            ("AccountSid", line.account.sid.as_str()),
            ("MessageSid", message),
            ("SmsStatus", "received"),
            ("From", CALLER),
            ("To", OWN),
            ("Body", "Hello + 😀"),
            ("NumMedia", "0"),
        ];
        Self {
            form: form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            token: SecretString::from(line.account.auth_token.clone()),
        }
    }

    fn signature(&self, url: &str) -> String {
        twilio::signature::sign(&self.token, url, &self.form)
    }
}

async fn answer(request: RequestBuilder) -> (StatusCode, Option<String>, String) {
    let answer = request.send().await.unwrap();
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let kind = kind.map(|kind| kind.to_str().unwrap().to_owned());
    (answer.status(), kind, answer.text().await.unwrap())
}

#[tokio::test]
async fn a_text_is_answered_with_twiml_that_does_nothing_and_a_report_with_nothing() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let message = sid("SM");
    let told = Told::by(&line, &message);
    let post = |path: &str| server.request(Method::POST, path).form(&told.form);
    let good = told.signature(&format!("{APP_URL}{ADDRESS}"));
    for _ in 0..3 {
        let (status, kind, body) = answer(post(ADDRESS).header("x-twilio-signature", &good)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(kind.as_deref(), Some("text/xml; charset=utf-8"));
        assert!(body.ends_with("<Response/>"), "{body}");
    }
    let texts = answered(line.user.get("/api/messages"), 200).await;
    assert_eq!(texts["items"].as_array().unwrap().len(), 1);
    assert_eq!(texts["items"][0]["body"], "Hello + 😀");

    let form = [("to", CALLER), ("body", "Hi")];
    let sent = answered(line.user.post("/api/messages", &form), 202).await;
    let target = format!("{ADDRESS}?message={}", sent["id"].as_str().unwrap());
    let params = [
        ("MessageSid", "SM0123456789abcdef0123456789abcdef"),
        ("MessageStatus", "sent"),
    ];
    let (status, body) = line.webhook(&target, &params).await;
    assert_eq!((status, body.as_str()), (StatusCode::NO_CONTENT, ""));
    let unknown = format!("{ADDRESS}?message=0192f0c1-2f5e-7a3b-8c4d-0123456789ab");
    assert_eq!(line.webhook(&unknown, &params).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_not_signed_is_refused_in_the_same_bytes_and_changes_nothing() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let told = Told::by(&line, &sid("SM"));
    let good = told.signature(&format!("{APP_URL}{ADDRESS}"));
    let post = || server.request(Method::POST, ADDRESS).form(&told.form);
    let mut said = vec![answer(post()).await];
    for signature in [
        String::new(),
        "2ff387e58ca52c3e4d44a2e5b5dab04af4b40675".to_owned(),
        format!("{good},{good}"),
        "A".repeat(10_000),
        told.signature(&format!("{APP_URL}{ADDRESS}?")),
        told.signature(&format!("https://evil.example{ADDRESS}")),
    ] {
        let forwarded = post()
            .header("x-twilio-signature", signature)
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "https");
        said.push(answer(forwarded).await);
    }
    let twice = post()
        .header("x-twilio-signature", &good)
        .header("x-twilio-signature", &good);
    said.push(answer(twice).await);
    let elsewhere = server
        .request(Method::POST, "/webhooks/sms/twilio?message=1")
        .form(&told.form);
    let signed = told.signature(&format!("{APP_URL}{ADDRESS}?message=1"));
    said.push(answer(elsewhere.header("x-twilio-signature", signed)).await);
    assert_eq!(said[0].0, StatusCode::FORBIDDEN);
    assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
    assert_eq!(answered(line.user.get("/api/messages"), 200).await["items"], json!([]));
}

#[tokio::test]
async fn only_forms_of_some_length_are_posted_there() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let told = Told::by(&line, &sid("SM"));
    let good = told.signature(&format!("{APP_URL}{ADDRESS}"));
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = server.request(method, ADDRESS).header("x-twilio-signature", &good);
        assert_eq!(answer(request).await.0, StatusCode::METHOD_NOT_ALLOWED);
    }
    for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain"] {
        let request = server
            .request(Method::POST, ADDRESS)
            .header(header::CONTENT_TYPE, kind)
            .header("x-twilio-signature", &good)
            .body("{}");
        assert_eq!(answer(request).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let long = server
        .request(Method::POST, ADDRESS)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-twilio-signature", &good)
        .body(format!("Body={}", "x".repeat(64 * 1024)));
    assert_eq!(answer(long).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answered(line.user.get("/api/messages"), 200).await["items"], json!([]));
}

#[tokio::test]
async fn who_texts_by_a_name_is_shown_by_it_and_his_thread_opens_from_the_list() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    for (from, shown, link) in [
        ("ACME <b>", "ACME &lt;b", "/messages/ACME%20%3Cb%3E"),
        ("AT&T/Info", "AT&amp;T/Info", "/messages/AT%26T%2FInfo"),
        ("100% Tea?", "100% Tea?", "/messages/100%25%20Tea%3F"),
        ("12345", "12345", "/messages/12345"),
    ] {
        let (message, body) = (sid("SM"), format!("It is {} here", sid("")));
        let params = [
            ("MessageSid", message.as_str()),
            ("SmsStatus", "received"),
            ("From", from),
            ("To", OWN),
            ("Body", &body),
            ("NumMedia", "0"),
        ];
        assert_eq!(line.webhook(ADDRESS, &params).await.0, StatusCode::OK, "{from}");
        let list = line.user.page("/messages").await;
        assert!(!list.contains("ACME <b>"), "{list}");
        assert!(list.contains(&format!("href=\"{link}#latest\"")), "{from}: {list}");
        let thread = line.user.page(link).await;
        assert!(
            thread.contains(shown) && !thread.contains("ACME <b>"),
            "{from}: {thread}"
        );
        assert!(thread.contains(&body), "{from}: {thread}");
        assert!(thread.contains("cannot be answered"), "{from}: {thread}");
    }
}
