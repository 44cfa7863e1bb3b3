//! STOP, START and HELP.

use simulator::MessagingServiceSettings;

use super::{OWN, PHONE, silent, stage};
use crate::refused;

#[tokio::test]
async fn who_stops_a_number_gets_nothing_more_from_it() {
    let stage = stage(silent).await;
    let stop = stage.text_in("Stop");
    assert_eq!(
        stage.app.first("/sms").await.param("Body"),
        "Stop",
        "the program hears of it"
    );
    assert_eq!(refused(stage.send("hello", &[]).await), (400, 21610));
    assert!(stage.harness.simulator.is_opted_out(OWN, PHONE));
    assert_eq!(stage.send("hello", &[("To", "+14155550133")]).await.0, 201, "others do");
    let answers = stage.on_phone();
    assert!(answers.len() == 1 && answers[0].contains("unsubscribed"));
    let (_, list) = stage.harness.get("/Messages.json").await;
    assert!(
        list["messages"]
            .as_array()
            .unwrap()
            .iter()
            .all(|text| text["direction"] != "outbound-reply")
    );
    stage.text_in("STOP");
    assert_eq!(stage.on_phone().len(), 1, "once is enough");
    stage.text_in("please start");
    assert_eq!(refused(stage.send("hello", &[]).await), (400, 21610));
    stage.text_in("unstop ");
    assert_eq!(stage.send("hello", &[]).await.0, 201);
    assert!(!stage.harness.simulator.is_opted_out(OWN, PHONE));
    assert!(stage.text(&stop).answer.is_some() || stage.app.at("/sms").len() >= 2);
}

#[tokio::test]
async fn who_stops_one_number_of_a_service_stops_the_service() {
    let stage = stage(|_| "<Message>pointless</Message>".to_owned()).await;
    let (account, simulator) = (&stage.harness.account.sid, &stage.harness.simulator);
    let settings = MessagingServiceSettings {
        inbound_request_url: Some(stage.app.url("/service")),
        ..MessagingServiceSettings::default()
    };
    let service = simulator.add_messaging_service(account, settings, &[&stage.harness.number]);
    let stop = stage.text_in("QUIT");
    let asked = stage.app.first("/service").await;
    assert_eq!(
        [asked.param("OptOutType"), asked.param("MessagingServiceSid")],
        ["STOP", &service]
    );
    assert!(simulator.is_opted_out(&service, PHONE));
    assert_eq!(
        refused(stage.send("hello", &[("MessagingServiceSid", &service)]).await),
        (400, 21610)
    );
    assert_eq!(refused(stage.send("hello", &[]).await), (400, 21610));
    super::eventually("the reply is refused", || {
        stage.text(&stop).notices.iter().any(|notice| notice.code == 21610)
    })
    .await;
    stage.text_in("help");
    assert_eq!(stage.app.count("/service", 2).await[1].param("OptOutType"), "HELP");
    stage.text_in("yes");
    assert_eq!(stage.app.count("/service", 3).await[2].param("OptOutType"), "START");
    stage.text_in("yes");
    assert_eq!(
        stage.app.count("/service", 4).await[3].param("OptOutType"),
        "(absent)",
        "only an answer"
    );
}
