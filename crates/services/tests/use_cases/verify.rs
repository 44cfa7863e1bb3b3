use simulator::{AccountKind, AccountSeed, AccountStatus, Effect, Fault, NumberSeed};

use crate::harness::{World, code, scene};

#[tokio::test]
async fn a_right_pair_shows_account_and_every_number() {
    let (world, product, ann, account) = scene().await;
    for index in 0..120 {
        let phone_number = format!("+1415556{index:04}");
        world.simulator.add_number(
            &account.sid,
            NumberSeed {
                phone_number,
                ..NumberSeed::default()
            },
        );
    }
    let verified = product
        .services
        .connections
        .verify(&ann, &account.sid, &account.auth_token)
        .await
        .unwrap();
    assert_eq!(verified.account.sid, account.sid);
    assert_eq!(
        (verified.account.kind.as_str(), verified.account.status.as_str()),
        ("Full", "active")
    );
    assert_eq!(verified.phone_numbers.len(), 122, "all pages");
    let used = verified
        .phone_numbers
        .iter()
        .find(|number| number.sid == account.used)
        .unwrap();
    assert_eq!(
        used.in_use_by.as_deref(),
        Some("Its calls go to https://example.com/voice.")
    );
    assert_eq!(used.formatted, "+44 20 7183 8750");
    let free = verified
        .phone_numbers
        .iter()
        .find(|number| number.sid == account.free)
        .unwrap();
    assert_eq!(free.in_use_by, None);
}

#[tokio::test]
async fn a_malformed_pair_is_refused_by_field_and_twilio_is_not_asked() {
    let (world, product, ann, account) = scene().await;
    let (sid, token) = (account.sid.as_str(), account.auth_token.as_str());
    let cases = [
        ("", "", &["account_sid", "auth_token"][..]),
        (token, sid, &["account_sid"]),
        (&sid.to_lowercase(), token, &["account_sid"]),
        (&sid[..33], token, &["account_sid"]),
        (&format!("{sid}0"), token, &["account_sid"]),
        (&format!("{}\n{}", &sid[..10], &sid[10..]), token, &["account_sid"]),
        ("SK0123456789abcdef0123456789abcdef", token, &["account_sid"]),
        (sid, "too short", &["auth_token"]),
        (sid, &"x".repeat(10_000), &["auth_token"]),
    ];
    for (sid, token, fields) in cases {
        let error = product.services.connections.verify(&ann, sid, token).await.unwrap_err();
        let problem = error.problem();
        assert!(matches!(error, services::ServiceError::Invalid(_)), "{error:?}");
        for field in fields {
            assert!(problem.fields.contains_key(*field), "{sid:?}: {problem:?}");
        }
    }
    assert_eq!(world.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_wrong_pair_test_credentials_and_a_suspended_account_are_told_apart() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let wrong = connections
        .verify(&ann, &account.sid, &"0".repeat(32))
        .await
        .unwrap_err()
        .problem();
    assert_eq!(
        (wrong.code.as_str(), wrong.twilio_code),
        ("twilio_credentials_rejected", Some(20003))
    );

    let test = world.simulator.add_account(AccountSeed {
        test_credentials: true,
        ..AccountSeed::default()
    });
    assert_eq!(
        code(connections.verify(&ann, &test.sid, &test.auth_token).await),
        "twilio_test_credentials"
    );

    for status in [AccountStatus::Suspended, AccountStatus::Closed] {
        let inactive = world.simulator.add_account(AccountSeed {
            status,
            ..AccountSeed::default()
        });
        let refused = code(connections.verify(&ann, &inactive.sid, &inactive.auth_token).await);
        assert!(
            ["twilio_account_inactive", "twilio_credentials_rejected"].contains(&refused.as_str()),
            "{refused}"
        );
    }

    let trial = world.simulator.add_account(AccountSeed {
        kind: AccountKind::Trial,
        ..AccountSeed::default()
    });
    assert!(
        connections
            .verify(&ann, &trial.sid, &trial.auth_token)
            .await
            .unwrap()
            .account
            .is_trial()
    );
}

#[tokio::test]
async fn what_was_verified_survives_a_refused_attempt_and_a_restart() {
    let (world, product, ann, account) = scene().await;
    product
        .services
        .connections
        .verify(&ann, &account.sid, &account.auth_token)
        .await
        .unwrap();
    product
        .services
        .connections
        .verify(&ann, &account.sid, "short")
        .await
        .unwrap_err();

    let again = world.start().await;
    let setup = again.services.connections.setup(&ann).await.unwrap();
    assert_eq!(setup.draft.unwrap().account.sid, account.sid);
    assert_eq!(
        setup.refused.unwrap().account_sid.as_deref(),
        Some(account.sid.as_str())
    );
    let numbers = again
        .services
        .connections
        .refresh_numbers(&ann)
        .await
        .unwrap()
        .phone_numbers;
    assert_eq!(numbers.len(), 2);

    again.services.connections.start_over(&ann).await.unwrap();
    assert!(again.services.connections.setup(&ann).await.unwrap().draft.is_none());
    assert_eq!(
        code(again.services.connections.refresh_numbers(&ann).await),
        "nothing_verified"
    );
}

#[tokio::test]
async fn a_token_typed_into_the_wrong_field_is_not_kept() {
    let world = World::on_file().await;
    let product = world.start().await;
    let (ann, account) = (product.user().await, world.account());
    product
        .services
        .connections
        .verify(&ann, &account.auth_token, &account.sid)
        .await
        .unwrap_err();
    let setup = product.services.connections.setup(&ann).await.unwrap();
    assert_eq!(setup.refused.unwrap().account_sid, None);
    product.parts.store.close().await;
    let bytes = std::fs::read(world.database()).unwrap();
    let token = account.auth_token.as_bytes();
    assert!(!bytes.windows(token.len()).any(|window| window == token));
}

#[tokio::test]
async fn whatever_twilio_answers_verify_ends_with_a_sentence_and_changes_nothing() {
    let effects = [
        (Effect::status(500, 20500), "twilio_unavailable"),
        (Effect::status(429, 20429), "twilio_rate_limited"),
        (Effect::status(401, 20003), "twilio_credentials_rejected"),
        (Effect::DropBefore, "twilio_unavailable"),
        (Effect::HangBefore, "twilio_unavailable"),
        (Effect::Garbage, "twilio_unavailable"),
        (Effect::Redirect("http://127.0.0.1:9/".into()), "twilio_unavailable"),
        (Effect::HugeBody, "twilio_unavailable"),
    ];
    for (effect, expected) in effects {
        for path in ["/Accounts/*.json", "/IncomingPhoneNumbers.json"] {
            let (world, product, ann, account) = scene().await;
            let before = world.snapshot(&account);
            world.simulator.inject(Fault::forever("GET", path, effect.clone()));
            let refused = code(
                product
                    .services
                    .connections
                    .verify(&ann, &account.sid, &account.auth_token)
                    .await,
            );
            assert_eq!(refused, expected, "{effect:?} at {path}");
            assert_eq!(world.snapshot(&account), before);
            let setup = product.services.connections.setup(&ann).await.unwrap();
            assert!(setup.draft.is_none() && setup.refused.is_some());
        }
    }
}
