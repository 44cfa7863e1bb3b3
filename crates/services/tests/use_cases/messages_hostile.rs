//! Requests that are not what they seem: nothing of them is done, and nobody else's texts are touched.

use messaging::Outcome;
use services::voice::{Rejected, Unverified};

use crate::harness::until;
use crate::messages_line::{OTHER, PEER, address, done, texts, told};
use crate::voice_line::{Line, NUMBER, sid};

#[track_caller]
fn forbidden<T>(result: Result<T, Rejected>) {
    assert!(matches!(result, Err(Rejected::Forbidden)));
}

#[tokio::test]
async fn only_what_was_signed_by_the_texts_own_account_is_accepted() {
    let (world, product, line, memory) = texts().await;
    let bob = Line::of(&product, product.user().await, world.account()).await;
    let sent = product.text(&line.caller, PEER, "Hello").await;
    memory.then(Outcome::Unknown);
    product.post().await;
    let inbound = line.texted(&product, PEER, "Hi").await;
    let before = product.all_texts(&line.caller).await;
    let (new, nobody) = (sid("SM"), sid("AC"));
    let (ann_account, bob_account) = (line.account.sid.as_str(), bob.account.sid.as_str());
    let (ann_token, bob_token) = (line.account.auth_token.as_str(), bob.account.auth_token.as_str());
    let report = |account| {
        [
            ("AccountSid", account),
            ("MessageSid", new.as_str()),
            ("MessageStatus", "delivered"),
        ]
    };
    // His signature on her text, as himself and as her.
    forbidden(done(&product, bob_token, &address(&sent), &report(bob_account)).await);
    forbidden(done(&product, bob_token, &address(&sent), &report(ann_account)).await);
    // Her signature as somebody else, and nobody's.
    forbidden(done(&product, ann_token, &address(&sent), &report(bob_account)).await);
    forbidden(done(&product, "x", &address(&sent), &report(ann_account)).await);
    forbidden(done(&product, ann_token, "/webhooks/sms/twilio", &report(&nobody)).await);
    // Her SID in his account.
    let hers = [
        ("AccountSid", bob_account),
        ("MessageSid", inbound.as_str()),
        ("From", OTHER),
        ("To", NUMBER),
        ("Body", "Forged"),
    ];
    forbidden(done(&product, bob_token, "/webhooks/sms/twilio", &hers).await);
    // Texts that do not exist, and what is no id.
    for id in ["0192f0c1-2f5e-7a3b-8c4d-0123456789ab", "1", ""] {
        let target = format!("/webhooks/sms/twilio?message={id}");
        forbidden(done(&product, ann_token, &target, &report(ann_account)).await);
    }
    let twice = format!("{}&message={}", address(&sent), sent.id);
    forbidden(done(&product, ann_token, &twice, &report(ann_account)).await);
    assert_eq!(product.all_texts(&line.caller).await, before);
    assert_eq!(product.all_texts(&bob.caller).await, "[]");
    assert!(
        told(&product, ann_token, &address(&sent), &report(ann_account))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn shifted_borders_and_repeated_names_are_refused_under_a_good_signature() {
    let (_world, product, line, _memory) = texts().await;
    let before = product.all_texts(&line.caller).await;
    let (account, new, other) = (line.account.sid.as_str(), sid("SM"), sid("SM"));
    let folded = format!("{new}From{PEER}");
    let swallowed = format!("{PEER}To{NUMBER}");
    let lines = format!("{new}\n");
    let both = format!("{account}MessageSid{new}");
    for params in [
        vec![("AccountSid", account), ("MessageSid", folded.as_str())],
        vec![
            ("AccountSid", account),
            ("MessageSid", &new),
            ("From", &swallowed),
            ("To", NUMBER),
        ],
        vec![
            ("AccountSid", account),
            ("MessageSid", &lines),
            ("From", PEER),
            ("To", NUMBER),
        ],
        vec![("AccountSid", both.as_str()), ("From", PEER), ("To", NUMBER)],
        vec![
            ("AccountSid", account),
            ("AccountSid", account),
            ("MessageSid", &new),
            ("From", PEER),
            ("To", NUMBER),
        ],
        vec![
            ("AccountSid", account),
            ("MessageSid", &new),
            ("MessageSid", &other),
            ("From", PEER),
            ("To", NUMBER),
        ],
        vec![
            ("AccountSid", account),
            ("MessageSid", &new),
            ("From", PEER),
            ("From", OTHER),
            ("To", NUMBER),
        ],
        vec![
            ("AccountSid", account),
            ("MessageSid", &new),
            ("MessageStatus", "sentTo+1"),
        ],
        vec![("MessageSid", new.as_str()), ("From", PEER), ("To", NUMBER)],
        vec![("AccountSid", account), ("From", PEER), ("To", NUMBER), ("Body", "x")],
    ] {
        forbidden(done(&product, &line.account.auth_token, "/webhooks/sms/twilio", &params).await);
    }
    assert_eq!(product.all_texts(&line.caller).await, before);
}

#[tokio::test]
async fn a_signature_holds_for_its_words_alone() {
    let (_world, product, line, _memory) = texts().await;
    let params = crate::voice_line::form(&[
        ("AccountSid", &line.account.sid),
        ("MessageSid", &sid("SM")),
        ("From", PEER),
        ("To", NUMBER),
        ("Body", "ä + b 😀"),
        ("FromCity", ""),
    ]);
    let token = secrecy::SecretString::from(line.account.auth_token.clone());
    let target = "/webhooks/sms/twilio";
    let good = twilio::signature::sign(&token, &format!("https://phone.example.com{target}"), &params);
    let verify = |signature: String, params: Vec<(String, String)>| {
        let product = &product;
        async move {
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&params)
                .finish();
            let unverified = Unverified {
                target,
                signature: &signature,
                body: body.as_bytes(),
                call: None,
            };
            product.services.messages.verify(&unverified).await
        }
    };
    for change in 0..params.len() {
        let mut changed = params.clone();
        changed[change].1.push('1');
        forbidden(verify(good.clone(), changed).await);
        let mut fewer = params.clone();
        fewer.remove(change);
        forbidden(verify(good.clone(), fewer).await);
    }
    for signature in [String::new(), format!("{good},{good}"), good.repeat(300)] {
        forbidden(verify(signature, params.clone()).await);
    }
    assert!(verify(good, params).await.is_ok());
}

#[tokio::test]
async fn a_token_that_was_replaced_is_good_for_a_day() {
    let (world, product, line, _memory) = texts().await;
    let old = line.account.auth_token.clone();
    let new = world.simulator.rotate_auth_token(&line.account.sid);
    product
        .services
        .connections
        .replace_token(&line.caller, &new)
        .await
        .unwrap();
    let (account, message) = (line.account.sid.as_str(), sid("SM"));
    let params = [
        ("AccountSid", account),
        ("MessageSid", &message),
        ("From", PEER),
        ("To", NUMBER),
        ("Body", "x"),
    ];
    assert!(told(&product, &old, "/webhooks/sms/twilio", &params).await.is_ok());
    assert!(told(&product, &new, "/webhooks/sms/twilio", &params).await.is_ok());
    world.clock.advance(25 * 60 * 60 * 1000);
    forbidden(done(&product, &old, "/webhooks/sms/twilio", &params).await);
    until("nothing waits", || true).await;
}
