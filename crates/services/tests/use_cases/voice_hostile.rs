//! Requests that are not what they seem: nothing of them is done, and nobody else's rows are touched.

use services::voice::{Rejected, StatusReport, VoiceRequest};

use crate::harness::Installation;
use crate::voice_line::{CALLER, Line, NUMBER, form, line, noted, said, sid, signed, target_in, verify};

#[track_caller]
pub fn forbidden<T>(result: Result<T, Rejected>) {
    assert!(matches!(result, Err(Rejected::Forbidden)));
}

/// Everything that is known of the user's calls.
pub async fn everything(product: &Installation, line: &Line) -> String {
    let store = &product.parts.store;
    let mut all = String::new();
    for call in line.calls(product).await {
        let legs = store.legs(call.id).await.unwrap();
        let events = store.call_events(call.id).await.unwrap();
        let recordings = store.recordings_of_calls(&[call.id]).await.unwrap();
        all.push_str(&format!("{call:?} {legs:?} {events:?} {recordings:?}\n"));
    }
    all
}

#[tokio::test]
async fn only_what_was_signed_as_it_stands_is_accepted() {
    let (_world, product, line) = line().await;
    let call = sid("CA");
    let params = form(&[
        ("AccountSid", &line.account.sid),
        ("CallSid", &call),
        ("From", CALLER),
        ("To", NUMBER),
        ("FromCity", ""),
        ("Odd", "ä + b 😀"),
    ]);
    let token = secrecy::SecretString::from(line.account.auth_token.clone());
    let of = |url: &str| twilio::signature::sign(&token, url, &params);
    let target = "/twiml/inbound?a=1%20b";
    let good = of(&format!("https://phone.example.com{target}"));
    let ask = |signature: String, target: &'static str, params: Vec<(String, String)>| {
        let product = &product;
        async move { verify::<VoiceRequest>(product, &signature, target, &params).await }
    };
    for url in [
        "https://phone.example.com/twiml/inbound?a=1%20b",
        "https://phone.example.com:443/twiml/inbound?a=1%20b",
        "https://phone.example.com/twiml/inbound?a=1%20b#rc=5&rp=all",
    ] {
        assert!(ask(of(url), target, params.clone()).await.is_ok(), "{url}");
    }
    for url in [
        "https://evil.example/twiml/inbound?a=1%20b",
        "http://phone.example.com/twiml/inbound?a=1%20b",
        "https://phone.example.com/twiml/inbound?a=1+b",
        "https://phone.example.com/twiml/inbound?a=1 b",
        "https://phone.example.com/twiml/inbound",
        "https://phone.example.com//twiml/inbound?a=1%20b",
    ] {
        forbidden(ask(of(url), target, params.clone()).await);
    }
    for signature in [
        String::new(),
        "x".into(),
        format!("{good},{good}"),
        good.repeat(300),
        format!("{good} "),
    ] {
        forbidden(ask(signature, target, params.clone()).await);
    }
    for change in 0..params.len() {
        let mut changed = params.clone();
        changed[change].1.push('1');
        forbidden(ask(good.clone(), target, changed).await);
        let mut fewer = params.clone();
        fewer.remove(change);
        forbidden(ask(good.clone(), target, fewer).await);
    }
    let mut more = params.clone();
    more.push(("Z".into(), String::new()));
    forbidden(ask(good.clone(), target, more).await);
    assert!(line.calls(&product).await.is_empty(), "verifying stores nothing");
}

#[tokio::test]
async fn shifted_borders_and_repeated_names_are_refused_under_a_good_signature() {
    let (_world, product, line) = line().await;
    let (call, other) = (sid("CA"), sid("CA"));
    line.rings(&product, &call).await;
    let before = everything(&product, &line).await;
    let account = line.account.sid.as_str();
    for params in [
        // One name swallows the next parameter.
        form(&[
            ("AccountSid", account),
            ("CallSid", &format!("{call}From{CALLER}To{NUMBER}")),
        ]),
        form(&[
            ("AccountSid", account),
            ("CallSid", &call),
            ("From", &format!("{CALLER}To{NUMBER}")),
        ]),
        form(&[("AccountSid", account), ("CallSidC", &call[1..]), ("From", CALLER)]),
        form(&[("AccountSid", &format!("{account}CallSid{call}From{CALLER}"))]),
        form(&[("AccountSid", account), ("AccountSid", account), ("CallSid", &call)]),
        form(&[
            ("AccountSid", account),
            ("CallSid", &call),
            ("CallSid", &other),
            ("From", CALLER),
        ]),
        form(&[
            ("AccountSid", account),
            ("CallSid", &call),
            ("From", CALLER),
            ("From", "client:x"),
        ]),
        form(&[("AccountSid", account), ("CallSid", "CA1"), ("From", CALLER)]),
        form(&[
            ("AccountSid", account),
            ("CallSid", &format!("{call}\n")),
            ("From", CALLER),
        ]),
        form(&[
            ("AccountSid", account),
            ("CallSid", &call),
            ("From", CALLER),
            ("DialCallSid", "x"),
        ]),
        form(&[("CallSid", &call), ("From", CALLER)]),
    ] {
        let token = &line.account.auth_token;
        forbidden(signed::<VoiceRequest>(&product, token, "/twiml/inbound", &params).await);
        forbidden(signed::<StatusReport>(&product, token, "/webhooks/twilio/call-status", &params).await);
    }
    assert_eq!(everything(&product, &line).await, before);
}

#[tokio::test]
async fn a_shifted_repetition_that_is_well_formed_has_no_second_effect() {
    let (_world, product, line) = line().await;
    let call = sid("CA");
    let first = line.dials(&product, &call, "+442079460199").await;
    let before = everything(&product, &line).await;
    // The same signed text as in `To=…` and `Toll=…`, were there one.
    assert_eq!(line.dials(&product, &call, "+442079460199Toll1").await, first);
    let rang = [
        ("CallSid", call.as_str()),
        ("CallStatus", "in-progress"),
        ("DialCallStatus", "busy"),
    ];
    let target = target_in(&first, "action");
    let ended = line.ask(&product, &target, &rang).await;
    let after = everything(&product, &line).await;
    let again = [("CallSid", call.as_str()), ("DialCallStatus", "failed"), ("X", "y")];
    assert_eq!(line.ask(&product, &target, &again).await, ended);
    assert_eq!(everything(&product, &line).await, after);
    assert_ne!(before, after);
}

#[tokio::test]
async fn nobody_is_dialled_who_may_not_be_called() {
    let (_world, product, line) = line().await;
    let long = "1".repeat(5_000);
    for to in [
        "\"/><Dial><Number>+19005550100",
        "",
        &long,
        "client:someone-else",
        "sip:x@evil",
        "+88213300655",
        "+870773111632",
        "911",
        "+14155550199",
        NUMBER,
    ] {
        let call = sid("CA");
        let xml = line.dials(&product, &call, to).await;
        assert!(
            !xml.contains("<Dial") && xml.contains("<Say>") && xml.contains("<Hangup/>"),
            "{xml}"
        );
        let call = line.call(&product, &call).await;
        assert!(call.refused && call.reason.is_some(), "{to}");
        assert_eq!(call.summary.status, domain::call::CallStatus::Failed);
        assert!(call.to.len() <= 64);
        let noted = noted(&product, call.id).await;
        assert!(
            noted
                .iter()
                .any(|event| event.0 == domain::call::CallEventKind::Refused)
        );
    }
}

#[tokio::test]
async fn calls_in_the_same_instant_are_no_more_than_allowed() {
    let (_world, product, line) = line().await;
    line.set(&product, |settings| settings.max_concurrent = 2).await;
    let calls: Vec<String> = (0..6).map(|_| sid("CA")).collect();
    let dials = calls.iter().map(|call| line.dials(&product, call, "+442079460199"));
    let answers = futures::future::join_all(dials).await;
    let dialled = answers.iter().filter(|xml| xml.contains("<Dial")).count();
    assert_eq!(dialled, 2, "{answers:?}");
    for (call, xml) in calls.iter().zip(&answers) {
        let refused = line.call(&product, call).await.refused;
        assert_eq!(refused, xml.contains("Only 2 calls at once are allowed"), "{xml}");
        assert_eq!(refused, !xml.contains("<Dial"), "{xml}");
        // A repetition is answered the same.
        assert_eq!(line.dials(&product, call, "+442079460199").await, *xml);
    }
}

#[tokio::test]
async fn who_calls_is_what_the_token_says_and_nothing_else() {
    let (_world, product, line) = line().await;
    let from = format!("client:{}", line.identity);
    let call = sid("CA");
    let params = [
        ("CallSid", call.as_str()),
        ("From", &from),
        ("To", "+442079460199"),
        ("CallerId", "+19005550100"),
        ("callerId", "+19005550100"),
        ("from", "+19005550100"),
    ];
    let xml = line
        .ask(
            &product,
            "/webhooks/twilio/voice?From=client%3Ax&To=%2B19005550100",
            &params,
        )
        .await;
    assert!(
        xml.contains(&format!("callerId=\"{NUMBER}\"")) && !xml.contains("1900"),
        "{xml}"
    );

    let stranger = [
        ("CallSid", &*sid("CA")),
        ("From", "client:user_somebody"),
        ("To", "+442079460199"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let webhook = line
        .verify::<VoiceRequest>(&product, "/twiml/inbound", &stranger)
        .await
        .unwrap();
    let xml = said(&product, "/twiml/inbound", webhook).await.unwrap();
    assert!(xml.contains("<Say>") && !xml.contains("<Dial"), "{xml}");
}

#[tokio::test]
async fn a_length_that_is_none_is_kept_as_it_came_and_counted_as_none() {
    let (_world, product, line) = line().await;
    let call = sid("CA");
    let xml = line.rings(&product, &call).await;
    let target = target_in(&xml, "recordingStatusCallback");
    for odd in ["-1", "NaN", "1e309"] {
        let report = [
            ("CallSid", call.as_str()),
            ("RecordingSid", &sid("RE")),
            ("RecordingStatus", "completed"),
            ("RecordingDuration", odd),
            ("RecordingStartTime", "Fri, 31 Dec 9999 23:59:59 +0000"),
        ];
        line.recorded(&product, &target, &report).await;
    }
    let call = line.call(&product, &call).await;
    let recordings = product.parts.store.recordings_of_calls(&[call.id]).await.unwrap();
    assert_eq!(recordings.len(), 3);
    for recording in &recordings {
        assert_eq!(recording.duration_seconds, None);
        assert_eq!(recording.started_at, call.started_at, "the clock stands still here");
    }
    let noted = noted(&product, call.id).await;
    assert!(
        noted.iter().any(|event| event.3.as_deref() == Some("1e309")),
        "{noted:?}"
    );
}
