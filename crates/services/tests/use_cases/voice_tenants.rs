//! A signature proves whose account it is, and reaches nothing of anybody else.

use services::voice::{RecordingReport, StatusReport, VoiceRequest};

use crate::harness::scene;
use crate::voice_hostile::{everything, forbidden};
use crate::voice_line::{CALLER, Line, done, form, line, sid, signed, target_in};

#[tokio::test]
async fn a_tenant_reaches_nothing_of_anothers() {
    let (world, product, ann) = line().await;
    let bob = Line::of(&product, product.user().await, world.account()).await;
    let (call, recording, bobs) = (sid("CA"), sid("RE"), sid("CA"));
    let xml = ann.rings(&product, &call).await;
    let report = [
        ("CallSid", call.as_str()),
        ("RecordingSid", &recording),
        ("RecordingStatus", "completed"),
    ];
    let recordings = target_in(&xml, "recordingStatusCallback");
    ann.recorded(&product, &recordings, &report).await;
    let bobs_xml = bob.rings(&product, &bobs).await;
    let (anns_rows, bobs_rows) = (everything(&product, &ann).await, everything(&product, &bob).await);

    let next = target_in(&xml, "action");
    let id = ann.call(&product, &call).await.id;
    let status = format!("/webhooks/twilio/call-status/{id}?leg=browser");
    let own = target_in(&bobs_xml, "action");
    let own_recordings = target_in(&bobs_xml, "recordingStatusCallback");
    for account in [&ann.account.sid, &bob.account.sid] {
        for sid in [&call, &bobs] {
            let params = form(&[
                ("AccountSid", account),
                ("CallSid", sid),
                ("CallStatus", "completed"),
                ("RecordingSid", &recording),
                ("RecordingStatus", "absent"),
                ("From", CALLER),
            ]);
            let token = &bob.account.auth_token;
            forbidden(done::<VoiceRequest>(&product, token, &next, &params).await);
            forbidden(done::<StatusReport>(&product, token, &status, &params).await);
            forbidden(done::<RecordingReport>(&product, token, &recordings, &params).await);
            // His own addresses, with what is hers.
            forbidden(done::<RecordingReport>(&product, token, &own_recordings, &params).await);
            forbidden(done::<RecordingReport>(&product, token, "/webhooks/twilio/recording", &params).await);
        }
        let params = form(&[
            ("AccountSid", account),
            ("CallSid", &call),
            ("CallStatus", "completed"),
            ("From", CALLER),
        ]);
        let token = &bob.account.auth_token;
        forbidden(done::<VoiceRequest>(&product, token, "/twiml/inbound", &params).await);
        forbidden(done::<VoiceRequest>(&product, token, &own, &params).await);
        forbidden(done::<StatusReport>(&product, token, "/webhooks/twilio/call-status", &params).await);
    }
    assert_eq!(everything(&product, &ann).await, anns_rows);
    assert_eq!(everything(&product, &bob).await, bobs_rows);
    // A call of his own, but another than the address names.
    let second = sid("CA");
    bob.rings(&product, &second).await;
    let params = form(&[
        ("AccountSid", &bob.account.sid),
        ("CallSid", &second),
        ("DialCallStatus", "busy"),
    ]);
    forbidden(done::<VoiceRequest>(&product, &bob.account.auth_token, &own, &params).await);
}

#[tokio::test]
async fn unknown_accounts_and_calls_and_deleted_credentials_are_refused() {
    let (_world, product, line) = line().await;
    let call = sid("CA");
    let xml = line.rings(&product, &call).await;
    let of = |account: &str| form(&[("AccountSid", account), ("CallSid", &call), ("From", CALLER)]);
    let token = line.account.auth_token.clone();
    let good = of(&line.account.sid);
    forbidden(done::<VoiceRequest>(&product, &token, "/twiml/inbound", &of(&sid("AC"))).await);
    let id = line.call(&product, &call).await.id.to_string();
    for path in [
        "0192f0c1-2f5e-7a3b-8c4d-0123456789ab".to_owned(),
        id.to_uppercase(),
        format!("{id}/"),
        format!("%20{id}"),
        "1".to_owned(),
        String::new(),
    ] {
        let target = format!("/webhooks/twilio/voice/{path}?then=rang");
        forbidden(done::<VoiceRequest>(&product, &token, &target, &good).await);
    }
    // The token of nobody is unknown to everybody.
    forbidden(done::<VoiceRequest>(&product, "", "/twiml/inbound", &of(&sid("AC"))).await);

    product.services.connections.disconnect(&line.caller).await.unwrap();
    forbidden(done::<VoiceRequest>(&product, &token, "/twiml/inbound", &good).await);
    forbidden(done::<VoiceRequest>(&product, &token, &target_in(&xml, "action"), &good).await);
}

#[tokio::test]
async fn the_former_token_is_good_for_a_day() {
    let (world, product, line) = line().await;
    let old = line.account.auth_token.clone();
    let new = world.simulator.rotate_auth_token(&line.account.sid);
    product
        .services
        .connections
        .replace_token(&line.caller, &new)
        .await
        .unwrap();
    let good = |token: String| {
        let params = form(&[
            ("AccountSid", &line.account.sid),
            ("CallSid", &sid("CA")),
            ("From", CALLER),
        ]);
        let product = &product;
        async move {
            signed::<VoiceRequest>(product, &token, "/twiml/inbound", &params)
                .await
                .is_ok()
        }
    };
    assert!(good(old.clone()).await && good(new.clone()).await);
    world.clock.advance(23 * 60 * 60 * 1000);
    assert!(good(old.clone()).await && good(new.clone()).await);
    world.clock.advance(61 * 60 * 1000);
    assert!(!good(old.clone()).await && good(new.clone()).await);
    product.services.voice.tidy().await.unwrap();
    assert!(!good(old).await && good(new).await);
}

#[tokio::test]
async fn an_account_that_was_given_up_and_taken_by_another_user_is_his() {
    let (_world, product, ann, account) = scene().await;
    let ann = Line::of(&product, ann, account.clone()).await;
    let call = sid("CA");
    let xml = ann.rings(&product, &call).await;
    product.services.connections.disconnect(&ann.caller).await.unwrap();
    let rows = everything(&product, &ann).await;
    let bob = Line::of(&product, product.user().await, account).await;
    // The account, the token and the number are the same; the call is still hers.
    let params = form(&[
        ("AccountSid", &bob.account.sid),
        ("CallSid", &call),
        ("DialCallStatus", "busy"),
    ]);
    let target = target_in(&xml, "action");
    forbidden(done::<VoiceRequest>(&product, &bob.account.auth_token, &target, &params).await);
    assert_eq!(everything(&product, &ann).await, rows);
}
