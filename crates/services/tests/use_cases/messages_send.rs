//! A text is stored, and that is all a person waits for; what cannot be sent is refused in words.

use domain::message::MessageStatus;
use services::ServiceError;
use services::messages::{MessageQuery, SendText};

use crate::harness::World;
use crate::messages_line::{OTHER, PEER, code, text, texts};
use crate::voice_line::NUMBER;

#[tokio::test]
async fn a_text_is_stored_and_then_sent_once() {
    let (_world, product, line, memory) = texts().await;
    let sent = product.text(&line.caller, "07400 123456", "Hello\r\nyou").await;
    assert_eq!((sent.status, sent.to.as_str()), (MessageStatus::Queued, PEER));
    assert_eq!(
        (sent.from.as_str(), sent.body.as_str(), sent.segments),
        (NUMBER, "Hello\nyou", 1)
    );
    assert!(memory.sent().is_empty());
    for _ in 0..3 {
        product.post().await;
    }
    let [handed] = memory.sent().try_into().unwrap();
    assert_eq!((handed.to.as_str(), handed.body.as_str()), (PEER, "Hello\nyou"));
    assert_eq!(handed.sender.as_str(), NUMBER);
    let now = product.found(&line.caller, &sent).await;
    assert!(
        now.status >= MessageStatus::Accepted && now.provider_sid.is_some(),
        "{now:?}"
    );
}

#[tokio::test]
async fn a_key_makes_one_text_of_one_request() {
    let (_world, product, line, memory) = texts().await;
    let messages = &product.services.messages;
    let request = text(PEER, "Hello");
    let same = || messages.send(&line.caller, &request, Some("key-1"));
    let all = futures::future::join_all((0..8).map(|_| same())).await;
    let ids: Vec<_> = all.into_iter().map(|one| one.unwrap().id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
    product.post().await;
    assert_eq!(same().await.unwrap().id, ids[0]);
    assert_eq!(memory.sent().len(), 1);
    for other in [text(PEER, "Hello!"), text(OTHER, "Hello")] {
        let reused = messages.send(&line.caller, &other, Some("key-1")).await;
        assert!(matches!(reused, Err(ServiceError::Invalid(_))));
    }
    let odd = messages.send(&line.caller, &request, Some("k\u{e9}y")).await;
    assert_eq!(code(odd), "invalid_idempotency_key");
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_beside_its_field_and_nothing_is_stored() {
    let (_world, product, line, memory) = texts().await;
    let long = "x".repeat(1_601);
    let digits = "1".repeat(5_000);
    for (to, body, field) in [
        ("", "x", "to"),
        ("\"/><Dial><Number>+1900", "x", "to"),
        (digits.as_str(), "x", "to"),
        ("client:someone-else", "x", "to"),
        ("sip:x@evil", "x", "to"),
        ("+882123456789", "x", "to"),
        ("999", "x", "to"),
        ("+14155550199", "x", "to"),
        (NUMBER, "x", "to"),
        (PEER, "", "body"),
        (PEER, " \u{0}\n", "body"),
        (PEER, long.as_str(), "body"),
    ] {
        let refused = product
            .services
            .messages
            .send(&line.caller, &text(to, body), None)
            .await;
        let Err(ServiceError::Invalid(problem)) = refused else {
            panic!("{to:?} {refused:?}");
        };
        assert_eq!(problem.fields.keys().collect::<Vec<_>>(), [field], "{problem:?}");
    }
    let both = product.services.messages.send(&line.caller, &text("", ""), None).await;
    assert_eq!(both.unwrap_err().problem().fields.len(), 2);
    product.post().await;
    assert!(memory.sent().is_empty());
    assert_eq!(product.all_texts(&line.caller).await, "[]");
    let most = "x".repeat(1_600);
    product.text(&line.caller, PEER, &most).await;
}

#[tokio::test]
async fn without_a_connection_nothing_is_taken() {
    let world = World::new().await;
    let product = world.start().await;
    let ann = product.user().await;
    let refused = product.services.messages.send(&ann, &text(PEER, "x"), None).await;
    assert!(matches!(&refused, Err(ServiceError::Conflict(_))));
    assert_eq!(code(refused), "twilio_not_connected");
}

#[tokio::test]
async fn a_text_waits_for_its_time_and_can_be_called_off_until_then() {
    let (world, product, line, memory) = texts().await;
    let messages = &product.services.messages;
    let later = SendText {
        send_at: Some(messages.now().plus(3_600_000)),
        ..text(PEER, "Later")
    };
    let first = messages.send(&line.caller, &later, None).await.unwrap();
    let second = messages.send(&line.caller, &later, None).await.unwrap();
    assert_eq!(first.status, MessageStatus::Scheduled);
    product.post().await;
    assert!(memory.sent().is_empty());
    let canceled = messages.cancel(&line.caller, &first.id.to_string()).await.unwrap();
    assert_eq!(canceled.status, MessageStatus::Canceled);
    world.clock.advance(3_600_001);
    product.post().await;
    assert_eq!(memory.sent().len(), 1);
    let late = messages.cancel(&line.caller, &second.id.to_string()).await;
    assert_eq!(code(late), "message_not_cancelable");
    assert_eq!(product.status(&line.caller, &first).await, MessageStatus::Canceled);
}

#[tokio::test]
async fn nobody_reaches_anothers_texts() {
    let (_world, product, line, memory) = texts().await;
    let sent = product.text(&line.caller, PEER, "Mine").await;
    product.post().await;
    line.texted(&product, PEER, "Yours").await;
    let before = product.all_texts(&line.caller).await;
    let bob = product.user().await;
    let messages = &product.services.messages;
    let id = sent.id.to_string();
    assert_eq!(code(messages.find(&bob, &id).await), "message_not_found");
    assert_eq!(code(messages.retry(&bob, &id, true).await), "message_not_found");
    assert_eq!(code(messages.cancel(&bob, &id).await), "message_not_found");
    assert_eq!(
        messages.media(&bob, &id, 0, None).await.err().unwrap().problem().code,
        "message_not_found"
    );
    messages.seen(&bob, PEER).await.unwrap();
    messages.name(&bob, PEER, Some("Peer")).await.unwrap();
    assert!(
        messages
            .timeline(&bob, PEER, None, 50)
            .await
            .unwrap()
            .entries
            .is_empty()
    );
    assert!(
        messages
            .list(&bob, &MessageQuery::default(), None, 50)
            .await
            .unwrap()
            .messages
            .is_empty()
    );
    assert_eq!(messages.unread(&line.caller).await.unwrap(), 1);
    assert_eq!(product.all_texts(&line.caller).await, before);
    assert_eq!(memory.sent().len(), 1);
}
