//! The sound of a recording. Twilio describes it in words only, so there are no examples of its own to compare with.

use std::time::Duration;

use futures::TryStreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use twilio::{Endpoints, MediaAnswer, Transport};
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::recordings::sid;
use crate::server::{ACCOUNT, TOKEN, client, client_at, request, twilio_error};

const PATH: &str = "/Recordings/REaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.wav";

fn sound(bytes: &[u8]) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(bytes, "audio/x-wav")
}

async fn heard(answer: MediaAnswer) -> Vec<u8> {
    let pieces: Vec<_> = answer.stream.try_collect().await.unwrap();
    pieces.concat()
}

#[tokio::test]
async fn a_recording_comes_with_what_it_is() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(sound(b"RIFF").insert_header("Accept-Ranges", "bytes"))
        .expect(1)
        .mount(&server)
        .await;
    let answer = client(&server).fetch_recording_media(&sid(), None, None).await.unwrap();
    assert_eq!((answer.status, answer.content_length), (200, Some(4)));
    assert_eq!(answer.content_type.as_deref(), Some("audio/x-wav"));
    assert_eq!(answer.accept_ranges.as_deref(), Some("bytes"));
    assert_eq!(answer.content_range, None);
    assert_eq!(heard(answer).await, b"RIFF");
}

#[tokio::test]
async fn a_long_recording_comes_whole() {
    let server = MockServer::start().await;
    let long = vec![7; 20 * 1024 * 1024];
    request("GET", PATH).respond_with(sound(&long)).mount(&server).await;
    let answer = client(&server).fetch_recording_media(&sid(), None, None).await.unwrap();
    assert_eq!(heard(answer).await.len(), long.len());
}

#[tokio::test]
async fn a_part_of_it_comes_as_a_part() {
    let server = MockServer::start().await;
    let part = ResponseTemplate::new(206)
        .set_body_raw(b"IF".as_slice(), "audio/x-wav")
        .insert_header("Content-Range", "bytes 1-2/4");
    request("GET", PATH)
        .and(header("Range", "bytes=1-2"))
        .respond_with(part)
        .mount(&server)
        .await;
    request("GET", PATH)
        .and(header("Range", "bytes=9-"))
        .respond_with(ResponseTemplate::new(416).insert_header("Content-Range", "bytes */4"))
        .mount(&server)
        .await;
    let client = client(&server);
    let answer = client
        .fetch_recording_media(&sid(), None, Some("bytes=1-2"))
        .await
        .unwrap();
    assert_eq!(answer.status, 206);
    assert_eq!(answer.content_range.as_deref(), Some("bytes 1-2/4"));
    assert_eq!(heard(answer).await, b"IF");
    let answer = client
        .fetch_recording_media(&sid(), None, Some("bytes=9-"))
        .await
        .unwrap();
    assert_eq!(answer.status, 416);
    assert_eq!(answer.content_range.as_deref(), Some("bytes */4"));
}

#[tokio::test]
async fn where_there_are_not_two_channels_one_comes() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .and(query_param("RequestedChannels", "2"))
        .respond_with(twilio_error(400, 20001, "no such channels"))
        .expect(1)
        .mount(&server)
        .await;
    request("GET", PATH)
        .and(query_param("RequestedChannels", "1"))
        .respond_with(sound(b"one"))
        .expect(1)
        .mount(&server)
        .await;
    let answer = client(&server)
        .fetch_recording_media(&sid(), Some(2), None)
        .await
        .unwrap();
    assert_eq!(heard(answer).await, b"one");
}

#[tokio::test]
async fn a_recording_that_is_gone_says_so() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(twilio_error(404, 20404, "not found"))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server)
        .fetch_recording_media(&sid(), Some(2), None)
        .await
        .unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn a_fault_of_the_server_is_tried_again() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    request("GET", PATH)
        .respond_with(sound(b"at last"))
        .expect(1)
        .mount(&server)
        .await;
    let answer = client(&server).fetch_recording_media(&sid(), None, None).await.unwrap();
    assert_eq!(heard(answer).await, b"at last");
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(ResponseTemplate::new(307).insert_header("Location", "/elsewhere"))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/elsewhere"))
        .and(header("Range", "bytes=0-"))
        .respond_with(sound(b"here"))
        .expect(1)
        .mount(&server)
        .await;
    let answer = client(&server)
        .fetch_recording_media(&sid(), None, Some("bytes=0-"))
        .await
        .unwrap();
    assert_eq!(heard(answer).await, b"here");
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let evil = MockServer::start().await;
    let server = MockServer::start().await;
    for to in [
        evil.uri(),
        "//evil.example/x".to_owned(),
        "nowhere:".to_owned(),
        String::new(),
    ] {
        server.reset().await;
        request("GET", PATH)
            .respond_with(ResponseTemplate::new(302).insert_header("Location", &*to))
            .mount(&server)
            .await;
        let error = client(&server)
            .fetch_recording_media(&sid(), None, None)
            .await
            .unwrap_err();
        assert!(error.is_unavailable(), "{to}: {error}");
        assert!(error.to_string().contains("redirect"), "{to}: {error}");
    }
    assert!(evil.received_requests().await.unwrap().is_empty());
}

/// Sends the beginning of a recording, and then nothing any more.
async fn stalling_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: audio/x-wav\r\nContent-Length: 100\r\n\r\nRIFF";
            let _ = socket.write_all(head).await;
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    });
    base
}

#[tokio::test]
async fn a_recording_that_stalls_is_given_up() {
    let endpoints = Endpoints::single(stalling_server().await.parse().unwrap());
    let second = Duration::from_secs(1);
    let transport = Transport::with_timeouts(endpoints, second, second).unwrap();
    let client = transport.client(ACCOUNT.parse().unwrap(), TOKEN.into());
    let answer = client.fetch_recording_media(&sid(), None, None).await.unwrap();
    let began = tokio::time::Instant::now();
    let pieces: Result<Vec<_>, _> = answer.stream.try_collect().await;
    let error = pieces.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn the_address_of_a_recording_is_made_of_what_is_known() {
    let client = client_at("http://127.0.0.1:4010/base/");
    let expected = format!(
        "http://127.0.0.1:4010/base/2010-04-01/Accounts/{ACCOUNT}/Recordings/{}",
        sid()
    );
    assert_eq!(client.recording_media_url(&sid()).as_str(), expected);
    let real = Transport::new(Endpoints::twilio()).unwrap();
    let url = real.recording_media_url(&ACCOUNT.parse().unwrap(), &sid());
    assert_eq!(
        url.as_str(),
        format!(
            "https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/{}",
            sid()
        )
    );
}
