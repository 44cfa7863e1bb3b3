//! Recordings: made, reported, listed, fetched, deleted.

use reqwest::Method;
use reqwest::header::{CONTENT_RANGE, RANGE};
use simulator::PhoneScript;

use super::{CALLEE, Stage, stage, tone};
use crate::{parts, refused};

async fn media(stage: &Stage, sid: &str, query: &str, range: Option<&str>) -> reqwest::Response {
    let request = stage
        .harness
        .client
        .get(stage.harness.within(&format!("/Recordings/{sid}{query}")))
        .basic_auth(&stage.harness.account.sid, Some(&stage.harness.account.auth_token));
    let request = match range {
        Some(range) => request.header(RANGE, range),
        None => request,
    };
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_message_is_recorded_reported_and_fetched() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => "<Record maxLength=\"2\" playBeep=\"false\" action=\"/recorded\" \
                     recordingStatusCallback=\"/recording\" recordingStatusCallbackEvent=\"in-progress completed\"/>"
            .to_owned(),
        "/recorded" => format!("<Play>{}</Play>", request.param("RecordingUrl")),
        _ => String::new(),
    })
    .await;
    let call = stage.call_in(tone(700.0));
    let recorded = stage.app.first("/recorded").await;
    let sid = recorded.param("RecordingSid");
    assert_eq!(
        (recorded.param("RecordingDuration"), recorded.param("Digits")),
        ("2", "(absent)")
    );
    // It is played back to its speaker.
    stage.hears(&call, 700.0).await;
    let told = stage.app.count("/recording", 2).await;
    assert_eq!(
        (told[0].param("RecordingStatus"), told[0].param("RecordingDuration")),
        ("in-progress", "(absent)")
    );
    assert_eq!(
        (told[1].param("RecordingStatus"), told[1].param("RecordingDuration")),
        ("completed", "2")
    );
    for one in &told {
        assert_eq!((one.param("RecordingSid"), one.param("CallSid")), (sid, call.as_str()));
        assert_eq!(
            (one.param("RecordingSource"), one.param("RecordingChannels")),
            ("RecordVerb", "1")
        );
        assert_eq!((one.param("CallStatus"), one.param("From")), ("(absent)", "(absent)"));
        assert!(one.is_signed_with(&stage.harness.account.auth_token));
    }

    let whole = media(&stage, sid, "", None).await;
    assert_eq!(whole.headers()["content-type"], "audio/x-wav");
    let wav = whole.bytes().await.unwrap();
    let levels = media::levels_of_wav(&wav).unwrap();
    assert!((levels[0].dominant_hz.unwrap() - 700.0).abs() < 5.0, "{levels:?}");
    assert_eq!(
        media(&stage, sid, ".wav?RequestedChannels=1", None)
            .await
            .bytes()
            .await
            .unwrap(),
        wav
    );
    assert_eq!(media(&stage, sid, "?RequestedChannels=2", None).await.status(), 400);
    let part = media(&stage, sid, "", Some("bytes=4-7")).await;
    assert_eq!(
        (part.status().as_u16(), part.headers()[CONTENT_RANGE].to_str().unwrap()),
        (206, &*format!("bytes 4-7/{}", wav.len()))
    );
    assert_eq!(part.bytes().await.unwrap(), wav.slice(4..8));
    assert_eq!(media(&stage, sid, "", Some("bytes=99999999-")).await.status(), 416);
    let bare = stage
        .harness
        .client
        .get(stage.harness.within(&format!("/Recordings/{sid}")));
    assert_eq!(parts(bare.send().await.unwrap()).await.0, 401);

    stage.ended(&call).await;
    let (_, list) = stage.harness.get(&format!("/Recordings.json?CallSid={call}")).await;
    assert_eq!(list["recordings"][0]["sid"], sid);
    let path = format!("/Recordings/{sid}.json");
    assert_eq!(
        stage.harness.get(&format!("/Calls/{call}{path}")).await.1["status"],
        "completed"
    );
    assert_eq!(stage.harness.delete(&path).await.0, 204);
    assert_eq!(refused(stage.harness.delete(&path).await), (404, 20404));
    assert_eq!(media(&stage, sid, "", None).await.status(), 404);
    assert_eq!(
        stage.harness.get("/Recordings.json").await.1["recordings"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    let (_, all) = stage.harness.get("/Recordings.json?IncludeSoftDeleted=true").await;
    assert_eq!(all["recordings"][0]["status"], "deleted");
}

#[tokio::test]
async fn who_says_nothing_leaves_no_message() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => {
            "<Record timeout=\"1\" playBeep=\"false\" action=\"/recorded\" recordingStatusCallback=\"/recording\" \
                     recordingStatusCallbackEvent=\"completed absent\"/><Say>Nothing there</Say>"
                .to_owned()
        }
        _ => String::new(),
    })
    .await;
    let silent = PhoneScript {
        sound: simulator::Sound::Silence,
        ..PhoneScript::default()
    };
    let call = stage.call_in(silent);
    assert_eq!(stage.app.first("/recording").await.param("RecordingStatus"), "absent");
    assert_eq!(stage.ended(&call).await.said, ["Nothing there"]);
    assert!(stage.app.at("/recorded").is_empty());
}

#[tokio::test]
async fn a_bridge_is_recorded_with_each_side_on_its_channel() {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => format!(
            "<Dial record=\"record-from-answer-dual\" recordingStatusCallback=\"/recording\" action=\"/dialled\" \
             timeLimit=\"2\">{CALLEE}</Dial>"
        ),
        _ => "<Hangup/>".to_owned(),
    })
    .await;
    stage.harness.simulator.script_phone(CALLEE, tone(900.0));
    let call = stage.call_in(tone(600.0));
    let told = stage.app.first("/recording").await;
    assert_eq!(
        (told.param("CallSid"), told.param("RecordingChannels")),
        (call.as_str(), "2")
    );
    let sid = told.param("RecordingSid");
    let levels = stage.harness.simulator.recording_levels(sid).unwrap();
    for (level, hz) in levels.iter().zip([600.0, 900.0]) {
        assert!((level.dominant_hz.unwrap() - hz).abs() < 5.0, "{levels:?}");
    }
    let mono = media(&stage, sid, "?RequestedChannels=1", None)
        .await
        .bytes()
        .await
        .unwrap();
    assert_eq!(media::levels_of_wav(&mono).unwrap().len(), 1);
    stage.ended(&call).await;
    assert_eq!(stage.app.first("/dialled").await.param("RecordingSid"), sid);
    let (_, body) = stage
        .harness
        .send(
            Method::GET,
            &stage.harness.within(&format!("/Recordings/{sid}.json")),
            &[],
        )
        .await;
    assert_eq!((&body["channels"], &body["source"]), (&2.into(), &"DialVerb".into()));
}
