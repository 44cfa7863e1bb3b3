//! What Twilio's list says, and which of it may be a text whose answer was lost; answers that the simulator does not give.

use ::twilio::{Endpoints, Transport};
use messaging::{Outcome, Provider, RejectionKind, Sender, Twilio};
use serde_json::{Value, json};
use wiremock::matchers::path_regex;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::bench::{ACCOUNT, BODY, FROM, TO, began, text};

const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";

fn provider(base: &str) -> Provider {
    Provider::new(Twilio::new(
        Transport::new(Endpoints::single(base.parse().unwrap())).unwrap(),
    ))
}

/// In the form of Twilio's published examples.
fn message() -> Value {
    json!({
        "sid": "SM0123456789abcdef0123456789abcdef", "account_sid": ACCOUNT, "messaging_service_sid": null, "to": TO,
        "from": FROM, "body": BODY, "status": "queued", "direction": "outbound-api", "num_segments": "1", "num_media": "0",
        "error_code": null, "error_message": null, "date_created": "Fri, 02 Jan 2026 03:04:05 +0000", "date_sent": null,
    })
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
    let full = json!({"code": 21611, "message": "queue is full", "status": 400});
    Mock::given(path_regex("/Messages\\.json$"))
        .respond_with(ResponseTemplate::new(400).set_body_json(full))
        .expect(1)
        .mount(&server)
        .await;
    let outcome = provider(&server.uri()).send(&text()).await;
    assert!(
        matches!(outcome, Outcome::NotSent { retry_after: Some(_) }),
        "{outcome:?}"
    );
}
