//! Requests that are refused: their owner reads why, in words, and nothing of what they said is kept.

use bytes::Bytes;
use secrecy::SecretString;
use services::Caller;
use services::rejected::{KEPT, Refusal, RefusedView, Stage, Via, WayOut};
use twilio::signature::sign;

use crate::harness::{Installation, World};
use crate::voice_line::{APP_URL, CALLER, Form, Line, NUMBER, form, line, sid};

const TARGET: &str = "/twiml/inbound?secret=hush";

/// A request of Twilio's for that account, and what is wrong with it afterwards.
fn call_of(account: &str) -> Form {
    form(&[
        ("AccountSid", account),
        ("CallSid", &sid("CA")),
        ("From", CALLER),
        ("To", NUMBER),
    ])
}

fn refusal(target: &str, signature: Option<String>, params: &Form) -> Refusal {
    let body = params
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace('+', "%2B")));
    Refusal {
        stage: Stage::Forbidden,
        target: target.to_owned(),
        signature,
        body: Bytes::from(body.collect::<Vec<_>>().join("&")),
        via: Via::default(),
    }
}

/// As if it were signed with that token for that address.
fn signed(token: &str, url: &str, target: &str, params: &Form) -> Refusal {
    let signature = sign(&SecretString::from(token.to_owned()), url, params);
    refusal(target, Some(signature), params)
}

async fn told(product: &Installation, caller: &Caller, refusal: Refusal) -> RefusedView {
    let rejected = &product.services.rejected;
    let before = rejected.list(caller).await.unwrap();
    rejected.note(|| refusal);
    rejected.work_once().await.unwrap();
    let mut after = rejected.list(caller).await.unwrap();
    after.retain(|view| !before.contains(view));
    assert_eq!(after.len(), 1, "{before:?} {after:?}");
    after.remove(0)
}

#[tokio::test]
async fn a_wrong_token_is_told_from_a_wrong_address() {
    let (_world, product, line) = line().await;
    let Line { caller, account, .. } = &line;
    let params = call_of(&account.sid);
    let ours = format!("{APP_URL}{TARGET}");
    let other = "0".repeat(32);
    let wrong = told(&product, caller, signed(&other, &ours, TARGET, &params)).await;
    assert!(wrong.sentence.contains("another Auth Token"), "{}", wrong.sentence);
    assert_eq!(
        (wrong.way_out, wrong.path.as_str(), wrong.times),
        (WayOut::ReplaceToken, "/twiml/inbound", 1)
    );
    assert_eq!(wrong.account_sid.as_deref(), Some(account.sid.as_str()));

    for (signed_for, via, shown) in [
        (
            format!("http://phone.example.com{TARGET}"),
            Via::default(),
            "for http://phone.example.com, but APP_URL says https://phone.example.com.",
        ),
        (
            format!("https://phone.example.org{TARGET}"),
            Via {
                host: Some("phone.example.org".into()),
                ..Via::default()
            },
            "for https://phone.example.org, but",
        ),
        (
            format!("https://outer.example.org:8443{TARGET}"),
            Via {
                host: Some("10.0.0.2:3000".into()),
                forwarded_host: Some("outer.example.org".into()),
                forwarded_port: Some("8443".into()),
                ..Via::default()
            },
            "for https://outer.example.org:8443, but",
        ),
        (
            format!("{APP_URL}/twiml/inbound/?secret=hush"),
            Via::default(),
            "for https://phone.example.com/twiml/inbound/, but https://phone.example.com/twiml/inbound arrived",
        ),
        (
            format!("{APP_URL}//twiml/inbound?secret=hush"),
            Via::default(),
            "for https://phone.example.com//twiml/inbound, but",
        ),
        (
            format!("{APP_URL}/sniko{TARGET}"),
            Via {
                forwarded_prefix: Some("/sniko".into()),
                ..Via::default()
            },
            "for https://phone.example.com/sniko/twiml/inbound, but",
        ),
        (
            format!("{APP_URL}/twiml/inbound"),
            Via::default(),
            "/twiml/inbound without a query, but",
        ),
    ] {
        let mut refusal = signed(&account.auth_token, &signed_for, TARGET, &params);
        refusal.via = via;
        let view = told(&product, caller, refusal).await;
        assert!(view.sentence.contains(shown), "{signed_for}: {}", view.sentence);
        assert_eq!(view.way_out, WayOut::Address);
    }
    // What a Host header says is nothing to go by: without a signature for it, it is a wrong token.
    let mut refusal = signed(&other, "https://evil.example/twiml/inbound", TARGET, &params);
    refusal.via.host = Some("evil.example".into());
    let rejected = &product.services.rejected;
    rejected.note(|| refusal);
    rejected.work_once().await.unwrap();
    let all = rejected.list(caller).await.unwrap();
    assert!(!format!("{all:?}").contains("evil"));
}

#[tokio::test]
async fn every_other_reason_has_its_own_words() {
    let (world, product, line) = line().await;
    let Line { caller, account, .. } = &line;
    let params = call_of(&account.sid);
    let ours = format!("{APP_URL}{TARGET}");
    let good = |params: &Form| signed(&account.auth_token, &ours, TARGET, params);
    let staged = |stage| Refusal { stage, ..good(&params) };
    let unsigned = Refusal {
        signature: None,
        ..staged(Stage::Unsigned)
    };
    let mut repeated = params.clone();
    repeated[1].1 = "CAnonsense".into();
    let call = format!("/webhooks/twilio/call-status/{}", services::Entropy.uuid());
    let added = refusal(
        TARGET,
        Some(sign(&account.auth_token.clone().into(), &ours, &[])),
        &params,
    );
    for (refusal, words) in [
        (staged(Stage::Method), "no POST"),
        (staged(Stage::MediaType), "not form encoded"),
        (staged(Stage::TooLarge), "larger than 64 KiB"),
        (unsigned, "no signature"),
        (refusal(TARGET, Some("AAAA".into()), &params), "as a signature is none"),
        (good(&repeated), "missing, repeated or not one of Twilio's"),
        (added, "adds or changes them"),
        (
            signed(&account.auth_token, &format!("{APP_URL}{call}"), &call, &params),
            "call or text that the address names is not known",
        ),
    ] {
        let view = told(&product, caller, refusal).await;
        assert!(view.sentence.contains(words), "{words}: {}", view.sentence);
    }

    // The day of a former token, and after it.
    let former = account.auth_token.clone();
    let token = world.simulator.rotate_auth_token(&account.sid);
    product
        .services
        .connections
        .replace_token(caller, &token)
        .await
        .unwrap();
    world.clock.advance(24 * 60 * 60 * 1000 + 1);
    let view = told(&product, caller, signed(&former, &ours, TARGET, &params)).await;
    assert!(
        view.sentence.contains("from before the last change"),
        "{}",
        view.sentence
    );

    product.services.connections.disconnect(caller).await.unwrap();
    let view = told(&product, caller, signed(&token, &ours, TARGET, &params)).await;
    assert!(view.sentence.contains("not connected any more"), "{}", view.sentence);
    assert_eq!(view.way_out, WayOut::Connect);
}

#[tokio::test]
async fn a_user_reads_his_own_and_what_is_nobodys_is_the_operators() {
    let (world, product, ann) = line().await;
    let bob = Line::of(&product, product.user().await, world.account()).await;
    ann.rings(&product, &sid("CA")).await;
    let call = &ann.calls(&product).await[0];
    // Bob, who can sign for his own account, speaks of Ann's call.
    let target = format!("/webhooks/twilio/call-status/{}", call.id);
    let mut params = call_of(&bob.account.sid);
    let forged = signed(&bob.account.auth_token, &format!("{APP_URL}{target}"), &target, &params);
    let view = told(&product, &bob.caller, forged).await;
    assert!(view.sentence.contains("not one of this account"), "{}", view.sentence);
    params[1].1 = call.provider_sid.clone().unwrap();
    let ours = format!("{APP_URL}{TARGET}");
    let forged = signed(&bob.account.auth_token, &ours, TARGET, &params);
    let view = told(&product, &bob.caller, forged).await;
    assert!(view.sentence.contains("not one of this account"), "{}", view.sentence);

    let rejected = &product.services.rejected;
    let unknown = call_of(&sid("AC"));
    rejected.note(|| signed(&bob.account.auth_token, &ours, TARGET, &unknown));
    rejected.note(|| refusal(TARGET, Some("x".repeat(28)), &form(&[("Nothing", "at all")])));
    let mut elsewhere = signed(
        &bob.account.auth_token,
        &ours,
        "/proxy//twiml/inbound/<script>",
        &unknown,
    );
    elsewhere.stage = Stage::Address;
    rejected.note(|| elsewhere);
    rejected.work_once().await.unwrap();
    assert!(rejected.list(&ann.caller).await.unwrap().is_empty());
    assert_eq!(rejected.list(&bob.caller).await.unwrap().len(), 2);
    assert_eq!(rejected.lately(&bob.caller).await.unwrap(), 2);

    // Ann came first, so she is the operator.
    let operator = &product.services.operator;
    let seen = operator.view(&ann.caller, None).await.unwrap().refused;
    let sentences: Vec<_> = seen.iter().map(|view| view.sentence.as_str()).collect();
    assert_eq!(seen.len(), 3, "{sentences:?}");
    assert!(sentences.iter().any(|text| text.contains("connected by nobody here")));
    assert!(
        sentences
            .iter()
            .any(|text| text.contains("No Twilio account was named"))
    );
    assert!(
        sentences
            .iter()
            .any(|text| text.contains("A proxy on the way rewrites the path"))
    );
    assert!(operator.view(&bob.caller, None).await.is_err());
}

#[tokio::test]
async fn a_flood_waits_for_nobody_and_stays_in_its_bounds() {
    let (world, product, line) = line().await;
    let Line { caller, account, .. } = &line;
    let rejected = &product.services.rejected;
    let params = call_of(&account.sid);
    for round in 0..40 {
        for number in 0..250 {
            // Her own, each signed for an address of its own; and others that are nobody's.
            let number = round * 250 + number;
            if number % 2 == 0 {
                let host = format!("host{number}.example.org");
                let url = format!("https://{host}{TARGET}");
                let mut refusal = signed(&account.auth_token, &url, TARGET, &params);
                refusal.via.host = Some(host);
                rejected.note(|| refusal);
            } else {
                let unknown = call_of(&sid("AC"));
                rejected.note(|| signed(&account.auth_token, APP_URL, TARGET, &unknown));
            }
        }
        rejected.work_once().await.unwrap();
    }
    let own = rejected.list(caller).await.unwrap();
    assert!((1..=50).contains(&own.len()), "{}", own.len());
    let store = &product.parts.store;
    let nobodys = store.list_refused(None, domain::time::UnixMillis(0)).await.unwrap();
    assert!((1..=50).contains(&nobodys.len()), "{}", nobodys.len());

    // More at once than there is room for: they are counted, and nothing is made of them.
    let mut made = 0;
    for _ in 0..1000 {
        rejected.note(|| {
            made += 1;
            refusal(TARGET, None, &params)
        });
    }
    assert_eq!(made, 256);
    assert!(rejected.dropped() >= 744);
    // All of them are alike, so all are counted, though only some are looked at closely.
    world.clock.advance(1);
    rejected.work_once().await.unwrap();
    let newest = &rejected.list(caller).await.unwrap()[0];
    assert!(newest.sentence.contains("as a signature is none"), "{newest:?}");
    assert_eq!(newest.times, 256);

    world.clock.advance(KEPT + 1);
    assert!(rejected.list(caller).await.unwrap().is_empty());
}

#[tokio::test]
async fn noting_writes_nothing_and_nothing_of_what_was_said_is_stored() {
    let world = World::on_file().await;
    let product = world.start().await;
    let line = Line::of(&product, product.user().await, world.account()).await;
    let rejected = &product.services.rejected;
    let params = call_of(&line.account.sid);
    let signature = "c2lnbmF0dXJlIG9mIGEgZm9yZ2Vy";
    rejected.note(|| refusal(TARGET, Some(signature.to_owned()), &params));
    assert!(rejected.list(&line.caller).await.unwrap().is_empty());
    rejected.work_once().await.unwrap();
    assert_eq!(rejected.list(&line.caller).await.unwrap().len(), 1);
    product.parts.store.close().await;
    let bytes = std::fs::read(world.database()).unwrap();
    for said in [signature, "secret=hush", "hush", CALLER, &params[1].1] {
        let found = bytes.windows(said.len()).any(|window| window == said.as_bytes());
        assert!(!found, "{said}");
    }
}
