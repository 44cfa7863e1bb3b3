//! From state to state, with callbacks.

use simulator::{ApplicationSettings, Knobs, MessageStatus, MessagingServiceSettings, NumberSeed, Outcome};

use super::{OWN, PHONE, Stage, eventually, silent, stage};

fn statuses(stage: &Stage, path: &str) -> Vec<String> {
    let told = stage.app.at(path);
    told.iter().map(|one| one.param("MessageStatus").to_owned()).collect()
}

#[tokio::test]
async fn every_state_but_the_first_is_told() {
    let stage = stage(silent).await;
    let callback = stage.app.url("/status?id=7");
    let sid = stage.sent("hello", &[("StatusCallback", &callback)]).await;
    let told = stage.app.count("/status", 3).await;
    assert_eq!(statuses(&stage, "/status"), ["sending", "sent", "delivered"]);
    for one in &told {
        assert!(one.method == "POST" && one.is_signed_with(&stage.harness.account.auth_token));
        assert_eq!([one.param("MessageSid"), one.param("SmsSid")], [&sid, &sid]);
        assert_eq!(one.param("SmsStatus"), one.param("MessageStatus"));
        assert_eq!([one.param("From"), one.param("To")], [OWN, PHONE]);
        assert_eq!(one.param("AccountSid"), stage.harness.account.sid);
        assert_eq!(
            [one.param("ErrorCode"), one.param("MessagingServiceSid")],
            ["(absent)"; 2]
        );
    }
    assert_eq!(told[2].param("RawDlrDoneDate").len(), 10);
    assert_eq!(told[1].param("RawDlrDoneDate"), "(absent)");
}

#[tokio::test]
async fn deliveries_fail_at_numbers_that_end_in_the_code() {
    let stage = stage(silent).await;
    let callback = stage.app.url("/status");
    for code in [30003, 30005, 30006, 30007, 30034] {
        let to = format!("+141555{code}");
        let sid = stage.sent("hello", &[("To", &to), ("StatusCallback", &callback)]).await;
        let text = stage.reaches(&sid, MessageStatus::Undelivered).await;
        assert_eq!(text.error_code, Some(code));
        let (_, shown) = stage.harness.get(&format!("/Messages/{sid}.json")).await;
        assert!(
            shown["error_code"] == code && shown["error_message"].is_string(),
            "{shown}"
        );
    }
    let told = stage.app.count("/status", 15).await;
    let last = told.iter().filter(|one| one.param("MessageStatus") == "undelivered");
    let codes: Vec<_> = last.map(|one| one.param("ErrorCode")).collect();
    assert_eq!(codes, ["30003", "30005", "30006", "30007", "30034"]);
    let sid = stage
        .sent("hello", &[("To", "+14155530001"), ("StatusCallback", &callback)])
        .await;
    assert_eq!(stage.reaches(&sid, MessageStatus::Failed).await.error_code, Some(30001));
}

#[tokio::test]
async fn outcomes_are_set_for_each_number() {
    let stage = stage(silent).await;
    for (outcome, status) in [
        (Outcome::Sent, MessageStatus::Sent),
        (Outcome::Sending, MessageStatus::Sending),
        (Outcome::Queued, MessageStatus::Queued),
        (Outcome::Undelivered(30004), MessageStatus::Undelivered),
    ] {
        stage.behave(PHONE, outcome);
        let sid = stage.sent("hello", &[]).await;
        stage.reaches(&sid, status).await;
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        assert_eq!(stage.text(&sid).status, status);
    }
    stage.behave(PHONE, Outcome::Refused(21614));
    assert_eq!(crate::refused(stage.send("hello", &[]).await), (400, 21614));
}

#[tokio::test]
async fn the_request_says_before_the_service_and_that_before_the_application() {
    let stage = stage(silent).await;
    let (account, simulator) = (&stage.harness.account.sid, &stage.harness.simulator);
    let application = ApplicationSettings {
        message_status_callback: Some(stage.app.url("/app")),
        ..ApplicationSettings::default()
    };
    let application = simulator.add_application(account, application);
    let settings = MessagingServiceSettings {
        status_callback: Some(stage.app.url("/service")),
        ..MessagingServiceSettings::default()
    };
    let service = simulator.add_messaging_service(account, settings, &[&stage.harness.number]);
    let own = stage.app.url("/own");
    let form = [
        ("ApplicationSid", application.as_str()),
        ("MessagingServiceSid", &service),
        ("StatusCallback", &own),
    ];
    let sid = stage.sent("three", &form).await;
    stage.app.count("/own", 4).await;
    assert_eq!(statuses(&stage, "/own"), ["queued", "sending", "sent", "delivered"]);
    assert_eq!(stage.app.at("/own")[3].param("MessagingServiceSid"), service);
    stage.reaches(&sid, MessageStatus::Delivered).await;
    stage.sent("two", &form[..2]).await;
    stage.app.count("/service", 4).await;
    stage.sent("one", &form[..1]).await;
    stage.app.count("/app", 3).await;
    assert_eq!((stage.app.at("/own").len(), stage.app.at("/service").len()), (4, 4));
}

#[tokio::test]
async fn callbacks_are_doubled_overtaken_and_lost() {
    let stage = stage(silent).await;
    let callback = stage.app.url("/status");
    stage.harness.simulator.disturb_webhooks(Knobs {
        reorder: true,
        drop_status: vec!["delivered".to_owned()],
        ..Knobs::default()
    });
    let sid = stage.sent("hello", &[("StatusCallback", &callback)]).await;
    stage.app.count("/status", 2).await;
    assert_eq!(statuses(&stage, "/status"), ["sent", "sending"]);
    eventually("the loss is noted", || {
        let mut log = stage.harness.simulator.webhooks().into_iter();
        log.any(|hook| hook.dropped && hook.call_sid == sid && hook.purpose == "message_status")
    })
    .await;
    stage.harness.simulator.disturb_webhooks(Knobs {
        duplicate: true,
        ..Knobs::default()
    });
    stage
        .sent("again", &[("StatusCallback", &stage.app.url("/twice"))])
        .await;
    let told = stage.app.count("/twice", 6).await;
    assert_eq!((&told[0].token, &told[0].params), (&told[1].token, &told[1].params));
}

#[tokio::test]
async fn a_text_to_another_account_arrives_there() {
    let stage = stage(silent).await;
    let simulator = &stage.harness.simulator;
    let other = simulator.add_account(simulator::AccountSeed::default());
    simulator.add_number(
        &other.sid,
        NumberSeed {
            phone_number: "+14155550144".to_owned(),
            sms_url: Some(stage.app.url("/theirs")),
            ..NumberSeed::default()
        },
    );
    stage.sent("hello", &[("To", "+14155550144")]).await;
    let told = stage.app.first("/theirs").await;
    assert!(told.is_signed_with(&other.auth_token));
    assert_eq!([told.param("From"), told.param("Body")], [OWN, "hello"]);
}
