//! Reports come in every order, twice, early, or not at all: the text ends up the same.

use domain::message::MessageStatus;
use messaging::{Outcome, Report};

use crate::harness::in_order;
use crate::messages_line::{PEER, address, texts};
use crate::voice_line::{NUMBER, sid};

/// Every order of these.
fn orders(words: &[&'static str]) -> Vec<Vec<&'static str>> {
    if words.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..words.len() {
        let mut rest = words.to_vec();
        let first = rest.remove(at);
        for mut order in orders(&rest) {
            order.insert(0, first);
            all.push(order);
        }
    }
    all
}

#[tokio::test]
async fn every_order_of_reports_comes_to_the_same() {
    for (words, end) in [
        (vec!["queued", "sending", "sent", "delivered"], MessageStatus::Delivered),
        (vec!["accepted", "sent", "undelivered"], MessageStatus::Undelivered),
        (vec!["queued", "failed"], MessageStatus::Failed),
        (vec!["sent", "delivered", "read"], MessageStatus::Read),
        (vec!["sent", "something_new"], MessageStatus::Sent),
    ] {
        let (_world, product, line, memory) = texts().await;
        for order in orders(&words) {
            let sent = product.text(&line.caller, PEER, "Hello").await;
            let sid = sid("SM");
            memory.then(Outcome::Accepted(Report::of(sid.as_str(), MessageStatus::Accepted)));
            product.post().await;
            for word in order.iter().chain(&order) {
                line.report(&product, &sent, &sid, word).await;
            }
            assert_eq!(product.status(&line.caller, &sent).await, end, "{order:?}");
        }
    }
}

#[tokio::test]
async fn a_report_that_is_earlier_than_the_providers_answer_settles_the_text() {
    let (_world, product, line, memory) = texts().await;
    for order in orders(&["queued", "sent", "delivered"]) {
        let sent = product.text(&line.caller, PEER, "Hello").await;
        memory.then(Outcome::Unknown);
        product.post().await;
        assert_eq!(product.status(&line.caller, &sent).await, MessageStatus::Unknown);
        let sid = sid("SM");
        for word in &order {
            line.report(&product, &sent, &sid, word).await;
        }
        let now = product.found(&line.caller, &sent).await;
        assert_eq!(now.status, MessageStatus::Delivered, "{order:?}");
        assert_eq!(now.provider_sid, Some(sid));
    }
    assert!(memory.sent().is_empty());
}

#[tokio::test]
async fn an_error_is_told_in_plain_words_with_its_code() {
    let (_world, product, line, memory) = texts().await;
    for (word, code) in [
        ("undelivered", "30003"),
        ("failed", "30008"),
        ("undelivered", "30007"),
        ("undelivered", "30034"),
    ] {
        let sent = product.text(&line.caller, PEER, "Hello").await;
        memory.then(Outcome::Unknown);
        product.post().await;
        let sid = sid("SM");
        let params = [
            ("MessageSid", sid.as_str()),
            ("MessageStatus", word),
            ("From", NUMBER),
            ("ErrorCode", code),
        ];
        line.tell(&product, &address(&sent), &params).await.unwrap();
        let error = product.found(&line.caller, &sent).await.error.unwrap();
        assert_eq!(error.code.map(|code| code.to_string()).as_deref(), Some(code));
        assert!(
            error.message.ends_with('.') && !error.message.contains(code),
            "{}",
            error.message
        );
    }
}

#[tokio::test]
async fn a_report_a_thousand_times_and_after_a_restart_is_one() {
    let (world, product, line, memory) = texts().await;
    let sent = product.text(&line.caller, PEER, "Hello").await;
    memory.then(Outcome::Unknown);
    product.post().await;
    let sid = sid("SM");
    let all = (0..1_000).map(|_| line.report(&product, &sent, &sid, "delivered"));
    futures::future::join_all(all).await;
    let again = world.start().await;
    line.report(&again, &sent, &sid, "delivered").await;
    let events = again.parts.store.message_events(sent.id).await.unwrap();
    let told = events
        .iter()
        .filter(|event| event.status == Some(MessageStatus::Delivered));
    assert_eq!(told.count(), 1);
}

#[tokio::test]
async fn a_report_that_comes_an_hour_late_is_taken_for_what_it_says() {
    const HOUR: i64 = 60 * 60 * 1000;
    for order in orders(&["queued", "sent", "delivered"]) {
        let (world, product, line, memory) = texts().await;
        let sent = product.text(&line.caller, PEER, "Hello").await;
        let sid = sid("SM");
        memory.then(Outcome::Accepted(Report::of(sid.as_str(), MessageStatus::Accepted)));
        product.post().await;
        for word in order.iter().chain(&order) {
            world.clock.advance(HOUR);
            line.report(&product, &sent, &sid, word).await;
            product.post().await;
        }
        assert_eq!(
            product.status(&line.caller, &sent).await,
            MessageStatus::Delivered,
            "{order:?}"
        );
        in_order(&product.parts).await;
    }
}
