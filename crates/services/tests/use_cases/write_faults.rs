//! Any write fails of what is neither a call nor a text nor a connection: sign-ins, settings, phones, opt-outs, recordings and
//! refused requests. Nothing is half done, and once the database works again, so does everything else.

use domain::phone::Presence;
use domain::recording::RecordingStatus;
use domain::time::UnixMillis;
use messaging::{Outcome, Rejection, RejectionKind};
use secrecy::{ExposeSecret as _, SecretString};
use services::accounts::{Device, SignedIn, Visitor};
use services::rejected::{KEPT, Refusal, Stage, Via};
use services::voice::{RecordingReport, VoiceRequest};
use services::{Entropy, ServiceError};

use crate::database_faults::{break_writes, matrix, mend_writes, ours, receive_as};
use crate::harness::{Installation, World, in_order};
use crate::messages_line::{PEER, text, texts};
use crate::voice_line::{CALLER, Line, NUMBER, form, line, said, sid, target_in};

const HOUR: i64 = 60 * 60 * 1000;
/// A session is noted as seen once in so long, in milliseconds.
const SEEN_EVERY: i64 = 61_000;
/// Longer than a page's word holds that it can ring, in milliseconds.
const PHONE_LEASE: i64 = 101_000;
pub const EMAIL: &str = "ann@example.com";

pub type Write = (&'static str, &'static str);

/// Does it while every such write fails; `None` where that was told as a fault of ours, as which it may be told only.
pub async fn faulty<T>(
    world: &World,
    product: &Installation,
    (table, write): Write,
    work: impl Future<Output = Result<T, ServiceError>>,
) -> Option<T> {
    break_writes(world, table, write).await;
    let done = work.await;
    mend_writes(world, table).await;
    in_order(&product.parts).await;
    match done {
        Ok(done) => Some(done),
        Err(ServiceError::Internal(_)) => None,
        Err(other) => panic!("{write} on {table}: {other}"),
    }
}

/// A browser, and the hash that it is known by.
pub fn browser() -> (Visitor, String) {
    let device = Device::of_cookie(Device::new_cookie(Entropy).expose_secret());
    let shown = format!("{device:?}");
    let hash = shown.chars().filter(|c| c.is_ascii_digit() || ('a'..='f').contains(c));
    // After `Some(Device(`.
    let hash: String = hash.collect::<String>().chars().rev().take(64).collect();
    let visitor = Visitor {
        address: "192.0.2.7".into(),
        user_agent: "Browser".into(),
        device,
    };
    (visitor, hash.chars().rev().collect())
}

#[tokio::test]
async fn a_sign_in_and_its_end_survive_every_write_that_fails() {
    let world = World::new().await;
    let product = world.start().await;
    let accounts = &product.services.accounts;
    let password = SecretString::from("correct horse battery");
    let here = accounts.sign_up(EMAIL, &password, &browser().0).await.unwrap();
    let who = async |cookie: &SecretString| accounts.authenticate(cookie.expose_secret()).await;
    let ann = who(&here.cookie).await.unwrap().unwrap();
    for at in matrix(&["sessions", "devices"]) {
        let case = format!("{} on {} failed", at.1, at.0);
        let (visitor, hash) = browser();
        let sign_in = || accounts.sign_in(EMAIL, &password, &visitor);
        let known = async || {
            let store = &product.parts.store;
            let live = accounts.sessions(&ann).await.unwrap().len();
            (live - 1, store.knows_device(EMAIL, &hash, UnixMillis(0)).await.unwrap())
        };
        let first = faulty(&world, &product, at, sign_in()).await;
        assert_eq!(
            known().await,
            (usize::from(first.is_some()), first.is_some()),
            "{case}: half signed in"
        );
        let mut failed = first.is_none();
        let signed_in: SignedIn = match first {
            Some(signed_in) => signed_in,
            None => sign_in().await.unwrap(),
        };
        let there = who(&signed_in.cookie).await.unwrap().unwrap();
        world.clock.advance(SEEN_EVERY);
        let last_seen = async || {
            let sessions = accounts.sessions(&ann).await.unwrap();
            let session = sessions.into_iter().find(|session| session.id == there.session_id);
            session.unwrap().last_seen_at
        };
        let before = last_seen().await;
        let caller = faulty(&world, &product, at, who(&signed_in.cookie)).await;
        assert!(caller.flatten().is_some(), "{case}: signed out by it");
        failed |= last_seen().await == before;
        let again = faulty(&world, &product, at, sign_in()).await;
        failed |= again.is_none();
        assert_eq!(known().await, (1 + usize::from(again.is_some()), true), "{case}");

        let end = || accounts.revoke_session(&ann, there.session_id);
        let ended = faulty(&world, &product, at, end()).await.is_some();
        failed |= !ended;
        assert_eq!(
            who(&signed_in.cookie).await.unwrap().is_none(),
            ended,
            "{case}: half ended"
        );
        assert_eq!(known().await.1, !ended, "{case}: half ended");
        if !ended {
            end().await.unwrap();
        }
        assert!(who(&signed_in.cookie).await.unwrap().is_none(), "{case}");
        if faulty(&world, &product, at, accounts.revoke_other_sessions(&ann))
            .await
            .is_none()
        {
            failed = true;
            accounts.revoke_other_sessions(&ann).await.unwrap();
        }
        assert_eq!(known().await, (0, false), "{case}");
        assert!(failed, "{} on {} is not reached", at.1, at.0);
        assert!(
            who(&here.cookie).await.unwrap().is_some(),
            "{case}: others are signed out"
        );
    }
}

pub fn fields(name: &str, value: &str) -> services::calls::Fields {
    [(name.to_owned(), value.to_owned())].into()
}

#[tokio::test]
async fn settings_are_as_before_or_as_asked_whichever_write_fails() {
    for at in matrix(&["voice_settings", "text_settings"]) {
        let (world, product, line) = line().await;
        let (calls, messages) = (&product.services.calls, &product.services.messages);
        let of_texts = fields("notify_number", "07400 123456");
        let now = async || {
            let texts = messages.settings(&line.caller).await.unwrap().settings.notify_number;
            (calls.settings(&line.caller).await.unwrap().ring_seconds, texts)
        };
        let mut failed = false;
        // The first makes the row, the second changes it.
        for seconds in [31, 32] {
            let of_calls = fields("ring_seconds", &seconds.to_string());
            let kept = async {
                let calls = calls.save_settings(&line.caller, &of_calls).await.map(drop);
                calls.and(messages.save_settings(&line.caller, &of_texts).await.map(drop))
            };
            let before = now().await;
            let kept = faulty(&world, &product, at, kept).await.is_some();
            failed |= !kept;
            let asked = (seconds, Some(PEER.to_owned()));
            let expected = match at.0 {
                _ if kept => asked,
                "voice_settings" => (before.0, asked.1),
                _ => (asked.0, before.1),
            };
            assert_eq!(now().await, expected, "{at:?}");
            calls.save_settings(&line.caller, &of_calls).await.unwrap();
            messages.save_settings(&line.caller, &of_texts).await.unwrap();
            assert_eq!(now().await, (seconds, Some(PEER.to_owned())), "{at:?}");
        }
        assert!(failed || at.1 == "DELETE", "{at:?} is not reached");
    }
}

#[tokio::test]
async fn a_phone_rings_as_it_has_said_last_whichever_write_fails() {
    let (world, product, line) = line().await;
    let (phone, store) = (&product.services.phone, &product.parts.store);
    let user = line.caller.user_id;
    for at in matrix(&["phone_leases"]) {
        let rings = async || store.has_live_phone(user, product.parts.clock.now()).await.unwrap();
        let says = |presence| phone.presence(&line.caller, "page", presence);
        // One of a page that has gone without a word.
        phone.presence(&line.caller, "gone", Presence::Ready).await.unwrap();
        world.clock.advance(PHONE_LEASE);
        let mut failed = 0;
        for (presence, expected) in [(Presence::Ready, true), (Presence::Busy, true), (Presence::Gone, false)] {
            let before = rings().await;
            let told = faulty(&world, &product, at, says(presence)).await.is_some();
            assert_eq!(
                rings().await,
                if told { expected } else { before },
                "{at:?} {presence:?}"
            );
            failed += u32::from(!told);
            says(presence).await.unwrap();
            assert_eq!(rings().await, expected, "{at:?} {presence:?}");
        }
        assert!(failed > 0, "{at:?} is not reached");
    }
}

#[tokio::test]
async fn who_wants_no_texts_is_heeded_or_the_text_that_says_so_is_told_again() {
    let (world, product, line, memory) = texts().await;
    let (store, user) = (&product.parts.store, line.caller.user_id);
    for at in matrix(&["opt_outs"]) {
        let out = async || store.opted_out(user, NUMBER, PEER).await.unwrap().is_some();
        let mut failed = false;
        for (word, expected) in [("STOP", true), ("START", false)] {
            let sid = sid("SM");
            let before = out().await;
            let told = faulty(&world, &product, at, receive_as(&product, &line, &sid, word)).await;
            failed |= told.is_none();
            assert_eq!(
                out().await,
                if told.is_some() { expected } else { before },
                "{at:?} {word}"
            );
            let kept = product.services.messages.find(&line.caller, &sid).await.is_ok();
            assert_eq!(
                kept,
                told.is_some(),
                "{at:?} {word}: the text and what it asks for are one"
            );
            receive_as(&product, &line, &sid, word).await.unwrap();
            assert_eq!(out().await, expected, "{at:?} {word}");
        }
        assert!(failed || at.1 == "UPDATE", "{at:?} is not reached");
    }
    // So is what the provider says of it, when the text is handed over.
    memory.then(Outcome::Rejected(Rejection {
        kind: RejectionKind::OptedOut,
        error: domain::message::MessageError {
            code: Some(21_610),
            message: "He wants no texts.".to_owned(),
        },
    }));
    let messages = &product.services.messages;
    let sent = messages.send(&line.caller, &text(PEER, "Hello"), None).await.unwrap();
    break_writes(&world, "opt_outs", "INSERT").await;
    let mend = async {
        while product.status(&line.caller, &sent).await != domain::message::MessageStatus::Sending {
            tokio::task::yield_now().await;
        }
        mend_writes(&world, "opt_outs").await;
    };
    tokio::join!(product.post(), mend);
    let failed = product.found(&line.caller, &sent).await;
    assert_eq!(failed.error.and_then(|error| error.code), Some(21_610));
    assert!(store.opted_out(user, NUMBER, PEER).await.unwrap().is_some());
    in_order(&product.parts).await;
}

/// Nobody answers, so a message is recorded, and deleted.
pub async fn recorded(product: &Installation, line: &Line, call: &str, recording: &str) -> Result<(), ServiceError> {
    let begin = form(&[
        ("CallSid", call),
        ("CallStatus", "ringing"),
        ("From", CALLER),
        ("To", NUMBER),
    ]);
    let target = "/twiml/inbound";
    let webhook = line
        .verify::<VoiceRequest>(product, target, &begin)
        .await
        .map_err(ours)?;
    let xml = said(product, target, webhook).await.map_err(ours)?;
    let target = target_in(&xml, "recordingStatusCallback");
    for status in ["in-progress", "completed"] {
        let report = form(&[
            ("CallSid", call),
            ("RecordingSid", recording),
            ("RecordingStatus", status),
        ]);
        let webhook = line.verify::<RecordingReport>(product, &target, &report).await;
        product
            .services
            .voice
            .recorded(webhook.map_err(ours)?)
            .await
            .map_err(ours)?;
    }
    let id = line.call(product, call).await.id;
    let found = product.parts.store.recordings_of_calls(&[id]).await.unwrap();
    let voice = &product.services.voice;
    voice.delete_recording(&line.caller, found[0].id).await?;
    voice.work_once().await
}

#[tokio::test]
async fn a_recording_survives_every_write_that_fails() {
    let (world, product, line) = line().await;
    for at in matrix(&["recordings"]) {
        let (call, recording) = (sid("CA"), sid("RE"));
        let failed = faulty(&world, &product, at, recorded(&product, &line, &call, &recording))
            .await
            .is_none();
        // Whoever was told of a fault tells again; then what was claimed is due.
        recorded(&product, &line, &call, &recording).await.unwrap();
        world.clock.advance(HOUR);
        product.services.voice.work_once().await.unwrap();
        in_order(&product.parts).await;
        let id = line.call(&product, &call).await.id;
        let found = product.parts.store.recordings_of_calls(&[id]).await.unwrap();
        assert_eq!(found.len(), 1, "{at:?}");
        assert_eq!(found[0].status, RecordingStatus::Deleted, "{at:?}");
        assert!(failed || at.1 == "DELETE", "{at:?} is not reached");
    }
}

/// A request in the user's name is refused.
pub fn refuse(product: &Installation, line: &Line) {
    product.services.rejected.note(|| Refusal {
        stage: Stage::Unsigned,
        target: "/twiml/inbound".to_owned(),
        signature: None,
        body: format!("AccountSid={}", line.account.sid).into(),
        via: Via::default(),
    });
}

#[tokio::test]
async fn refused_requests_are_counted_once_whichever_write_fails() {
    let (world, product, line) = line().await;
    let rejected = &product.services.rejected;
    let mut times = 0;
    for at in matrix(&["refused_requests"]) {
        refuse(&product, &line);
        let stored = faulty(&world, &product, at, rejected.work_once()).await.is_some();
        times += 1;
        let told = async || {
            rejected
                .list(&line.caller)
                .await
                .unwrap()
                .iter()
                .map(|view| view.times)
                .sum::<i64>()
        };
        assert_eq!(told().await, if stored { times } else { times - 1 }, "{at:?}");
        rejected.work_once().await.unwrap();
        assert_eq!(told().await, times, "{at:?}");
        assert_eq!(stored, at.1 == "DELETE", "{at:?} is reached");
    }
    let store = &product.parts.store;
    let later = product.parts.clock.now().plus(KEPT + 1);
    let forget = async || Ok(store.forget_refused(later).await?);
    assert!(
        faulty(&world, &product, ("refused_requests", "DELETE"), forget())
            .await
            .is_none()
    );
    assert_eq!(forget().await.unwrap(), 1);
}
