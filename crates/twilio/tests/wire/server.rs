//! A local HTTP server in Twilio's place.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use twilio::retry::Policy;
use twilio::{Client, Endpoints, Transport};
use wiremock::matchers::{basic_auth, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

pub const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub fn transport(base: &str) -> Transport {
    let policy = Policy {
        base_delay: Duration::from_millis(1),
        ..Policy::default()
    };
    Transport::new(Endpoints::single(base.parse().unwrap()))
        .unwrap()
        .with_retry_policy(policy)
}

pub fn client_at(base: &str) -> Client {
    transport(base).client(ACCOUNT.parse().unwrap(), SecretString::from(TOKEN))
}

pub fn client(server: &MockServer) -> Client {
    client_at(&server.uri())
}

/// The path of something that belongs to the account.
pub fn account_path(rest: &str) -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}{rest}")
}

pub fn request(verb: &str, rest: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(account_path(rest)))
        .and(basic_auth(ACCOUNT, TOKEN))
}

pub fn answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

/// An error in the form of <https://www.twilio.com/docs/usage/twilios-response>.
pub fn twilio_error(status: u16, code: u32, message: &str) -> ResponseTemplate {
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    answer(
        status,
        &json!({"code": code, "message": message, "more_info": more_info, "status": status}),
    )
    .insert_header("Twilio-Request-Id", "RQ00000000000000000000000000000001")
}

/// The form of the last request, in the order in which it was sent.
pub async fn last_form(server: &MockServer) -> Vec<(String, String)> {
    let requests = server.received_requests().await.unwrap();
    let last = requests.last().unwrap();
    assert_eq!(
        last.headers.get("content-type").unwrap(),
        "application/x-www-form-urlencoded"
    );
    url::form_urlencoded::parse(&last.body).into_owned().collect()
}
