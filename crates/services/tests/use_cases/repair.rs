use crate::harness::{code, scene};

#[tokio::test]
async fn a_fresh_connection_is_in_order() {
    let (_world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    assert_eq!(code(connections.check(&ann).await), "twilio_not_connected");
    connections.save(&ann, account.save(&account.used)).await.unwrap();
    let health = connections.check(&ann).await.unwrap();
    assert!(health.in_order, "{health:?}");
    assert_eq!(
        (
            health.phone_number.len(),
            health.application.len(),
            health.missing.len()
        ),
        (4, 5, 0)
    );
}

#[tokio::test]
async fn what_was_re_pointed_or_deleted_is_shown_and_repaired() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);
    let connected = connections.save(&ann, account.save(&account.used)).await.unwrap();
    world.simulator.edit_number(&account.used, |number| {
        number.voice_url = Some("https://wrong.example.com".into())
    });
    world.simulator.delete_application(&connected.application_sid);
    world.simulator.delete_key(&connected.api_key_sid);

    let health = connections.check(&ann).await.unwrap();
    assert!(!health.in_order);
    assert_eq!(health.missing.len(), 2);
    let calls = &health.phone_number[0];
    assert_eq!(calls.now.as_deref(), Some("https://wrong.example.com"));
    assert_eq!(calls.then.as_deref(), Some("https://phone.example.com/twiml/inbound"));

    let health = connections.repair(&ann).await.unwrap();
    assert!(health.in_order, "{health:?}");
    let now = connections.credentials(&ann).await.unwrap();
    assert_ne!(now.application_sid, connected.application_sid);
    assert_ne!(now.api_key_sid, connected.api_key_sid);
    connections.voice_token(&ann).await.unwrap();
    connections.disconnect(&ann).await.unwrap();
    assert_eq!(world.snapshot(&account), before);
}

#[tokio::test]
async fn an_app_that_was_edited_is_set_back_without_making_another() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let connected = connections.save(&ann, account.save(&account.used)).await.unwrap();
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Applications/{}.json",
        world.simulator.base_url(),
        account.sid,
        connected.application_sid
    );
    let edited = reqwest::Client::new()
        .post(url)
        .basic_auth(&account.sid, Some(&account.auth_token))
        .form(&[("VoiceUrl", "https://wrong.example.com")])
        .send()
        .await
        .unwrap();
    assert!(edited.status().is_success());
    assert!(connections.repair(&ann).await.unwrap().in_order);
    assert_eq!(connections.credentials(&ann).await.unwrap(), connected);
}

#[tokio::test]
async fn a_rotated_token_is_noticed_and_replaced_without_setting_up_again() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);
    let connected = connections.save(&ann, account.save(&account.used)).await.unwrap();
    let token = world.simulator.rotate_auth_token(&account.sid);
    assert_eq!(code(connections.check(&ann).await), "twilio_credentials_rejected");
    assert_eq!(
        code(connections.replace_token(&ann, "short").await),
        "invalid_credentials"
    );
    assert_eq!(
        code(connections.replace_token(&ann, &account.auth_token).await),
        "twilio_credentials_rejected"
    );
    assert_eq!(connections.replace_token(&ann, &token).await.unwrap(), connected);
    assert!(connections.check(&ann).await.unwrap().in_order);
    let view = connections.setup(&ann).await.unwrap().connection.unwrap();
    assert!(token.ends_with(&view.auth_token_last4));
    connections.disconnect(&ann).await.unwrap();
    assert_eq!(world.snapshot(&account), before);
}
