//! Every secret is opened by the audit, and one that does not open is named with the way out, which helps.

use std::sync::Arc;

use services::audit::{Secrets, secrets};
use services::{Parts, Services, installation};
use store::SealedValue;
use vault::Vault;

use crate::harness::{Installation, TestAccount, connected, patiently};
use crate::voice_line::{Line, line, sid};

async fn audited(product: &Installation) -> Secrets {
    secrets(&product.parts.store, &product.parts.vault).await.unwrap()
}

async fn sealed(product: &Installation, column: &str) -> SealedValue {
    let all = product.parts.store.list_sealed().await.unwrap();
    all.into_iter().find(|value| value.column == column).unwrap()
}

/// Changes one bit of the ciphertext.
async fn damage(product: &Installation, column: &str) -> SealedValue {
    let value = sealed(product, column).await;
    let mut blob = value.blob.clone();
    *blob.last_mut().unwrap() ^= 1;
    assert!(product.parts.store.replace_sealed(&value, &blob).await.unwrap());
    value
}

#[tokio::test]
async fn a_secret_that_was_changed_or_moved_is_named_and_what_is_told_mends_it() {
    let (world, product, ann, account, _) = connected().await;
    let whole = audited(&product).await;
    assert_eq!((whole.opened, whole.closed), (2, 0), "{whole:?}");

    let token = damage(&product, "connections.auth_token").await;
    let key = sealed(&product, "connections.api_key_secret").await;
    // Sealed by us with the right key, for another place.
    assert!(product.parts.store.replace_sealed(&key, &token.blob).await.unwrap());
    let found = audited(&product).await;
    assert_eq!((found.opened, found.closed), (0, 2));
    for (told, starts, helps) in [
        (&found.told[0], "the Auth Token of connection ", "“Replace”"),
        (
            &found.told[1],
            "the API key’s secret of connection ",
            "“Replace the key now”",
        ),
    ] {
        assert!(told.starts_with(starts) && told.contains(helps), "{told}");
        assert!(told.contains(&token.row_id) && told.contains("is damaged"), "{told}");
    }

    let token = world.simulator.rotate_auth_token(&account.sid);
    patiently(async || product.services.connections.replace_token(&ann, &token).await).await;
    patiently(async || product.services.connections.roll_key(&ann).await).await;
    let mended = audited(&product).await;
    assert_eq!((mended.opened, mended.closed), (2, 0), "{mended:?}");
    product.services.connections.voice_token(&ann).await.unwrap();
}

#[tokio::test]
async fn a_former_token_that_does_not_open_keeps_out_nothing_that_the_present_one_has_signed() {
    let (world, product, line) = line().await;
    let token = world.simulator.rotate_auth_token(&line.account.sid);
    let connections = &product.services.connections;
    patiently(async || connections.replace_token(&line.caller, &token).await).await;
    damage(&product, "connections.previous_auth_token").await;
    let line = Line {
        account: TestAccount {
            auth_token: token,
            ..line.account
        },
        ..line
    };
    line.rings(&product, &sid("CA")).await;
    assert_eq!(line.calls(&product).await.len(), 1);
}

#[tokio::test]
async fn a_secret_of_a_key_that_was_taken_out_is_told_with_the_name_of_the_key() {
    let (world, product, _, _, _) = connected().await;
    let new = Vault::generate_keys([7; 32], "new");
    let store = &product.parts.store;
    let found = secrets(store, &Vault::from_keys(&new).unwrap()).await.unwrap();
    assert_eq!((found.opened, found.closed), (0, 2));
    assert!(
        found
            .told
            .iter()
            .all(|told| told.contains("the key “test”") && told.contains("rotate-keys")),
        "{found:?}"
    );
    let both = Vault::from_keys(&format!("{new},{}", world.keys())).unwrap();
    assert_eq!(secrets(store, &both).await.unwrap().closed, 0);
}

#[tokio::test]
async fn one_secret_that_is_lost_does_not_keep_the_others_from_a_new_key() {
    let (world, product, ann, _, _) = connected().await;
    let damaged = damage(&product, "connections.auth_token").await;
    let new = Vault::generate_keys([7; 32], "new");
    let with = |keys: &str| Parts {
        vault: Arc::new(Vault::from_keys(keys).unwrap()),
        ..product.parts.clone()
    };
    let both = with(&format!("{new},{}", world.keys()));
    let refused = installation::rotate_keys(&both).await.unwrap_err().to_string();
    assert!(
        refused.contains("1 of the secrets") && refused.contains("doctor"),
        "{refused}"
    );
    // Until it is mended the old key is asked for.
    installation::open(&with(&new)).await.unwrap_err();
    let services = Services::new(with(&new));
    services.connections.voice_token(&ann).await.unwrap();

    let value = sealed(&product, "connections.auth_token").await;
    assert!(product.parts.store.replace_sealed(&value, &damaged.blob).await.unwrap());
    assert_eq!(installation::rotate_keys(&both).await.unwrap().rewrapped, 1);
    installation::open(&with(&new)).await.unwrap();
}
