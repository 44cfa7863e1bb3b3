use serde_json::{Value, json};
use twilio::{CallSid, Deletion, RecordingSid, RecordingStatus};
use wiremock::matchers::query_param;
use wiremock::{MockServer, ResponseTemplate};

use crate::fixtures::example;
use crate::server::{answer, client, request, twilio_error};

const FETCH: &str = "get /2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json 200 fetch";
const LIST: &str = "get /2010-04-01/Accounts/{AccountSid}/Recordings.json 200 readFull";
const PATH: &str = "/Recordings/REaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json";

pub fn sid() -> RecordingSid {
    "REaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

async fn fetched(body: &Value) -> Result<twilio::Recording, twilio::Error> {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(answer(200, body))
        .expect(1)
        .mount(&server)
        .await;
    client(&server).fetch_recording(&sid()).await
}

#[tokio::test]
async fn a_recording_is_fetched() {
    let recording = fetched(&example(FETCH)).await.unwrap();
    assert_eq!(recording.sid, sid());
    assert_eq!(recording.status, RecordingStatus::Completed);
    assert_eq!(recording.source.as_deref(), Some("StartConferenceRecordingAPI"));
    assert_eq!((recording.channels, recording.duration), (Some(1), Some(4)));
    assert_eq!(recording.error_code, None);
    assert!(recording.call_sid.is_some() && recording.conference_sid.is_some());
}

#[tokio::test]
async fn what_is_not_known_yet_is_none() {
    let mut body = example(FETCH);
    body["status"] = json!("processing");
    body["duration"] = json!("-1");
    body["channels"] = json!(null);
    body["conference_sid"] = json!("");
    body["start_time"] = json!(null);
    body.as_object_mut().unwrap().remove("source");
    let recording = fetched(&body).await.unwrap();
    assert_eq!(recording.status, RecordingStatus::Processing);
    assert_eq!((recording.channels, recording.duration), (None, None));
    assert_eq!((recording.conference_sid, recording.start_time), (None, None));
    assert_eq!(recording.source, None);
}

#[tokio::test]
async fn numbers_and_texts_with_numbers_are_the_same() {
    let mut body = example(FETCH);
    body["duration"] = json!(61);
    body["channels"] = json!("2");
    body["error_code"] = json!("0x");
    let recording = fetched(&body).await.unwrap();
    assert_eq!((recording.channels, recording.duration), (Some(2), Some(61)));
    assert_eq!(recording.error_code, None);
}

#[tokio::test]
async fn a_recording_of_something_else_is_not_read() {
    let mut body = example(FETCH);
    body["call_sid"] = json!("../../etc/passwd");
    let error = fetched(&body).await.unwrap_err();
    assert!(error.is_unavailable());
}

#[tokio::test]
async fn the_recordings_of_a_call_are_listed() {
    let server = MockServer::start().await;
    let call: CallSid = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap();
    request("GET", "/Recordings.json")
        .and(query_param("CallSid", call.as_str()))
        .respond_with(answer(200, &example(LIST)))
        .expect(1)
        .mount(&server)
        .await;
    let found = client(&server).list_recordings(&call).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].call_sid, Some(call));
}

#[tokio::test]
async fn deleting_a_recording_twice_deletes_it_once() {
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
    let client = client(&server);
    assert_eq!(client.delete_recording(&sid()).await.unwrap(), Deletion::Deleted);
    assert_eq!(client.delete_recording(&sid()).await.unwrap(), Deletion::AlreadyGone);
}
