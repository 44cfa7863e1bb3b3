use serde_json::json;
use twilio::MessagingServiceSid;
use wiremock::matchers::{any, basic_auth, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockBuilder, MockServer};

use crate::fixtures::example;
use crate::server::{ACCOUNT, TOKEN, answer, client, client_at};

const LIST: &str = "get /v1/Services 200 readFull";
const FETCH: &str = "get /v1/Services/{Sid} 200 fetch";
const NUMBERS: &str = "get /v1/Services/{ServiceSid}/PhoneNumbers 200 readFull";

fn sid() -> MessagingServiceSid {
    "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

fn get(rest: &str) -> MockBuilder {
    Mock::given(method("GET"))
        .and(path(format!("/v1/Services{rest}")))
        .and(basic_auth(ACCOUNT, TOKEN))
}

#[tokio::test]
async fn services_are_listed_over_pages_that_are_named_in_full() {
    let server = MockServer::start().await;
    let mut first = example(LIST);
    first["meta"]["next_page_url"] = json!(format!("{}/v1/Services?PageSize=20&Page=1&PageToken=PT", server.uri()));
    get("")
        .and(query_param_is_missing("Page"))
        .and(query_param("PageSize", "1000"))
        .respond_with(answer(200, &first))
        .expect(1)
        .mount(&server)
        .await;
    get("")
        .and(query_param("Page", "1"))
        .and(query_param("PageToken", "PT"))
        .respond_with(answer(200, &example(LIST)))
        .expect(1)
        .mount(&server)
        .await;

    let services = client(&server).list_messaging_services().await.unwrap();

    assert_eq!(services.len(), 2);
    assert_eq!(
        (&services[0].sid, services[0].friendly_name.as_str()),
        (&sid(), "My Service!")
    );
    assert_eq!(services[0].us_app_to_person_registered, Some(false));
    assert_eq!(services[0].use_inbound_webhook_on_number, Some(false));
    assert_eq!(
        services[0].inbound_request_url.as_deref(),
        Some("https://www.example.com/")
    );
    assert_eq!(services[0].usecase.as_deref(), Some("marketing"));
}

#[tokio::test]
async fn a_next_page_on_another_host_sees_no_credentials() {
    let (server, elsewhere) = (MockServer::start().await, MockServer::start().await);
    Mock::given(any())
        .respond_with(answer(200, &example(LIST)))
        .expect(0)
        .mount(&elsewhere)
        .await;
    let mut body = example(LIST);
    body["meta"]["next_page_url"] = json!(format!("{}/v1/Services?Page=1", elsewhere.uri()));
    get("").respond_with(answer(200, &body)).expect(1).mount(&server).await;
    assert!(client(&server).list_messaging_services().await.is_err());
}

#[tokio::test]
async fn a_service_and_its_numbers_are_fetched() {
    let server = MockServer::start().await;
    get(&format!("/{}", sid()))
        .respond_with(answer(200, &example(FETCH)))
        .expect(1)
        .mount(&server)
        .await;
    let mut numbers = example(NUMBERS);
    numbers["phone_numbers"][0]["capabilities"] = json!(["Voice", "SMS"]);
    get(&format!("/{}/PhoneNumbers", sid()))
        .respond_with(answer(200, &numbers))
        .expect(1)
        .mount(&server)
        .await;
    let client = client_at(&server.uri());
    let service = client.fetch_messaging_service(&sid()).await.unwrap();
    assert_eq!(service.use_inbound_webhook_on_number, Some(true));
    let numbers = client.list_messaging_service_numbers(&sid()).await.unwrap();
    assert_eq!(numbers[0].phone_number, "+987654321");
    assert_eq!(numbers[0].country_code.as_deref(), Some("US"));
    assert_eq!(numbers[0].capabilities, ["Voice", "SMS"]);
}
