use domain::id::RecordingId;
use domain::recording::RecordingStatus;
use services::Entropy;
use simulator::{Effect, Fault};

use crate::harness::{Installation, code};
use crate::voice_line::{Line, line, sid, target_in};

/// A call with a recording that Twilio does not have.
async fn recorded(product: &Installation, line: &Line) -> (String, RecordingId) {
    let (call, recording) = (sid("CA"), sid("RE"));
    let xml = line.rings(product, &call).await;
    let report = [
        ("CallSid", call.as_str()),
        ("RecordingSid", &recording),
        ("RecordingStatus", "completed"),
    ];
    line.recorded(product, &target_in(&xml, "recordingStatusCallback"), &report)
        .await;
    let id = line.call(product, &call).await.id;
    let found = product.parts.store.recordings_of_calls(&[id]).await.unwrap();
    (recording, found[0].id)
}

async fn status(product: &Installation, line: &Line, id: RecordingId) -> RecordingStatus {
    let found = product.parts.store.recording(line.caller.user_id, id).await.unwrap();
    found.unwrap().status
}

#[tokio::test]
async fn a_recording_is_deleted_at_twilio_however_often_that_fails() {
    let (world, product, line) = line().await;
    let voice = &product.services.voice;
    let (at_twilio, id) = recorded(&product, &line).await;
    world.simulator.inject(Fault {
        method: Some("DELETE".into()),
        path: "*".into(),
        skip: 0,
        times: None,
        effect: Effect::Status {
            status: 503,
            code: 20500,
            message: "No.".into(),
            retry_after: None,
        },
    });
    voice.delete_recording(&line.caller, id).await.unwrap();
    voice.delete_recording(&line.caller, id).await.unwrap();
    let tries = || {
        world
            .requests()
            .iter()
            .filter(|request| request.contains(&at_twilio))
            .count()
    };
    voice.work_once().await.unwrap();
    let first = tries();
    assert!(first > 0);
    assert_eq!(status(&product, &line, id).await, RecordingStatus::Deleting);
    voice.work_once().await.unwrap();
    assert_eq!(tries(), first, "not at once again");
    world.clock.advance(61_000);
    voice.work_once().await.unwrap();
    assert!(tries() > first);

    world.simulator.clear_faults();
    world.clock.advance(121_000);
    voice.work_once().await.unwrap();
    assert_eq!(
        status(&product, &line, id).await,
        RecordingStatus::Deleted,
        "it is not there, so it is gone"
    );
    voice.delete_recording(&line.caller, id).await.unwrap();
}

#[tokio::test]
async fn recordings_are_kept_as_long_as_the_user_wants() {
    let (world, product, line) = line().await;
    let voice = &product.services.voice;
    let (_, id) = recorded(&product, &line).await;
    world.clock.advance(400 * 24 * 60 * 60 * 1000);
    voice.tidy().await.unwrap();
    assert_eq!(
        status(&product, &line, id).await,
        RecordingStatus::Completed,
        "for ever"
    );
    line.set(&product, |settings| settings.retention_days = Some(401)).await;
    voice.tidy().await.unwrap();
    assert_eq!(status(&product, &line, id).await, RecordingStatus::Completed);
    line.set(&product, |settings| settings.retention_days = Some(400)).await;
    voice.tidy().await.unwrap();
    voice.work_once().await.unwrap();
    assert_eq!(status(&product, &line, id).await, RecordingStatus::Deleted);
}

#[tokio::test]
async fn nobody_deletes_anothers_recording() {
    let (world, product, line) = line().await;
    let (_, id) = recorded(&product, &line).await;
    let bob = Line::of(&product, product.user().await, world.account()).await;
    let voice = &product.services.voice;
    assert_eq!(
        code(voice.delete_recording(&bob.caller, id).await),
        "recording_not_found"
    );
    let nobodys = RecordingId(Entropy.uuid());
    assert_eq!(
        code(voice.delete_recording(&line.caller, nobodys).await),
        "recording_not_found"
    );
    assert_eq!(status(&product, &line, id).await, RecordingStatus::Completed);
}

#[tokio::test]
async fn a_call_of_an_account_that_is_gone_comes_to_an_end() {
    let (world, product, line) = line().await;
    let call = sid("CA");
    line.rings(&product, &call).await;
    product.services.connections.disconnect(&line.caller).await.unwrap();
    world.clock.advance(3 * 60 * 1000);
    product.services.voice.work_once().await.unwrap();
    assert!(line.call(&product, &call).await.summary.status.is_terminal());
}

#[tokio::test]
async fn a_call_that_twilio_does_not_know_comes_to_an_end_and_one_that_cannot_be_asked_about_does_not() {
    let (world, product, line) = line().await;
    let call = sid("CA");
    line.rings(&product, &call).await;
    world.simulator.inject(Fault {
        method: Some("GET".into()),
        path: "*".into(),
        skip: 0,
        times: None,
        effect: Effect::Status {
            status: 500,
            code: 20500,
            message: "No.".into(),
            retry_after: None,
        },
    });
    world.clock.advance(3 * 60 * 1000);
    product.services.voice.work_once().await.unwrap();
    assert!(!line.call(&product, &call).await.summary.status.is_terminal());
    world.simulator.clear_faults();
    product.services.voice.work_once().await.unwrap();
    assert!(
        !line.call(&product, &call).await.summary.status.is_terminal(),
        "asked again later"
    );
    world.clock.advance(3 * 60 * 1000);
    product.services.voice.work_once().await.unwrap();
    assert!(line.call(&product, &call).await.summary.status.is_terminal());
}
