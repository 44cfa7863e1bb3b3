use twilio::twiml::{CallEvent, Method};
use twilio::{CallEnd, CallFilter, CallInstructions, CallSid, CallStatus, NewCall};
use wiremock::matchers::query_param;
use wiremock::{MockServer, ResponseTemplate};

use crate::fixtures::example;
use crate::server::{answer, client, last_form, request, twilio_error};

const CREATE: &str = "post /2010-04-01/Accounts/{AccountSid}/Calls.json 201 create";
const FETCH: &str = "get /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json 200 fetch";
const LIST: &str = "get /2010-04-01/Accounts/{AccountSid}/Calls.json 200 readFullPage1";
const NONE: &str = "get /2010-04-01/Accounts/{AccountSid}/Calls.json 200 readEmptyDatesGreater";
const CANCEL: &str = "post /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json 200 cancel";
const UPDATE: &str = "post /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json 200 update";
const TWIML: &str = "post /2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json 200 posttwiml";
const PATH: &str = "/Calls/CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json";

fn sid() -> CallSid {
    "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".parse().unwrap()
}

pub fn new_call() -> NewCall {
    NewCall {
        to: "client:u1 & co".to_owned(),
        from: "+14155550100".to_owned(),
        url: "https://a.example/1?x=1&y=2#rc=5&rp=all".to_owned(),
        method: Some(Method::Post),
        status_callback: Some("https://a.example/2".to_owned()),
        status_callback_events: CallEvent::ALL.to_vec(),
        status_callback_method: Some(Method::Post),
        timeout: Some(30),
        time_limit: Some(3600),
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_call_is_made_with_every_event_as_a_field_of_its_own() {
    let server = MockServer::start().await;
    request("POST", "/Calls.json")
        .respond_with(answer(201, &example(CREATE)))
        .expect(1)
        .mount(&server)
        .await;

    let call = client(&server).create_call(&new_call()).await.unwrap();

    assert_eq!(call.sid, sid());
    assert_eq!(call.parent_call_sid, None);
    assert_eq!(call.status, CallStatus::Completed);
    assert_eq!(call.duration, Some(15));
    assert_eq!(call.direction.as_deref(), Some("inbound"));
    let started = twilio::webhook::rfc2822(call.start_time.as_deref().unwrap()).unwrap();
    assert_eq!(started.to_string(), "2010-08-31T20:36:29Z");
    let expected = owned(&[
        ("To", "client:u1 & co"),
        ("From", "+14155550100"),
        ("Url", "https://a.example/1?x=1&y=2#rc=5&rp=all"),
        ("Method", "POST"),
        ("StatusCallback", "https://a.example/2"),
        ("StatusCallbackEvent", "initiated"),
        ("StatusCallbackEvent", "ringing"),
        ("StatusCallbackEvent", "answered"),
        ("StatusCallbackEvent", "completed"),
        ("StatusCallbackMethod", "POST"),
        ("Timeout", "30"),
        ("TimeLimit", "3600"),
    ]);
    assert_eq!(last_form(&server).await, expected);
}

#[tokio::test]
async fn a_call_that_may_have_been_made_is_not_made_again() {
    for status in [500, 503, 408] {
        let server = MockServer::start().await;
        request("POST", "/Calls.json")
            .respond_with(ResponseTemplate::new(status))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).create_call(&new_call()).await.unwrap_err();
        assert!(error.outcome_unknown(), "{status}: {error}");
    }
}

#[tokio::test]
async fn a_call_that_was_not_processed_is_made_again() {
    let server = MockServer::start().await;
    request("POST", "/Calls.json")
        .respond_with(twilio_error(429, 20429, "Too Many Requests"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    request("POST", "/Calls.json")
        .respond_with(answer(201, &example(CREATE)))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(client(&server).create_call(&new_call()).await.unwrap().sid, sid());
}

#[tokio::test]
async fn a_refused_call_says_why() {
    let server = MockServer::start().await;
    request("POST", "/Calls.json")
        .respond_with(twilio_error(400, 21215, "Account not authorized to call +14155550199."))
        .expect(1)
        .mount(&server)
        .await;
    let error = client(&server).create_call(&new_call()).await.unwrap_err();
    assert!(!error.outcome_unknown());
    assert!(error.to_string().contains("may not call this country"), "{error}");
    assert!(!format!("{error} {error:?}").contains("4155550199"));
}

#[tokio::test]
async fn a_call_is_fetched() {
    let server = MockServer::start().await;
    request("GET", PATH)
        .respond_with(answer(200, &example(FETCH)))
        .expect(1)
        .mount(&server)
        .await;
    let call = client(&server).fetch_call(&sid()).await.unwrap();
    assert_eq!(call.from, "+13051416799");
    assert_eq!(
        call.parent_call_sid.unwrap().as_str(),
        "CAdeadbeefdeadbeefdeadbeefdeadbeef"
    );
}

#[tokio::test]
async fn calls_are_listed_by_their_parent_and_state() {
    let server = MockServer::start().await;
    let mut body = example(LIST);
    body["next_page_uri"] = serde_json::Value::Null;
    request("GET", "/Calls.json")
        .and(query_param("ParentCallSid", sid().as_str()))
        .and(query_param("Status", "in-progress"))
        .and(query_param("PageSize", "1000"))
        .respond_with(answer(200, &body))
        .expect(1)
        .mount(&server)
        .await;
    let filter = CallFilter {
        parent: Some(sid()),
        status: Some(CallStatus::InProgress),
    };
    assert!(!client(&server).list_calls(&filter).await.unwrap().is_empty());

    let server = MockServer::start().await;
    request("GET", "/Calls.json")
        .respond_with(answer(200, &example(NONE)))
        .mount(&server)
        .await;
    assert_eq!(client(&server).list_calls(&CallFilter::default()).await.unwrap(), []);
    let sent = &server.received_requests().await.unwrap()[0];
    assert_eq!(sent.url.query(), Some("PageSize=1000"));
}

#[tokio::test]
async fn a_live_call_is_given_a_document_or_an_address() {
    let server = MockServer::start().await;
    request("POST", PATH)
        .respond_with(answer(200, &example(TWIML)))
        .expect(2)
        .mount(&server)
        .await;
    let client = client(&server);

    let twiml = CallInstructions::Twiml("<Response><Hangup/></Response>".to_owned());
    client.redirect_call(&sid(), &twiml).await.unwrap();
    assert_eq!(
        last_form(&server).await,
        owned(&[("Twiml", "<Response><Hangup/></Response>")])
    );

    let url = CallInstructions::Url {
        url: "https://a.example/3".to_owned(),
        method: Some(Method::Get),
    };
    client.redirect_call(&sid(), &url).await.unwrap();
    assert_eq!(
        last_form(&server).await,
        owned(&[("Url", "https://a.example/3"), ("Method", "GET")])
    );
}

#[tokio::test]
async fn a_document_is_not_begun_twice() {
    let server = MockServer::start().await;
    request("POST", PATH)
        .respond_with(ResponseTemplate::new(500))
        .expect(1)
        .mount(&server)
        .await;
    let twiml = CallInstructions::Twiml("<Response/>".to_owned());
    let error = client(&server).redirect_call(&sid(), &twiml).await.unwrap_err();
    assert!(error.outcome_unknown());
}

#[tokio::test]
async fn a_call_is_ended_even_if_it_takes_two_attempts() {
    let server = MockServer::start().await;
    request("POST", PATH)
        .respond_with(ResponseTemplate::new(500))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    request("POST", PATH)
        .respond_with(answer(200, &example(UPDATE)))
        .expect(1)
        .mount(&server)
        .await;
    client(&server).end_call(&sid(), CallEnd::Completed).await.unwrap();
    assert_eq!(last_form(&server).await, owned(&[("Status", "completed")]));
}

#[tokio::test]
async fn a_call_that_has_ended_says_so() {
    let server = MockServer::start().await;
    request("POST", PATH)
        .respond_with(answer(200, &example(CANCEL)))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    request("POST", PATH)
        .respond_with(twilio_error(400, 21220, "Call is not in-progress. Cannot redirect."))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let call = client.end_call(&sid(), CallEnd::Canceled).await.unwrap();
    assert!(call.status.is_final());
    assert_eq!(last_form(&server).await, owned(&[("Status", "canceled")]));
    let error = client.end_call(&sid(), CallEnd::Canceled).await.unwrap_err();
    assert!(error.is_wrong_call_state());
    assert!(!error.is_not_found() && !error.is_transient() && !error.outcome_unknown());
}

#[test]
fn every_state_is_read_and_written_unchanged() {
    for text in [
        "queued",
        "initiated",
        "ringing",
        "in-progress",
        "completed",
        "busy",
        "failed",
        "no-answer",
        "canceled",
    ] {
        let status = CallStatus::from(text.to_owned());
        assert_eq!(status.as_str(), text);
        assert!(!matches!(status, CallStatus::Unknown(_)), "{text}");
    }
    assert_eq!(CallStatus::from("x".to_owned()).as_str(), "x");
}

#[tokio::test]
async fn the_latest_calls_are_listed_from_a_day_on_and_those_before_the_moment_left_out() {
    let server = MockServer::start().await;
    let mut body = example(LIST);
    body["next_page_uri"] = serde_json::Value::Null;
    let times = ["", "Fri, 18 Oct 2019 17:00:00 +0000", "Fri, 18 Oct 2019 16:59:59 +0000"];
    let calls = body["calls"].as_array_mut().unwrap();
    let one = calls[0].clone();
    *calls = times
        .map(|time| {
            let mut call = one.clone();
            call["start_time"] = time.into();
            call
        })
        .to_vec();
    request("GET", "/Calls.json")
        .and(query_param("StartTime>", "2019-10-18"))
        .respond_with(answer(200, &body))
        .expect(1)
        .mount(&server)
        .await;
    let since = "2019-10-18T17:00:00Z".parse().unwrap();
    let latest = client(&server).list_calls_since(since, 9).await.unwrap();
    // One that has not begun yet may begin now.
    assert_eq!((latest.items.len(), latest.complete), (2, true));
}
