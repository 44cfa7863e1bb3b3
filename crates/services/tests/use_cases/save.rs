use domain::connection::StepState;
use simulator::{Capabilities, Effect, Fault, NumberSeed, longest_chain};

use crate::harness::{World, code, scene};

#[tokio::test]
async fn saving_makes_app_key_and_webhooks_and_keeps_the_secrets_sealed() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    connections
        .verify(&ann, &account.sid, &account.auth_token)
        .await
        .unwrap();
    let request = services::connections::SaveRequest {
        phone_number_sid: account.free.clone(),
        ..Default::default()
    };
    let connected = connections.save(&ann, request).await.unwrap();
    assert_eq!(connected.status, "connected");
    assert_eq!(connected.phone_number, "+14155550100");
    assert_eq!(connections.credentials(&ann).await.unwrap(), connected);

    let at_twilio = world.snapshot(&account);
    let app = &at_twilio.applications[&connected.application_sid];
    assert_eq!(
        app.voice_url.as_deref(),
        Some("https://phone.example.com/twiml/inbound#rc=5&rp=all")
    );
    assert!(
        app.status_callback
            .as_deref()
            .unwrap()
            .starts_with("https://phone.example.com/webhooks/twilio/call-status")
    );
    assert!(app.friendly_name.starts_with("Sniko ") && at_twilio.keys[&connected.api_key_sid] == app.friendly_name);
    let number = &at_twilio.numbers[&account.free];
    assert!(
        number
            .voice_url
            .as_deref()
            .unwrap()
            .starts_with("https://phone.example.com/twiml/inbound")
    );
    assert!(
        number
            .sms_url
            .as_deref()
            .unwrap()
            .starts_with("https://phone.example.com/webhooks/sms/twilio")
    );
    assert!(
        number
            .status_callback
            .as_deref()
            .unwrap()
            .starts_with("https://phone.example.com/webhooks/twilio/call-status")
    );
    assert_eq!(
        at_twilio.numbers[&account.used],
        world.simulator.number(&account.used),
        "the other number is untouched"
    );

    let setup = connections.setup(&ann).await.unwrap();
    assert!(setup.draft.is_none() && setup.progress.is_none() && setup.connection.is_some());
    let steps = product.parts.store.steps(
        product
            .parts
            .store
            .newest_connection(ann.user_id)
            .await
            .unwrap()
            .unwrap()
            .id,
    );
    assert!(
        steps
            .await
            .unwrap()
            .iter()
            .all(|step| step.state == StepState::Done && step.sid.is_some())
    );
}

#[tokio::test]
async fn no_secret_is_in_the_database_file() {
    let world = World::on_file().await;
    let product = world.start().await;
    let (ann, account) = (product.user().await, world.account());
    let connections = &product.services.connections;
    connections
        .verify(&ann, &account.sid, &account.auth_token)
        .await
        .unwrap();
    connections.save(&ann, account.save(&account.free)).await.unwrap();
    let connection = product
        .parts
        .store
        .current_connection(ann.user_id)
        .await
        .unwrap()
        .unwrap();
    let (user, row) = (ann.user_id.to_string(), connection.id.to_string());
    let context = services::sealing::SealedColumn::ConnectionApiKeySecret.context(&user, &row);
    let secret = product
        .parts
        .vault
        .open(&context, connection.api_key_secret.as_deref().unwrap())
        .unwrap();
    let secret = secrecy::ExposeSecret::expose_secret(&secret).to_owned();
    assert_eq!(secret.len(), 32);
    for name in ["sniko.db", "sniko.db-wal"] {
        let bytes = std::fs::read(world.folder.path().join(name)).unwrap_or_default();
        for secret in [&secret, &account.auth_token] {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
                "{name}"
            );
        }
    }
    // Bound to its row: the same blob opens nothing as another user's, row's or column's.
    let blob = connection.api_key_secret.as_deref().unwrap();
    for context in [
        services::sealing::SealedColumn::ConnectionApiKeySecret.context("someone else", &row),
        services::sealing::SealedColumn::ConnectionApiKeySecret.context(&user, "another row"),
        services::sealing::SealedColumn::ConnectionAuthToken.context(&user, &row),
    ] {
        assert!(product.parts.vault.open(&context, blob).is_err());
    }
}

#[tokio::test]
async fn saving_takes_three_round_trips_one_after_the_other() {
    let (world, product, ann, account) = scene().await;
    // Slow enough that what is asked side by side overlaps, whatever this machine is doing.
    world.simulator.inject(Fault {
        method: None,
        path: "*".into(),
        skip: 0,
        times: None,
        effect: Effect::Delay(100),
    });
    product
        .services
        .connections
        .save(&ann, account.save(&account.free))
        .await
        .unwrap();
    let journal = world.simulator.journal();
    assert_eq!(journal.len(), 5, "{:?}", world.requests());
    assert!(longest_chain(&journal) <= 3, "{:?}", world.requests());
}

#[tokio::test]
async fn a_number_in_use_is_taken_over_only_when_told_so() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);
    let mut request = account.save(&account.used);
    request.take_over = false;
    let refused = connections.save(&ann, request.clone()).await.unwrap_err();
    assert!(matches!(refused, services::ServiceError::Conflict(_)));
    assert_eq!(refused.problem().code, "number_in_use");
    assert_eq!(world.snapshot(&account), before);
    let read_only = world.requests().iter().all(|request| request.starts_with("GET "));
    assert!(read_only, "{:?}", world.requests());
    request.take_over = true;
    connections.save(&ann, request).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_and_nothing_is_made() {
    let (world, product, ann, account) = scene().await;
    let texts_only = NumberSeed {
        phone_number: "+14155550177".into(),
        capabilities: Capabilities {
            voice: false,
            ..Capabilities::default()
        },
        ..NumberSeed::default()
    };
    let mute = world.simulator.add_number(&account.sid, texts_only);
    let before = world.snapshot(&account);
    let connections = &product.services.connections;
    assert_eq!(
        code(connections.save(&ann, account.save(&mute)).await),
        "number_without_voice"
    );
    let absent = "PN0123456789abcdef0123456789abcdef";
    assert_eq!(
        code(connections.save(&ann, account.save(absent)).await),
        "number_not_found"
    );
    let mut wrong = account.save(&account.free);
    wrong.auth_token = Some("0".repeat(32));
    assert_eq!(code(connections.save(&ann, wrong).await), "twilio_credentials_rejected");
    assert_eq!(world.snapshot(&account), before);

    world.simulator.clear_journal();
    let mut malformed = account.save("not a sid");
    malformed.account_sid = Some("AC".into());
    let problem = connections.save(&ann, malformed).await.unwrap_err().problem();
    assert!(problem.fields.contains_key("account_sid") && problem.fields.contains_key("phone_number_sid"));
    assert_eq!(world.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn two_tabs_that_save_at_once_make_one_connection() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let saves = (0..6).map(|_| connections.save(&ann, account.save(&account.free)));
    let results = futures::future::join_all(saves).await;
    assert!(results.iter().any(Result::is_ok));
    for error in results.into_iter().filter_map(Result::err) {
        assert_eq!(error.problem().code, "setup_in_progress");
    }
    let at_twilio = world.snapshot(&account);
    assert_eq!((at_twilio.applications.len(), at_twilio.keys.len()), (1, 1));
    // Once it is connected, pressing Save again is answered with what is there.
    let again = connections.save(&ann, account.save(&account.free)).await.unwrap();
    assert_eq!(connections.credentials(&ann).await.unwrap(), again);
    assert_eq!(
        code(connections.save(&ann, account.save(&account.used)).await),
        "already_connected"
    );
    assert_eq!(world.snapshot(&account), at_twilio);
}

#[tokio::test]
async fn the_work_goes_on_when_the_browser_stops_waiting() {
    let (world, product, ann, account) = scene().await;
    let connections = product.services.connections.clone();
    let request = account.save(&account.free);
    let caller = ann.clone();
    let tab = tokio::spawn(async move { connections.save(&caller, request).await });
    crate::harness::until("the first request", || !world.requests().is_empty()).await;
    tab.abort();
    product.parts.tasks.close();
    product.parts.tasks.wait().await;
    assert_eq!(
        product.services.connections.credentials(&ann).await.unwrap().status,
        "connected"
    );
}

#[tokio::test]
async fn a_token_for_the_phone_is_signed_with_the_key_and_lasts_ten_minutes() {
    let (_world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let refused = connections.voice_token(&ann).await.unwrap_err();
    assert!(matches!(refused, services::ServiceError::Conflict(_)));
    assert_eq!(refused.problem().code, "twilio_not_connected");

    let connected = connections.save(&ann, account.save(&account.free)).await.unwrap();
    let token = connections.voice_token(&ann).await.unwrap();
    let user = product.parts.store.lookup_user(ann.user_id).await.unwrap().unwrap();
    assert_eq!(token.identity, user.voice_identity);
    let claims = token.token.split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["iss"], connected.api_key_sid);
    assert_eq!(claims["sub"], account.sid);
    assert_eq!(
        claims["grants"]["voice"]["outgoing"]["application_sid"],
        connected.application_sid
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    assert!(token.expires_at.ends_with('Z'));
    assert_ne!(
        connections.voice_token(&ann).await.unwrap().token,
        token.token,
        "each has an id of its own"
    );
}
