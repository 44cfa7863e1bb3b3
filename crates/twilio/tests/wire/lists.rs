//! Paging: <https://www.twilio.com/docs/usage/twilios-response#response-formats-list-paging-information>.

use serde_json::{Value, json};
use wiremock::matchers::{any, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::fixtures::example;
use crate::server::{account_path, answer, client, request};

const EMPTY: &str = "get /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json 200 readEmpty";
const FULL: &str = "get /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json 200 readFull";
const PATH: &str = "/IncomingPhoneNumbers.json";

/// A page with these numbers of the example's kind.
fn page(numbers: std::ops::Range<usize>, next_page_uri: Option<String>) -> Value {
    let mut body = example(FULL);
    let number = body["incoming_phone_numbers"][0].clone();
    let numbers = numbers.map(|index| {
        let mut number = number.clone();
        number["sid"] = json!(format!("PN{index:032x}"));
        number["phone_number"] = json!(format!("+1415{index:07}"));
        number
    });
    body["incoming_phone_numbers"] = numbers.collect();
    body["next_page_uri"] = json!(next_page_uri);
    body
}

#[tokio::test]
async fn five_thousand_numbers_are_listed_in_five_pages() {
    let server = MockServer::start().await;
    for index in 0..5_usize {
        let next = format!(
            "{}?PageSize=1000&Page={1}&PageToken=PAPN{1}",
            account_path(PATH),
            index + 1
        );
        let body = page(index * 1000..(index + 1) * 1000, (index < 4).then_some(next));
        let list = request("GET", PATH).and(query_param("PageSize", "1000"));
        let list = match index {
            0 => list.and(query_param_is_missing("Page")),
            _ => list
                .and(query_param("Page", index.to_string()))
                .and(query_param("PageToken", format!("PAPN{index}"))),
        };
        list.respond_with(answer(200, &body)).expect(1).mount(&server).await;
    }

    let numbers = client(&server).list_incoming_phone_numbers().await.unwrap();

    assert_eq!(numbers.len(), 5000);
    assert_eq!(numbers[4999].phone_number, "+14150004999");
    assert!(numbers.windows(2).all(|pair| pair[0].sid < pair[1].sid));
}

#[tokio::test]
async fn an_account_without_numbers_has_an_empty_list() {
    for next in [json!(null), json!("")] {
        let server = MockServer::start().await;
        let mut body = example(EMPTY);
        body["next_page_uri"] = next;
        request("GET", PATH)
            .respond_with(answer(200, &body))
            .expect(1)
            .mount(&server)
            .await;
        assert_eq!(client(&server).list_incoming_phone_numbers().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_next_page_on_another_host_is_an_error_and_sees_no_credentials() {
    let server = MockServer::start().await;
    let elsewhere = MockServer::start().await;
    let never = ResponseTemplate::new(200).set_body_json(page(1..2, None));
    Mock::given(any()).respond_with(never).expect(0).mount(&elsewhere).await;
    let next = format!("{}{}?Page=1", elsewhere.uri(), account_path(PATH));
    request("GET", PATH)
        .respond_with(answer(200, &page(0..1, Some(next))))
        .expect(1)
        .mount(&server)
        .await;

    let error = client(&server).list_incoming_phone_numbers().await.unwrap_err();

    assert!(error.is_unavailable() && !error.outcome_unknown());
}

#[tokio::test]
async fn pages_that_run_in_a_circle_end() {
    let server = MockServer::start().await;
    let circle = |request: &Request| {
        let is_second = request
            .url
            .query_pairs()
            .any(|(name, value)| name == "Page" && value == "1");
        let next = format!(
            "{}?PageSize=1000&Page={}",
            account_path(PATH),
            if is_second { 2 } else { 1 }
        );
        answer(200, &page(0..1, Some(next)))
    };
    request("GET", PATH).respond_with(circle).expect(3).mount(&server).await;
    let error = client(&server).list_incoming_phone_numbers().await.unwrap_err();
    assert!(error.is_unavailable());
}

#[tokio::test]
async fn pages_that_never_end_are_given_up() {
    let server = MockServer::start().await;
    let endless = |request: &Request| {
        let page_number = request.url.query_pairs().find(|(name, _)| name == "Page");
        let page_number: u32 = page_number.map_or(0, |(_, value)| value.parse().unwrap());
        let next = format!("{}?PageSize=1000&Page={}", account_path(PATH), page_number + 1);
        answer(200, &page(0..0, Some(next)))
    };
    request("GET", PATH)
        .respond_with(endless)
        .expect(100)
        .mount(&server)
        .await;
    let error = client(&server).list_incoming_phone_numbers().await.unwrap_err();
    assert!(error.is_unavailable());
}

#[tokio::test]
async fn a_list_that_fails_halfway_fails_whole() {
    let server = MockServer::start().await;
    let next = format!("{}?PageSize=1000&Page=1", account_path(PATH));
    request("GET", PATH)
        .and(query_param("Page", "1"))
        .respond_with(crate::server::twilio_error(401, 20003, "Authenticate"))
        .expect(1)
        .mount(&server)
        .await;
    request("GET", PATH)
        .respond_with(answer(200, &page(0..1000, Some(next))))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).list_incoming_phone_numbers().await.unwrap_err();
    assert!(error.is_credentials_rejected());
}
