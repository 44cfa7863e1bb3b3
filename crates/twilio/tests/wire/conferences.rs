use twilio::twiml::Method;
use twilio::{CallSid, ConferenceSid, Deletion, ParticipantChange};
use wiremock::matchers::query_param;
use wiremock::{MockServer, ResponseTemplate};

use crate::fixtures::example;
use crate::server::{answer, client, last_form, request, twilio_error};

const LIST: &str = "get /2010-04-01/Accounts/{AccountSid}/Conferences.json 200 readMyroom";
const NONE: &str = "get /2010-04-01/Accounts/{AccountSid}/Conferences.json 200 readEmpty";
const PARTICIPANTS: &str =
    "get /2010-04-01/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants.json 200 readFull";
const FETCH: &str =
    "get /2010-04-01/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants/{CallSid}.json 200 fetchByLabel";
const HOLD: &str = "post /2010-04-01/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants/{CallSid}.json 200 \
                    holdParticipantWithMusic";
const ROOM: &str = "/Conferences/CFaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Participants.json";
const PATH: &str =
    "/Conferences/CFaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Participants/CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json";

fn room() -> ConferenceSid {
    "CFaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

fn call() -> CallSid {
    "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

pub fn change() -> ParticipantChange {
    ParticipantChange {
        hold: Some(true),
        hold_url: Some("https://a.example/music".to_owned()),
        hold_method: Some(Method::Get),
        muted: Some(false),
        end_conference_on_exit: Some(true),
    }
}

#[tokio::test]
async fn a_conference_is_found_by_its_exact_name_while_it_goes_on() {
    let server = MockServer::start().await;
    let mut body = example(LIST);
    body["next_page_uri"] = serde_json::Value::Null;
    let mut other = body["conferences"][0].clone();
    other["friendly_name"] = "myroom".into();
    body["conferences"].as_array_mut().unwrap().push(other);
    request("GET", "/Conferences.json")
        .and(query_param("FriendlyName", "MyRoom"))
        .and(query_param("Status", "in-progress"))
        .respond_with(answer(200, &body))
        .expect(1)
        .mount(&server)
        .await;

    let found = client(&server).list_conferences_in_progress("MyRoom").await.unwrap();

    assert_eq!(found.len(), 1);
    assert_eq!(found[0].sid, room());
    assert_eq!(found[0].status, "in-progress");
}

#[tokio::test]
async fn a_conference_that_has_not_started_is_not_found() {
    let server = MockServer::start().await;
    request("GET", "/Conferences.json")
        .respond_with(answer(200, &example(NONE)))
        .mount(&server)
        .await;
    assert_eq!(client(&server).list_conferences_in_progress("x").await.unwrap(), []);
}

#[tokio::test]
async fn participants_are_listed() {
    let server = MockServer::start().await;
    let mut body = example(PARTICIPANTS);
    body["next_page_uri"] = serde_json::Value::Null;
    request("GET", ROOM)
        .respond_with(answer(200, &body))
        .expect(1)
        .mount(&server)
        .await;
    let found = client(&server).list_participants(&room()).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].call_sid, call());
    assert_eq!(found[0].label, None);
    assert!(found[0].muted && !found[0].hold && !found[0].end_conference_on_exit);
}

#[tokio::test]
async fn a_participant_is_fetched() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(answer(200, &example(FETCH)))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    request("GET", PATH)
        .respond_with(twilio_error(404, 20404, "not found"))
        .mount(&server)
        .await;
    let client = client(&server);
    let participant = client.fetch_participant(&room(), &call()).await.unwrap();
    assert_eq!(participant.label.as_deref(), Some("customer"));
    assert_eq!(participant.status.as_deref(), Some("connected"));
    assert!(
        client
            .fetch_participant(&room(), &call())
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn a_participant_is_put_on_hold_even_if_it_takes_two_attempts() {
    let server = MockServer::start().await;
    request("POST", PATH)
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    request("POST", PATH)
        .respond_with(answer(200, &example(HOLD)))
        .expect(2)
        .mount(&server)
        .await;
    let client = client(&server);
    let participant = client.update_participant(&room(), &call(), &change()).await.unwrap();
    assert!(participant.hold);
    let expected = [
        ("Muted", "false"),
        ("Hold", "true"),
        ("HoldUrl", "https://a.example/music"),
        ("HoldMethod", "GET"),
        ("EndConferenceOnExit", "true"),
    ];
    assert_eq!(
        last_form(&server).await,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );

    let only_hold = ParticipantChange {
        hold: Some(false),
        ..ParticipantChange::default()
    };
    client.update_participant(&room(), &call(), &only_hold).await.unwrap();
    assert_eq!(last_form(&server).await, [("Hold".to_owned(), "false".to_owned())]);
}

#[tokio::test]
async fn a_participant_is_put_out() {
    let server = MockServer::start().await;
    request("DELETE", PATH)
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        client(&server).remove_participant(&room(), &call()).await.unwrap(),
        Deletion::Deleted
    );
}
