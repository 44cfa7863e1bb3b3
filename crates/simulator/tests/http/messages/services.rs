//! Messaging Services.

use reqwest::Method;
use serde_json::Value;
use simulator::{MessageStatus, MessagesBehaviour, NumberSeed};

use super::{OWN, PHONE, Stage, silent, stage};
use crate::refused;

async fn at(stage: &Stage, method: Method, rest: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let url = format!("{}/v1/Services{rest}", stage.harness.simulator.base_url());
    stage.harness.send(method, &url, form).await
}

#[tokio::test]
async fn a_service_is_made_filled_and_deleted() {
    let stage = stage(silent).await;
    assert_eq!(refused(at(&stage, Method::POST, "", &[]).await), (400, 20422));
    let form = [("FriendlyName", "Shop"), ("StatusCallback", "https://app.example/s")];
    let (status, service) = at(&stage, Method::POST, "", &form).await;
    assert_eq!((status, service["friendly_name"].as_str()), (201, Some("Shop")));
    let path = format!("/{}", service["sid"].as_str().unwrap());
    let numbers = format!("{path}/PhoneNumbers");
    let member = [("PhoneNumberSid", stage.harness.number.as_str())];
    let (status, number) = at(&stage, Method::POST, &numbers, &member).await;
    assert_eq!((status, number["phone_number"].as_str()), (201, Some(OWN)));
    assert_eq!(number["capabilities"], serde_json::json!(["MMS", "SMS", "Voice"]));
    assert_eq!(refused(at(&stage, Method::POST, &numbers, &member).await), (409, 21710));
    let (_, other) = at(&stage, Method::POST, "", &[("FriendlyName", "Other")]).await;
    let others = format!("/{}/PhoneNumbers", other["sid"].as_str().unwrap());
    assert_eq!(refused(at(&stage, Method::POST, &others, &member).await), (409, 21712));
    let (_, list) = at(&stage, Method::GET, "?PageSize=1", &[]).await;
    assert_eq!(
        (&list["meta"]["key"], list["services"].as_array().unwrap().len()),
        (&"services".into(), 1)
    );
    let next = list["meta"]["next_page_url"].as_str().unwrap();
    let (_, list) = stage.harness.send(Method::GET, next, &[]).await;
    assert_eq!(list["services"][0]["sid"], other["sid"]);
    assert!(list["meta"]["next_page_url"].is_null());
    let one = format!("{numbers}/{}", stage.harness.number);
    assert_eq!(at(&stage, Method::GET, &one, &[]).await.0, 200);
    assert_eq!(at(&stage, Method::DELETE, &one, &[]).await.0, 204);
    assert_eq!(at(&stage, Method::DELETE, &path, &[]).await.0, 204);
    assert_eq!(refused(at(&stage, Method::GET, &path, &[]).await), (404, 20404));
}

#[tokio::test]
async fn a_service_chooses_its_sender_and_stays_with_it() {
    let stage = stage(silent).await;
    let (account, simulator) = (&stage.harness.account.sid, &stage.harness.simulator);
    simulator.set_messages_behaviour(MessagesBehaviour {
        delay_ms: 200,
        ..MessagesBehaviour::default()
    });
    let second = simulator.add_number(
        account,
        NumberSeed {
            phone_number: "+14155550101".to_owned(),
            ..NumberSeed::default()
        },
    );
    let service = simulator.add_messaging_service(account, Default::default(), &[&stage.harness.number, &second]);
    let by = ("MessagingServiceSid", service.as_str());
    let send = async |more: &[(&str, &str)]| {
        let mut form = vec![("To", PHONE), ("Body", "hello"), by];
        form.extend_from_slice(more);
        stage.harness.post("/Messages.json", &form).await
    };
    let (_, text) = send(&[]).await;
    assert_eq!([&text["status"], &text["num_segments"]], ["accepted", "0"]);
    assert!(text["from"].is_null());
    let text = stage
        .reaches(text["sid"].as_str().unwrap(), MessageStatus::Delivered)
        .await;
    assert_eq!((text.from.as_str(), text.segments), (OWN, 1));
    send(&[("From", "+14155550101")]).await;
    let (_, text) = send(&[]).await;
    assert_eq!(
        stage.text(text["sid"].as_str().unwrap()).from,
        "+14155550101",
        "the last sender stays"
    );
    assert_eq!(refused(send(&[("From", "+14155550199")]).await), (400, 21703));
    let empty = simulator.add_messaging_service(account, Default::default(), &[]);
    let form = [("To", PHONE), ("Body", "x"), ("MessagingServiceSid", empty.as_str())];
    assert_eq!(refused(stage.harness.post("/Messages.json", &form).await), (400, 21704));
}
