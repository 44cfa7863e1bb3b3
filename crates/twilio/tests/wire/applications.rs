use serde_json::json;
use twilio::{ApplicationSid, Deletion, NewApplication};
use wiremock::matchers::query_param;
use wiremock::{MockServer, ResponseTemplate};

use crate::fixtures::example;
use crate::server::{answer, client, last_form, request, twilio_error};

const CREATE: &str = "post /2010-04-01/Accounts/{AccountSid}/Applications.json 201 create";
const UPDATE: &str = "post /2010-04-01/Accounts/{AccountSid}/Applications/{Sid}.json 200 update";
const FETCH: &str = "get /2010-04-01/Accounts/{AccountSid}/Applications/{Sid}.json 200 fetch";
const LIST: &str = "get /2010-04-01/Accounts/{AccountSid}/Applications.json 200 readFull";
const PATH: &str = "/Applications/APaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json";

fn sid() -> ApplicationSid {
    "APaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

pub fn full() -> NewApplication {
    let some = |text: &str| Some(text.to_owned());
    NewApplication {
        friendly_name: "Phone ü & co".to_owned(),
        voice_url: some("https://a.example/1"),
        voice_method: some("POST"),
        voice_fallback_url: some("https://a.example/2"),
        voice_fallback_method: some("GET"),
        status_callback: some("https://a.example/3"),
        status_callback_method: some("POST"),
        sms_url: some("https://a.example/4"),
        sms_method: some("POST"),
        sms_fallback_url: some("https://a.example/5"),
        sms_fallback_method: some("GET"),
        message_status_callback: some("https://a.example/6"),
    }
}

#[tokio::test]
async fn an_application_is_made_with_every_field_that_is_set() {
    let server = MockServer::start().await;
    request("POST", "/Applications.json")
        .respond_with(answer(201, &example(CREATE)))
        .expect(1)
        .mount(&server)
        .await;

    let application = client(&server).create_application(&full()).await.unwrap();

    assert_eq!(application.sid, sid());
    assert_eq!(application.friendly_name, "Application Friendly Name");
    assert_eq!(
        application.voice_fallback_url.as_deref(),
        Some("http://www.example.com/voice-callback")
    );
    assert_eq!(
        application.message_status_callback.as_deref(),
        Some("http://www.example.com/sms-status-callback")
    );
    let form = last_form(&server).await;
    let expected = [
        ("FriendlyName", "Phone ü & co"),
        ("VoiceUrl", "https://a.example/1"),
        ("VoiceMethod", "POST"),
        ("VoiceFallbackUrl", "https://a.example/2"),
        ("VoiceFallbackMethod", "GET"),
        ("StatusCallback", "https://a.example/3"),
        ("StatusCallbackMethod", "POST"),
        ("SmsUrl", "https://a.example/4"),
        ("SmsMethod", "POST"),
        ("SmsFallbackUrl", "https://a.example/5"),
        ("SmsFallbackMethod", "GET"),
        ("MessageStatusCallback", "https://a.example/6"),
    ];
    assert_eq!(form, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn what_a_new_application_leaves_open_is_not_sent() {
    let server = MockServer::start().await;
    request("POST", "/Applications.json")
        .respond_with(answer(201, &example(CREATE)))
        .mount(&server)
        .await;

    let bare = NewApplication {
        friendly_name: "bare".to_owned(),
        ..NewApplication::default()
    };
    client(&server).create_application(&bare).await.unwrap();

    assert_eq!(
        last_form(&server).await,
        [("FriendlyName".to_owned(), "bare".to_owned())]
    );
}

#[tokio::test]
async fn an_application_is_set_to_what_is_given_and_keeps_its_sid() {
    let server = MockServer::start().await;
    request("POST", PATH)
        .respond_with(answer(200, &example(UPDATE)))
        .expect(1)
        .mount(&server)
        .await;
    let application = client(&server).update_application(&sid(), &full()).await.unwrap();
    assert_eq!(application.sid, sid());
    let form = last_form(&server).await;
    assert!(form.contains(&("VoiceUrl".to_owned(), "https://a.example/1".to_owned())));
}

#[tokio::test]
async fn an_application_is_fetched() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(answer(200, &example(FETCH)))
        .expect(1)
        .mount(&server)
        .await;
    let application = client(&server).fetch_application(&sid()).await.unwrap();
    assert_eq!(application.voice_url.as_deref(), Some("http://example.com"));
    assert_eq!(application.sms_method.as_deref(), Some("GET"));
}

#[tokio::test]
async fn a_search_by_name_returns_exactly_that_name() {
    let server = MockServer::start().await;
    let mut body = example(LIST);
    body["next_page_uri"] = json!(null);
    body["applications"][0]["friendly_name"] = json!("phone & co");
    let mut other = body["applications"][0].clone();
    other["friendly_name"] = json!("phone & co 2");
    body["applications"].as_array_mut().unwrap().push(other);
    request("GET", "/Applications.json")
        .and(query_param("FriendlyName", "phone & co"))
        .and(query_param("PageSize", "1000"))
        .respond_with(answer(200, &body))
        .expect(1)
        .mount(&server)
        .await;

    let found = client(&server).list_applications(Some("phone & co")).await.unwrap();

    assert_eq!(found.len(), 1);
    assert_eq!(found[0].friendly_name, "phone & co");
    assert_eq!(found[0].voice_url, None);
}

#[tokio::test]
async fn without_a_name_every_application_is_listed() {
    let server = MockServer::start().await;
    let mut body = example(LIST);
    body["next_page_uri"] = json!(null);
    request("GET", "/Applications.json")
        .respond_with(answer(200, &body))
        .mount(&server)
        .await;
    let found = client(&server).list_applications(None).await.unwrap();
    assert_eq!(found.len(), 1);
    let sent = &server.received_requests().await.unwrap()[0];
    assert_eq!(sent.url.query(), Some("PageSize=1000"));
}

#[tokio::test]
async fn deleting_tells_whether_it_was_still_there() {
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
    assert_eq!(
        client(&server).delete_application(&sid()).await.unwrap(),
        Deletion::Deleted
    );
    assert_eq!(
        client(&server).delete_application(&sid()).await.unwrap(),
        Deletion::AlreadyGone
    );
}
