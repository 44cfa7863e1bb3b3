use domain::menu::MenuChoice;
use url::Url;

use super::*;

fn urls() -> Urls {
    Urls::new(&Url::parse("https://phone.example.com").unwrap())
}

fn with<T>(settings: &VoiceSettings, phone_there: bool, of: impl FnOnce(&Scene<'_>) -> T) -> T {
    let urls = urls();
    of(&Scene {
        urls: &urls,
        call: "0192f0c1-2f5e-7a3b-8c4d-0123456789ab".parse().unwrap(),
        number: "+442071838750",
        identity: "user_1",
        from: "+14155550199",
        to: "+442071838750",
        settings,
        phone_there,
        step: 4,
    })
}

fn xml(plan: &Plan) -> String {
    plan.response.to_xml().unwrap()
}

fn kinds(plan: &Plan) -> Vec<CallEventKind> {
    plan.events.iter().map(|(kind, _)| *kind).collect()
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("no {part} in {text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn a_call_rings_the_browser_with_the_callers_facts() {
    let plan = with(&VoiceSettings::default(), true, |scene| scene.inbound());
    has(
        &xml(&plan),
        &[
            "<Response><Dial answerOnBridge=\"true\" timeout=\"25\" action=\"https://phone.example.com/webhooks/twilio/voice/0192",
            "then=rang&amp;step=5#rc=5&amp;rp=all\"",
            "<Client statusCallback=\"https://phone.example.com/webhooks/twilio/call-status/0192",
            "leg=browser",
            "statusCallbackEvent=\"initiated ringing answered completed\"",
            "<Identity>user_1</Identity><Parameter name=\"call_id\" value=\"0192",
            "<Parameter name=\"from\" value=\"+14155550199\"/><Parameter name=\"to\" value=\"+442071838750\"/>",
            "<Parameter name=\"peer\" value=\"+1 415-555-0199\"/></Client>",
        ],
    );
    assert!(!xml(&plan).contains("record"), "{}", xml(&plan));
    assert!(plan.events.is_empty());
}

#[test]
fn recording_is_in_two_channels_and_announced_where_wanted() {
    let mut settings = VoiceSettings {
        recording: RecordingMode::On,
        ..VoiceSettings::default()
    };
    let plan = with(&settings, true, |scene| scene.inbound());
    has(
        &xml(&plan),
        &[
            "record=\"record-from-answer-dual\"",
            "recordingStatusCallback=\"https://phone.example.com/webhooks/twilio/recording/0192",
            "recordingStatusCallbackEvent=\"completed absent\"",
        ],
    );
    assert!(!xml(&plan).contains("<Say>"));

    settings.recording = RecordingMode::Announced;
    let plan = with(&settings, true, |scene| scene.inbound());
    has(&xml(&plan), &["<Say>This call is recorded.</Say>", "<Dial "]);
    settings.no_answer = NoAnswer::Forward;
    settings.forward_to = Some("+442079460199".to_owned());
    let at_once = with(&settings, false, |scene| scene.inbound());
    has(
        &xml(&at_once),
        &["<Say>This call is recorded.</Say><Dial ", "<Number url="],
    );
    let later = with(&settings, true, |scene| scene.rang(Some(DialCallStatus::NoAnswer)));
    assert!(!xml(&later).contains("<Say>"), "the caller was told before");
    let plan = with(&settings, true, |scene| scene.outbound("+442079460199", 60));
    has(
        &xml(&plan),
        &["<Number url=", "then=announce", ">+442079460199</Number>"],
    );
}

#[test]
fn without_a_phone_the_next_step_is_taken_at_once() {
    for (no_answer, expected, kind) in [
        (NoAnswer::Voicemail, "<Record ", Some(CallEventKind::Voicemail)),
        (
            NoAnswer::Forward,
            ">+442079460199</Number>",
            Some(CallEventKind::Forwarded),
        ),
        (NoAnswer::Goodbye, "<Hangup/>", None),
    ] {
        let settings = VoiceSettings {
            no_answer,
            forward_to: Some("+442079460199".to_owned()),
            ..VoiceSettings::default()
        };
        let plan = with(&settings, false, |scene| scene.inbound());
        assert!(xml(&plan).contains(expected), "{}", xml(&plan));
        assert!(!xml(&plan).contains("<Client"));
        let expected: Vec<_> = [CallEventKind::NobodyThere].into_iter().chain(kind).collect();
        assert_eq!(kinds(&plan), expected);

        for outcome in [DialCallStatus::NoAnswer, DialCallStatus::Busy, DialCallStatus::Failed] {
            let later = with(&settings, true, |scene| scene.rang(Some(outcome)));
            assert_eq!(xml(&later), xml(&plan), "declined, or not answered in time");
        }
        let over = with(&settings, true, |scene| scene.rang(Some(DialCallStatus::Completed)));
        assert!(xml(&over).contains("<Response><Hangup/></Response>"));
    }
}

#[test]
fn a_message_is_asked_for_with_the_greeting() {
    let settings = VoiceSettings {
        greeting: "Leave <a> message & go.".to_owned(),
        ..VoiceSettings::default()
    };
    let plan = with(&settings, false, |scene| scene.inbound());
    assert!(plan.asked_voicemail);
    has(
        &xml(&plan),
        &[
            "<Say>Leave &lt;a&gt; message &amp; go.</Say><Record ",
            "then=recorded&amp;step=5",
            "maxLength=\"180\"",
            "/webhooks/twilio/recording/0192",
            "<Say>We did not hear a message. Goodbye.</Say><Hangup/>",
        ],
    );
}

#[test]
fn what_may_not_be_called_is_not_forwarded_to() {
    for to in ["+19005550100", "+442071838750", "+14155550199", "client:x"] {
        let settings = VoiceSettings {
            no_answer: NoAnswer::Forward,
            forward_to: Some(to.to_owned()),
            ..VoiceSettings::default()
        };
        let plan = with(&settings, false, |scene| scene.inbound());
        assert!(!xml(&plan).contains("<Dial"), "{}", xml(&plan));
        assert!(plan.asked_voicemail);
    }
}

fn menu() -> VoiceSettings {
    let choice = |key, action| MenuChoice { key, action };
    VoiceSettings {
        menu: Some(Menu {
            greeting: "Press 1.".to_owned(),
            choices: vec![
                choice('1', MenuAction::Ring),
                choice('2', MenuAction::Voicemail),
                choice(
                    '3',
                    MenuAction::Forward {
                        to: "+442079460199".to_owned(),
                    },
                ),
                choice(
                    '4',
                    MenuAction::Say {
                        text: "We open at nine.".to_owned(),
                    },
                ),
                choice('#', MenuAction::Repeat),
            ],
        }),
        ..VoiceSettings::default()
    }
}

#[test]
fn a_menu_asks_for_a_key_and_does_what_it_says() {
    let plan = with(&menu(), true, |scene| scene.inbound());
    has(
        &xml(&plan),
        &[
            "<Gather ",
            "numDigits=\"1\"",
            "/webhooks/twilio/dtmf?call=0192",
            "step=5&amp;tries=0",
            "actionOnEmptyResult=\"true\"",
            "<Say>Press 1.</Say></Gather>",
        ],
    );
    assert_eq!(kinds(&plan), [CallEventKind::Menu]);
    for (key, expected) in [
        ("1", "<Client "),
        ("2", "<Record "),
        ("3", ">+442079460199</Number>"),
        ("4", "<Say>We open at nine.</Say><Say>Press 1.</Say></Gather>"),
        ("#", "<Say>Press 1.</Say></Gather>"),
        (
            "9",
            "<Say>Sorry, that key does nothing.</Say><Say>Press 1.</Say></Gather>",
        ),
        ("11", "<Say>Sorry, that key does nothing.</Say>"),
    ] {
        let plan = with(&menu(), true, |scene| scene.pressed(Some(key), 0));
        assert!(xml(&plan).contains(expected), "{key}: {}", xml(&plan));
        assert_eq!(plan.events.first(), Some(&(CallEventKind::Digit, Some(key.to_owned()))));
    }
}

#[test]
fn after_three_wrong_or_missing_keys_the_browser_rings() {
    let first = with(&menu(), true, |scene| scene.pressed(None, 0));
    has(&xml(&first), &["tries=1", "<Say>Sorry, we did not get that.</Say>"]);
    let second = with(&menu(), true, |scene| scene.pressed(Some("9"), 1));
    has(&xml(&second), &["tries=2"]);
    let third = with(&menu(), true, |scene| scene.pressed(None, 2));
    has(&xml(&third), &["<Client "]);
    // A menu that was taken away meanwhile, or is gone through for ever.
    let gone = with(&VoiceSettings::default(), true, |scene| scene.pressed(Some("1"), 0));
    has(&xml(&gone), &["<Client "]);
    let settings = menu();
    let for_ever = with(&settings, true, |scene| {
        Scene { step: TURNS, ..*scene }.pressed(Some("4"), 0)
    });
    has(&xml(&for_ever), &["<Client "]);
}

#[test]
fn an_outbound_call_shows_the_own_number_and_is_bounded_in_time() {
    let plan = with(&VoiceSettings::default(), true, |scene| {
        scene.outbound("+442079460199", 90)
    });
    has(
        &xml(&plan),
        &[
            "<Dial callerId=\"+442071838750\" answerOnBridge=\"true\" timeout=\"30\" timeLimit=\"90\"",
            "then=dialled&amp;step=5",
            "leg=callee",
            ">+442079460199</Number></Dial></Response>",
        ],
    );
    has(
        &xml(&ended(Some(DialCallStatus::Busy))),
        &["<Say>The line is busy.</Say><Hangup/>"],
    );
    assert!(!xml(&ended(Some(DialCallStatus::Completed))).contains("<Say>"));
}

#[test]
fn a_refusal_is_spoken_and_noted_and_dials_nobody() {
    let plan = refused("\"/><Dial><Number>+1900</Number></Dial>");
    assert!(!xml(&plan).contains("<Dial"), "{}", xml(&plan));
    assert_eq!(kinds(&plan), [CallEventKind::Refused]);
    assert!(plan.refused.is_some());
}

#[test]
fn the_test_call_plays_the_users_own_words() {
    let plan = with(&VoiceSettings::default(), true, |scene| scene.test());
    has(
        &xml(&plan),
        &["<Say>This is a test call.", "<Record ", "then=echo", "maxLength=\"5\""],
    );
    has(
        &xml(&echo(Some("https://x.example/RE".to_owned()))),
        &["<Play>https://x.example/RE</Play>"],
    );
    has(&xml(&echo(None)), &["We did not hear you", "<Hangup/>"]);
}

#[test]
fn in_a_conference_who_hangs_up_ends_it() {
    let call = "0192f0c1-2f5e-7a3b-8c4d-0123456789ab".parse().unwrap();
    let of = |recording| conference(&urls(), call, recording).to_xml().unwrap();
    let xml = of(RecordingMode::Off);
    has(
        &xml,
        &[
            "<Dial><Conference ",
            "startConferenceOnEnter=\"true\" endConferenceOnExit=\"true\"",
            ">0192f0c1-2f5e-7a3b-8c4d-0123456789ab</Conference></Dial>",
        ],
    );
    assert!(!xml.contains("record"), "{xml}");
    has(
        &of(RecordingMode::On),
        &[
            "record=\"record-from-start\" recordingStatusCallback=\"https://phone.example.com/webhooks/twilio/recording/0192",
        ],
    );
}
