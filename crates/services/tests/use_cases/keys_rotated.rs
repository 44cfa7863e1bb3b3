//! The keys that secrets are sealed with are rotated while servers work.

use std::sync::Arc;

use services::{Parts, Services, installation};
use vault::Vault;

use crate::harness::{Installation, connected, patiently};

fn with(product: &Installation, keys: &str) -> Parts {
    Parts {
        vault: Arc::new(Vault::from_keys(keys).unwrap()),
        ..product.parts.clone()
    }
}

#[tokio::test]
async fn what_is_written_while_the_keys_are_rotated_opens_with_the_new_key_alone() {
    let (world, product, ann, account, _) = connected().await;
    let new = Vault::generate_keys([7; 32], "new");
    let both = with(&product, &format!("{new},{}", world.keys()));
    let servers = Services::new(both.clone());
    // Tokens are replaced, a key rolls and another account is connected, while every secret is sealed anew again and again.
    let mut others = Vec::new();
    for _ in 0..6 {
        others.push((product.user().await, world.account()));
    }
    let replaced = async {
        for _ in 0..8 {
            let token = world.simulator.rotate_auth_token(&account.sid);
            patiently(async || servers.connections.replace_token(&ann, &token).await).await;
            patiently(async || servers.connections.roll_key(&ann).await).await;
        }
    };
    let connected = async {
        for (user, account) in &others {
            patiently(async || servers.connections.save(user, account.save(&account.free)).await).await;
        }
    };
    let rotated = async {
        for _ in 0..8 {
            installation::rotate_keys(&both).await.unwrap();
        }
    };
    tokio::join!(replaced, connected, rotated);
    let alone = with(&product, &new);
    installation::open(&alone).await.unwrap();
    let sealed = product.parts.store.list_sealed().await.unwrap().len();
    assert!(sealed >= 3 + 2 * others.len());
    let last = installation::rotate_keys(&alone).await.unwrap();
    assert_eq!((last.rewrapped, last.current), (0, sealed), "all open with the new key");
    let services = Services::new(alone);
    services.connections.voice_token(&ann).await.unwrap();
    assert!(
        patiently(async || services.connections.check(&ann).await)
            .await
            .in_order
    );
    for (user, _) in &others {
        services.connections.voice_token(user).await.unwrap();
        assert!(
            patiently(async || services.connections.check(user).await)
                .await
                .in_order
        );
    }
}

#[tokio::test]
async fn what_a_server_with_the_old_key_first_seals_meanwhile_is_sealed_anew_too() {
    let (world, product, ann, account, _) = connected().await;
    let new = Vault::generate_keys([7; 32], "new");
    let both = with(&product, &format!("{new},{}", world.keys()));
    installation::rotate_keys(&both).await.unwrap();
    // Still running with the former order of keys.
    let former = Services::new(with(&product, &format!("{},{new}", world.keys())));
    let token = world.simulator.rotate_auth_token(&account.sid);
    patiently(async || former.connections.replace_token(&ann, &token).await).await;
    let rotated = installation::rotate_keys(&both).await.unwrap();
    assert_eq!((rotated.rewrapped, rotated.current), (2, 1));
    let services = Services::new(with(&product, &new));
    assert!(services.connections.check(&ann).await.unwrap().in_order);
}
