//! Linked accounts are answered from memory, and never from an old one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, account, add_users, after, connection_id, lease, new_connection, user_id};
use domain::connection::ConnectionState;
use domain::voice::VoiceSettings;
use store::{Store, Tenant};

async fn connect(db: &Store, number: u128) {
    let account = number;
    db.add_connection(&new_connection(number, number, account))
        .await
        .unwrap();
    db.mark_connected(connection_id(number), &lease(number), NOW)
        .await
        .unwrap();
}

async fn tenant(db: &Store, number: u128) -> Option<Arc<Tenant>> {
    let by_account = db.tenant_of_account(&account(number).sid).await.unwrap();
    let by_user = db.tenant_of_user(user_id(number)).await.unwrap();
    assert_eq!(
        by_account.as_ref().map(|tenant| tenant.connection.id),
        by_user.as_ref().map(|tenant| tenant.connection.id)
    );
    by_account
}

async fn replace_token(db: &Store, byte: u8) -> bool {
    let sealed = [byte];
    let replaced = db.replace_auth_token(user_id(1), connection_id(1), &sealed, "wxyz", None, after(1));
    replaced.await.unwrap()
}

/// From here on whoever reads connections fails.
async fn hide(db: &Scratch) {
    db.heard().await;
    db.execute("ALTER TABLE connections RENAME TO hidden").await;
}

async fn show(db: &Scratch) {
    db.execute("ALTER TABLE hidden RENAME TO connections").await;
}

#[tokio::test]
async fn a_tenant_is_read_once_and_a_stranger_never() {
    on_each_engine(async |db| {
        until(async || db.hears_others()).await;
        add_users(db, 2).await;
        connect(db, 1).await;
        connect(db, 2).await;
        db.heard().await;
        assert!(tenant(db, 1).await.is_some());
        hide(db).await;
        for _ in 0..3 {
            assert_eq!(tenant(db, 1).await.unwrap().voice_identity, "voice_1");
            assert_eq!(tenant(db, 2).await.unwrap().voice_identity, "voice_2");
            assert!(db.tenant_of_account(&account(3).sid).await.unwrap().is_none());
            assert!(db.tenant_of_account("").await.unwrap().is_none());
            assert!(db.tenant_of_user(user_id(3)).await.unwrap().is_none());
        }
        show(db).await;
    })
    .await;
}

#[tokio::test]
async fn only_the_tenant_that_changed_is_read_again() {
    on_each_engine(async |db| {
        until(async || db.hears_others()).await;
        add_users(db, 2).await;
        connect(db, 1).await;
        connect(db, 2).await;
        db.heard().await;
        assert!(tenant(db, 1).await.is_some());
        assert!(replace_token(db, 7).await);
        hide(db).await;
        assert!(db.tenant_of_account(&account(1).sid).await.is_err());
        assert!(tenant(db, 2).await.is_some());
        show(db).await;
        assert_eq!(tenant(db, 1).await.unwrap().connection.auth_token, Some(vec![7]));
        hide(db).await;
        assert!(tenant(db, 1).await.is_some());
        show(db).await;
    })
    .await;
}

#[tokio::test]
async fn every_write_about_a_tenant_is_seen_by_the_next_reader() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let (user, id) = (user_id(1), connection_id(1));
        assert!(tenant(db, 1).await.is_none());
        connect(db, 1).await;
        let now = tenant(db, 1).await.unwrap();
        assert!(now.connection.application_sid.is_none() && now.voice == VoiceSettings::default());

        assert!(db.take_lease(id, "mine", after(90), after(1)).await.unwrap());
        db.finish_application(id, "mine", "AP1", after(2)).await.unwrap();
        db.finish_api_key(id, "mine", "SK1", &[1], after(3)).await.unwrap();
        db.mark_account(id, "mine", &account(1), "+15550001", after(4))
            .await
            .unwrap();
        let now = tenant(db, 1).await.unwrap();
        assert_eq!(
            (
                now.connection.application_sid.as_deref(),
                now.connection.api_key_sid.as_deref()
            ),
            (Some("AP1"), Some("SK1"))
        );
        assert_eq!(now.connection.phone_number, "+15550001");
        db.release_lease(id, "mine").await.unwrap();

        let previous = Some((&[5_u8][..], after(50)));
        let replaced = db.replace_auth_token(user, id, &[7], "wxyz", previous, after(5));
        assert!(replaced.await.unwrap());
        let now = tenant(db, 1).await.unwrap();
        assert_eq!(
            (&now.connection.auth_token, &now.connection.previous_auth_token),
            (&Some(vec![7]), &Some(vec![5]))
        );
        for value in db.list_sealed().await.unwrap() {
            let blob = [&value.blob[..], &[0]].concat();
            assert!(db.replace_sealed(&value, &blob).await.unwrap());
        }
        let now = tenant(db, 1).await.unwrap();
        assert_eq!(now.connection.auth_token, Some(vec![7, 0]));
        assert_eq!(now.connection.previous_auth_token, Some(vec![5, 0]));
        assert_eq!(now.connection.api_key_secret, Some(vec![1, 0]));
        assert_eq!(db.forget_previous_tokens(after(50)).await.unwrap(), 1);
        assert!(tenant(db, 1).await.unwrap().connection.previous_auth_token.is_none());

        let settings = VoiceSettings {
            ring_seconds: 7,
            ..VoiceSettings::default()
        };
        db.set_voice_settings(user, &settings, after(6)).await.unwrap();
        assert_eq!(tenant(db, 1).await.unwrap().voice, settings);

        assert!(
            db.start_disconnect(user, id, "mine", after(90), after(7))
                .await
                .unwrap()
        );
        let now = tenant(db, 1).await.unwrap();
        assert_eq!(now.connection.state, ConnectionState::Disconnecting);
        db.mark_left_behind(id, "mine", after(99), after(8)).await.unwrap();
        assert!(tenant(db, 1).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_user_with_another_account_is_found_by_that_one() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        connect(db, 1).await;
        assert!(tenant(db, 1).await.is_some());
        let started = db.start_disconnect(user_id(1), connection_id(1), "mine", after(90), after(1));
        assert!(started.await.unwrap());
        db.mark_left_behind(connection_id(1), "mine", after(99), after(2))
            .await
            .unwrap();
        db.add_connection(&new_connection(2, 1, 2)).await.unwrap();
        assert!(db.tenant_of_user(user_id(1)).await.unwrap().is_none());
        db.mark_connected(connection_id(2), &lease(2), after(3)).await.unwrap();
        let now = db.tenant_of_user(user_id(1)).await.unwrap().unwrap();
        assert_eq!(now.connection.id, connection_id(2));
        assert!(db.tenant_of_account(&account(1).sid).await.unwrap().is_none());
        let now = db.tenant_of_user(user_id(1)).await.unwrap().unwrap();
        assert_eq!(now.connection.id, connection_id(2));
    })
    .await;
}

#[tokio::test]
async fn whoever_has_written_reads_what_he_wrote_however_many_read_meanwhile() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        connect(db, 1).await;
        let over = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let (store, over) = (db.store(), Arc::clone(&over));
                tokio::spawn(async move {
                    while !over.load(Ordering::Relaxed) {
                        store.tenant_of_account(&account(1).sid).await.unwrap();
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for turn in 0..60_u8 {
            assert!(replace_token(db, turn).await);
            let now = db.tenant_of_account(&account(1).sid).await.unwrap().unwrap();
            assert_eq!(now.connection.auth_token, Some(vec![turn]));
        }
        over.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_write_whose_asker_went_away_is_heard_of() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        connect(db, 1).await;
        assert!(tenant(db, 1).await.is_some());
        for turn in 1..=40_u8 {
            let store = db.store();
            let asker = tokio::spawn(async move { replace_token(&store, turn).await });
            for _ in 0..turn % 20 {
                tokio::task::yield_now().await;
            }
            asker.abort();
            drop(asker.await);
            let row = async || db.connection_for_worker(connection_id(1)).await.unwrap().unwrap();
            // What was on its way when the asker went away is written or undone by the time that another has written the same row: of
            // what is no news to anybody, lest this were heard of in its place.
            let at = i64::from(turn) * 1000;
            let claimed = db.claim_sweeps(after(at), after(at + 500), 1).await.unwrap();
            assert_eq!(claimed.len(), 1);
            let written = row().await.auth_token;
            until(async || tenant(db, 1).await.unwrap().connection.auth_token == written).await;
        }
    })
    .await;
}

#[tokio::test]
async fn another_server_hears_of_a_change() {
    on_each_engine(async |db| {
        if !db.is_postgres() {
            return;
        }
        let other = Store::connect(&db.url).await.unwrap();
        add_users(db, 1).await;
        assert!(tenant(&other, 1).await.is_none());
        connect(db, 1).await;
        until(async || tenant(&other, 1).await.is_some()).await;
        assert!(replace_token(db, 7).await);
        until(async || tenant(&other, 1).await.unwrap().connection.auth_token == Some(vec![7])).await;
        let settings = VoiceSettings {
            ring_seconds: 7,
            ..VoiceSettings::default()
        };
        other.set_voice_settings(user_id(1), &settings, NOW).await.unwrap();
        until(async || tenant(db, 1).await.unwrap().voice == settings).await;
        let started = other.start_disconnect(user_id(1), connection_id(1), "his", after(90), after(2));
        assert!(started.await.unwrap());
        other
            .mark_left_behind(connection_id(1), "his", after(99), after(3))
            .await
            .unwrap();
        until(async || tenant(db, 1).await.is_none()).await;
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_hears_nobody_relies_on_nothing() {
    on_each_engine(async |db| {
        if !db.is_postgres() {
            return;
        }
        add_users(db, 1).await;
        connect(db, 1).await;
        assert!(tenant(db, 1).await.is_some());
        // The listening connection goes; what is written meanwhile is not heard of.
        let listening = "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity
             WHERE datname = current_database() AND query ILIKE 'LISTEN%'";
        assert_eq!(db.rows(listening).await.len(), 1);
        db.execute("UPDATE connections SET auth_token_last4 = 'past'").await;
        until(async || tenant(db, 1).await.unwrap().connection.auth_token_last4 == "past").await;
        // And when it is back, from memory again.
        until(async || {
            assert!(tenant(db, 1).await.is_some());
            hide(db).await;
            let kept = db.tenant_of_account(&account(1).sid).await.is_ok();
            show(db).await;
            kept
        })
        .await;
    })
    .await;
}

/// Waits until it is so.
async fn until(so: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("in vain");
}
