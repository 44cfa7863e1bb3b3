//! Hold: both legs of a call are taken into a conference, and one of them hears music.

use simulator::CallStatus;

use super::{CALLEE, Stage, eventually, stage, tone};
use crate::refused;

const ROOM: &str = "<Dial action=\"/after\"><Conference beep=\"false\" endConferenceOnExit=\"true\" \
                    participantLabel=\"LABEL\" record=\"record-from-start\" recordingStatusCallback=\"/tape\" \
                    statusCallback=\"/room\" statusCallbackEvent=\"start end join leave hold\">room-1</Conference></Dial>";

/// A bridged call whose legs are both in the conference now: parent, child, conference.
async fn in_conference() -> (Stage, String, String, String) {
    let stage = stage(|request| match request.path.as_str() {
        "/voice" => format!("<Dial action=\"/then\">{CALLEE}</Dial>"),
        "/then" => ROOM.replace("LABEL", "own"),
        _ => String::new(),
    })
    .await;
    stage.harness.simulator.script_phone(CALLEE, tone(900.0));
    let parent = stage.call_in(tone(600.0));
    stage.hears(&parent, 900.0).await;
    let child = stage.child(&parent).unwrap();
    let absolute = ROOM
        .replace("LABEL", "remote")
        .replace("=\"/", &format!("=\"{}", stage.app.url("/")));
    let twiml = format!("<Response>{absolute}</Response>");
    let (status, _) = stage
        .harness
        .post(&format!("/Calls/{child}.json"), &[("Twiml", &twiml)])
        .await;
    assert_eq!(status, 200);
    assert_eq!(stage.app.first("/then").await.param("DialCallStatus"), "completed");
    eventually("both are in it", || {
        [&parent, &child].iter().all(|sid| stage.call(sid).conference.is_some())
    })
    .await;
    let (_, list) = stage
        .harness
        .get("/Conferences.json?FriendlyName=room-1&Status=in-progress")
        .await;
    let conference = list["conferences"][0]["sid"].as_str().unwrap().to_owned();
    (stage, parent, child, conference)
}

#[tokio::test]
async fn who_is_on_hold_hears_music_and_is_not_heard() {
    let (stage, parent, child, conference) = in_conference().await;
    stage.hears(&parent, 900.0).await;
    stage.hears(&child, 600.0).await;
    let participants = format!("/Conferences/{conference}/Participants");
    let (_, list) = stage.harness.get(&format!("{participants}.json")).await;
    let labels: Vec<_> = list["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["label"])
        .collect();
    assert!(
        labels.contains(&&"own".into()) && labels.contains(&&"remote".into()),
        "{list}"
    );

    let (status, body) = stage
        .harness
        .post(&format!("{participants}/{child}.json"), &[("Hold", "true")])
        .await;
    assert_eq!(
        (status, &body["hold"], &body["call_sid"]),
        (200, &true.into(), &child.as_str().into())
    );
    eventually("the music plays", || {
        stage.harness.simulator.call(&child).unwrap().hold && {
            let pitch = stage.pitch(&child);
            pitch > 0.0 && (pitch - 600.0).abs() > 25.0
        }
    })
    .await;
    eventually("the held one is not heard", || {
        stage.pitch(&parent) == 0.0 || (stage.pitch(&parent) - 900.0).abs() > 25.0
    })
    .await;
    let (_, held) = stage.harness.get(&format!("{participants}.json?Hold=true")).await;
    assert_eq!(held["participants"].as_array().unwrap().len(), 1);

    let (status, body) = stage
        .harness
        .post(&format!("{participants}/remote.json"), &[("Hold", "false")])
        .await;
    assert_eq!((status, &body["hold"]), (200, &false.into()), "by its label");
    stage.hears(&child, 600.0).await;
    stage.hears(&parent, 900.0).await;
    let muted = stage
        .harness
        .post(&format!("{participants}/{child}.json"), &[("Muted", "true")])
        .await;
    assert_eq!(muted.1["muted"], true);
    eventually("the muted one is not heard", || {
        (stage.pitch(&parent) - 900.0).abs() > 25.0
    })
    .await;
    stage.hears(&child, 600.0).await;
    assert_eq!(
        refused(stage.harness.post(&format!("{participants}/nobody.json"), &[]).await),
        (404, 20404)
    );
}

#[tokio::test]
async fn it_ends_with_who_ends_it_and_tells_all_of_it() {
    let (stage, parent, child, conference) = in_conference().await;
    // Long enough for something to be on the recording.
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    stage.hears(&parent, 900.0).await;
    stage.harness.simulator.hang_up(&child);
    assert_eq!(stage.ended(&parent).await.status, CallStatus::Completed);
    let after = stage.app.count("/after", 2).await;
    let last = after.iter().find(|one| one.param("CallSid") == parent).unwrap();
    assert_eq!(
        (last.param("DialCallStatus"), last.param("DialCallSid")),
        ("answered", "(absent)")
    );
    let (_, body) = stage.harness.get(&format!("/Conferences/{conference}.json")).await;
    assert_eq!(
        (&body["status"], &body["call_sid_ending_conference"]),
        (&"completed".into(), &child.as_str().into())
    );
    eventually("the end is told", || {
        stage
            .app
            .at("/room")
            .iter()
            .any(|one| one.param("StatusCallbackEvent") == "conference-end")
    })
    .await;
    let told = stage.app.at("/room");
    let events: Vec<_> = told.iter().map(|one| one.param("StatusCallbackEvent")).collect();
    assert_eq!(
        events[..3],
        ["participant-join", "conference-start", "participant-join"],
        "{events:?}"
    );
    assert_eq!(
        (told[0].param("ConferenceSid"), told[0].param("FriendlyName")),
        (conference.as_str(), "room-1")
    );
    let tape = stage.app.first("/tape").await;
    assert_eq!(
        (tape.param("RecordingSource"), tape.param("ConferenceSid")),
        ("Conference", conference.as_str())
    );
    let levels = stage
        .harness
        .simulator
        .recording_levels(tape.param("RecordingSid"))
        .unwrap();
    assert!(levels[0].rms > 0.05, "{levels:?}");
}

#[tokio::test]
async fn participants_are_removed_and_conferences_ended_over_rest() {
    let (stage, parent, child, conference) = in_conference().await;
    let path = format!("/Conferences/{conference}.json");
    assert_eq!(stage.harness.post(&path, &[("Status", "completed")]).await.0, 200);
    stage.ended(&parent).await;
    stage.ended(&child).await;
    assert_eq!(
        stage.harness.get(&path).await.1["reason_conference_ended"],
        "conference-ended-via-api"
    );

    let (stage, parent, child, conference) = in_conference().await;
    let participant = format!("/Conferences/{conference}/Participants/{child}.json");
    let change = [("EndConferenceOnExit", "false")];
    assert_eq!(
        stage.harness.post(&participant, &change).await.1["end_conference_on_exit"],
        false
    );
    assert_eq!(stage.harness.delete(&participant).await.0, 204);
    stage.ended(&child).await;
    assert_eq!(stage.call(&parent).status, CallStatus::InProgress);
}
