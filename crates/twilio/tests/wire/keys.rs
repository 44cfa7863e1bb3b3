use secrecy::ExposeSecret as _;
use serde_json::json;
use twilio::{ApiKeySid, Deletion};
use wiremock::{MockServer, ResponseTemplate};

use crate::fixtures::example;
use crate::server::{answer, client, last_form, request};

const CREATE: &str = "post /2010-04-01/Accounts/{AccountSid}/Keys.json 201 create";
const FETCH: &str = "get /2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json 200 fetch";
const LIST: &str = "get /2010-04-01/Accounts/{AccountSid}/Keys.json 200 readFull";
const PATH: &str = "/Keys/SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json";

fn sid() -> ApiKeySid {
    "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

#[tokio::test]
async fn a_key_is_made_and_its_secret_is_not_shown_by_debug() {
    let server = MockServer::start().await;
    request("POST", "/Keys.json")
        .respond_with(answer(201, &example(CREATE)))
        .expect(1)
        .mount(&server)
        .await;

    let key = client(&server).create_key("foo +1").await.unwrap();

    assert_eq!(
        last_form(&server).await,
        [("FriendlyName".to_owned(), "foo +1".to_owned())]
    );
    assert_eq!((key.sid.clone(), key.friendly_name.as_str()), (sid(), "foo"));
    assert_eq!(key.secret.expose_secret(), "foobar");
    assert!(!format!("{key:?}").contains("foobar"));
}

#[tokio::test]
async fn a_key_without_its_secret_may_exist_although_it_is_an_error() {
    for secret in [json!(null), json!(""), json!(7)] {
        let server = MockServer::start().await;
        let mut body = example(CREATE);
        body["secret"] = secret;
        request("POST", "/Keys.json")
            .respond_with(answer(201, &body))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).create_key("foo").await.unwrap_err();
        assert!(error.outcome_unknown() && error.is_unavailable(), "{error:?}");
        assert_eq!(error.status(), Some(201));
    }
}

#[tokio::test]
async fn keys_are_fetched_listed_and_deleted() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(answer(200, &example(FETCH)))
        .expect(1)
        .mount(&server)
        .await;
    request("GET", "/Keys.json")
        .respond_with(answer(200, &example(LIST)))
        .expect(1)
        .mount(&server)
        .await;
    request("DELETE", PATH)
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;

    let client = client(&server);

    let key = client.fetch_key(&sid()).await.unwrap();
    assert_eq!((key.sid.clone(), key.friendly_name.as_str()), (sid(), "foo"));
    assert_eq!(client.list_keys().await.unwrap(), [key]);
    assert_eq!(client.delete_key(&sid()).await.unwrap(), Deletion::Deleted);
}
