//! Calls to the account's number.

use simulator::{AccountSeed, Behaviour, CallStatus, NumberSeed, PhoneScript, Press};

use super::{CALLEE, CALLER, OWN, eventually, stage, tone};

#[tokio::test]
async fn a_call_asks_its_number_and_its_end_is_reported() {
    let stage = stage(|_| "<Say>Hi &amp; bye</Say><Hangup/>".to_owned()).await;
    let sid = stage.call_in(tone(700.0));
    let call = stage.ended(&sid).await;
    assert_eq!(
        (call.status, call.said.as_slice()),
        (CallStatus::Completed, &["Hi & bye".to_owned()][..])
    );
    assert_eq!(call.documents.len(), 1);

    let asked = stage.app.first("/voice").await;
    let expected = [
        ("AccountSid", stage.harness.account.sid.as_str()),
        ("CallSid", &sid),
        ("From", CALLER),
        ("Caller", CALLER),
        ("To", OWN),
        ("Called", OWN),
        ("CallStatus", "ringing"),
        ("Direction", "inbound"),
        ("ApiVersion", "2010-04-01"),
        ("FromCountry", "US"),
        ("FromCity", ""),
        ("ParentCallSid", "(absent)"),
        ("ApplicationSid", "(absent)"),
    ];
    for (name, value) in expected {
        assert_eq!(asked.param(name), value, "{name}");
    }
    let end = stage.app.first("/status").await;
    assert_eq!((end.param("CallStatus"), end.param("Duration")), ("completed", "1"));
    assert_eq!(
        (end.param("SequenceNumber"), end.param("SipResponseCode")),
        ("1", "200")
    );
    for request in stage.app.all() {
        assert!(request.is_signed_with(&stage.harness.account.auth_token), "{request:?}");
        assert_eq!(request.token.len(), 36);
    }
    assert!(!asked.is_signed_with("another token, of at least as many letters"));
}

#[tokio::test]
async fn an_application_takes_the_place_of_the_numbers_own_addresses() {
    let stage = stage(|_| "<Reject reason=\"busy\"/>".to_owned()).await;
    let form = [
        ("FriendlyName", "x"),
        ("VoiceUrl", &stage.app.url("/app?a=b%20c")),
        ("VoiceMethod", "GET"),
        ("StatusCallback", &stage.app.url("/app-status")),
    ];
    let (_, app) = stage.harness.post("/Applications.json", &form).await;
    let app = app["sid"].as_str().unwrap().to_owned();
    stage.harness.simulator.edit_number(&stage.harness.number, |number| {
        number.voice_application_sid = Some(app.clone())
    });
    let sid = stage.call_in(tone(700.0));
    let asked = stage.app.first("/app").await;
    assert_eq!(
        (asked.method.as_str(), asked.param("a"), asked.param("ApplicationSid")),
        ("GET", "b c", app.as_str())
    );
    assert!(asked.is_signed_with(&stage.harness.account.auth_token));
    assert_eq!(stage.ended(&sid).await.status, CallStatus::Busy);
    assert_eq!(stage.app.first("/app-status").await.param("CallStatus"), "busy");
    assert!(stage.app.at("/voice").is_empty() && stage.app.at("/status").is_empty());
}

#[tokio::test]
async fn a_number_that_two_accounts_have_leads_to_the_one_that_was_asked_for() {
    let stage = stage(|_| "<Hangup/>".to_owned()).await;
    let simulator = &stage.harness.simulator;
    let other = simulator.add_account(AccountSeed::default());
    let seed = NumberSeed {
        phone_number: OWN.to_owned(),
        voice_url: Some(stage.app.url("/other")),
        ..NumberSeed::default()
    };
    simulator.add_number(&other.sid, seed);
    let sid = simulator.place_call(&other.sid, CALLER, OWN, tone(700.0));
    stage.ended(&sid).await;
    assert_eq!(stage.app.first("/other").await.param("AccountSid"), other.sid);
    assert!(stage.app.at("/voice").is_empty());
}

#[tokio::test]
async fn a_gather_hears_keys_and_interrupts_its_prompt() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => format!(
            "<Gather numDigits=\"1\" timeout=\"5\" action=\"/digits?step=1\"><Say>{}</Say></Gather><Say>Nothing</Say>",
            "A long greeting. ".repeat(20)
        ),
        _ => "<Hangup/>".to_owned(),
    })
    .await;
    let press = Press {
        after_ms: 400,
        digits: "7".to_owned(),
    };
    let sid = stage.call_in(PhoneScript {
        digits: vec![press],
        ..tone(700.0)
    });
    let digits = stage.app.first("/digits").await;
    assert_eq!(
        (digits.param("Digits"), digits.param("CallStatus")),
        ("7", "in-progress")
    );
    let call = stage.ended(&sid).await;
    assert_eq!(call.said.len(), 1);
    assert_eq!(stage.harness.simulator.leg_stats(&sid).unwrap().digits_pressed, "7");
}

#[tokio::test]
async fn a_gather_without_keys_goes_on_or_tells_so() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => "<Gather timeout=\"1\" action=\"/never\"/><Gather timeout=\"1\" actionOnEmptyResult=\"true\" \
                     action=\"/empty\"/>"
            .to_owned(),
        _ => "<Hangup/>".to_owned(),
    })
    .await;
    let sid = stage.call_in(tone(700.0));
    assert_eq!(stage.app.first("/empty").await.param("Digits"), "");
    stage.ended(&sid).await;
    assert!(stage.app.at("/never").is_empty());
}

#[tokio::test]
async fn a_dial_bridges_and_reports_every_step_of_its_leg() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => format!(
            "<Dial answerOnBridge=\"true\" timeout=\"9\" action=\"/dialled\"><Number statusCallback=\"/leg\" \
             statusCallbackEvent=\"initiated ringing answered completed\" url=\"/whisper\">{CALLEE}</Number></Dial>"
        ),
        "/whisper" => "<Say>You are being called</Say>".to_owned(),
        _ => "<Hangup/>".to_owned(),
    })
    .await;
    stage.harness.simulator.script_phone(CALLEE, tone(900.0));
    let sid = stage.call_in(tone(600.0));
    eventually("the leg is called", || stage.child(&sid).is_some()).await;
    let child = stage.child(&sid).unwrap();
    assert_eq!(stage.call(&sid).status, CallStatus::Ringing, "nobody has answered yet");
    stage.hears(&sid, 900.0).await;
    stage.hears(&child, 600.0).await;
    assert_eq!(stage.call(&child).said, ["You are being called"]);
    assert!(stage.harness.simulator.hang_up(&child));
    let dialled = stage.app.first("/dialled").await;
    assert_eq!(
        (dialled.param("DialCallStatus"), dialled.param("DialCallSid")),
        ("completed", child.as_str())
    );
    assert_eq!(
        (dialled.param("DialBridged"), dialled.param("CallStatus")),
        ("true", "in-progress")
    );
    assert!(dialled.param("DialCallDuration").parse::<u32>().unwrap() >= 1);
    stage.ended(&sid).await;
    let steps = stage.app.count("/leg", 4).await;
    let told: Vec<_> = steps
        .iter()
        .map(|step| (step.param("CallStatus"), step.param("SequenceNumber")))
        .collect();
    assert_eq!(
        told,
        [
            ("initiated", "0"),
            ("ringing", "1"),
            ("in-progress", "2"),
            ("completed", "3")
        ]
    );
    for step in &steps {
        assert_eq!(
            (step.param("CallSid"), step.param("ParentCallSid")),
            (child.as_str(), sid.as_str())
        );
        assert_eq!((step.param("Direction"), step.param("From")), ("outbound-dial", CALLER));
    }
    assert_eq!(steps[3].param("CallDuration"), dialled.param("DialCallDuration"));
}

#[tokio::test]
async fn a_dial_that_nobody_answers_says_why() {
    for (behaviour, status) in [
        (Behaviour::Busy, "busy"),
        (Behaviour::Reject, "busy"),
        (Behaviour::NoAnswer, "no-answer"),
        (Behaviour::Fail, "failed"),
    ] {
        let stage = stage(|request| match request.path.as_str() {
            "/voice" => format!("<Dial answerOnBridge=\"true\" timeout=\"1\" action=\"/dialled\">{CALLEE}</Dial>"),
            _ => "<Hangup/>".to_owned(),
        })
        .await;
        let script = PhoneScript {
            behaviour,
            ..tone(900.0)
        };
        stage.harness.simulator.script_phone(CALLEE, script);
        let sid = stage.call_in(tone(600.0));
        let dialled = stage.app.first("/dialled").await;
        assert_eq!(
            (dialled.param("DialCallStatus"), dialled.param("DialBridged")),
            (status, "false")
        );
        assert_eq!(
            (dialled.param("DialCallDuration"), dialled.param("CallStatus")),
            ("(absent)", "ringing")
        );
        assert!(stage.ended(&sid).await.answered.is_none());
    }
}

#[tokio::test]
async fn of_several_legs_the_first_that_answers_wins() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => format!("<Dial action=\"/dialled\"><Number>{CALLEE}</Number><Number>+14155550123</Number></Dial>"),
        _ => "<Hangup/>".to_owned(),
    })
    .await;
    let slow = PhoneScript {
        rings_ms: 8000,
        ..tone(900.0)
    };
    stage.harness.simulator.script_phone(CALLEE, slow);
    stage.harness.simulator.script_phone("+14155550123", tone(1200.0));
    let sid = stage.call_in(tone(600.0));
    stage.hears(&sid, 1200.0).await;
    assert_eq!(stage.call(&stage.child(&sid).unwrap()).status, CallStatus::Canceled);
    stage.harness.simulator.hang_up(&sid);
    stage.ended(&sid).await;
    // The request is made though the caller has gone; nothing of it is played.
    let dialled = stage.app.first("/dialled").await;
    assert_eq!(
        (dialled.param("CallStatus"), dialled.param("DialCallStatus")),
        ("completed", "completed")
    );
}

#[tokio::test]
async fn a_caller_who_gives_up_takes_the_ringing_leg_with_him() {
    let stage = stage(|_| format!("<Dial answerOnBridge=\"true\">{CALLEE}</Dial>")).await;
    let never = PhoneScript {
        behaviour: Behaviour::NoAnswer,
        ..tone(900.0)
    };
    stage.harness.simulator.script_phone(CALLEE, never);
    let impatient = PhoneScript {
        hangs_up_after_ms: Some(600),
        ..tone(600.0)
    };
    let sid = stage.call_in(impatient);
    assert_eq!(stage.ended(&sid).await.status, CallStatus::NoAnswer);
    assert_eq!(stage.call(&stage.child(&sid).unwrap()).status, CallStatus::Canceled);
    assert_eq!(stage.app.first("/status").await.param("CallStatus"), "no-answer");
}

#[tokio::test]
async fn a_person_may_be_the_phone() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => format!("<Dial action=\"/dialled\">{CALLEE}</Dial>"),
        _ => "<Hangup/>".to_owned(),
    })
    .await;
    let by_hand = PhoneScript {
        behaviour: Behaviour::Manual,
        ..tone(900.0)
    };
    stage.harness.simulator.script_phone(CALLEE, by_hand);
    let sid = stage.call_in(tone(600.0));
    eventually("the leg is called", || stage.child(&sid).is_some()).await;
    let child = stage.child(&sid).unwrap();
    stage.in_state(&child, CallStatus::Ringing).await;
    assert!(stage.harness.simulator.answer(&child, true));
    stage.hears(&sid, 900.0).await;
    assert!(stage.harness.simulator.press(&child, "5#"));
    eventually("keys are heard", || {
        stage.harness.simulator.leg_stats(&sid).unwrap().digits_heard == "5#"
    })
    .await;
    stage.harness.simulator.hang_up(&child);
    stage.ended(&sid).await;
}

#[tokio::test]
async fn a_document_that_fails_leads_to_the_fallback() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => "<Redirect>/broken</Redirect>".to_owned(),
        "/broken" => "raw:<Response><Say>".to_owned(),
        _ => "<Say>Back again</Say>".to_owned(),
    })
    .await;
    stage.harness.simulator.edit_number(&stage.harness.number, |number| {
        number.voice_fallback_url = Some(stage.app.url("/fallback"));
    });
    let sid = stage.call_in(tone(600.0));
    let fallback = stage.app.first("/fallback").await;
    assert_eq!(fallback.param("ErrorCode"), "12100");
    assert_eq!(fallback.param("ErrorUrl"), stage.app.url("/broken"));
    let call = stage.ended(&sid).await;
    assert_eq!(
        (call.said.as_slice(), call.notices[0].code),
        (&["Back again".to_owned()][..], 12100)
    );
}

#[tokio::test]
async fn without_a_fallback_the_caller_hears_that_something_failed() {
    let stage = stage(|_| String::new()).await;
    stage.app.fail("/voice", &[500]);
    let sid = stage.call_in(tone(600.0));
    let call = stage.ended(&sid).await;
    assert!(call.said[0].contains("application error"), "{call:?}");
    assert_eq!((call.status, call.notices[0].code), (CallStatus::Completed, 11200));
}

#[tokio::test]
async fn a_call_to_another_accounts_number_is_a_call_there() {
    let stage = stage(|request| match (request.path.as_str(), request.param("To")) {
        ("/voice", OWN) => "<Dial answerOnBridge=\"true\" action=\"/dialled\">+14155550111</Dial>".to_owned(),
        ("/voice", _) => "<Gather numDigits=\"1\" timeout=\"9\" action=\"/digits\"/>".to_owned(),
        ("/digits", _) => format!("<Dial>{CALLEE}</Dial>"),
        _ => "<Hangup/>".to_owned(),
    })
    .await;
    let simulator = &stage.harness.simulator;
    let other = simulator.add_account(AccountSeed::default());
    simulator.add_number(
        &other.sid,
        NumberSeed {
            phone_number: "+14155550111".to_owned(),
            voice_url: Some(stage.app.url("/voice")),
            ..NumberSeed::default()
        },
    );
    simulator.script_phone(CALLEE, tone(900.0));
    let sid = stage.call_in(tone(600.0));
    let there = || {
        let mut calls = simulator.calls().into_iter();
        calls.rfind(|call| call.account_sid == other.sid && call.direction == "inbound")
    };
    eventually("it rings there", || {
        there().is_some_and(|call| call.status == CallStatus::InProgress)
    })
    .await;
    let far = there().unwrap().sid;
    assert!(simulator.press(&sid, "5"));
    let digits = stage.app.first("/digits").await;
    assert_eq!(
        (digits.param("Digits"), digits.param("CallSid"), digits.param("From")),
        ("5", far.as_str(), CALLER)
    );
    assert!(digits.is_signed_with(&other.auth_token));
    stage.hears(&sid, 900.0).await;
    stage.hears(&stage.child(&far).unwrap(), 600.0).await;
    simulator.hang_up(&sid);
    stage.ended(&sid).await;
    assert_eq!(stage.ended(&far).await.status, CallStatus::Completed);
}
