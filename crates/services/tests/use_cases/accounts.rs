use secrecy::{ExposeSecret, SecretString};
use services::accounts::{Device, Visitor};
use services::{Entropy, Parts, ServiceError, Services, Settings, SignUp};

use crate::harness::{World, code, scene};

const DAY: i64 = 24 * 60 * 60 * 1000;

fn password() -> SecretString {
    SecretString::from("correct horse battery")
}

fn visitor() -> Visitor {
    Visitor {
        address: "192.0.2.7".into(),
        user_agent: "Browser\r\nX-Evil: 1".into(),
        device: None,
    }
}

/// A browser with a cookie of its own, at that address.
fn browser(address: &str) -> Visitor {
    let cookie = Device::new_cookie(Entropy);
    Visitor {
        address: address.into(),
        device: Device::of_cookie(cookie.expose_secret()),
        ..visitor()
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
async fn a_stranger_who_fails_on_purpose_does_not_keep_the_owner_out_of_a_browser_that_is_known() {
    let world = World::new().await;
    let product = world.start().await;
    let accounts = &product.services.accounts;
    let (own, other, shop) = (browser("192.0.2.7"), browser("192.0.2.8"), browser("203.0.113.1"));
    let ann = accounts.sign_up("ann@example.com", &password(), &own).await.unwrap();
    accounts.sign_up("bob@example.com", &password(), &other).await.unwrap();
    let wrong = SecretString::from("wrong horse battery");
    // From her own address too, as from behind the same router. What is too long to be a password fails without being hashed.
    let too_long = SecretString::from("x".repeat(100_000));
    for host in 0..14 {
        let stranger = Visitor {
            address: if host == 0 {
                own.address.clone()
            } else {
                format!("203.0.113.{host}")
            },
            ..visitor()
        };
        for _ in 0..5 {
            let _ = accounts.sign_in("ann@example.com", &too_long, &stranger).await;
        }
    }
    for strange in [visitor(), shop.clone(), other.clone()] {
        let refused = accounts.sign_in("ann@example.com", &password(), &strange).await;
        assert_eq!(code(refused), "too_many_attempts", "nobody has signed in as her there");
    }
    accounts.sign_in("ann@example.com", &password(), &own).await.unwrap();
    let moved = Visitor {
        address: "203.0.113.1".into(),
        ..own.clone()
    };
    accounts.sign_in("ann@example.com", &password(), &moved).await.unwrap();

    // Nor does she have more tries there than anybody else.
    let mut codes = Vec::new();
    for _ in 0..7 {
        codes.push(code(accounts.sign_in("ann@example.com", &wrong, &own).await));
    }
    assert_eq!(
        (codes[0].as_str(), codes[6].as_str()),
        ("wrong_email_or_password", "too_many_attempts")
    );
    let caller = accounts
        .authenticate(ann.cookie.expose_secret())
        .await
        .unwrap()
        .unwrap();
    let new = SecretString::from("another horse battery");
    let refused = accounts.change_password(&caller, &password(), &new, &own).await;
    assert_eq!(code(refused), "too_many_attempts");
}

#[tokio::test]
async fn a_cookie_that_nobody_has_signed_in_with_is_as_none() {
    let world = World::new().await;
    let product = world.start().await;
    let accounts = &product.services.accounts;
    let (own, others) = (browser("192.0.2.7"), browser("192.0.2.8"));
    accounts.sign_up("ann@example.com", &password(), &own).await.unwrap();
    accounts.sign_up("bob@example.com", &password(), &others).await.unwrap();
    let too_long = SecretString::from("x".repeat(100_000));
    // Each with another browser, forged or somebody else's, for an account that there is and one that there is not.
    let mut answers = Vec::new();
    for email in ["ann@example.com", "nobody@example.com"] {
        let mut told = Vec::new();
        for attempt in 0..8 {
            let device = if attempt % 2 == 0 { others.clone() } else { browser("") }.device;
            let stranger = Visitor {
                address: "203.0.113.9".into(),
                device,
                ..visitor()
            };
            told.push(
                accounts
                    .sign_in(email, &too_long, &stranger)
                    .await
                    .unwrap_err()
                    .problem(),
            );
        }
        assert_eq!(
            told[7].code, "too_many_attempts",
            "they share what their address may fail"
        );
        answers.push(told);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_browser_that_was_not_used_for_long_or_was_signed_out_from_elsewhere_is_known_no_more() {
    let world = World::new().await;
    let product = world.start().await;
    let accounts = &product.services.accounts;
    let (own, phone) = (browser("192.0.2.7"), browser("192.0.2.7"));
    let known = async |visitor: &Visitor| {
        // Whoever has failed too often from there waits, unless the browser is known.
        let too_long = SecretString::from("x".repeat(100_000));
        for _ in 0..7 {
            let _ = accounts.sign_in("ann@example.com", &too_long, &self::visitor()).await;
        }
        accounts.sign_in("ann@example.com", &password(), visitor).await.ok()
    };
    let ann = accounts.sign_up("ann@example.com", &password(), &own).await.unwrap();
    accounts.sign_in("ann@example.com", &password(), &phone).await.unwrap();
    let there = known(&phone).await.unwrap();
    let caller = accounts
        .authenticate(ann.cookie.expose_secret())
        .await
        .unwrap()
        .unwrap();
    let on_phone = accounts
        .authenticate(there.cookie.expose_secret())
        .await
        .unwrap()
        .unwrap();
    accounts.revoke_session(&caller, on_phone.session_id).await.unwrap();
    assert!(known(&phone).await.is_none());
    // Who signs himself out comes back.
    accounts.revoke_session(&caller, caller.session_id).await.unwrap();
    assert!(known(&own).await.is_some());
    world.clock.advance(400 * DAY - 1);
    assert!(known(&own).await.is_some());
    world.clock.advance(400 * DAY);
    assert!(known(&own).await.is_none());
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
