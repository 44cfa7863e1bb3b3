use domain::call::{CallEventKind, CallStatus, Direction, LegRole, Origin};
use domain::menu::{Menu, MenuAction, MenuChoice};
use domain::recording::{RecordingKind, RecordingStatus};
use domain::voice::NoAnswer;

use crate::voice_line::{CALLER, NUMBER, line, noted, sid, target_in};

#[tokio::test]
async fn an_inbound_call_rings_the_browser_and_is_kept_from_its_first_moment() {
    let (_world, product, line) = line().await;
    line.open_phone(&product).await;
    let (parent, child) = (sid("CA"), sid("CA"));
    let xml = line.rings(&product, &parent).await;
    assert!(
        xml.contains(&format!("<Identity>{}</Identity>", line.identity)),
        "{xml}"
    );
    let call = line.call(&product, &parent).await;
    assert!(xml.contains(&format!("name=\"call_id\" value=\"{}\"", call.id)));
    assert_eq!(
        (call.direction, call.origin),
        (Direction::Inbound, Origin::PhoneNetwork)
    );
    assert_eq!((call.from.as_str(), call.to.as_str()), (CALLER, NUMBER));
    assert_eq!(call.summary.status, CallStatus::Ringing);

    let reports = target_in(&xml, "statusCallback");
    for (status, duration) in [
        ("initiated", ""),
        ("ringing", ""),
        ("in-progress", ""),
        ("completed", "12"),
    ] {
        let report = [
            ("CallSid", child.as_str()),
            ("ParentCallSid", &parent),
            ("CallStatus", status),
            ("CallDuration", duration),
        ];
        line.status(&product, &reports, &report).await;
    }
    let call = line.call(&product, &child).await;
    assert_eq!(
        call.provider_sid.as_deref(),
        Some(parent.as_str()),
        "found by any of its legs"
    );
    assert_eq!(call.summary.status, CallStatus::InProgress);
    let over = [
        ("CallSid", parent.as_str()),
        ("CallStatus", "completed"),
        ("From", CALLER),
        ("To", NUMBER),
    ];
    line.status(&product, "/webhooks/twilio/call-status", &over).await;
    let call = line.call(&product, &parent).await;
    assert_eq!(call.summary.status, CallStatus::Completed);
    assert_eq!(
        (call.summary.missed, call.summary.answered_by),
        (false, Some(LegRole::Browser))
    );
    let noted = noted(&product, call.id).await;
    assert_eq!(noted.len(), 6, "{noted:?}");
    assert_eq!(line.calls(&product).await.len(), 1);
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_changes_nothing() {
    let (_world, product, line) = line().await;
    line.open_phone(&product).await;
    let parent = sid("CA");
    let first = line.rings(&product, &parent).await;
    let events = noted(&product, line.call(&product, &parent).await.id).await;
    line.set(&product, |settings| settings.no_answer = NoAnswer::Goodbye)
        .await;
    assert_eq!(line.rings(&product, &parent).await, first);
    // The address to fall back on is asked with more parameters, and is still about the same beginning.
    let again = [
        ("CallSid", parent.as_str()),
        ("From", CALLER),
        ("To", NUMBER),
        ("ErrorCode", "11200"),
        ("ErrorUrl", "https://phone.example.com/twiml/inbound"),
    ];
    assert_eq!(line.ask(&product, "/webhooks/twilio/voice", &again).await, first);
    let call = line.call(&product, &parent).await;
    assert_eq!(noted(&product, call.id).await, events);
    assert_eq!(line.calls(&product).await.len(), 1);

    let later = [
        ("CallSid", parent.as_str()),
        ("From", CALLER),
        ("To", NUMBER),
        (
            "ErrorUrl",
            "https://phone.example.com/webhooks/twilio/voice/1?then=rang",
        ),
    ];
    let sorry = line.ask(&product, "/webhooks/twilio/voice", &later).await;
    assert!(sorry.contains("went wrong") && !sorry.contains("<Dial"), "{sorry}");
}

#[tokio::test]
async fn without_a_phone_the_caller_is_asked_for_a_message_which_is_listed() {
    let (_world, product, line) = line().await;
    let parent = sid("CA");
    let xml = line.rings(&product, &parent).await;
    assert!(xml.contains("<Record ") && !xml.contains("<Dial"), "{xml}");
    let done = target_in(&xml, "action");
    let base = [
        ("CallSid", parent.as_str()),
        ("CallStatus", "in-progress"),
        ("From", CALLER),
        ("To", NUMBER),
    ];
    let thanks = line.ask(&product, &done, &base).await;
    assert!(thanks.contains("Thank you"), "{thanks}");
    let recording = sid("RE");
    let report = [
        ("CallSid", parent.as_str()),
        ("RecordingSid", &recording),
        ("RecordingStatus", "completed"),
        ("RecordingDuration", "7"),
        ("RecordingChannels", "1"),
        ("RecordingSource", "RecordVerb"),
        ("RecordingUrl", "http://169.254.169.254/latest"),
    ];
    line.recorded(&product, &target_in(&xml, "recordingStatusCallback"), &report)
        .await;
    let over = [("CallSid", parent.as_str()), ("CallStatus", "completed")];
    line.status(&product, "/webhooks/twilio/call-status", &over).await;

    let call = line.call(&product, &parent).await;
    assert!(call.summary.missed && call.voicemail && call.asked_voicemail);
    assert_eq!(call.summary.status, CallStatus::NoAnswer);
    let recordings = product.parts.store.recordings_of_calls(&[call.id]).await.unwrap();
    assert_eq!(recordings.len(), 1);
    assert_eq!(
        (recordings[0].kind, recordings[0].status),
        (RecordingKind::Voicemail, RecordingStatus::Completed)
    );
    assert_eq!(recordings[0].duration_seconds, Some(7));
    let kinds: Vec<_> = noted(&product, call.id)
        .await
        .into_iter()
        .map(|event| event.0)
        .collect();
    for kind in [
        CallEventKind::NobodyThere,
        CallEventKind::Voicemail,
        CallEventKind::Recording,
    ] {
        assert!(kinds.contains(&kind), "{kind:?} in {kinds:?}");
    }
}

#[tokio::test]
async fn a_declined_call_goes_on_to_the_phone_that_is_forwarded_to() {
    let (_world, product, line) = line().await;
    line.open_phone(&product).await;
    line.set(&product, |settings| {
        settings.no_answer = NoAnswer::Forward;
        settings.forward_to = Some("+442079460111".to_owned());
    })
    .await;
    let (parent, browser, phone) = (sid("CA"), sid("CA"), sid("CA"));
    let xml = line.rings(&product, &parent).await;
    let rang = [
        ("CallSid", parent.as_str()),
        ("CallStatus", "in-progress"),
        ("DialCallStatus", "busy"),
        ("DialCallSid", &browser),
    ];
    let xml = line.ask(&product, &target_in(&xml, "action"), &rang).await;
    assert!(
        xml.contains(">+442079460111</Number>") && xml.contains(&format!("callerId=\"{NUMBER}\"")),
        "{xml}"
    );
    let forwarded = [
        ("CallSid", parent.as_str()),
        ("CallStatus", "completed"),
        ("DialCallStatus", "completed"),
        ("DialCallSid", &phone),
        ("DialCallDuration", "30"),
    ];
    line.ask(&product, &target_in(&xml, "action"), &forwarded).await;
    let call = line.call(&product, &parent).await;
    assert_eq!(call.summary.answered_by, Some(LegRole::Forward));
    assert_eq!(
        (call.summary.status, call.summary.missed),
        (CallStatus::Completed, false)
    );
}

#[tokio::test]
async fn the_menu_leads_where_the_key_says() {
    let (_world, product, line) = line().await;
    line.open_phone(&product).await;
    line.set(&product, |settings| {
        settings.menu = Some(Menu {
            greeting: "Press 1 to leave a message.".to_owned(),
            choices: vec![MenuChoice {
                key: '1',
                action: MenuAction::Voicemail,
            }],
        });
    })
    .await;
    let parent = sid("CA");
    let mut xml = line.rings(&product, &parent).await;
    for key in ["", "9"] {
        let asked = [
            ("CallSid", parent.as_str()),
            ("CallStatus", "in-progress"),
            ("Digits", key),
        ];
        let next = line.ask(&product, &target_in(&xml, "action"), &asked).await;
        assert!(next.contains("<Say>Sorry"), "{next}");
        assert_ne!(target_in(&next, "action"), target_in(&xml, "action"));
        assert_eq!(
            line.ask(&product, &target_in(&xml, "action"), &asked).await,
            next,
            "asked again"
        );
        xml = next;
    }
    let asked = [
        ("CallSid", parent.as_str()),
        ("CallStatus", "in-progress"),
        ("Digits", "1"),
    ];
    let xml = line.ask(&product, &target_in(&xml, "action"), &asked).await;
    assert!(xml.contains("<Record "), "{xml}");
    let call = line.call(&product, &parent).await;
    let noted = noted(&product, call.id).await;
    let keys: Vec<_> = noted.iter().filter(|event| event.0 == CallEventKind::Digit).collect();
    assert_eq!(keys.len(), 2, "{noted:?}");
    // Asked at the bare address, it is the same menu.
    let bare = [
        ("CallSid", parent.as_str()),
        ("CallStatus", "in-progress"),
        ("From", CALLER),
        ("Digits", "1"),
    ];
    let xml = line.ask(&product, "/webhooks/twilio/dtmf", &bare).await;
    assert!(xml.contains("<Record ") && xml.contains(&call.id.to_string()), "{xml}");
    assert_eq!(line.calls(&product).await.len(), 1);
}

#[tokio::test]
async fn a_call_from_the_browser_is_dialled_with_the_own_number() {
    let (_world, product, line) = line().await;
    let (parent, callee) = (sid("CA"), sid("CA"));
    let xml = line.dials(&product, &parent, "020 7946 0199").await;
    assert!(
        xml.contains(&format!("<Dial callerId=\"{NUMBER}\"")) && xml.contains(">+442079460199</Number>"),
        "{xml}"
    );
    let call = line.call(&product, &parent).await;
    assert_eq!((call.direction, call.origin), (Direction::Outbound, Origin::Browser));
    assert_eq!((call.from.as_str(), call.to.as_str()), (NUMBER, "+442079460199"));
    let ringing = [
        ("CallSid", callee.as_str()),
        ("ParentCallSid", &parent),
        ("CallStatus", "ringing"),
    ];
    line.status(&product, &target_in(&xml, "statusCallback"), &ringing)
        .await;
    assert_eq!(line.call(&product, &parent).await.summary.status, CallStatus::Ringing);
    let ended = [
        ("CallSid", parent.as_str()),
        ("CallStatus", "in-progress"),
        ("DialCallStatus", "busy"),
        ("DialCallSid", &callee),
    ];
    let xml = line.ask(&product, &target_in(&xml, "action"), &ended).await;
    assert!(xml.contains("The line is busy."), "{xml}");
    let over = [("CallSid", parent.as_str()), ("CallStatus", "completed")];
    line.status(&product, "/webhooks/twilio/call-status", &over).await;
    assert_eq!(line.call(&product, &parent).await.summary.status, CallStatus::Busy);
}

#[tokio::test]
async fn the_test_call_ends_well_and_nothing_of_it_stays() {
    let (world, product, line) = line().await;
    let (parent, recording) = (sid("CA"), sid("RE"));
    let xml = line.dials(&product, &parent, "test").await;
    assert!(xml.contains("<Record ") && !xml.contains("<Dial"), "{xml}");
    let url = format!("https://evil.example/{recording}");
    let spoken = [
        ("CallSid", parent.as_str()),
        ("CallStatus", "in-progress"),
        ("RecordingUrl", &url),
        ("RecordingDuration", "4"),
        ("Digits", "hangup"),
    ];
    let xml = line.ask(&product, &target_in(&xml, "action"), &spoken).await;
    let expected = format!(
        "/2010-04-01/Accounts/{}/Recordings/{recording}</Play>",
        line.account.sid
    );
    assert!(xml.contains(&expected) && !xml.contains("evil"), "{xml}");
    let over = [("CallSid", parent.as_str()), ("CallStatus", "completed")];
    line.status(&product, "/webhooks/twilio/call-status", &over).await;
    let call = line.call(&product, &parent).await;
    assert_eq!(call.summary.status, CallStatus::Completed);
    let of_call = || async { product.parts.store.recordings_of_calls(&[call.id]).await.unwrap() };
    assert_eq!(of_call().await[0].status, RecordingStatus::Deleting);
    product.services.voice.work_once().await.unwrap();
    assert_eq!(
        of_call().await[0].status,
        RecordingStatus::Deleting,
        "it may still be playing"
    );
    world.clock.advance(61_000);
    product.services.voice.work_once().await.unwrap();
    assert_eq!(
        of_call().await[0].status,
        RecordingStatus::Deleted,
        "Twilio has no such recording"
    );
}

#[tokio::test]
async fn a_report_may_come_before_its_call_and_an_unknown_status_is_kept_as_it_came() {
    let (_world, product, line) = line().await;
    let parent = sid("CA");
    let from = format!("client:{}", line.identity);
    for status in ["completed", "teleported", "ringing"] {
        let report = [
            ("CallSid", parent.as_str()),
            ("CallStatus", status),
            ("From", &from),
            ("To", ""),
        ];
        line.status(&product, "/webhooks/twilio/call-status", &report).await;
    }
    line.dials(&product, &parent, "+442079460199").await;
    let call = line.call(&product, &parent).await;
    assert_eq!(
        (call.direction, call.to.as_str()),
        (Direction::Outbound, "+442079460199")
    );
    assert_eq!(call.summary.status, CallStatus::Canceled);
    let noted = noted(&product, call.id).await;
    assert!(
        noted.iter().any(|event| event.3.as_deref() == Some("teleported")),
        "{noted:?}"
    );
    assert_eq!(line.calls(&product).await.len(), 1);
}
