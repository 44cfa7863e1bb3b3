//! What Twilio never told, or told while nobody listened, is found in its lists. Here no webhook ever arrives, unless a test brings it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use domain::call::{CallEventKind, CallStatus, Direction};
use domain::message::{MessageEventKind, MessageStatus};
use domain::recording::{RecordingKind, RecordingStatus};
use services::{Clock as _, SystemClock};
use simulator::{Effect, Fault, MessageStatus as Simulated, PhoneScript};
use store::{CallTarget, CallWrite};

use crate::harness::{Installation, World, until};
use crate::messages_line::{PEER, by_twilio};
use crate::voice_line::{CALLER, Line, NUMBER, line, noted};

const MINUTE: i64 = 60_000;

/// Past everything that Twilio has just done, and past the time in which it could still be told.
fn later(world: &World) {
    let behind = SystemClock.now().since(world.clock.now());
    world.clock.advance(behind + MINUTE);
}

/// Lets so much time pass that lists are due again, and reads them.
async fn swept(world: &World, product: &Installation) {
    world.clock.advance(61 * MINUTE);
    product.services.reconciliation.work_once().await.unwrap();
}

async fn position(product: &Installation, line: &Line) -> i64 {
    product.parts.store.feed_position(line.caller.user_id).await.unwrap()
}

/// A caller who hangs up soon.
fn short() -> PhoneScript {
    PhoneScript {
        hangs_up_after_ms: Some(300),
        ..PhoneScript::default()
    }
}

async fn over(world: &World, sid: &str) {
    until("the call is over", || {
        world.simulator.call(sid).is_some_and(|call| call.ended.is_some())
    })
    .await;
}

#[allow(clippy::type_complexity, reason = "as they are read")]
fn is_found(
    events: &[(
        CallEventKind,
        Option<domain::call::LegRole>,
        Option<CallStatus>,
        Option<String>,
    )],
) -> usize {
    events.iter().filter(|(kind, ..)| *kind == CallEventKind::Found).count()
}

#[tokio::test]
async fn a_call_that_nobody_told_of_is_taken_in_once() {
    let (world, product, line) = line().await;
    let sid = world.simulator.place_call(&line.account.sid, CALLER, NUMBER, short());
    over(&world, &sid).await;
    product.services.reconciliation.work_once().await.unwrap();
    assert_eq!(line.calls(&product).await, [], "it may still be told");

    later(&world);
    swept(&world, &product).await;
    let calls = line.calls(&product).await;
    assert_eq!(calls.len(), 1);
    let call = &calls[0];
    assert_eq!(call.provider_sid.as_deref(), Some(sid.as_str()));
    assert_eq!(
        (call.direction, call.from.as_str(), call.to.as_str()),
        (Direction::Inbound, CALLER, NUMBER)
    );
    assert!(call.summary.status.is_terminal());
    assert_eq!(is_found(&noted(&product, call.id).await), 1);
    let threads = product
        .services
        .messages
        .threads(&line.caller, None, None, 9)
        .await
        .unwrap();
    assert_eq!(threads.threads.len(), 1, "it has its place beside the texts");
    let told = position(&product, &line).await;
    assert_eq!(told, 1);

    swept(&world, &product).await;
    assert_eq!(
        (line.calls(&product).await, position(&product, &line).await),
        (calls.clone(), told)
    );
    // The report comes after all.
    let report = [
        ("CallSid", sid.as_str()),
        ("CallStatus", call.summary.status.as_str()),
        ("From", CALLER),
        ("To", NUMBER),
    ];
    line.status(&product, "/webhooks/twilio/call-status", &report).await;
    let after = line.calls(&product).await;
    assert_eq!((after.len(), after[0].summary), (1, call.summary));
    assert_eq!(position(&product, &line).await, told);
}

#[tokio::test]
async fn the_end_of_a_call_that_was_never_told_is_found() {
    let (world, product, line) = line().await;
    let sid = world.simulator.place_call(&line.account.sid, CALLER, NUMBER, short());
    line.rings(&product, &sid).await;
    over(&world, &sid).await;
    assert!(!line.call(&product, &sid).await.summary.status.is_terminal());
    later(&world);
    swept(&world, &product).await;
    let call = line.call(&product, &sid).await;
    assert!(call.summary.status.is_terminal());
    assert_eq!(is_found(&noted(&product, call.id).await), 1);
    let told = position(&product, &line).await;
    swept(&world, &product).await;
    assert_eq!(position(&product, &line).await, told);
}

/// Serves that document to whoever asks, for as long as the test runs; where.
fn serving(document: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0; 8192];
            let _ = stream.read(&mut asked);
            let length = document.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(format!("{head}{document}").as_bytes());
        }
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn a_recording_that_was_never_told_is_found_and_one_that_was_deleted_does_not_come_back() {
    let (world, product, line) = line().await;
    let document = r#"<Response><Record maxLength="60" playBeep="false"/><Hangup/></Response>"#;
    let url = serving(document);
    world.simulator.edit_number(&line.account.used, |number| {
        number.voice_application_sid = None;
        number.voice_url = Some(url);
    });
    let script = PhoneScript {
        sound: simulator::Sound::Tone(440.0),
        hangs_up_after_ms: Some(2500),
        ..PhoneScript::default()
    };
    let sid = world.simulator.place_call(&line.account.sid, CALLER, NUMBER, script);
    line.rings(&product, &sid).await;
    let call = line.call(&product, &sid).await;
    // It was asked for, and its report got lost.
    let mut asked = CallWrite::on(line.caller.user_id, &line.account.sid, CallTarget::Existing(call.id));
    asked.marks.asked_voicemail = true;
    product.parts.store.apply(&asked, world.clock.now()).await.unwrap();
    over(&world, &sid).await;
    later(&world);
    swept(&world, &product).await;
    let found = product.parts.store.recordings_of_calls(&[call.id]).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].kind, found[0].status),
        (RecordingKind::Voicemail, RecordingStatus::Completed)
    );
    assert!(found[0].duration_seconds > Some(0));
    assert!(line.call(&product, &sid).await.voicemail);
    let told = position(&product, &line).await;
    swept(&world, &product).await;
    assert_eq!(position(&product, &line).await, told);

    product
        .services
        .voice
        .delete_recording(&line.caller, found[0].id)
        .await
        .unwrap();
    swept(&world, &product).await;
    let gone = product.parts.store.recordings_of_calls(&[call.id]).await.unwrap();
    assert_eq!(gone[0].status, RecordingStatus::Deleting);
}

#[tokio::test]
async fn how_far_a_text_came_is_found() {
    let (world, product, line) = by_twilio().await;
    let sent = product.text(&line.caller, PEER, "Hello").await;
    product.post().await;
    until("it is delivered", || {
        let texts = world.simulator.messages();
        texts.iter().any(|text| text.status == Simulated::Delivered)
    })
    .await;
    assert!(!product.status(&line.caller, &sent).await.is_terminal());
    later(&world);
    swept(&world, &product).await;
    assert_eq!(product.status(&line.caller, &sent).await, MessageStatus::Delivered);
    let told = position(&product, &line).await;
    swept(&world, &product).await;
    assert_eq!(position(&product, &line).await, told);
    let sid = product.found(&line.caller, &sent).await.provider_sid.unwrap();
    line.report(&product, &sent, &sid, "delivered").await;
    assert_eq!(position(&product, &line).await, told);
}

#[tokio::test]
async fn texts_that_came_while_nobody_listened_are_taken_in_once_and_in_their_order() {
    let (world, product, line) = by_twilio().await;
    let text = |body: &str, media: &[(&str, &[u8])]| world.simulator.text(&line.account.sid, PEER, NUMBER, body, media);
    let first = text("Hello?", &[("image/png", b"\x89PNG\r\n\x1a\nno more")]);
    let stop = text("Stop", &[]);
    until("they came in", || {
        let texts = world.simulator.messages();
        texts.iter().filter(|text| text.status == Simulated::Received).count() == 2
    })
    .await;
    later(&world);
    swept(&world, &product).await;

    let messages = &product.services.messages;
    let taken = messages
        .list(&line.caller, &services::messages::MessageQuery::default(), None, 9)
        .await
        .unwrap();
    let sids: Vec<_> = taken
        .messages
        .iter()
        .filter_map(|text| text.provider_sid.clone())
        .collect();
    assert_eq!(sids, [stop.clone(), first.clone()], "newest first");
    assert_eq!(taken.messages[1].media.len(), 1);
    let events = product.parts.store.message_events(taken.messages[0].id).await;
    let kinds: Vec<_> = events.unwrap().iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [MessageEventKind::Received, MessageEventKind::Found]);
    let threads = messages.threads(&line.caller, None, None, 9).await.unwrap().threads;
    assert_eq!((threads.len(), threads[0].unread), (1, 2));
    let store = &product.parts.store;
    assert!(
        store
            .opted_out(line.caller.user_id, NUMBER, PEER)
            .await
            .unwrap()
            .is_some()
    );
    let told = position(&product, &line).await;
    assert_eq!(told, 2);

    // Again, and by the webhook that comes after all: nothing changes.
    swept(&world, &product).await;
    line.texted_as(&product, &first, PEER, "Hello?").await;
    assert_eq!(position(&product, &line).await, told);
    assert_eq!(
        messages.threads(&line.caller, None, None, 9).await.unwrap().threads[0].unread,
        2
    );
}

#[tokio::test]
async fn a_stop_that_is_found_late_does_not_overrule_a_later_start() {
    let (world, product, line) = by_twilio().await;
    world.simulator.text(&line.account.sid, PEER, NUMBER, "STOP", &[]);
    until("it came in", || {
        world
            .simulator
            .messages()
            .iter()
            .any(|text| text.status == Simulated::Received)
    })
    .await;
    later(&world);
    line.texted(&product, PEER, "START").await;
    swept(&world, &product).await;
    let store = &product.parts.store;
    assert_eq!(store.opted_out(line.caller.user_id, NUMBER, PEER).await.unwrap(), None);
    assert_eq!(position(&product, &line).await, 2, "but it is there");
}

#[tokio::test]
async fn what_is_none_of_ours_stays_where_it_is() {
    let (world, product, line) = by_twilio().await;
    let free = world.simulator.number(&line.account.free).phone_number;
    let sid = world.simulator.place_call(&line.account.sid, CALLER, &free, short());
    world.simulator.text(&line.account.sid, PEER, &free, "Hello", &[]);
    over(&world, &sid).await;
    later(&world);
    swept(&world, &product).await;
    assert_eq!(line.calls(&product).await, []);
    assert_eq!(position(&product, &line).await, 0);
}

/// How often Twilio's list of calls was read.
fn readings(world: &World) -> usize {
    let requests = world.requests();
    requests
        .iter()
        .filter(|request| request.starts_with("GET") && request.ends_with("/Calls.json"))
        .count()
}

#[tokio::test]
async fn of_two_servers_one_reads_and_both_know() {
    let (world, product, line) = line().await;
    let other = world.start().await;
    let sid = world.simulator.place_call(&line.account.sid, CALLER, NUMBER, short());
    over(&world, &sid).await;
    later(&world);
    let before = readings(&world);
    let (one, two) = tokio::join!(
        product.services.reconciliation.work_once(),
        other.services.reconciliation.work_once()
    );
    one.unwrap();
    two.unwrap();
    assert_eq!(readings(&world), before + 1);
    assert_eq!(line.calls(&other).await.len(), 1);
    assert_eq!(line.calls(&other).await, line.calls(&product).await);
}

#[tokio::test]
async fn lists_are_read_every_few_minutes_and_at_a_start() {
    let (world, product, _line) = line().await;
    let reconciliation = &product.services.reconciliation;
    let read_after = async |minutes: i64| {
        let before = readings(&world);
        world.clock.advance(minutes * MINUTE);
        reconciliation.work_once().await.unwrap();
        readings(&world) - before
    };
    assert_eq!(read_after(0).await, 1, "at once");
    assert_eq!((read_after(3).await, read_after(1).await), (0, 1));
    assert_eq!(
        (read_after(3).await, read_after(1).await),
        (0, 1),
        "nothing happens here"
    );
    let again = world.start().await;
    again.services.reconciliation.begin().await.unwrap();
    assert_eq!(read_after(0).await, 1);
}

#[tokio::test]
async fn a_twilio_that_is_overrun_is_left_alone_for_a_while() {
    let (world, product, _line) = line().await;
    let reconciliation = &product.services.reconciliation;
    world.simulator.inject(Fault {
        method: Some("GET".into()),
        path: "*/Messages.json".into(),
        skip: 0,
        times: None,
        effect: Effect::Status {
            status: 429,
            code: 20429,
            message: "Too many requests.".into(),
            retry_after: None,
        },
    });
    reconciliation.work_once().await.unwrap();
    let refused = readings(&world);
    world.clock.advance(3 * MINUTE);
    reconciliation.work_once().await.unwrap();
    assert_eq!(readings(&world), refused);
    world.simulator.clear_faults();
    world.clock.advance(MINUTE);
    reconciliation.work_once().await.unwrap();
    assert_eq!(readings(&world), refused + 1);
}
