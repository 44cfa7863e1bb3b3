//! What two people have told each other stands in one timeline, under the name that the user gave.

use services::messages::Entry;

use crate::messages_line::{OTHER, PEER, code, texts};
use crate::voice_line::sid;

#[tokio::test]
async fn calls_and_texts_with_one_person_are_one_timeline() {
    let (world, product, line, _memory) = texts().await;
    let messages = &product.services.messages;
    line.texted(&product, crate::voice_line::CALLER, "Are you there?").await;
    world.clock.advance(1_000);
    line.rings(&product, &sid("CA")).await;
    world.clock.advance(1_000);
    product.text(&line.caller, crate::voice_line::CALLER, "Yes").await;
    world.clock.advance(1_000);
    line.texted(&product, OTHER, "Hello").await;
    let page = messages.timeline(&line.caller, "020 7946 0199", None, 2).await.unwrap();
    let kinds: Vec<bool> = page
        .entries
        .iter()
        .map(|entry| matches!(entry, Entry::Call(_)))
        .collect();
    assert_eq!(kinds, [false, true]);
    let next = page.next.unwrap();
    let rest = messages
        .timeline(&line.caller, crate::voice_line::CALLER, Some(&next), 2)
        .await
        .unwrap();
    assert_eq!((rest.entries.len(), rest.next), (1, None));
    let threads = messages.threads(&line.caller, None, None, 50).await.unwrap().threads;
    let peers: Vec<&str> = threads.iter().map(|thread| thread.peer.as_str()).collect();
    assert_eq!(peers, [OTHER, crate::voice_line::CALLER]);
    assert!(threads.iter().all(|thread| thread.last.is_some()));
    assert_eq!(
        code(messages.timeline(&line.caller, PEER, Some("x"), 5).await),
        "invalid_filter"
    );
}

#[tokio::test]
async fn a_name_a_draft_and_what_was_read_belong_to_the_thread() {
    let (_world, product, line, _memory) = texts().await;
    let messages = &product.services.messages;
    line.texted(&product, PEER, "Hello").await;
    messages
        .name(&line.caller, "07400 123456", Some(" Zoë\n "))
        .await
        .unwrap();
    messages.draft(&line.caller, PEER, "I beg\r\nyour").await.unwrap();
    let thread = messages.conversation(&line.caller, PEER).await.unwrap().thread;
    assert_eq!(thread.name.as_deref(), Some("Zoë"));
    assert_eq!((thread.draft.as_deref(), thread.unread), (Some("I beg\nyour"), 1));
    for searched in ["zoë", "07400 123456", "+44 7400 123456", "123456"] {
        let found = messages.threads(&line.caller, Some(searched), None, 50).await.unwrap();
        assert_eq!(found.threads.len(), 1, "{searched}");
    }
    assert!(
        messages
            .threads(&line.caller, Some("nobody"), None, 50)
            .await
            .unwrap()
            .threads
            .is_empty()
    );
    product.text(&line.caller, PEER, "I beg your pardon?").await;
    assert_eq!(
        messages.conversation(&line.caller, PEER).await.unwrap().thread.draft,
        None
    );
    let long = "x".repeat(81);
    assert_eq!(
        code(messages.name(&line.caller, PEER, Some(&long)).await),
        "invalid_name"
    );
    messages.name(&line.caller, PEER, None).await.unwrap();
    assert_eq!(
        messages.conversation(&line.caller, PEER).await.unwrap().thread.name,
        None
    );
}

#[tokio::test]
async fn the_composer_says_why_it_is_disabled() {
    let (_world, product, line, _memory) = texts().await;
    let messages = &product.services.messages;
    let caller = &line.caller;
    let composer = |peer: &'static str| async move { messages.conversation(caller, peer).await.unwrap().composer };
    let ready = composer(PEER).await;
    assert!(ready.can_send && ready.why_not.is_none());
    assert_eq!(ready.from_formatted, "+44 20 7183 8750");
    let landline = composer("+442079460199").await;
    // Some landlines take texts, so it may be tried; what to expect is said.
    assert!(landline.can_send && landline.why_not.is_none());
    assert!(landline.hint.unwrap().contains("landline"));
    assert_eq!(ready.hint, None);
    for (peer, expected) in [
        ("+14155550199", "country_not_allowed"),
        ("AMAZON", "number_invalid"),
        ("60006", "number_short"),
    ] {
        let composer = composer(peer).await;
        assert_eq!(composer.why_not.unwrap().code, expected, "{peer}");
    }
}

#[tokio::test]
async fn a_name_or_a_short_code_is_shown_as_it_is_and_the_composer_says_why_it_cannot_be_answered() {
    let (world, product, line, _memory) = texts().await;
    let messages = &product.services.messages;
    for (from, expected) in [
        ("ACME", "number_invalid"),
        ("ACME <b>", "number_invalid"),
        ("<script>", "number_invalid"),
        // With letters read as a telephone's keys it would be a number.
        ("1800FLOWERS", "number_invalid"),
        ("12345", "number_short"),
    ] {
        world.clock.advance(1_000);
        line.texted(&product, from, "Your parcel comes today.").await;
        let thread = &messages.threads(&line.caller, None, None, 50).await.unwrap().threads[0];
        assert_eq!((thread.peer.as_str(), thread.formatted.as_str()), (from, from));
        let page = messages.timeline(&line.caller, from, None, 5).await.unwrap();
        let Entry::Message(text) = &page.entries[0] else {
            panic!("{from}: a call")
        };
        assert_eq!(
            (text.from.as_str(), text.body.as_str()),
            (from, "Your parcel comes today.")
        );
        let conversation = messages.conversation(&line.caller, from).await.unwrap();
        assert_eq!(conversation.thread.unread, 1, "{from}");
        let why_not = conversation.composer.why_not.unwrap();
        assert!(
            !conversation.composer.can_send && why_not.code == expected,
            "{from}: {why_not:?}"
        );
        assert!(why_not.message.contains("cannot be answered"), "{}", why_not.message);
        messages.seen(&line.caller, from).await.unwrap();
        assert_eq!(messages.unread(&line.caller).await.unwrap(), 0, "{from}");
        let answer = crate::messages_line::text(from, "Who?");
        let refused = code(messages.send(&line.caller, &answer, None).await);
        assert!(refused.starts_with("number_"), "{from}: {refused}");
    }
}
