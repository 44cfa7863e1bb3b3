use serde_json::{Value, json};
use twilio::{Deletion, Message, MessageFilter, MessageSid, MessageStatus, NewMessage};
use wiremock::matchers::{query_param, query_param_is_missing};
use wiremock::{MockServer, ResponseTemplate};

use crate::fixtures::example;
use crate::server::{account_path, answer, client, last_form, request, twilio_error};

const CREATE: &str = "post /2010-04-01/Accounts/{AccountSid}/Messages.json 201 createWoService";
const CREATE_BY_SERVICE: &str = "post /2010-04-01/Accounts/{AccountSid}/Messages.json 201 createWithMessagingService";
const FETCH: &str = "get /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json 200 fetch";
const LIST: &str = "get /2010-04-01/Accounts/{AccountSid}/Messages.json 200 readFullPage1";
const NONE: &str = "get /2010-04-01/Accounts/{AccountSid}/Messages.json 200 readEmptySentdateGreater";
const CANCEL: &str = "post /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json 200 cancelMessage";
const REDACT: &str = "post /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json 200 redactBody";
const PATH: &str = "/Messages/SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json";

pub fn sid() -> MessageSid {
    "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

pub fn new_message() -> NewMessage {
    NewMessage {
        to: "+14155552345".to_owned(),
        from: Some("+14155550100".to_owned()),
        messaging_service_sid: Some("MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()),
        body: "Hello! 👍 1 + 1 = 2 & more\n".to_owned(),
        media_urls: vec![
            "https://a.example/1.png".to_owned(),
            "https://a.example/2.png".to_owned(),
        ],
        status_callback: Some("https://a.example/texts?message=1".to_owned()),
        validity_period: Some(600),
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

async fn created(body: &Value, message: &NewMessage) -> (Result<Message, twilio::Error>, Vec<(String, String)>) {
    let server = MockServer::start().await;
    request("POST", "/Messages.json")
        .respond_with(answer(201, body))
        .expect(1)
        .mount(&server)
        .await;
    let message = client(&server).create_message(message).await;
    (message, last_form(&server).await)
}

#[tokio::test]
async fn a_text_is_sent_with_every_picture_as_a_field_of_its_own() {
    let (message, form) = created(&example(CREATE), &new_message()).await;

    let message = message.unwrap();
    assert_eq!(message.sid, sid());
    assert_eq!(message.status, MessageStatus::Queued);
    assert_eq!(message.from.as_deref(), Some("+14155552345"));
    assert_eq!((message.num_segments, message.num_media), (Some(1), Some(0)));
    assert_eq!((message.error_code, message.error_message), (None, None));
    let expected = owned(&[
        ("To", "+14155552345"),
        ("From", "+14155550100"),
        ("MessagingServiceSid", "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("Body", "Hello! 👍 1 + 1 = 2 & more\n"),
        ("StatusCallback", "https://a.example/texts?message=1"),
        ("ValidityPeriod", "600"),
        ("MediaUrl", "https://a.example/1.png"),
        ("MediaUrl", "https://a.example/2.png"),
    ]);
    assert_eq!(form, expected);
}

#[tokio::test]
async fn a_messaging_service_chooses_the_number() {
    let mut body = example(CREATE_BY_SERVICE);
    body["status"] = json!("accepted");
    body["num_segments"] = json!("0");
    let pool = NewMessage {
        from: None,
        media_urls: Vec::new(),
        status_callback: None,
        validity_period: None,
        ..new_message()
    };
    let (message, form) = created(&body, &pool).await;
    let message = message.unwrap();
    assert_eq!((message.status, message.from), (MessageStatus::Accepted, None));
    assert!(message.messaging_service_sid.is_some());
    let names: Vec<_> = form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["To", "MessagingServiceSid", "Body"]);
}

#[tokio::test]
async fn a_text_that_may_have_been_sent_is_not_sent_again() {
    for status in [500, 503, 408, 302] {
        let server = MockServer::start().await;
        request("POST", "/Messages.json")
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).create_message(&new_message()).await.unwrap_err();
        assert!(error.outcome_unknown(), "{status}: {error}");
    }
    let (unreadable, _) = created(&json!({"sid": "SM"}), &new_message()).await;
    assert!(unreadable.unwrap_err().outcome_unknown());
}

#[tokio::test]
async fn a_text_that_was_not_processed_is_sent_again() {
    let server = MockServer::start().await;
    request("POST", "/Messages.json")
        .respond_with(twilio_error(429, 20429, "Too Many Requests"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    request("POST", "/Messages.json")
        .respond_with(answer(201, &example(CREATE)))
        .expect(1)
        .mount(&server)
        .await;
    let message = client(&server).create_message(&new_message()).await.unwrap();
    assert_eq!(message.sid, sid());
}

#[tokio::test]
async fn a_refused_text_says_why_and_shows_no_number() {
    let server = MockServer::start().await;
    let words = "Attempt to send to unsubscribed recipient +14155552345";
    request("POST", "/Messages.json")
        .respond_with(twilio_error(400, 21610, words))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).create_message(&new_message()).await.unwrap_err();
    assert!(error.is_opted_out() && !error.outcome_unknown() && !error.is_transient());
    assert!(error.to_string().contains("has opted out"), "{error}");
    assert!(!format!("{error} {error:?}").contains("4155552345"));
}

#[tokio::test]
async fn neither_a_text_nor_a_number_is_shown_by_debug() {
    let (message, _) = created(&example(CREATE), &new_message()).await;
    let text = format!("{:?} {:?}", new_message(), message.unwrap());
    assert!(!text.contains("Hello") && !text.contains("+1415"), "{text}");
}

#[tokio::test]
async fn a_text_is_fetched_with_what_went_wrong() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(answer(200, &example(FETCH)))
        .expect(1)
        .mount(&server)
        .await;
    let message = client(&server).fetch_message(&sid()).await.unwrap();
    assert_eq!(
        (message.body.as_str(), message.status),
        ("testing", MessageStatus::Sent)
    );
    assert_eq!(message.error_code, Some(30007));
    assert_eq!(message.error_message.as_deref(), Some("Carrier violation"));
    let sent = twilio::webhook::rfc2822(message.date_sent.as_deref().unwrap()).unwrap();
    assert_eq!(sent.to_string(), "2019-05-24T17:18:28Z");
}

#[tokio::test]
async fn texts_are_listed_by_their_parties_and_day() {
    let server = MockServer::start().await;
    let mut body = example(LIST);
    body["next_page_uri"] = Value::Null;
    request("GET", "/Messages.json")
        .and(query_param("To", "+18182008801"))
        .and(query_param("From", "+12019235161"))
        .and(query_param("DateSent>", "2019-05-24"))
        .and(query_param("PageSize", "1000"))
        .respond_with(answer(200, &body))
        .expect(1)
        .mount(&server)
        .await;
    let filter = MessageFilter {
        to: Some("+18182008801".to_owned()),
        from: Some("+12019235161".to_owned()),
        sent_since: Some("2019-05-24T23:59:00Z".parse().unwrap()),
        limit: None,
    };
    let found = client(&server).list_messages(&filter).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].sid.as_str(), "MMc26223853f8c46b4ab7dfaa6abba0a26");
    assert_eq!((found[1].num_media, found[1].error_code), (Some(3), Some(30004)));
    let sent = &server.received_requests().await.unwrap()[0];
    assert!(sent.url.query().unwrap().contains("DateSent%3E=2019-05-24"));

    let server = MockServer::start().await;
    request("GET", "/Messages.json")
        .respond_with(answer(200, &example(NONE)))
        .mount(&server)
        .await;
    assert_eq!(
        client(&server).list_messages(&MessageFilter::default()).await.unwrap(),
        []
    );
}

#[tokio::test]
async fn no_more_texts_are_fetched_than_are_wanted() {
    for (limit, pages, expected) in [(1, 1, 1), (2, 1, 2), (3, 2, 3), (9, 2, 4)] {
        let server = MockServer::start().await;
        let mut second = example(LIST);
        second["next_page_uri"] = Value::Null;
        let mut first = example(LIST);
        first["next_page_uri"] = json!(format!("{}?PageSize=2&Page=1", account_path("/Messages.json")));
        request("GET", "/Messages.json")
            .and(query_param_is_missing("Page"))
            .and(query_param("PageSize", limit.to_string()))
            .respond_with(answer(200, &first))
            .mount(&server)
            .await;
        request("GET", "/Messages.json")
            .and(query_param("Page", "1"))
            .respond_with(answer(200, &second))
            .mount(&server)
            .await;
        let filter = MessageFilter {
            limit: Some(limit),
            ..MessageFilter::default()
        };
        let found = client(&server).list_messages(&filter).await.unwrap();
        assert_eq!(found.len(), expected, "{limit}");
        assert_eq!(server.received_requests().await.unwrap().len(), pages, "{limit}");
    }
}

#[tokio::test]
async fn a_text_is_taken_back_or_emptied_even_if_it_takes_two_attempts() {
    let server = MockServer::start().await;
    for (body, form) in [(CANCEL, ("Status", "canceled")), (REDACT, ("Body", ""))] {
        server.reset().await;
        request("POST", PATH)
            .respond_with(ResponseTemplate::new(500))
            .up_to_n_times(1)
            .mount(&server)
            .await;
        request("POST", PATH)
            .respond_with(answer(200, &example(body)))
            .expect(1)
            .mount(&server)
            .await;
        let client = client(&server);
        let message = match form.0 {
            "Body" => client.redact_message(&sid()).await.unwrap(),
            _ => client.cancel_message(&sid()).await.unwrap(),
        };
        assert_eq!(message.body.is_empty(), body == REDACT);
        assert_eq!(message.status == MessageStatus::Canceled, body == CANCEL);
        assert_eq!(last_form(&server).await, owned(&[form]));
    }
}

#[tokio::test]
async fn deleting_a_text_twice_deletes_it_once() {
    let server = MockServer::start().await;
    request("DELETE", PATH)
        .respond_with(ResponseTemplate::new(204))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    request("DELETE", PATH)
        .respond_with(twilio_error(404, 20404, "not found"))
        .mount(&server)
        .await;
    let client = client(&server);
    assert_eq!(client.delete_message(&sid()).await.unwrap(), Deletion::Deleted);
    assert_eq!(client.delete_message(&sid()).await.unwrap(), Deletion::AlreadyGone);
}

#[test]
fn every_state_is_read_and_written_unchanged() {
    for text in [
        "accepted",
        "scheduled",
        "queued",
        "sending",
        "sent",
        "delivered",
        "undelivered",
        "failed",
        "receiving",
        "received",
        "read",
        "partially_delivered",
        "canceled",
    ] {
        let status = MessageStatus::from(text.to_owned());
        assert_eq!(status.as_str(), text);
        assert!(!matches!(status, MessageStatus::Unknown(_)), "{text}");
    }
    assert_eq!(MessageStatus::from("x".to_owned()).as_str(), "x");
}

/// A page of two texts that were sent at these times.
fn page_of(times: [&str; 2], next: Option<&str>) -> Value {
    let mut page = example(LIST);
    for (item, time) in page["messages"].as_array_mut().unwrap().iter_mut().zip(times) {
        item["date_sent"] = json!(time);
    }
    page["next_page_uri"] = next.map_or(Value::Null, |query| {
        json!(format!("{}?{query}", account_path("/Messages.json")))
    });
    page
}

#[tokio::test]
async fn the_latest_texts_are_read_until_older_ones_come_or_the_pages_are_spent() {
    const NEW: &str = "Fri, 24 May 2019 17:44:50 +0000";
    const OLD: &str = "Fri, 24 May 2019 17:44:39 +0000";
    let since: jiff::Timestamp = "2019-05-24T17:44:40Z".parse().unwrap();
    for (first, pages, read, found, complete) in [
        ([NEW, NEW], 9, 2, 3, true),
        ([NEW, OLD], 9, 1, 1, true),
        ([NEW, NEW], 1, 1, 2, false),
    ] {
        let server = MockServer::start().await;
        request("GET", "/Messages.json")
            .and(query_param("DateSent>", "2019-05-24"))
            .and(query_param("PageSize", "100"))
            .and(query_param_is_missing("Page"))
            .respond_with(answer(200, &page_of(first, Some("PageSize=100&Page=1"))))
            .mount(&server)
            .await;
        request("GET", "/Messages.json")
            .and(query_param("Page", "1"))
            .respond_with(answer(200, &page_of([NEW, OLD], None)))
            .mount(&server)
            .await;
        let latest = client(&server).list_messages_since(since, pages).await.unwrap();
        assert_eq!((latest.items.len(), latest.complete), (found, complete), "{first:?}");
        assert_eq!(server.received_requests().await.unwrap().len(), read, "{first:?}");
    }
}
