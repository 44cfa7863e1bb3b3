use domain::setup::Removed;
use simulator::{Effect, Fault};

use crate::harness::{code, scene};

#[tokio::test]
async fn disconnecting_leaves_the_account_exactly_as_it_was() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);
    for number in [&account.used, &account.free] {
        let connected = connections.save(&ann, account.save(number)).await.unwrap();
        let removed = connections.disconnect(&ann).await.unwrap();
        for sid in [&connected.application_sid, &connected.api_key_sid, number] {
            assert!(removed.removed.contains(sid), "{sid} in {removed:?}");
        }
        assert_eq!(removed.left_behind, []);
        assert_eq!(world.snapshot(&account), before);
        assert_eq!(code(connections.credentials(&ann).await), "twilio_not_connected");
        assert!(product.parts.store.list_sealed().await.unwrap().is_empty());
    }
    assert_eq!(
        connections.disconnect(&ann).await.unwrap(),
        Removed::default(),
        "again, nothing is done"
    );
}

#[tokio::test]
async fn what_somebody_changed_meanwhile_is_left_as_it_is() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    connections.save(&ann, account.save(&account.used)).await.unwrap();
    world.simulator.edit_number(&account.used, |number| {
        number.sms_url = Some("https://new.example.com/sms".into())
    });
    connections.disconnect(&ann).await.unwrap();
    let number = world.simulator.number(&account.used);
    assert_eq!(number.sms_url.as_deref(), Some("https://new.example.com/sms"));
    assert_eq!(number.voice_url.as_deref(), Some("https://example.com/voice"));
    assert_eq!(number.status_callback.as_deref(), Some("https://example.com/status"));
}

#[tokio::test]
async fn a_number_behind_a_trunk_or_an_app_gets_it_back() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let app = world
        .simulator
        .add_application(&account.sid, simulator::ApplicationSettings::default());
    for (trunk, application) in [
        (Some("TK0123456789abcdef0123456789abcdef".to_owned()), None),
        (None, Some(app)),
    ] {
        world.simulator.edit_number(&account.used, |number| {
            number.trunk_sid = trunk;
            number.voice_application_sid = application.clone();
            number.sms_application_sid = application;
        });
        let before = world.snapshot(&account);
        connections.save(&ann, account.save(&account.used)).await.unwrap();
        connections.disconnect(&ann).await.unwrap();
        assert_eq!(world.snapshot(&account), before);
    }
}

#[tokio::test]
async fn what_is_gone_already_is_no_fault() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);
    let connected = connections.save(&ann, account.save(&account.used)).await.unwrap();
    world.simulator.delete_application(&connected.application_sid);
    world.simulator.delete_key(&connected.api_key_sid);
    assert_eq!(connections.disconnect(&ann).await.unwrap().left_behind, []);
    assert_eq!(world.snapshot(&account), before);
}

#[tokio::test]
async fn nothing_unmarked_is_touched() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let theirs = simulator::ApplicationSettings {
        friendly_name: "Sniko".into(),
        ..Default::default()
    };
    world.simulator.add_application(&account.sid, theirs);
    world.simulator.add_key(&account.sid, "Sniko");
    let before = world.snapshot(&account);
    connections.save(&ann, account.save(&account.used)).await.unwrap();
    connections.disconnect(&ann).await.unwrap();
    assert_eq!(world.snapshot(&account), before);
}

#[tokio::test]
async fn what_is_left_behind_is_listed_retried_and_at_last_gone() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);
    let connected = connections.save(&ann, account.save(&account.used)).await.unwrap();
    world
        .simulator
        .inject(Fault::forever("DELETE", "/Keys/*.json", Effect::status(503, 20503)));
    let removed = connections.disconnect(&ann).await.unwrap();
    assert_eq!(removed.left_behind.len(), 1);
    assert_eq!(removed.left_behind[0].sid, connected.api_key_sid);

    // Not due yet, so the worker leaves it; the person may press Retry at once.
    world.simulator.clear_journal();
    connections.work_once().await.unwrap();
    assert!(world.requests().is_empty());
    assert_eq!(connections.retry_removal(&ann).await.unwrap().left_behind.len(), 1);
    // Another connection can be made meanwhile, and is not disturbed by the removal of the first.
    connections.save(&ann, account.save(&account.used)).await.unwrap();
    world.simulator.clear_faults();
    assert_eq!(connections.retry_removal(&ann).await.unwrap().left_behind, []);
    assert_eq!(
        connections.credentials(&ann).await.unwrap().phone_number_sid,
        account.used
    );
    assert_eq!(world.snapshot(&account).keys.len(), 1);
    connections.disconnect(&ann).await.unwrap();
    assert_eq!(world.snapshot(&account), before);
}

#[tokio::test]
async fn a_new_token_frees_what_the_old_one_could_not_remove() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);
    connections.save(&ann, account.save(&account.used)).await.unwrap();
    let token = world.simulator.rotate_auth_token(&account.sid);
    let removed = connections.disconnect(&ann).await.unwrap();
    assert_eq!(removed.left_behind.len(), 3, "{removed:?}");
    assert_ne!(world.snapshot(&account), before);
    connections.verify(&ann, &account.sid, &token).await.unwrap();
    connections.work_once().await.unwrap();
    assert_eq!(world.snapshot(&account), before);
    assert!(connections.setup(&ann).await.unwrap().left_behind.is_empty());
}

#[tokio::test]
async fn a_number_that_was_left_pointing_here_is_restored_to_what_it_was_at_first() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);
    connections.save(&ann, account.save(&account.used)).await.unwrap();
    world.simulator.inject(Fault::forever(
        "POST",
        "/IncomingPhoneNumbers/*.json",
        Effect::status(503, 20503),
    ));
    assert_eq!(connections.disconnect(&ann).await.unwrap().left_behind.len(), 1);
    world.simulator.clear_faults();
    connections.save(&ann, account.save(&account.used)).await.unwrap();
    connections.disconnect(&ann).await.unwrap();
    product.settle(&world.clock).await;
    assert_eq!(world.snapshot(&account), before);
}

#[tokio::test]
async fn saving_beside_disconnecting_ends_in_one_of_the_two() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    let before = world.snapshot(&account);
    connections.save(&ann, account.save(&account.used)).await.unwrap();
    let (removed, again, saved) = tokio::join!(
        connections.disconnect(&ann),
        connections.disconnect(&ann),
        connections.save(&ann, account.save(&account.used))
    );
    assert!(removed.is_ok() || again.is_ok());
    for refused in [removed.err(), again.err(), saved.err()].into_iter().flatten() {
        assert!(
            ["setup_in_progress", "twilio_not_connected"].contains(&refused.problem().code.as_str()),
            "{refused:?}"
        );
    }
    if connections.credentials(&ann).await.is_ok() {
        connections.disconnect(&ann).await.unwrap();
    }
    assert_eq!(world.snapshot(&account), before);
}
