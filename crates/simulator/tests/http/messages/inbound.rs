//! Texts from phones, and what the program answers.

use simulator::{ApplicationSettings, MessageStatus, MessagingServiceSettings};

use super::{OWN, PHONE, Received, silent, stage};

#[tokio::test]
async fn the_program_is_asked_with_what_twilio_documents() {
    let stage = stage(silent).await;
    let sid = stage.text_in("Hello & 👍");
    let asked = stage.app.first("/sms").await;
    assert!(asked.is_signed_with(&stage.harness.account.auth_token));
    for name in ["MessageSid", "SmsSid", "SmsMessageSid"] {
        assert_eq!(asked.param(name), sid);
    }
    assert_eq!([asked.param("From"), asked.param("To")], [PHONE, OWN]);
    assert_eq!(
        [
            asked.param("Body"),
            asked.param("SmsStatus"),
            asked.param("NumMedia"),
            asked.param("NumSegments")
        ],
        ["Hello & 👍", "received", "0", "1"]
    );
    assert_eq!(
        [asked.param("FromCountry"), asked.param("ApiVersion")],
        ["US", "2010-04-01"]
    );
    assert_eq!(
        [asked.param("OptOutType"), asked.param("MessagingServiceSid")],
        ["(absent)"; 2]
    );
    let (_, text) = stage.harness.get(&format!("/Messages/{sid}.json")).await;
    assert_eq!([&text["direction"], &text["status"]], ["inbound", "received"]);
}

#[tokio::test]
async fn replies_go_to_the_phone() {
    let stage = stage(|asked| match asked.path.as_str() {
        "/sms" => "<Message statusCallback=\"/told\">One</Message><Message><Body>Two</Body></Message>\
                   <Redirect>/more</Redirect><Message>never</Message>"
            .to_owned(),
        "/more" => "<Message to=\"+14155550133\">Three</Message>".to_owned(),
        _ => String::new(),
    })
    .await;
    let sid = stage.text_in("hello");
    super::eventually("both are there", || stage.on_phone().len() == 2).await;
    let texts = stage.harness.simulator.messages();
    let replies: Vec<_> = texts.iter().filter(|text| text.direction == "outbound-reply").collect();
    assert_eq!(replies.len(), 3);
    assert_eq!(
        (replies[2].to.as_str(), replies[2].body.as_str()),
        ("+14155550133", "Three")
    );
    assert!(replies.iter().all(|reply| reply.from == OWN));
    let told = stage.app.count("/told", 3).await;
    assert_eq!(told[0].param("MessageSid"), replies[0].sid);
    assert!(stage.text(&sid).answer.unwrap().contains("Three"));
    assert!(stage.text(&sid).notices.is_empty());
}

#[tokio::test]
async fn more_than_ten_replies_are_too_many() {
    let stage = stage(|_| "<Message>x</Message>".repeat(11)).await;
    let sid = stage.text_in("hello");
    super::eventually("ten are there", || stage.on_phone().len() == 10).await;
    let notices = stage.text(&sid).notices;
    assert_eq!(notices.iter().map(|notice| notice.code).collect::<Vec<_>>(), [14109]);
}

#[tokio::test]
async fn a_failure_leads_to_the_fallback() {
    let stage = stage(|asked: &Received| match asked.path.as_str() {
        "/fallback" => format!(
            "<Message>{} {}</Message>",
            asked.param("ErrorCode"),
            asked.param("ErrorUrl").ends_with("/sms")
        ),
        _ => "raw:<Response>".to_owned(),
    })
    .await;
    stage.harness.simulator.edit_number(&stage.harness.number, |number| {
        number.sms_fallback_url = Some(stage.app.url("/fallback"));
    });
    let sid = stage.text_in("hello");
    stage.phone_has(&["12100 true"]).await;
    stage.app.fail("/sms", &[500]);
    stage.text_in("again");
    stage.phone_has(&["12100 true", "11200 true"]).await;
    assert_eq!(stage.text(&sid).notices[0].code, 12100);
}

#[tokio::test]
async fn an_application_comes_before_the_number_and_a_service_before_both() {
    let stage = stage(silent).await;
    let (account, simulator) = (&stage.harness.account.sid, &stage.harness.simulator);
    let application = ApplicationSettings {
        sms_url: Some(stage.app.url("/app")),
        ..ApplicationSettings::default()
    };
    let application = simulator.add_application(account, application);
    simulator.edit_number(&stage.harness.number, |number| {
        number.sms_application_sid = Some(application)
    });
    stage.text_in("one");
    stage.app.first("/app").await;
    let settings = MessagingServiceSettings {
        inbound_request_url: Some(stage.app.url("/service")),
        ..MessagingServiceSettings::default()
    };
    let service = simulator.add_messaging_service(account, settings, &[&stage.harness.number]);
    stage.text_in("two");
    assert_eq!(stage.app.first("/service").await.param("MessagingServiceSid"), service);
    let url = format!("{}/v1/Services/{service}", simulator.base_url());
    let form = [("UseInboundWebhookOnNumber", "true")];
    stage.harness.send(reqwest::Method::POST, &url, &form).await;
    stage.text_in("three");
    stage.app.count("/app", 2).await;
    // Neither: not even logged.
    let form = [("UseInboundWebhookOnNumber", "false"), ("InboundRequestUrl", "")];
    stage.harness.send(reqwest::Method::POST, &url, &form).await;
    let lost = stage.text_in("four");
    assert!(simulator.message(&lost).is_none());
    assert!(stage.app.at("/sms").is_empty());
    let received = simulator.messages().into_iter();
    assert_eq!(
        received.filter(|text| text.status == MessageStatus::Received).count(),
        3
    );
}
