use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, account, add_users, after, connection_id, lease, new_connection, user_id};
use store::Connection;

async fn connected(db: &Scratch) {
    add_users(db, 1).await;
    db.add_connection(&new_connection(1, 1, 1)).await.unwrap();
    db.mark_connected(connection_id(1), &lease(1), NOW).await.unwrap();
    let previous = Some((&[5_u8, 0][..], after(1000)));
    let replaced = db.replace_auth_token(user_id(1), connection_id(1), &[7], "wxyz", previous, after(1));
    assert!(replaced.await.unwrap());
}

async fn connection(db: &Scratch) -> Connection {
    db.connection_for_worker(connection_id(1)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_replaced_token_is_kept_for_its_time() {
    on_each_engine(async |db| {
        connected(db).await;
        let now = connection(db).await;
        assert!(now.auth_token == Some(vec![7]) && now.previous_auth_token == Some(vec![5, 0]));
        assert_eq!(now.previous_auth_token_until, Some(after(1000)));
        assert_eq!(db.forget_previous_tokens(after(999)).await.unwrap(), 0);
        assert_eq!(db.forget_previous_tokens(after(1000)).await.unwrap(), 1);
        let later = connection(db).await;
        assert!(later.previous_auth_token.is_none() && later.auth_token == Some(vec![7]));
        assert_eq!(later.previous_auth_token_until, None);
    })
    .await;
}

#[tokio::test]
async fn a_replaced_token_is_sealed_anew_in_its_place() {
    on_each_engine(async |db| {
        connected(db).await;
        let sealed = db.list_sealed().await.unwrap();
        let value = sealed
            .iter()
            .find(|value| value.column == "connections.previous_auth_token")
            .unwrap();
        assert!(value.blob == [5, 0] && value.row_id == connection_id(1).to_string());
        assert!(db.replace_sealed(value, &[6]).await.unwrap());
        assert!(!db.replace_sealed(value, &[8]).await.unwrap());
        let now = connection(db).await;
        assert!(now.previous_auth_token == Some(vec![6]) && now.auth_token == Some(vec![7]));
    })
    .await;
}

#[tokio::test]
async fn a_replaced_token_goes_with_the_connection() {
    on_each_engine(async |db| {
        connected(db).await;
        let (user, id, lease) = (user_id(1), connection_id(1), &lease(2));
        assert!(db.start_disconnect(user, id, lease, after(90), after(2)).await.unwrap());
        let tenant = db.tenant_of_account(&account(1).sid).await.unwrap();
        assert!(tenant.unwrap().connection.previous_auth_token.is_some());
        db.mark_left_behind(id, lease, after(50), after(3)).await.unwrap();
        assert!(connection(db).await.previous_auth_token.is_none());
        assert!(connection(db).await.auth_token.is_some());
    })
    .await;
}
