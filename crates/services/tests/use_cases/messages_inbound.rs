//! Texts that come in: kept once, read in their thread, and heeded.

use domain::message::MessageStatus;

use crate::messages_line::{OTHER, PEER, code, text, texts};
use crate::voice_line::{NUMBER, sid};

#[tokio::test]
async fn a_text_that_is_told_often_is_kept_once() {
    let (world, product, line, _memory) = texts().await;
    let sid = sid("SM");
    let all = (0..200).map(|_| line.texted_as(&product, &sid, PEER, "Hello 😀\nyou"));
    futures::future::join_all(all).await;
    let again = world.start().await;
    // The same text under another signature.
    line.texted_as(&again, &sid, PEER, "Hello, too").await;
    let messages = &again.services.messages;
    let page = messages.timeline(&line.caller, PEER, None, 50).await.unwrap();
    assert_eq!(page.entries.len(), 1);
    let kept = messages.find(&line.caller, &sid).await.unwrap();
    assert_eq!(
        (kept.body.as_str(), kept.status),
        ("Hello 😀\nyou", MessageStatus::Received)
    );
    assert_eq!((kept.from.as_str(), kept.to.as_str()), (PEER, NUMBER));
    assert_eq!(messages.unread(&line.caller).await.unwrap(), 1);
    messages.seen(&line.caller, PEER).await.unwrap();
    assert_eq!(messages.unread(&line.caller).await.unwrap(), 0);
}

#[tokio::test]
async fn pictures_are_kept_by_their_sids_and_no_address_is_fetched() {
    let (world, product, line, _memory) = texts().await;
    let (message, picture, odd) = (sid("MM"), sid("ME"), sid("ME"));
    let before = world.requests().len();
    let good = format!(
        "https://api.twilio.com/2010-04-01/Accounts/{}/Messages/{message}/Media/{picture}",
        line.account.sid
    );
    let params = [
        ("MessageSid", message.as_str()),
        ("SmsStatus", "received"),
        ("From", PEER),
        ("To", NUMBER),
        ("Body", ""),
        ("NumMedia", "3"),
        ("MediaUrl0", &good),
        ("MediaContentType0", "image/jpeg"),
        ("MediaUrl1", &format!("http://169.254.169.254/{odd}")),
        ("MediaContentType1", "text/html"),
        ("MediaUrl2", "https://api.twilio.com@evil.example/x"),
    ];
    line.tell(&product, "/webhooks/sms/twilio", &params).await.unwrap();
    let kept = product.services.messages.find(&line.caller, &message).await.unwrap();
    let kinds: Vec<_> = kept.media.iter().map(|medium| medium.content_type.as_deref()).collect();
    assert_eq!(kinds, [Some("image/jpeg"), Some("text/html")]);
    assert_eq!(world.requests().len(), before);
    let none = product.services.messages.media(&line.caller, &message, 7, None).await;
    assert_eq!(none.err().unwrap().problem().code, "media_not_found");
}

#[tokio::test]
async fn stop_and_start_are_heeded_for_that_person_and_number() {
    let (_world, product, line, memory) = texts().await;
    let messages = &product.services.messages;
    line.texted(&product, PEER, "Hello").await;
    product.text(&line.caller, PEER, "Hi").await;
    let stop = sid("SM");
    line.texted_as(&product, &stop, PEER, " stop ").await;
    assert_eq!(
        code(messages.send(&line.caller, &text(PEER, "Why?"), None).await),
        "recipient_opted_out"
    );
    assert!(
        messages
            .conversation(&line.caller, PEER)
            .await
            .unwrap()
            .thread
            .opted_out_at
            .is_some()
    );
    product.text(&line.caller, OTHER, "Hi").await;
    line.texted(&product, PEER, "not a start").await;
    assert!(messages.send(&line.caller, &text(PEER, "x"), None).await.is_err());
    line.texted(&product, PEER, "START").await;
    product.text(&line.caller, PEER, "Again").await;
    // What was told long ago, told again.
    line.texted_as(&product, &stop, PEER, " stop ").await;
    product.text(&line.caller, PEER, "And again").await;
    let params = [
        ("MessageSid", sid("SM")),
        ("From", PEER.to_owned()),
        ("To", NUMBER.to_owned()),
        ("Body", "arrêt".to_owned()),
        ("OptOutType", "STOP".to_owned()),
    ];
    let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
    line.tell(&product, "/webhooks/sms/twilio", &params).await.unwrap();
    assert!(messages.send(&line.caller, &text(PEER, "x"), None).await.is_err());
    drop(memory);
}
