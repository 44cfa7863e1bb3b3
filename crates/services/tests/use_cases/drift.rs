//! What happens at Twilio behind our back: ours is set back by itself, others' doings are told and mended on request.

use domain::setup::Health;
use services::{Caller, Services};
use simulator::{AccountStatus, Effect, Fault};

use crate::harness::{Installation, TestAccount, World, code, scene};

/// After so many milliseconds every connection is due for a look.
const A_LOOK_LATER: i64 = 19 * 60 * 1000;
const ELSEWHERE: &str = "https://elsewhere.example.com/voice";

/// A connected number that served something else before.
async fn connected() -> (World, Installation, Caller, TestAccount) {
    let (world, product, ann, account) = scene().await;
    let save = account.save(&account.used);
    product.services.connections.save(&ann, save).await.unwrap();
    (world, product, ann, account)
}

async fn kept(services: &Services, caller: &Caller) -> Health {
    services.connections.health(caller).await.unwrap().unwrap()
}

/// Lets time pass until everything is due, and looks.
async fn looked_at(world: &World, product: &Installation, caller: &Caller) -> Health {
    world.clock.advance(A_LOOK_LATER);
    product.services.connections.watch_once().await.unwrap();
    kept(&product.services, caller).await
}

async fn notes(product: &Installation, caller: &Caller) -> Vec<String> {
    let setup = product.services.connections.setup(caller).await.unwrap();
    let notes = setup.connection.unwrap().notes.into_iter();
    notes.map(|note| note.sentence).collect()
}

#[tokio::test]
async fn a_connection_is_looked_at_soon_and_then_every_quarter_of_an_hour() {
    let (world, product, ann, _) = connected().await;
    let connections = &product.services.connections;
    assert_eq!(connections.health(&ann).await.unwrap(), None);
    connections.watch_once().await.unwrap();
    let health = kept(&product.services, &ann).await;
    assert!(health.in_order && health.out_of_order_since.is_none(), "{health:?}");

    // Several servers on one database look once.
    let other = Services::new(product.parts.clone());
    world.clock.advance(A_LOOK_LATER);
    world.simulator.clear_journal();
    let (one, two) = tokio::join!(connections.watch_once(), other.connections.watch_once());
    one.and(two).unwrap();
    let looks = world.requests();
    assert_eq!(looks.len(), 4, "{looks:?}");
    connections.watch_once().await.unwrap();
    assert_eq!(world.requests().len(), 4, "not due again");
}

#[tokio::test]
async fn what_somebody_re_pointed_is_told_and_left_alone_until_repair_is_pressed() {
    let (world, product, ann, account) = connected().await;
    let connections = &product.services.connections;
    world.simulator.edit_number(&account.used, |number| {
        number.voice_url = Some(ELSEWHERE.into());
        number.status_callback_method = simulator::HttpMethod::Get;
    });
    let before = world.snapshot(&account);
    let health = looked_at(&world, &product, &ann).await;
    assert!(!health.in_order && health.repairable);
    assert!(health.changes[0].contains(ELSEWHERE), "{health:?}");
    let status = health
        .phone_number
        .iter()
        .find(|line| line.label == "Call status")
        .unwrap();
    assert!(
        status
            .now
            .as_deref()
            .unwrap()
            .starts_with("GET https://phone.example.com/"),
        "{status:?}"
    );
    assert_eq!(world.snapshot(&account), before, "nothing was touched");
    let since = health.out_of_order_since.unwrap();
    assert_eq!(looked_at(&world, &product, &ann).await.out_of_order_since, Some(since));

    let health = connections.repair(&ann).await.unwrap();
    assert!(health.in_order && health.out_of_order_since.is_none(), "{health:?}");
    assert!(notes(&product, &ann).await[0].contains("pointed here again"));
    connections.disconnect(&ann).await.unwrap();
    let number = world.simulator.number(&account.used);
    assert_eq!(number.voice_url.as_deref(), Some("https://example.com/voice"));
}

#[tokio::test]
async fn a_trunk_an_app_and_a_missing_number_are_named() {
    let (world, product, ann, account) = connected().await;
    let app = world
        .simulator
        .add_application(&account.sid, simulator::ApplicationSettings::default());
    world.simulator.edit_number(&account.used, |number| {
        number.trunk_sid = Some("TK0123456789abcdef0123456789abcdef".into());
        number.sms_application_sid = Some(app.clone());
        number.status_callback = None;
    });
    let health = looked_at(&world, &product, &ann).await;
    let told = health.changes.join(" ");
    assert!(
        told.contains("SIP trunk TK0123") && told.contains(&app) && told.contains("cleared"),
        "{told}"
    );
    assert!(product.services.connections.repair(&ann).await.unwrap().in_order);

    world.simulator.inject(Fault::forever(
        "GET",
        "/IncomingPhoneNumbers/*.json",
        Effect::status(404, 20404),
    ));
    let health = looked_at(&world, &product, &ann).await;
    assert!(health.missing[0].contains("not in the account"), "{health:?}");
    assert!(!health.repairable, "nothing brings a number back");
}

#[tokio::test]
async fn an_app_that_was_edited_is_set_back_by_itself_and_told() {
    let (world, product, ann, account) = connected().await;
    let edit = [
        ("VoiceUrl", ELSEWHERE),
        ("VoiceMethod", "GET"),
        ("MessageStatusCallback", ""),
    ];
    edit_app(&world, &product, &ann, &account, &edit).await;
    let health = looked_at(&world, &product, &ann).await;
    assert!(health.in_order, "{health:?}");
    let notes = notes(&product, &ann).await;
    assert!(notes.len() == 1 && notes[0].contains(ELSEWHERE), "{notes:?}");
}

async fn edit_app(
    world: &World,
    product: &Installation,
    caller: &Caller,
    account: &TestAccount,
    settings: &[(&str, &str)],
) {
    let connected = product.services.connections.credentials(caller).await.unwrap();
    let path = format!(
        "2010-04-01/Accounts/{}/Applications/{}.json",
        account.sid, connected.application_sid
    );
    let edited = reqwest::Client::new()
        .post(format!("{}/{path}", world.simulator.base_url()))
        .basic_auth(&account.sid, Some(&account.auth_token))
        .form(settings)
        .send()
        .await
        .unwrap();
    assert!(edited.status().is_success());
}

#[tokio::test]
async fn after_a_change_of_address_everything_follows_by_itself() {
    let (mut world, former, ann, account) = connected().await;
    world
        .simulator
        .edit_number(&account.used, |number| number.sms_url = Some(ELSEWHERE.into()));
    world.app_url = "https://new.example.com".into();
    let product = world.start().await;
    // A server that is about to be replaced leaves things as they are.
    former.services.connections.watch_once().await.unwrap();
    let number = world.simulator.number(&account.used);
    assert!(number.voice_url.unwrap().starts_with("https://phone.example.com/"));

    product.services.connections.check(&ann).await.unwrap();
    let number = world.simulator.number(&account.used);
    assert_eq!(
        number.voice_url.as_deref(),
        Some("https://new.example.com/twiml/inbound#rc=5&rp=all")
    );
    assert!(number.status_callback.unwrap().starts_with("https://new.example.com/"));
    assert!(
        number
            .voice_fallback_url
            .unwrap()
            .starts_with("https://new.example.com/")
    );
    assert_eq!(number.sms_url.as_deref(), Some(ELSEWHERE), "somebody else's");
    let apps = world.snapshot(&account).applications;
    assert!(
        apps.values()
            .all(|app| app.voice_url.as_ref().unwrap().starts_with("https://new.example.com/"))
    );
    let notes = notes(&product, &ann).await;
    assert!(
        notes.iter().any(|note| note.contains("https://new.example.com")),
        "{notes:?}"
    );

    world.clock.advance(A_LOOK_LATER);
    former.services.connections.watch_once().await.unwrap();
    let number = world.simulator.number(&account.used);
    assert!(
        number.voice_url.unwrap().starts_with("https://new.example.com/"),
        "not set back"
    );
    product.services.connections.disconnect(&ann).await.unwrap();
    let number = world.simulator.number(&account.used);
    assert_eq!(number.voice_url.as_deref(), Some("https://example.com/voice"));
    assert_eq!(number.sms_url.as_deref(), Some(ELSEWHERE));
}

#[tokio::test]
async fn a_number_that_points_at_a_former_address_gets_its_settings_back_at_disconnect() {
    let (world, product, ann, account) = scene().await;
    let before = world.snapshot(&account);
    let save = account.save(&account.used);
    product.services.connections.save(&ann, save).await.unwrap();
    let mut world = world;
    world.app_url = "https://new.example.com".into();
    // Nobody has looked since the address changed.
    let product = world.start().await;
    product.services.connections.disconnect(&ann).await.unwrap();
    assert_eq!(world.snapshot(&account), before);
}

#[tokio::test]
async fn a_refused_token_is_told_until_it_is_replaced() {
    let (world, product, ann, account) = connected().await;
    let connections = &product.services.connections;
    let token = world.simulator.rotate_auth_token(&account.sid);
    let health = looked_at(&world, &product, &ann).await;
    assert_eq!(health.problem.unwrap().code, "twilio_credentials_rejected");
    assert!(health.out_of_order_since.is_some());
    assert_eq!(code(connections.check(&ann).await), "twilio_credentials_rejected");
    connections.replace_token(&ann, &token).await.unwrap();
    assert!(kept(&product.services, &ann).await.in_order);
}

#[tokio::test]
async fn a_suspended_account_is_told_and_forgotten_when_it_is_open_again() {
    let (world, product, ann, account) = connected().await;
    world.simulator.set_status(&account.sid, AccountStatus::Suspended);
    let health = looked_at(&world, &product, &ann).await;
    assert_eq!(health.problem.unwrap().code, "twilio_account_inactive");
    world.simulator.set_status(&account.sid, AccountStatus::Active);
    assert!(looked_at(&world, &product, &ann).await.in_order);
}

#[tokio::test]
async fn a_silent_twilio_does_not_hide_what_was_found_and_is_asked_again_soon() {
    let (world, product, ann, account) = connected().await;
    world
        .simulator
        .edit_number(&account.used, |number| number.voice_url = Some(ELSEWHERE.into()));
    let found = looked_at(&world, &product, &ann).await;
    world
        .simulator
        .inject(Fault::forever("GET", "*", Effect::status(503, 20503)));
    assert_eq!(looked_at(&world, &product, &ann).await, found);
    world.simulator.clear_faults();
    world.clock.advance(2 * 60 * 1000);
    product.services.connections.watch_once().await.unwrap();
    assert!(kept(&product.services, &ann).await.checked_at > found.checked_at);
}

#[tokio::test]
async fn a_deleted_key_is_told_and_one_press_makes_another() {
    let (world, product, ann, account) = connected().await;
    let connections = &product.services.connections;
    let connected = connections.credentials(&ann).await.unwrap();
    world.simulator.delete_key(&connected.api_key_sid);
    let health = looked_at(&world, &product, &ann).await;
    assert!(
        health.missing[0].contains("API key was deleted") && health.repairable,
        "{health:?}"
    );
    assert!(world.snapshot(&account).keys.is_empty(), "nothing is made unasked");
    assert!(connections.repair(&ann).await.unwrap().in_order);
    assert_eq!(world.snapshot(&account).keys.len(), 1);
}

#[tokio::test]
async fn an_upgraded_account_is_shown_as_what_it_is() {
    let (world, product, ann, account) = connected().await;
    let facts = product
        .services
        .connections
        .setup(&ann)
        .await
        .unwrap()
        .connection
        .unwrap()
        .account;
    let renamed = domain::setup::AccountFacts {
        friendly_name: "Former name".into(),
        ..facts.clone()
    };
    let connection = product
        .parts
        .store
        .current_connection(ann.user_id)
        .await
        .unwrap()
        .unwrap();
    product
        .parts
        .store
        .replace_account(connection.id, &renamed)
        .await
        .unwrap();
    looked_at(&world, &product, &ann).await;
    let now = product
        .services
        .connections
        .setup(&ann)
        .await
        .unwrap()
        .connection
        .unwrap()
        .account;
    assert_eq!(now, facts);
    assert_eq!(now.sid, account.sid);
}
