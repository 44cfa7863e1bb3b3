use secrecy::{ExposeSecret, SecretString};
use services::accounts::Visitor;
use services::{Parts, ServiceError, Services, Settings, SignUp};

use crate::harness::{World, code, scene};

const DAY: i64 = 24 * 60 * 60 * 1000;

fn password() -> SecretString {
    SecretString::from("correct horse battery")
}

fn visitor() -> Visitor {
    Visitor {
        address: "192.0.2.7".into(),
        user_agent: "Browser\r\nX-Evil: 1".into(),
    }
}

#[tokio::test]
async fn signing_up_signs_in_and_the_cookie_alone_says_who() {
    let world = World::on_file().await;
    let product = world.start().await;
    let accounts = &product.services.accounts;
    let ann = accounts
        .sign_up(" Ann@Example.com ", &password(), &visitor())
        .await
        .unwrap();
    assert_eq!(ann.email, "ann@example.com");
    let caller = accounts
        .authenticate(ann.cookie.expose_secret())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(caller.user_id, ann.user_id);
    assert_eq!(accounts.authenticate("").await.unwrap(), None);
    assert_eq!(accounts.authenticate("guessed").await.unwrap(), None);
    let sessions = accounts.sessions(&caller).await.unwrap();
    assert_eq!(sessions[0].user_agent, "BrowserX-Evil: 1");

    let again = accounts
        .sign_in("ANN@example.com", &password(), &visitor())
        .await
        .unwrap();
    assert_ne!(again.cookie.expose_secret(), ann.cookie.expose_secret());
    accounts.sign_out(&caller).await.unwrap();
    assert_eq!(accounts.authenticate(ann.cookie.expose_secret()).await.unwrap(), None);
    assert!(
        accounts
            .authenticate(again.cookie.expose_secret())
            .await
            .unwrap()
            .is_some()
    );

    product.parts.store.close().await;
    let bytes = std::fs::read(world.database()).unwrap();
    for secret in [password().expose_secret(), again.cookie.expose_secret()] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[tokio::test]
async fn bad_fields_are_named_and_an_address_is_taken_once() {
    let world = World::new().await;
    let product = world.start().await;
    let accounts = &product.services.accounts;
    let problem = accounts
        .sign_up("ann", &SecretString::from("short"), &visitor())
        .await
        .unwrap_err()
        .problem();
    assert_eq!(problem.code, "invalid_sign_up");
    assert!(problem.fields.contains_key("email") && problem.fields.contains_key("password"));
    accounts
        .sign_up("ann@example.com", &password(), &visitor())
        .await
        .unwrap();
    let taken = accounts
        .sign_up("ANN@example.com", &password(), &visitor())
        .await
        .unwrap_err();
    assert!(matches!(taken, ServiceError::Conflict(_)));
    assert_eq!(taken.problem().code, "email_taken");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike_and_slowed_down() {
    let world = World::new().await;
    let product = world.start().await;
    let accounts = &product.services.accounts;
    accounts
        .sign_up("ann@example.com", &password(), &visitor())
        .await
        .unwrap();
    let wrong = SecretString::from("wrong horse battery");
    let mut last = String::new();
    for _ in 0..7 {
        let known = accounts
            .sign_in("ann@example.com", &wrong, &visitor())
            .await
            .unwrap_err()
            .problem();
        let unknown = accounts
            .sign_in("bob@example.com", &wrong, &visitor())
            .await
            .unwrap_err()
            .problem();
        assert_eq!(known, unknown);
        last = known.code;
    }
    assert_eq!(last, "too_many_attempts");
    // Not even the right one is looked at now; from elsewhere she still gets in.
    let error = accounts
        .sign_in("ann@example.com", &password(), &visitor())
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        ServiceError::TooManyRequests {
            retry_after: 1..=31,
            ..
        }
    ));
    let home = Visitor {
        address: "198.51.100.4".into(),
        ..visitor()
    };
    accounts.sign_in("ann@example.com", &password(), &home).await.unwrap();
    let huge = SecretString::from("x".repeat(100_000));
    assert_eq!(
        code(accounts.sign_in("ann@example.com", &huge, &home).await),
        "wrong_email_or_password"
    );
}

#[tokio::test]
async fn sessions_end_idle_absolutely_and_by_their_owner_only() {
    let world = World::new().await;
    let product = world.start().await;
    let accounts = &product.services.accounts;
    let ann = accounts
        .sign_up("ann@example.com", &password(), &visitor())
        .await
        .unwrap();
    let bob = accounts
        .sign_up("bob@example.com", &password(), &visitor())
        .await
        .unwrap();
    let phone = accounts
        .sign_in("ann@example.com", &password(), &visitor())
        .await
        .unwrap();
    let who = async |cookie: &SecretString| accounts.authenticate(cookie.expose_secret()).await.unwrap();
    let (ann_caller, bob_caller) = (who(&ann.cookie).await.unwrap(), who(&bob.cookie).await.unwrap());

    let stranger = accounts.revoke_session(&bob_caller, ann_caller.session_id).await;
    assert_eq!(code(stranger), "session_not_found");
    accounts.revoke_other_sessions(&ann_caller).await.unwrap();
    assert!(who(&phone.cookie).await.is_none() && who(&ann.cookie).await.is_some() && who(&bob.cookie).await.is_some());

    // Seen every six days, it lives on until the thirtieth; not seen for seven, it has ended.
    for _ in 0..4 {
        world.clock.advance(6 * DAY);
        assert!(who(&ann.cookie).await.is_some());
    }
    assert!(who(&bob.cookie).await.is_none());
    world.clock.advance(6 * DAY + 1);
    assert!(who(&ann.cookie).await.is_none());
}

#[tokio::test]
async fn where_sign_up_is_closed_nobody_gets_an_account() {
    let world = World::new().await;
    let product = world.start().await;
    let settings = Settings {
        sign_up: SignUp::Closed,
        ..(*product.parts.settings).clone()
    };
    let services = Services::new(Parts {
        settings: settings.into(),
        ..product.parts.clone()
    });
    let refused = services
        .accounts
        .sign_up("ann@example.com", &password(), &visitor())
        .await
        .unwrap_err();
    assert!(matches!(refused, ServiceError::Forbidden(_)));
    assert_eq!(refused.problem().code, "sign_up_closed");
}

#[tokio::test]
async fn the_keys_are_rotated_and_wrong_ones_refuse_to_start() {
    let (world, product, ann, account) = scene().await;
    let connections = &product.services.connections;
    connections.save(&ann, account.save(&account.free)).await.unwrap();
    // Its former token is kept for a while.
    let token = world.simulator.rotate_auth_token(&account.sid);
    connections.replace_token(&ann, &token).await.unwrap();

    let other = vault::Vault::generate_keys([9; 32], "other");
    let with = |keys: &str| Parts {
        vault: vault::Vault::from_keys(keys).unwrap().into(),
        ..product.parts.clone()
    };
    assert!(services::installation::open(&with(&other)).await.is_err());
    let both = with(&format!("{other},{}", world.keys()));
    let rotated = services::installation::rotate_keys(&both).await.unwrap();
    assert_eq!((rotated.rewrapped, rotated.current), (3, 0));
    let rotated = services::installation::rotate_keys(&both).await.unwrap();
    assert_eq!((rotated.rewrapped, rotated.current), (0, 3));
    // Now the new key is enough, and the old one is not.
    services::installation::open(&with(&other)).await.unwrap();
    Services::new(with(&other)).connections.voice_token(&ann).await.unwrap();
    assert!(services::installation::open(&product.parts).await.is_err());
}
