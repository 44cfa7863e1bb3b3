//! Which requests are sent again, seen from the other side of the wire.

use wiremock::{MockServer, ResponseTemplate};

use crate::fixtures::example;
use crate::server::{answer, client, request, twilio_error};

const KEY: &str = "/Keys/SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json";
const CREATE: &str = "post /2010-04-01/Accounts/{AccountSid}/Keys.json 201 create";
const FETCH: &str = "get /2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json 200 fetch";

fn sid() -> twilio::ApiKeySid {
    "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

#[tokio::test]
async fn a_read_survives_two_faults() {
    let server = MockServer::start().await;
    request("GET", KEY)
        .respond_with(ResponseTemplate::new(502))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    let busy = twilio_error(429, 20429, "Too Many Requests").insert_header("Retry-After", "0");
    request("GET", KEY)
        .respond_with(busy)
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    request("GET", KEY)
        .respond_with(answer(200, &example(FETCH)))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(client(&server).fetch_key(&sid()).await.unwrap().sid, sid());
}

#[tokio::test]
async fn a_deletion_that_had_its_effect_before_the_fault_ends_well() {
    let server = MockServer::start().await;
    request("DELETE", KEY)
        .respond_with(twilio_error(500, 20500, "oops"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    request("DELETE", KEY)
        .respond_with(twilio_error(404, 20404, "not found"))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        client(&server).delete_key(&sid()).await.unwrap(),
        twilio::Deletion::AlreadyGone
    );
}

#[tokio::test]
async fn a_rate_limited_write_is_sent_again_since_it_was_not_processed() {
    let server = MockServer::start().await;
    let busy = twilio_error(429, 20429, "Too Many Requests");
    request("POST", "/Keys.json")
        .respond_with(busy)
        .up_to_n_times(2)
        .expect(2)
        .mount(&server)
        .await;
    request("POST", "/Keys.json")
        .respond_with(answer(201, &example(CREATE)))
        .expect(1)
        .mount(&server)
        .await;
    assert!(client(&server).create_key("foo").await.is_ok());
}

#[tokio::test]
async fn a_write_that_failed_at_twilio_is_sent_once() {
    let server = MockServer::start().await;
    request("POST", "/Keys.json")
        .respond_with(ResponseTemplate::new(503))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).create_key("foo").await.unwrap_err();
    assert!(error.outcome_unknown() && error.is_unavailable() && error.is_transient());
}

#[tokio::test]
async fn three_attempts_are_enough() {
    let server = MockServer::start().await;
    request("GET", KEY)
        .respond_with(twilio_error(429, 20429, "Too Many Requests"))
        .expect(3)
        .mount(&server)
        .await;
    let error = client(&server).fetch_key(&sid()).await.unwrap_err();
    assert!(error.is_rate_limited() && error.is_transient() && !error.is_unavailable());
}

#[tokio::test]
async fn a_long_retry_after_ends_the_attempts() {
    let server = MockServer::start().await;
    let busy = twilio_error(429, 20429, "Too Many Requests").insert_header("Retry-After", "3600");
    request("GET", KEY).respond_with(busy).expect(1).mount(&server).await;
    assert!(client(&server).fetch_key(&sid()).await.unwrap_err().is_rate_limited());
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let server = MockServer::start().await;
    request("GET", KEY)
        .respond_with(twilio_error(401, 20003, "Authenticate"))
        .expect(1)
        .mount(&server)
        .await;
    assert!(
        client(&server)
            .fetch_key(&sid())
            .await
            .unwrap_err()
            .is_credentials_rejected()
    );
}
