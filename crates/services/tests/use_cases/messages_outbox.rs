//! What is stored is handed over in order, in turn, and once.

use domain::message::{MessageError, MessageStatus};
use messaging::{Outcome, Rejection, RejectionKind};

use crate::harness::until;
use crate::messages_line::{LEASE, OTHER, PEER, by_twilio, code, text, texts};
use crate::voice_line::Line;

fn rejected(kind: RejectionKind, code: u32) -> Outcome {
    Outcome::Rejected(Rejection {
        kind,
        error: MessageError {
            code: Some(code),
            message: "It cannot be sent.".to_owned(),
        },
    })
}

#[tokio::test]
async fn one_person_is_told_in_order_even_if_the_first_has_to_wait() {
    let (world, product, line, memory) = texts().await;
    for body in ["1", "2", "3"] {
        product.text(&line.caller, PEER, body).await;
    }
    product.text(&line.caller, OTHER, "other").await;
    memory.then(Outcome::NotSent { retry_after: None });
    memory.then(Outcome::NotSent { retry_after: None });
    for _ in 0..6 {
        product.post().await;
        world.clock.advance(5_000);
    }
    let bodies = |to: &str| -> Vec<String> {
        let sent = memory.sent().into_iter().filter(|text| text.to == to);
        sent.map(|text| text.body).collect()
    };
    assert_eq!(bodies(PEER), ["1", "2", "3"]);
    assert_eq!(bodies(OTHER), ["other"]);
}

#[tokio::test]
async fn a_backlog_of_one_user_does_not_hold_up_another() {
    let (world, product, line, memory) = texts().await;
    for n in 0..40 {
        product.text(&line.caller, &format!("+4474001234{n:02}"), "many").await;
    }
    let bob = Line::of(&product, product.user().await, world.account()).await;
    product.text(&bob.caller, PEER, "one").await;
    product.post().await;
    let place = memory.sent().iter().position(|text| text.body == "one").unwrap();
    assert!(place < 20, "{place}");
    assert_eq!(memory.sent().len(), 41);
}

#[tokio::test]
async fn what_is_refused_for_good_has_failed_and_can_be_sent_again() {
    let (_world, product, line, memory) = texts().await;
    let sent = product.text(&line.caller, PEER, "Hello").await;
    memory.then(rejected(RejectionKind::Recipient, 21_614));
    product.post().await;
    product.post().await;
    let failed = product.found(&line.caller, &sent).await;
    assert_eq!(failed.status, MessageStatus::Failed);
    assert_eq!(failed.error.and_then(|error| error.code), Some(21_614));
    assert!(memory.sent().is_empty());
    let id = sent.id.to_string();
    product.services.messages.retry(&line.caller, &id, false).await.unwrap();
    product.post().await;
    assert_eq!(memory.sent().len(), 1);
    let again = product.services.messages.retry(&line.caller, &id, true).await;
    assert_eq!(code(again), "message_not_retryable");
}

#[tokio::test]
async fn a_person_who_wants_no_texts_is_remembered() {
    let (_world, product, line, memory) = texts().await;
    let messages = &product.services.messages;
    let sent = product.text(&line.caller, PEER, "Hello").await;
    memory.then(rejected(RejectionKind::OptedOut, 21_610));
    product.post().await;
    assert_eq!(product.status(&line.caller, &sent).await, MessageStatus::Failed);
    let refused = messages.send(&line.caller, &text(PEER, "Please"), None).await;
    assert_eq!(code(refused), "recipient_opted_out");
    let retried = messages.retry(&line.caller, &sent.id.to_string(), true).await;
    assert_eq!(code(retried), "recipient_opted_out");
    let composer = messages.conversation(&line.caller, PEER).await.unwrap().composer;
    assert!(!composer.can_send && composer.why_not.unwrap().message.contains("START"));
    product.text(&line.caller, OTHER, "Somebody else").await;
    line.texted(&product, PEER, "Start").await;
    product.text(&line.caller, PEER, "Welcome").await;
}

#[tokio::test]
async fn a_text_whose_answer_was_lost_is_found_and_never_sent_again() {
    let (world, product, line, memory) = texts().await;
    let sent = product.text(&line.caller, PEER, "Hello").await;
    memory.then_lose_answer();
    product.post().await;
    for _ in 0..3 {
        world.clock.advance(LEASE);
        product.post().await;
    }
    let found = product.found(&line.caller, &sent).await;
    assert!(
        found.status >= MessageStatus::Accepted && found.provider_sid.is_some(),
        "{found:?}"
    );
    assert_eq!(memory.sent().len(), 1);
}

#[tokio::test]
async fn a_text_that_is_nowhere_stays_unknown_until_somebody_insists() {
    let (world, product, line, memory) = texts().await;
    let sent = product.text(&line.caller, PEER, "Hello").await;
    memory.then(Outcome::Unknown);
    product.post().await;
    for _ in 0..3 {
        world.clock.advance(LEASE);
        product.post().await;
    }
    assert_eq!(product.status(&line.caller, &sent).await, MessageStatus::Unknown);
    let id = sent.id.to_string();
    let asked = product.services.messages.retry(&line.caller, &id, false).await;
    assert_eq!(code(asked), "message_fate_unknown");
    assert!(memory.sent().is_empty());
    product.services.messages.retry(&line.caller, &id, true).await.unwrap();
    product.post().await;
    assert_eq!(memory.sent().len(), 1);
}

#[tokio::test]
async fn a_status_that_never_comes_is_asked_for() {
    let (world, product, line, memory) = texts().await;
    let sent = product.text(&line.caller, PEER, "Hello").await;
    product.post().await;
    let sid = product.found(&line.caller, &sent).await.provider_sid.unwrap();
    memory.set_status(&sid, MessageStatus::Delivered);
    world.clock.advance(LEASE);
    product.post().await;
    assert_eq!(product.status(&line.caller, &sent).await, MessageStatus::Delivered);
}

#[tokio::test]
async fn a_stored_text_wakes_the_worker_which_stops_at_shutdown() {
    let (_world, product, line, memory) = texts().await;
    let work = product.services.clone();
    let worker = tokio::spawn(async move { work.work().await });
    product.text(&line.caller, PEER, "Hello").await;
    until("the text is sent", || memory.sent().len() == 1).await;
    product.parts.shutdown.cancel();
    tokio::time::timeout(std::time::Duration::from_secs(5), worker)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn texts_of_a_disconnected_account_fail_in_words() {
    let (_world, product, line) = by_twilio().await;
    let sent = product.text(&line.caller, PEER, "Hello").await;
    product.services.connections.disconnect(&line.caller).await.unwrap();
    product.post().await;
    let failed = product.found(&line.caller, &sent).await;
    assert_eq!(failed.status, MessageStatus::Failed);
    assert!(failed.error.unwrap().message.contains("not connected any more"));
}
