//! Documents against what Twilio's own Node library writes, byte for byte.

use serde_json::Value;
use twilio::twiml::{
    Beep, CallEvent, Client, Conference, ConferenceEvent, ConferenceRecord, Dial, DialRecord, Gather, GatherInput,
    Method, Number, Pause, Play, Record, RecordingEvent, Redirect, Reject, RejectReason, Response, Say, Trim, Verb,
};

use crate::fixtures::{own, shared};

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn one(verb: impl Into<Verb>) -> Response {
    Response::new().with(verb)
}

fn dial_number_status() -> Dial {
    Dial {
        caller_id: some("+14155550100"),
        answer_on_bridge: Some(true),
        timeout: Some(25),
        time_limit: Some(3600),
        record: Some(DialRecord::FromAnswerDual),
        recording_status_callback: some("https://x.example/webhooks/twilio/recording/42"),
        recording_status_callback_events: RecordingEvent::ALL.to_vec(),
        action: some("https://x.example/twiml/after-dial"),
        method: Some(Method::Post),
        ..Dial::with(Number {
            status_callback: some("https://x.example/webhooks/twilio/call-status/42"),
            status_callback_events: CallEvent::ALL.to_vec(),
            status_callback_method: Some(Method::Post),
            ..Number::to("+14155550199")
        })
    }
}

fn dial_client() -> Dial {
    Dial::with(Client {
        status_callback: some("https://x.example/cs"),
        status_callback_events: vec![CallEvent::Initiated, CallEvent::Ringing],
        parameters: vec![
            ("callId".to_owned(), "a&b".to_owned()),
            ("caller_name".to_owned(), "Zoë \"Z\"".to_owned()),
        ],
        ..Client::named("user_42")
    })
}

fn dial_conference() -> Dial {
    use ConferenceEvent::{End, Hold, Join, Leave, Mute, Start};
    Dial::with(Conference {
        start_conference_on_enter: Some(true),
        end_conference_on_exit: Some(false),
        beep: Some(Beep::Never),
        wait_url: some(""),
        muted: Some(false),
        max_participants: Some(5),
        status_callback: some("https://x.example/conf"),
        status_callback_events: vec![Start, End, Join, Leave, Mute, Hold],
        record: Some(ConferenceRecord::FromStart),
        coach: some("CA0123456789abcdef0123456789abcdef"),
        participant_label: some("agent"),
        ..Conference::named("Room 42")
    })
}

fn gather() -> Gather {
    Gather {
        input: Some(GatherInput::DtmfSpeech),
        num_digits: Some(1),
        timeout: Some(5),
        finish_on_key: some(""),
        action: some("https://x.example/webhooks/twilio/dtmf"),
        method: Some(Method::Post),
        action_on_empty_result: Some(true),
        language: some("en-US"),
        speech_timeout: some("auto"),
        prompts: vec![
            Say::new("Press 1").into(),
            Pause { length: Some(1) }.into(),
            Play::url("https://x.example/a.mp3").into(),
        ],
    }
}

fn record() -> Record {
    Record {
        action: some("https://x.example/vm"),
        max_length: Some(120),
        play_beep: Some(true),
        finish_on_key: some("#"),
        timeout: Some(5),
        trim: Some(Trim::Silence),
        recording_status_callback: some("https://x.example/rec"),
        transcribe: Some(false),
        ..Record::default()
    }
}

/// What this crate says for each of the samples that it can say.
fn said() -> Vec<(&'static str, Response)> {
    let attributes = Say {
        voice: some("Polly.Joanna"),
        language: some("en-US"),
        repeat: Some(2),
        ..Say::new("Hi")
    };
    let again = Redirect {
        method: Some(Method::Post),
        ..Redirect::to("https://x.example/again")
    };
    let music = Play::Url {
        url: "https://x.example/hold music.mp3".to_owned(),
        repeat: Some(0),
    };
    let busy = Reject {
        reason: Some(RejectReason::Busy),
    };
    vec![
        ("empty", Response::new()),
        ("say", one(Say::new("Hello, world!"))),
        ("say-attrs", one(attributes)),
        ("escape-text", one(Say::new("Tom & \"Jerry\" <b> 'x' > 5 é 日 😀"))),
        ("newline-text", one(Say::new("line1\nline2\ttab\r\nend"))),
        ("dial-number-status", one(dial_number_status())),
        ("dial-client-identity-params", one(dial_client())),
        ("dial-conference", one(dial_conference())),
        ("gather", one(gather()).with(again)),
        ("record", one(record())),
        ("play-loop", one(music)),
        ("play-digits", one(Play::digits("ww123#"))),
        ("pause", one(Pause { length: Some(3) })),
        ("hangup", one(Verb::Hangup)),
        ("reject", one(busy)),
        ("redirect", one(Redirect::to("/next?a=1&b=2"))),
    ]
}

#[test]
fn documents_are_those_of_twilios_own_library() {
    let samples = own("twiml.json");
    for (id, response) in said() {
        let expected = samples["samples"][id]
            .as_str()
            .unwrap_or_else(|| panic!("no sample {id}"));
        assert_eq!(response.to_xml().unwrap(), expected, "{id}");
    }
}

#[test]
fn attributes_are_escaped_as_twilios_own_library_does_it() {
    let samples = own("twiml.json");
    for (id, name, value) in [
        ("escape-attr", "action", "https://x.example/a?b=1&c=\"2\"<3>'4'"),
        ("newline-attr", "hints", "a\nb\tc\rd"),
    ] {
        let attribute = |document: &str, name: &str| {
            let after = document.split_once(&format!(" {name}=\"")).unwrap().1;
            after.split_once('"').unwrap().0.to_owned()
        };
        let gather = Gather {
            action: some(value),
            ..Gather::default()
        };
        let written = attribute(&one(gather).to_xml().unwrap(), "action");
        assert_eq!(
            written,
            attribute(samples["samples"][id].as_str().unwrap(), name),
            "{id}"
        );
    }
}

#[test]
fn the_samples_are_those_beside_this_checkout() {
    let Some(shared) = shared("twiml-samples.json") else {
        return;
    };
    let shared: Vec<(&Value, &Value)> = shared["samples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sample| (&sample["id"], &sample["node"]))
        .collect();
    for (id, document) in own("twiml.json")["samples"].as_object().unwrap() {
        assert!(shared.contains(&(&Value::from(id.as_str()), document)), "{id}");
    }
}
