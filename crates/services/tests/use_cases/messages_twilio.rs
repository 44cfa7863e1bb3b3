//! Texts at the simulated Twilio: refused with its codes, and pictures that come through us.

use domain::message::MessageStatus;
use futures::StreamExt as _;

use crate::messages_line::{PEER, by_twilio, code, text};
use crate::voice_line::NUMBER;

#[tokio::test]
async fn twilios_refusals_are_told_in_plain_words_and_never_repeated() {
    let (world, product, line) = by_twilio().await;
    for (to, expected) in [
        ("+15005550009", 21_614),
        ("+15005550002", 21_612),
        ("+15005550003", 21_408),
    ] {
        let sent = product.text(&line.caller, to, "Hello").await;
        product.post().await;
        let asked = world.requests().len();
        product.post().await;
        assert_eq!(world.requests().len(), asked, "{to}");
        let failed = product.found(&line.caller, &sent).await;
        let error = failed.error.unwrap();
        assert_eq!(
            (failed.status, error.code),
            (MessageStatus::Failed, Some(expected)),
            "{to}"
        );
        assert!(error.message.ends_with('.'), "{}", error.message);
    }
}

#[tokio::test]
async fn an_opted_out_number_is_remembered_after_twilio_said_so() {
    let (_world, product, line) = by_twilio().await;
    let sent = product.text(&line.caller, "+15005550004", "Hello").await;
    product.post().await;
    let failed = product.found(&line.caller, &sent).await;
    assert_eq!(failed.error.and_then(|error| error.code), Some(21_610));
    let messages = &product.services.messages;
    let again = messages.send(&line.caller, &text("+15005550004", "x"), None).await;
    assert_eq!(code(again), "recipient_opted_out");
}

#[tokio::test]
async fn a_picture_comes_through_us_by_its_sids() {
    let (world, product, line) = by_twilio().await;
    let picture: &[u8] = b"\x89PNG\r\n\x1a\nno more";
    let account = line.account.sid.as_str();
    let sid = world.simulator.text(
        account,
        PEER,
        NUMBER,
        "Look",
        &[("image/png", picture), ("text/html", b"<script>")],
    );
    let media = world.simulator.message(&sid).unwrap().media;
    let address = |at: usize| format!("https://evil.example/{}", media[at].sid);
    let params = [
        ("MessageSid", sid.as_str()),
        ("SmsStatus", "received"),
        ("From", PEER),
        ("To", NUMBER),
        ("Body", "Look"),
        ("NumMedia", "2"),
        ("MediaUrl0", &address(0)),
        ("MediaContentType0", "image/png"),
        ("MediaUrl1", &address(1)),
        ("MediaContentType1", "image/png"),
    ];
    line.tell(&product, "/webhooks/sms/twilio", &params).await.unwrap();
    let messages = &product.services.messages;
    let shown = messages.media(&line.caller, &sid, 0, None).await.unwrap();
    assert_eq!((shown.content_type.as_str(), shown.inline), ("image/png", true));
    assert!(shown.name.starts_with("picture-"), "{}", shown.name);
    let pieces: Vec<_> = shown.answer.stream.map(|piece| piece.unwrap()).collect().await;
    assert_eq!(pieces.concat(), picture);
    // Whatever the webhook called it, it is what Twilio has.
    let hidden = messages.media(&line.caller, &sid, 1, None).await.unwrap();
    assert_eq!(
        (hidden.content_type.as_str(), hidden.inline),
        ("application/octet-stream", false)
    );
    let bob = product.user().await;
    let refused = messages.media(&bob, &sid, 0, None).await;
    assert_eq!(refused.err().unwrap().problem().code, "message_not_found");
}
