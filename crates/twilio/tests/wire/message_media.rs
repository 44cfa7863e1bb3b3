//! Pictures of texts. How media come at all is tested with recordings, in `media`.

use futures::TryStreamExt as _;
use twilio::MediaSid;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::fixtures::example;
use crate::messages::sid;
use crate::server::{answer, client, request, twilio_error};

const LIST: &str = "get /2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media.json 200 readFull";
const ALL: &str = "/Messages/SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Media.json";
const PATH: &str = "/Messages/SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Media/MEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn media() -> MediaSid {
    "MEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

#[tokio::test]
async fn the_pictures_of_a_text_are_listed() {
    let server = MockServer::start().await;
    request("GET", ALL)
        .respond_with(answer(200, &example(LIST)))
        .expect(1)
        .mount(&server)
        .await;
    let found = client(&server).list_message_media(&sid()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].sid, media());
    assert_eq!(found[0].content_type.as_deref(), Some("image/jpeg"));
}

#[tokio::test]
async fn a_picture_comes_by_way_of_a_redirect() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(ResponseTemplate::new(307).insert_header("Location", "/stored"))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/stored"))
        .and(header("Range", "bytes=0-"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(b"\x89PNG".as_slice(), "image/png"))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let answer = client
        .fetch_message_media(&sid(), &media(), Some("bytes=0-"))
        .await
        .unwrap();
    assert_eq!(answer.content_type.as_deref(), Some("image/png"));
    let pieces: Vec<_> = answer.stream.try_collect().await.unwrap();
    assert_eq!(pieces.concat(), b"\x89PNG");
}

#[tokio::test]
async fn a_picture_that_is_gone_or_not_for_trial_accounts_says_so() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(twilio_error(404, 20404, "not found"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    request("GET", PATH)
        .respond_with(twilio_error(401, 20003, "not available on a Trial account"))
        .mount(&server)
        .await;
    let client = client(&server);
    let gone = client.fetch_message_media(&sid(), &media(), None).await.unwrap_err();
    assert!(gone.is_not_found() && gone.to_string().starts_with("could not fetch the text's media"));
    let refused = client.fetch_message_media(&sid(), &media(), None).await.unwrap_err();
    assert!(refused.is_credentials_rejected());
}
