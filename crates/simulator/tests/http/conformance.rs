//! Every answer against Twilio's published schemas. `fixtures/answers.json` is our own, shorter writing of them, so that
//! the test means the same without the published document; where that is at hand, the two are compared through the answers.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use simulator::NumberSettings;

use crate::schema::faults;
use crate::{Harness, harness};

/// Answers of each operation: method, path as in the published document, status, body.
async fn answers() -> Vec<(&'static str, &'static str, u16, Value)> {
    let harness = harness().await;
    let mut answers = Vec::new();
    answers.push(("get", "/2010-04-01/Accounts/{Sid}.json", harness.get(".json").await));
    numbers(&harness, &mut answers).await;
    applications(&harness, &mut answers).await;
    keys(&harness, &mut answers).await;
    calls(&harness, &mut answers).await;
    conferences(&harness, &mut answers).await;
    crate::messages::answers(&harness, &mut answers).await;
    answers
        .into_iter()
        .map(|(method, path, (status, body))| (method, path, status, body))
        .collect()
}

pub type Answers = Vec<(&'static str, &'static str, (u16, Value))>;

async fn numbers(harness: &Harness, answers: &mut Answers) {
    const LIST: &str = "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json";
    const ONE: &str = "/2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json";
    answers.push(("get", LIST, harness.get("/IncomingPhoneNumbers.json").await));
    answers.push((
        "get",
        LIST,
        harness.get("/IncomingPhoneNumbers.json?FriendlyName=none").await,
    ));
    answers.push(("get", ONE, harness.get(&harness.number_path()).await));
    // Everything set.
    let app = harness.post("/Applications.json", &[]).await.1["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let sid = |prefix: &str| Some(format!("{prefix}{}", "1".repeat(32)));
    let some = || Some("https://app.example/".to_owned());
    harness.simulator.edit_number(&harness.number, |number| {
        *number = NumberSettings {
            voice_url: some(),
            voice_fallback_url: some(),
            sms_url: some(),
            sms_fallback_url: some(),
            status_callback: some(),
            address_sid: sid("AD"),
            identity_sid: sid("RI"),
            bundle_sid: sid("BU"),
            emergency_address_sid: sid("AD"),
            emergency_status: Some("Active".to_owned()),
            voice_receive_mode: Some("fax".to_owned()),
            voice_application_sid: Some(app.clone()),
            sms_application_sid: Some(app.clone()),
            ..number.clone()
        };
    });
    answers.push((
        "post",
        ONE,
        harness.post(&harness.number_path(), &[("VoiceMethod", "GET")]).await,
    ));
    let trunk = sid("TK").unwrap();
    answers.push((
        "post",
        ONE,
        harness.post(&harness.number_path(), &[("TrunkSid", &trunk)]).await,
    ));
    answers.push((
        "post",
        ONE,
        harness.post(&harness.number_path(), &[("VoiceMethod", "PUT")]).await,
    ));
}

async fn applications(harness: &Harness, answers: &mut Answers) {
    const LIST: &str = "/2010-04-01/Accounts/{AccountSid}/Applications.json";
    const ONE: &str = "/2010-04-01/Accounts/{AccountSid}/Applications/{Sid}.json";
    let form = [
        ("FriendlyName", "x"),
        ("VoiceUrl", "https://app.example/v"),
        ("SmsUrl", "https://app.example/s"),
    ];
    let created = harness.post("/Applications.json", &form).await;
    let path = format!("/Applications/{}.json", created.1["sid"].as_str().unwrap());
    answers.push(("post", LIST, created));
    answers.push(("get", LIST, harness.get("/Applications.json?PageSize=1").await));
    answers.push(("get", LIST, harness.get("/Applications.json?PageSize=1&Page=1").await));
    answers.push(("get", ONE, harness.get(&path).await));
    answers.push((
        "post",
        ONE,
        harness
            .post(&path, &[("StatusCallback", "https://app.example/c")])
            .await,
    ));
    answers.push(("delete", ONE, harness.delete(&path).await));
    answers.push(("get", ONE, harness.get(&path).await));
}

async fn keys(harness: &Harness, answers: &mut Answers) {
    const LIST: &str = "/2010-04-01/Accounts/{AccountSid}/Keys.json";
    const ONE: &str = "/2010-04-01/Accounts/{AccountSid}/Keys/{Sid}.json";
    let created = harness.post("/Keys.json", &[("FriendlyName", "x")]).await;
    let path = format!("/Keys/{}.json", created.1["sid"].as_str().unwrap());
    answers.push(("post", LIST, created));
    answers.push(("get", LIST, harness.get("/Keys.json").await));
    answers.push(("get", ONE, harness.get(&path).await));
    answers.push(("post", ONE, harness.post(&path, &[("FriendlyName", "y")]).await));
    answers.push(("delete", ONE, harness.delete(&path).await));

    let base = format!("{}/v1/Keys", harness.simulator.base_url());
    let account = harness.account.sid.as_str();
    let created = harness
        .send(Method::POST, &base, &[("AccountSid", account), ("FriendlyName", "x")])
        .await;
    let path = format!("{base}/{}", created.1["sid"].as_str().unwrap());
    answers.push(("post", "/v1/Keys", created));
    answers.push((
        "get",
        "/v1/Keys",
        harness
            .send(Method::GET, &format!("{base}?AccountSid={account}"), &[])
            .await,
    ));
    answers.push(("get", "/v1/Keys/{Sid}", harness.send(Method::GET, &path, &[]).await));
    answers.push((
        "post",
        "/v1/Keys/{Sid}",
        harness.send(Method::POST, &path, &[("FriendlyName", "y")]).await,
    ));
    answers.push((
        "delete",
        "/v1/Keys/{Sid}",
        harness.send(Method::DELETE, &path, &[]).await,
    ));
    answers.push((
        "get",
        "/v1/Keys/{Sid}",
        harness.as_user("/Keys.json", "AC", "wrong").await,
    ));
}

/// Waits until a call has ended.
async fn over(harness: &Harness, path: &str) {
    for _ in 0..200 {
        if harness.get(path).await.1["end_time"].is_string() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{path} does not end");
}

async fn calls(harness: &Harness, answers: &mut Answers) {
    const LIST: &str = "/2010-04-01/Accounts/{AccountSid}/Calls.json";
    const ONE: &str = "/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json";
    const RECORDINGS: &str = "/2010-04-01/Accounts/{AccountSid}/Recordings.json";
    const RECORDING: &str = "/2010-04-01/Accounts/{AccountSid}/Recordings/{Sid}.json";
    const OF_CALL: &str = "/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Recordings.json";
    const ONE_OF_CALL: &str = "/2010-04-01/Accounts/{AccountSid}/Calls/{CallSid}/Recordings/{Sid}.json";
    let twiml = "<Response><Record maxLength=\"1\" playBeep=\"false\" action=\"http://127.0.0.1:9/\"/></Response>";
    let form = [("To", "+14155550199"), ("From", "+14155550100"), ("Twiml", twiml)];
    let created = harness.post("/Calls.json", &form).await;
    let sid = created.1["sid"].as_str().unwrap().to_owned();
    let path = format!("/Calls/{sid}.json");
    answers.push(("post", LIST, created));
    answers.push(("post", LIST, harness.post("/Calls.json", &form[1..]).await));
    answers.push(("get", ONE, harness.get(&path).await));
    answers.push((
        "post",
        ONE,
        harness.post(&path, &[("Status", "completed"), ("Twiml", twiml)]).await,
    ));
    let canceled = harness.post("/Calls.json", &form).await.1["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let canceled = format!("/Calls/{canceled}.json");
    answers.push(("post", ONE, harness.post(&canceled, &[("Status", "canceled")]).await));
    // An echo says nothing by itself: somebody speaks to it.
    let incoming = harness.simulator.place_call(
        &harness.account.sid,
        "+14155550188",
        "+14155550100",
        simulator::PhoneScript::default(),
    );
    over(harness, &path).await;
    over(harness, &format!("/Calls/{incoming}.json")).await;
    answers.push(("get", ONE, harness.get(&path).await));
    answers.push(("get", LIST, harness.get("/Calls.json?PageSize=2").await));
    answers.push(("get", LIST, harness.get("/Calls.json?Status=busy").await));
    answers.push(("get", RECORDINGS, harness.get("/Recordings.json").await));
    answers.push((
        "get",
        OF_CALL,
        harness.get(&format!("/Calls/{sid}/Recordings.json")).await,
    ));
    let (_, list) = harness.get("/Recordings.json").await;
    let recording = list["recordings"][0]["sid"].as_str().unwrap();
    let one = format!("/Recordings/{recording}.json");
    answers.push(("get", ONE_OF_CALL, harness.get(&format!("/Calls/{sid}{one}")).await));
    answers.push(("get", RECORDING, harness.get(&one).await));
    answers.push(("delete", RECORDING, harness.delete(&one).await));
    answers.push((
        "delete",
        ONE_OF_CALL,
        harness.delete(&format!("/Calls/{sid}{one}")).await,
    ));
}

async fn conferences(harness: &Harness, answers: &mut Answers) {
    const LIST: &str = "/2010-04-01/Accounts/{AccountSid}/Conferences.json";
    const ONE: &str = "/2010-04-01/Accounts/{AccountSid}/Conferences/{Sid}.json";
    const MEMBERS: &str = "/2010-04-01/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants.json";
    const MEMBER: &str = "/2010-04-01/Accounts/{AccountSid}/Conferences/{ConferenceSid}/Participants/{CallSid}.json";
    answers.push(("get", LIST, harness.get("/Conferences.json").await));
    let twiml = "<Response><Dial><Conference participantLabel=\"a\">room</Conference></Dial></Response>";
    let form = [("To", "+14155550199"), ("From", "+14155550100"), ("Twiml", twiml)];
    let call = harness.post("/Calls.json", &form).await.1["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let sid = loop {
        let (_, list) = harness.get("/Conferences.json?Status=in-progress").await;
        if let Some(sid) = list["conferences"][0]["sid"].as_str() {
            break sid.to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let members = format!("/Conferences/{sid}/Participants");
    answers.push(("get", LIST, harness.get("/Conferences.json").await));
    answers.push(("get", ONE, harness.get(&format!("/Conferences/{sid}.json")).await));
    answers.push(("get", MEMBERS, harness.get(&format!("{members}.json")).await));
    answers.push(("get", MEMBER, harness.get(&format!("{members}/a.json")).await));
    let member = format!("{members}/{call}.json");
    answers.push(("post", MEMBER, harness.post(&member, &[("Hold", "true")]).await));
    answers.push(("post", MEMBER, harness.post(&member, &[("Hold", "perhaps")]).await));
    answers.push((
        "post",
        ONE,
        harness
            .post(&format!("/Conferences/{sid}.json"), &[("Status", "completed")])
            .await,
    ));
    over(harness, &format!("/Calls/{call}.json")).await;
    answers.push(("get", ONE, harness.get(&format!("/Conferences/{sid}.json")).await));
    answers.push(("delete", MEMBER, harness.delete(&member).await));
}

#[tokio::test]
async fn answers_have_the_published_form() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/twilio/openapi-subset.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("Twilio's published document is not at hand; answers are compared with our own writing of it only");
        return;
    };
    let document: Value = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for (method, path, status, body) in answers().await {
        let at = format!("{method} {path} {status}");
        let mut answer = &document["paths"][path][method]["responses"][status.to_string()];
        if let Some(reference) = answer["$ref"].as_str() {
            answer = document.pointer(reference.trim_start_matches('#')).unwrap();
        }
        assert!(answer.is_object(), "{at} is not published");
        match answer.pointer("/content/application~1json/schema") {
            Some(schema) => wrong.extend(faults(&document, &with_type(schema), &body, &at)),
            None => assert!(body.is_null(), "{at} has no body: {body}"),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Some published schemas leave `"type": "object"` out.
fn with_type(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if schema.get("$ref").is_none() {
        schema["type"] = json!("object");
    }
    schema
}

#[tokio::test]
async fn answers_have_the_form_of_our_own_writing() {
    let written: Value = serde_json::from_str(include_str!("../fixtures/answers.json")).unwrap();
    let mut wrong = Vec::new();
    for (method, path, status, body) in answers().await {
        let name = if status >= 400 {
            "error".to_owned()
        } else {
            format!("{method} {path}")
        };
        match written.get(&name) {
            Some(fields) => compare(fields, &body, &name, &mut wrong),
            None => assert!(method == "delete" && body.is_null(), "{name} is not written down"),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `written` is an object of types: `string`, `string?` (or null), `integer`, `boolean`, `object`, `array`; an object or
/// an array with one object is compared in depth.
fn compare(written: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    match (written, value) {
        (Value::Object(fields), Value::Object(given)) => {
            for (name, written) in fields {
                match given.get(name) {
                    Some(value) => compare(written, value, &format!("{at}.{name}"), wrong),
                    None => wrong.push(format!("{at}.{name}: missing")),
                }
            }
            wrong.extend(
                given
                    .keys()
                    .filter(|name| !fields.contains_key(*name))
                    .map(|name| format!("{at}.{name}: extra")),
            );
        }
        (Value::Array(items), Value::Array(given)) => {
            for value in given {
                compare(&items[0], value, at, wrong);
            }
        }
        (Value::String(kind), value) => {
            let right = match kind.trim_end_matches('?') {
                "string" => value.is_string(),
                "integer" => value.is_u64(),
                "boolean" => value.is_boolean(),
                "object" => value.is_object(),
                "array" => value.is_array(),
                _ => false,
            };
            if !(right || kind.ends_with('?') && value.is_null()) {
                wrong.push(format!("{at}: {value} is not {kind}"));
            }
        }
        _ => wrong.push(format!("{at}: {value}")),
    }
}
