use serde_json::json;
use twilio::{AccountStatus, AccountType};
use wiremock::MockServer;

use crate::fixtures::example;
use crate::server::{ACCOUNT, answer, client, request};

const EXAMPLE: &str = "get /2010-04-01/Accounts/{Sid}.json 200 fetch";

#[tokio::test]
async fn an_account_is_fetched_with_basic_authentication() {
    let server = MockServer::start().await;
    request("GET", ".json")
        .respond_with(answer(200, &example(EXAMPLE)))
        .expect(1)
        .mount(&server)
        .await;

    let account = client(&server).fetch_account().await.unwrap();

    assert_eq!(account.sid.as_str(), ACCOUNT);
    assert_eq!(account.friendly_name, "friendly_name");
    assert_eq!(account.status, AccountStatus::Active);
    assert_eq!(account.kind, AccountType::Full);
    let sent = &server.received_requests().await.unwrap()[0];
    assert_eq!(sent.headers.get("accept").unwrap(), "application/json");
    assert!(sent.url.query().is_none() && sent.body.is_empty());
}

#[tokio::test]
async fn the_auth_token_in_the_answer_is_not_kept() {
    let server = MockServer::start().await;
    let mut body = example(EXAMPLE);
    body["auth_token"] = json!("feedfacefeedfacefeedfacefeedface");
    request("GET", ".json")
        .respond_with(answer(200, &body))
        .mount(&server)
        .await;

    let account = client(&server).fetch_account().await.unwrap();
    assert!(!format!("{account:?}").contains("feedface"));

    // Nor does it come out with an error about the rest of the answer.
    body["status"] = json!(["feedfacefeedfacefeedfacefeedface"]);
    body["type"] = body["auth_token"].clone();
    server.reset().await;
    request("GET", ".json")
        .respond_with(answer(200, &body))
        .mount(&server)
        .await;
    let error = client(&server).fetch_account().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(!format!("{error} {error:?} {source}").contains("feedface"));
}

#[tokio::test]
async fn each_status_and_type_is_understood_and_an_unknown_one_is_kept() {
    let server = MockServer::start().await;
    for (status, kind) in [("suspended", "Trial"), ("closed", "Full"), ("hibernating", "Gift")] {
        let mut body = example(EXAMPLE);
        body["status"] = json!(status);
        body["type"] = json!(kind);
        body["friendly_name"] = json!(null);
        server.reset().await;
        request("GET", ".json")
            .respond_with(answer(200, &body))
            .mount(&server)
            .await;

        let account = client(&server).fetch_account().await.unwrap();

        assert_eq!((account.status.as_str(), account.kind.as_str()), (status, kind));
        assert_eq!(account.friendly_name, "");
        let unknown =
            matches!(account.status, AccountStatus::Unknown(_)) && matches!(account.kind, AccountType::Unknown(_));
        assert_eq!(unknown, status == "hibernating");
    }
}

#[tokio::test]
async fn a_base_with_a_path_is_kept_before_every_path() {
    let server = MockServer::start().await;
    let body = example(EXAMPLE);
    wiremock::Mock::given(wiremock::matchers::path(format!(
        "/mock{}",
        crate::server::account_path(".json")
    )))
    .respond_with(answer(200, &body))
    .mount(&server)
    .await;
    for base in ["/mock", "/mock/"] {
        let client = crate::server::client_at(&format!("{}{base}", server.uri()));
        assert!(client.fetch_account().await.is_ok(), "{base}");
    }
}

#[test]
fn debug_does_not_show_the_token() {
    let client = crate::server::client_at("http://user:hunter2@localhost:1");
    let text = format!("{client:?}");
    assert!(text.contains(ACCOUNT), "{text}");
    assert!(
        !text.contains(crate::server::TOKEN) && !text.contains("hunter2"),
        "{text}"
    );
}
