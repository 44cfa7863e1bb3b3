//! The driver for Twilio, against a server in Twilio's place.

use std::time::Duration;

use ::twilio::retry::Policy;
use ::twilio::{Endpoints, Transport};
use async_trait::async_trait;
use messaging::{Outcome, Provider, RejectionKind, Sender, Twilio};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::{basic_auth, method, path, path_regex, query_param};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

use crate::bench::{ACCOUNT, BODY, Bench, FROM, SECRET, Situation, TO, began, text};
use crate::suite;

const SID: &str = "SM0123456789abcdef0123456789abcdef";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";

fn provider(base: &str) -> Provider {
    let (connect, total) = (Duration::from_secs(1), Duration::from_millis(400));
    let policy = Policy {
        base_delay: Duration::from_millis(1),
        ..Policy::default()
    };
    let transport = Transport::with_timeouts(Endpoints::single(base.parse().unwrap()), connect, total);
    Provider::new(Twilio::new(transport.unwrap().with_retry_policy(policy)))
}

/// In the form of Twilio's published examples.
fn message() -> Value {
    json!({
        "sid": SID, "account_sid": ACCOUNT, "messaging_service_sid": null, "to": TO, "from": FROM, "body": BODY,
        "status": "queued", "direction": "outbound-api", "num_segments": "1", "num_media": "0", "error_code": null,
        "error_message": null, "date_created": "Fri, 02 Jan 2026 03:04:05 +0000",
        "date_sent": null,
    })
}

fn refusal(status: u16, code: u32, words: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"code": code, "message": words, "status": status}))
}

fn ask(verb: &str, rest: &str) -> MockBuilder {
    let path_of = format!("/2010-04-01/Accounts/{ACCOUNT}{rest}");
    Mock::given(method(verb))
        .and(path(path_of))
        .and(basic_auth(ACCOUNT, SECRET))
}

struct InTwiliosPlace {
    server: MockServer,
    base: String,
}

/// Reads a request, and breaks off in the middle of the answer; tells of the text afterwards.
async fn breaking_off(then: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 8192]).await;
        let _ = socket
            .write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{")
            .await;
        drop(socket);
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 8192]).await;
        let length = then.len();
        let answer = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{then}");
        let _ = socket.write_all(answer.as_bytes()).await;
    });
    base
}

#[async_trait]
impl Bench for InTwiliosPlace {
    fn provider(&self) -> Provider {
        provider(&self.base)
    }

    async fn prepare(&mut self, situation: Situation) -> bool {
        self.server.reset().await;
        self.base = self.server.uri();
        let created = ResponseTemplate::new(201).set_body_json(message());
        let answer = match situation {
            Situation::Works => created,
            Situation::RefusesNumber => refusal(400, 21211, "Invalid 'To' Phone Number: +14155550199"),
            Situation::RefusesOptedOut => refusal(400, 21610, "unsubscribed recipient +14155550199"),
            Situation::RefusesCredentials => refusal(401, 20003, "Authenticate"),
            Situation::IsBusy => refusal(429, 20429, "Too Many Requests").insert_header("Retry-After", "30"),
            Situation::Fails => ResponseTemplate::new(500),
            Situation::IsLate => created.set_delay(Duration::from_secs(5)),
            Situation::AnswersNonsense => ResponseTemplate::new(201).set_body_string("<html>"),
            // What is asked is not kept there.
            Situation::BreaksOff => return false,
            Situation::IsGone => {
                let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
                self.base = format!("http://{free}");
                return true;
            }
        };
        ask("POST", "/Messages.json")
            .respond_with(answer)
            .mount(&self.server)
            .await;
        let one = ResponseTemplate::new(200).set_body_json(message());
        ask("GET", &format!("/Messages/{SID}.json"))
            .respond_with(one)
            .mount(&self.server)
            .await;
        let list = ResponseTemplate::new(200).set_body_json(json!({"messages": [message()], "next_page_uri": null}));
        ask("GET", "/Messages.json")
            .and(query_param("To", TO))
            .and(query_param("From", FROM))
            .respond_with(list)
            .mount(&self.server)
            .await;
        true
    }

    async fn asked(&self) -> Vec<(String, String)> {
        let requests = self.server.received_requests().await.unwrap();
        let posted = requests.iter().filter(|request| request.method.as_str() == "POST");
        let field = |body: &[u8], name: &str| {
            let mut fields = url::form_urlencoded::parse(body).into_owned();
            fields.find(|(given, _)| given == name).unwrap().1
        };
        posted
            .map(|request| (field(&request.body, "To"), field(&request.body, "Body")))
            .collect()
    }
}

#[tokio::test]
async fn the_driver_for_twilio_conforms() {
    let server = MockServer::start().await;
    let base = server.uri();
    suite::run(&mut InTwiliosPlace { server, base }).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_leaves_a_text_that_is_found() {
    let list = json!({"messages": [message()], "next_page_uri": null}).to_string();
    let provider = provider(&breaking_off(list).await);
    assert_eq!(provider.send(&text()).await, Outcome::Unknown);
    let found = provider.find(&text(), began()).await.unwrap();
    assert_eq!(found[0].provider_sid, SID);
}

async fn found(messages: Vec<Value>, sender: Sender, body: &str) -> Vec<String> {
    let server = MockServer::start().await;
    let list = ResponseTemplate::new(200).set_body_json(json!({"messages": messages, "next_page_uri": null}));
    Mock::given(path_regex("/Messages\\.json$"))
        .respond_with(list)
        .mount(&server)
        .await;
    let mut text = text();
    text.sender = sender;
    text.body = body.to_owned();
    text.media.clear();
    let found = provider(&server.uri()).find(&text, began()).await.unwrap();
    found.into_iter().map(|report| report.provider_sid).collect()
}

fn with(number: u8, changes: &Value) -> Value {
    let mut message = message();
    message["sid"] = json!(format!("SM{number:032x}"));
    for (name, value) in changes.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

#[tokio::test]
async fn only_what_may_be_the_lost_text_is_found_the_oldest_first() {
    let number = || Sender::Number(FROM.to_owned());
    let messages = vec![
        with(1, &json!({"body": "other"})),
        with(2, &json!({"direction": "inbound"})),
        with(3, &json!({"date_created": "Thu, 30 Jul 2015 20:12:31 +0000"})),
        with(4, &json!({"num_media": "1"})),
        with(5, &json!({"body": "Sent from your Twilio trial account - a\nb "})),
        with(6, &json!({"body": "a\r\nb"})),
    ];
    let expected = [6, 5].map(|number| format!("SM{number:032x}"));
    assert_eq!(found(messages, number(), "a\nb").await, expected);
}

#[tokio::test]
async fn a_text_by_a_messaging_service_is_found_whatever_its_number() {
    let messages = vec![
        with(1, &json!({"messaging_service_sid": SERVICE, "from": null})),
        with(
            2,
            &json!({"messaging_service_sid": "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}),
        ),
        with(3, &json!({})),
    ];
    assert_eq!(
        found(messages, Sender::read(SERVICE), BODY).await,
        [format!("SM{:032x}", 1)]
    );
}

#[tokio::test]
async fn a_text_without_an_account_or_with_half_a_service_asks_nobody() {
    let server = MockServer::start().await;
    let provider = provider(&server.uri());
    let mut nobody = text();
    nobody.credentials = None;
    let mut half = text();
    half.sender = Sender::read("MG12");
    for (text, expected) in [(nobody, RejectionKind::Credentials), (half, RejectionKind::Sender)] {
        let Outcome::Rejected(rejection) = provider.send(&text).await else {
            panic!("not rejected");
        };
        assert_eq!(rejection.kind, expected);
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_full_queue_is_tried_again_later() {
    let server = MockServer::start().await;
    let full = refusal(400, 21611, "queue is full");
    ask("POST", "/Messages.json")
        .respond_with(full)
        .expect(1)
        .mount(&server)
        .await;
    let outcome = provider(&server.uri()).send(&text()).await;
    assert!(
        matches!(outcome, Outcome::NotSent { retry_after: Some(_) }),
        "{outcome:?}"
    );
}
