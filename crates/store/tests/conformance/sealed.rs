use std::collections::BTreeSet;

use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, add_users, after, connection_id, lease, new_connection, new_draft, user_id};
use store::SealedValue;

/// A draft's token, and a connection's token and key.
async fn three_sealed_values(db: &Scratch) -> Vec<SealedValue> {
    add_users(db, 2).await;
    db.keep_draft(user_id(1), &new_draft(1), NOW).await.unwrap();
    db.add_connection(&new_connection(5, 2, 2)).await.unwrap();
    db.finish_api_key(connection_id(5), &lease(5), "SK1", &[0, 128], after(1))
        .await
        .unwrap();
    sorted(db).await
}

async fn sorted(db: &Scratch) -> Vec<SealedValue> {
    let mut values = db.list_sealed().await.unwrap();
    values.sort_by(|one, other| one.column.cmp(&other.column));
    values
}

#[tokio::test]
async fn every_sealed_value_is_listed_with_its_place() {
    on_each_engine(async |db| {
        let found = three_sealed_values(db).await;
        let (user, connection) = (user_id(1).to_string(), connection_id(5).to_string());
        let expected = [
            (
                "connections.api_key_secret",
                user_id(2).to_string(),
                connection.clone(),
                vec![0, 128],
            ),
            (
                "connections.auth_token",
                user_id(2).to_string(),
                connection,
                vec![0, 1, 254, 255],
            ),
            ("setup_drafts.auth_token", user.clone(), user, vec![0, 159, 146, 150]),
        ];
        assert_eq!(found.len(), expected.len());
        for (value, (column, user, row, blob)) in found.iter().zip(expected) {
            assert_eq!((&*value.column, &value.user_id, &value.row_id), (column, &user, &row));
            assert!(value.blob == blob, "{column}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_erased_is_not_listed() {
    on_each_engine(async |db| {
        three_sealed_values(db).await;
        db.mark_failed(connection_id(5), &lease(5), after(2)).await.unwrap();
        db.discard_draft(user_id(1)).await.unwrap();
        assert!(db.list_sealed().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_sealed_value_is_replaced_in_its_place_alone() {
    on_each_engine(async |db| {
        let before = three_sealed_values(db).await;
        for chosen in 0..before.len() {
            let now = sorted(db).await;
            let blob = [42, 0, u8::try_from(chosen).unwrap()];
            assert!(db.replace_sealed(&now[chosen], &blob).await.unwrap());
            for (index, value) in sorted(db).await.into_iter().enumerate() {
                let expected = if index == chosen { &blob[..] } else { &now[index].blob };
                assert!(value.blob == expected, "{} after {}", value.column, now[chosen].column);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_sealed_value_that_changed_meanwhile_is_left_as_it_is() {
    on_each_engine(async |db| {
        let read = three_sealed_values(db).await;
        for value in &read {
            assert!(db.replace_sealed(value, &[1]).await.unwrap());
            assert!(!db.replace_sealed(value, &[2]).await.unwrap(), "{}", value.column);
        }
        assert!(db.list_sealed().await.unwrap().iter().all(|value| value.blob == [1]));
    })
    .await;
}

#[tokio::test]
async fn a_walk_over_more_than_a_page_meets_every_value_once() {
    on_each_engine(async |db| {
        add_users(db, 1_001).await;
        db.keep_draft(user_id(1), &new_draft(1), NOW).await.unwrap();
        db.execute(
            "INSERT INTO setup_drafts (user_id, auth_token, updated_at)
             SELECT users.id, draft.auth_token, 1 FROM users, setup_drafts AS draft WHERE users.id <> draft.user_id",
        )
        .await;
        let (mut walk, mut pages, mut met) = (db.walk_sealed(), Vec::new(), BTreeSet::new());
        while let Some(page) = walk.next().await.unwrap() {
            pages.push(page.len());
            met.extend(page.into_iter().map(|value| value.row_id));
        }
        assert_eq!(pages, [500, 500, 1]);
        assert_eq!(met.len(), 1_001);
    })
    .await;
}
