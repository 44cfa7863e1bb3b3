//! What is not sent, and why.

use simulator::{AccountKind, AccountSeed, Capabilities, NumberSeed};

use super::{OWN, PHONE, silent, stage};
use crate::{Harness, refused};

#[tokio::test]
async fn forms_that_lack_something_are_refused() {
    let stage = stage(silent).await;
    let long = "a".repeat(1601);
    let cases: [(&[(&str, &str)], u64); 12] = [
        (&[("To", "")], 21604),
        (&[("From", "")], 21603),
        (&[("Body", "")], 21602),
        (&[("Body", &long)], 21617),
        (&[("To", "12")], 21211),
        (&[("To", OWN)], 21266),
        (&[("From", "4155550100")], 21212),
        (&[("From", "+14155550199")], 21659),
        (&[("StatusCallback", "nowhere")], 21609),
        (&[("ApplicationSid", "AP0123456789abcdef0123456789abcdef")], 21218),
        (&[("MessagingServiceSid", "MG0123456789abcdef0123456789abcdef")], 21705),
        (&[("ScheduleType", "later")], 35112),
    ];
    for (more, code) in cases {
        assert_eq!(refused(stage.send("hello", more).await), (400, code), "{more:?}");
    }
    assert_eq!(stage.send(&"ж".repeat(1600), &[]).await.0, 201);
    assert_eq!(stage.send("x", &[("From", "Sniko")]).await.0, 501);
    assert_eq!(stage.harness.simulator.messages().len(), 1);
}

#[tokio::test]
async fn senders_must_be_own_numbers_that_can_text() {
    let stage = stage(silent).await;
    let simulator = &stage.harness.simulator;
    let number = |phone_number: &str, sms: bool| NumberSeed {
        phone_number: phone_number.to_owned(),
        capabilities: Capabilities {
            sms,
            ..Capabilities::default()
        },
        ..NumberSeed::default()
    };
    simulator.add_number(&stage.harness.account.sid, number("+14155550101", false));
    let other = simulator.add_account(AccountSeed::default());
    simulator.add_number(&other.sid, number("+14155550102", true));
    assert_eq!(
        refused(stage.send("x", &[("From", "+14155550101")]).await),
        (400, 21606)
    );
    assert_eq!(
        refused(stage.send("x", &[("From", "+14155550102")]).await),
        (400, 21660)
    );
}

const TO: [(&str, u64); 5] = [
    ("+15005550001", 21211),
    ("+15005550002", 21612),
    ("+15005550003", 21408),
    ("+15005550004", 21610),
    ("+15005550009", 21614),
];

#[tokio::test]
async fn magic_numbers_refuse_everybody() {
    let stage = stage(silent).await;
    for (to, code) in TO {
        assert_eq!(refused(stage.send("x", &[("To", to)]).await), (400, code), "{to}");
    }
    for (from, code) in [
        ("+15005550001", 21212),
        ("+15005550007", 21606),
        ("+15005550008", 21611),
    ] {
        assert_eq!(refused(stage.send("x", &[("From", from)]).await), (400, code), "{from}");
    }
}

#[tokio::test]
async fn test_credentials_send_nothing_for_good() {
    let stage = stage(silent).await;
    let simulator = &stage.harness.simulator;
    let test = simulator.add_account(AccountSeed {
        test_credentials: true,
        ..AccountSeed::default()
    });
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Messages.json",
        simulator.base_url(),
        test.sid
    );
    let send = async |from: &str, to: &str| {
        let form = [("From", from), ("To", to), ("Body", "x")];
        let request = stage
            .harness
            .client
            .post(&url)
            .basic_auth(&test.sid, Some(&test.auth_token));
        crate::parts(request.form(&form).send().await.unwrap()).await
    };
    let (status, text) = send("+15005550006", PHONE).await;
    assert_eq!((status, text["status"].as_str()), (201, Some("queued")));
    for (from, code) in [
        ("+15005550001", 21212),
        ("+15005550007", 21606),
        ("+15005550008", 21611),
        (OWN, 21606),
    ] {
        assert_eq!(refused(send(from, PHONE).await), (400, code), "{from}");
    }
    for (to, code) in TO {
        assert_eq!(refused(send("+15005550006", to).await), (400, code), "{to}");
    }
    assert_eq!(refused(send("+15005550006", "no").await), (400, 21211));
    assert!(simulator.messages().is_empty());
    let list = stage
        .harness
        .client
        .get(&url)
        .basic_auth(&test.sid, Some(&test.auth_token));
    assert_eq!(refused(crate::parts(list.send().await.unwrap()).await), (403, 20008));
}

#[tokio::test]
async fn trial_accounts_text_verified_numbers_and_say_so() {
    let stage = stage(silent).await;
    let Harness { simulator, client, .. } = &stage.harness;
    let trial = simulator.add_account(AccountSeed {
        kind: AccountKind::Trial,
        verified_numbers: vec![PHONE.to_owned()],
        ..AccountSeed::default()
    });
    simulator.add_number(
        &trial.sid,
        NumberSeed {
            phone_number: "+14155550177".to_owned(),
            ..NumberSeed::default()
        },
    );
    let send = async |to: &str| {
        let url = format!(
            "{}/2010-04-01/Accounts/{}/Messages.json",
            simulator.base_url(),
            trial.sid
        );
        let form = [("From", "+14155550177"), ("To", to), ("Body", "hello")];
        let request = client.post(url).basic_auth(&trial.sid, Some(&trial.auth_token));
        crate::parts(request.form(&form).send().await.unwrap()).await
    };
    assert_eq!(refused(send("+14155550133").await), (400, 21608));
    let (status, text) = send(PHONE).await;
    assert_eq!(
        (status, text["body"].as_str()),
        (201, Some("Sent from your Twilio trial account - hello"))
    );
}
