//! Answers that Twilio should not give, and none at all.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use twilio::retry::Policy;
use twilio::{Endpoints, Transport};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::fixtures::example;
use crate::server::{ACCOUNT, TOKEN, answer, client, client_at, request, twilio_error};

const ACCOUNT_EXAMPLE: &str = "get /2010-04-01/Accounts/{Sid}.json 200 fetch";

/// A server that reads one request after the other and answers each with these bytes before it hangs up.
async fn raw_server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(answer).await;
        }
    });
    base
}

#[tokio::test]
async fn wrong_credentials_are_told_with_twilios_code_and_request() {
    let server = MockServer::start().await;
    request("GET", ".json")
        .respond_with(twilio_error(401, 20003, "Authenticate"))
        .mount(&server)
        .await;
    let error = client(&server).fetch_account().await.unwrap_err();
    assert!(error.is_credentials_rejected() && !error.is_test_credentials() && !error.is_unavailable());
    assert_eq!((error.status(), error.code()), (Some(401), Some(20003)));
    assert_eq!(error.twilio_message(), Some("Authenticate"));
    assert_eq!(error.request_id(), Some("RQ00000000000000000000000000000001"));
    assert_eq!(
        error.more_info().as_deref(),
        Some("https://www.twilio.com/docs/errors/20003")
    );
}

#[tokio::test]
async fn test_credentials_and_inactive_accounts_are_recognised() {
    let server = MockServer::start().await;
    let refusals = [
        twilio_error(403, 20008, "Resource not accessible with Test Account Credentials"),
        twilio_error(401, 20005, "x"),
    ];
    for refusal in refusals {
        request("GET", ".json")
            .respond_with(refusal)
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    let test = client(&server).fetch_account().await.unwrap_err();
    assert!(test.is_test_credentials() && !test.is_credentials_rejected());
    let inactive = client(&server).fetch_account().await.unwrap_err();
    assert!(inactive.is_account_inactive() && !inactive.is_credentials_rejected());
}

#[tokio::test]
async fn a_refusal_without_a_body_is_understood_by_its_status() {
    let server = MockServer::start().await;
    for status in [401, 404] {
        request("GET", ".json")
            .respond_with(ResponseTemplate::new(status))
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    assert!(
        client(&server)
            .fetch_account()
            .await
            .unwrap_err()
            .is_credentials_rejected()
    );
    assert!(client(&server).fetch_account().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_answer_that_is_not_twilios_means_unavailable() {
    let page = "<html><script>alert(1)</script></html>";
    for (status, body) in [
        (200, page),
        (200, ""),
        (200, "{}"),
        (200, "[1]"),
        (401, page),
        (404, page),
        (404, "[]"),
        (500, page),
    ] {
        let server = MockServer::start().await;
        request("GET", ".json")
            .respond_with(ResponseTemplate::new(status).set_body_string(body))
            .mount(&server)
            .await;
        let error = client(&server).fetch_account().await.unwrap_err();
        assert!(error.is_unavailable(), "{status} {body:?}: {error:?}");
        assert!(
            !error.is_not_found() && !error.is_credentials_rejected(),
            "{status} {body:?}: {error:?}"
        );
        assert!(!format!("{error} {error:?}").contains("script"));
    }
}

#[tokio::test]
async fn a_deletion_confirmed_by_a_strange_page_is_not_believed() {
    let server = MockServer::start().await;
    let strange = ResponseTemplate::new(200).set_body_string("<html>Welcome to the hotel</html>");
    Mock::given(any()).respond_with(strange).expect(1).mount(&server).await;
    let sid = "SKaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap();
    let error = client(&server).delete_key(&sid).await.unwrap_err();
    assert!(error.is_unavailable() && error.outcome_unknown());
}

#[tokio::test]
async fn values_of_the_wrong_type_mean_unavailable() {
    for (name, value) in [
        ("sid", json!(7)),
        ("sid", json!("AC1")),
        ("status", json!(null)),
        ("type", json!({})),
        ("friendly_name", json!([])),
    ] {
        let server = MockServer::start().await;
        let mut body = example(ACCOUNT_EXAMPLE);
        body[name] = value;
        request("GET", ".json")
            .respond_with(answer(200, &body))
            .mount(&server)
            .await;
        let error = client(&server).fetch_account().await.unwrap_err();
        assert!(error.is_unavailable() && !error.is_transient(), "{name}");
    }
}

#[tokio::test]
async fn twilios_words_are_cut_and_its_request_id_must_look_like_one() {
    let server = MockServer::start().await;
    let refusal = twilio_error(400, 21401, &"ü".repeat(100_000)).insert_header("Twilio-Request-Id", "RQ1 <b>");
    request("GET", ".json").respond_with(refusal).mount(&server).await;
    let error = client(&server).fetch_account().await.unwrap_err();
    assert_eq!(error.twilio_message().unwrap().chars().count(), 500);
    assert_eq!(error.request_id(), None);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = MockServer::start().await;
    Mock::given(any())
        .respond_with(answer(200, &example(ACCOUNT_EXAMPLE)))
        .expect(0)
        .mount(&elsewhere)
        .await;
    for status in [301, 302, 303, 307, 308] {
        let server = MockServer::start().await;
        let redirect = ResponseTemplate::new(status).insert_header("Location", elsewhere.uri());
        Mock::given(any()).respond_with(redirect).expect(2).mount(&server).await;
        let read = client(&server).fetch_account().await.unwrap_err();
        assert!(read.is_unavailable() && !read.outcome_unknown(), "{status}");
        let write = client(&server).create_key("foo").await.unwrap_err();
        assert!(write.is_unavailable() && write.outcome_unknown(), "{status}");
    }
}

#[tokio::test]
async fn an_answer_that_says_it_is_too_long_is_not_read() {
    let base =
        raw_server(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 52428800\r\n\r\n{").await;
    let error = client_at(&base).fetch_account().await.unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "the answer is too long"
    );
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            .await
            .unwrap();
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        let mut chunks = 0_usize;
        while stream.write_all(chunk.as_bytes()).await.is_ok() {
            chunks += 1;
        }
        chunks * 0x10000
    });
    let error = client_at(&base).fetch_account().await.unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "the answer is too long"
    );
    let written = server.await.unwrap();
    assert!(written < 50 * 1024 * 1024, "{written} bytes were taken");
}

#[tokio::test]
async fn a_write_that_times_out_after_it_was_sent_may_have_had_its_effect() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(201).set_delay(Duration::from_secs(60)))
        .expect(2)
        .mount(&server)
        .await;
    let endpoints = Endpoints::single(server.uri().parse().unwrap());
    let transport = Transport::with_timeouts(endpoints, Duration::from_secs(5), Duration::from_millis(200)).unwrap();
    let client = transport.client(ACCOUNT.parse().unwrap(), SecretString::from(TOKEN));

    let write = client.create_key("foo").await.unwrap_err();
    let read = client.fetch_account().await.unwrap_err();

    assert!(
        write.outcome_unknown() && write.is_unavailable() && write.is_transient(),
        "{write:?}"
    );
    assert!(!read.outcome_unknown() && read.is_unavailable());
    assert_eq!(write.status(), None);
}

#[tokio::test]
async fn a_connection_that_breaks_after_a_write_may_have_had_its_effect() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"sid\":",
    ] {
        let base = raw_server(answer).await;
        let error = client_at(&base).create_key("foo").await.unwrap_err();
        assert!(
            error.outcome_unknown() && error.is_unavailable() && error.is_transient(),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_write_that_never_left_surely_had_no_effect() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let policy = Policy {
        max_attempts: 2,
        base_delay: Duration::from_millis(1),
        ..Policy::default()
    };
    let transport = crate::server::transport(&format!("http://{free}")).with_retry_policy(policy);
    let client = transport.client(ACCOUNT.parse().unwrap(), SecretString::from(TOKEN));
    let error = client.create_key("foo").await.unwrap_err();
    assert!(
        !error.outcome_unknown() && error.is_unavailable() && error.is_transient(),
        "{error:?}"
    );
    let text = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(!text.contains(TOKEN) && !text.contains(ACCOUNT), "{text}");
}

#[test]
fn a_base_that_is_not_http_is_refused() {
    for base in ["file:///tmp", "mailto:a@b.example", "data:,x"] {
        assert!(
            Transport::new(Endpoints::single(base.parse().unwrap())).is_err(),
            "{base}"
        );
    }
}
