use crate::scratch::{on_each_engine, sqlite_url};
use crate::values::{NOW, add_users, new_connection, new_draft, new_session, user, user_id};
use store::{Engine, Store};
use tempfile::TempDir;
use tokio::task::JoinSet;

#[tokio::test]
async fn migrating_again_changes_nothing() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let applied = "SELECT version, description FROM _sqlx_migrations ORDER BY version";
        let before = db.rows(applied).await;
        assert!(!before.is_empty());
        db.migrate().await.unwrap();
        Store::connect(&db.url).await.unwrap().migrate().await.unwrap();
        assert_eq!(db.rows(applied).await, before);
        assert_eq!(db.lookup_user(user_id(1)).await.unwrap(), Some(user(1)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_all_find_the_schema_in_place() {
    on_each_engine(async |db| {
        if !db.is_postgres() {
            // An embedded database has one server.
            return;
        }
        for table in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
            db.execute(table).await;
        }
        let mut servers = JoinSet::new();
        for _ in 0..5 {
            let url = db.url.clone();
            servers.spawn(async move {
                let store = Store::connect(&url).await?;
                store.migrate().await?;
                store.close().await;
                Ok::<_, store::Error>(())
            });
        }
        assert!(servers.join_all().await.iter().all(Result::is_ok));
        add_users(db, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_schema_of_a_newer_program_is_refused() {
    on_each_engine(async |db| {
        db.execute(
            "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
             SELECT 9999, 'of tomorrow', installed_on, success, checksum, execution_time FROM _sqlx_migrations
             WHERE version = 1",
        )
        .await;
        assert!(db.migrate().await.is_err());
    })
    .await;
}

#[tokio::test]
async fn all_that_is_a_users_goes_with_him_and_nothing_else() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in [1, 2] {
            db.add_session(&new_session(number, number)).await.unwrap();
            db.keep_draft(user_id(number), &new_draft(number), NOW).await.unwrap();
            db.add_connection(&new_connection(number, number, number))
                .await
                .unwrap();
        }
        assert_eq!(
            db.execute("DELETE FROM users WHERE email = 'user1@example.com'").await,
            1
        );
        let left = [
            db.rows("SELECT user_id FROM sessions").await,
            db.rows("SELECT user_id FROM devices").await,
            db.rows("SELECT user_id FROM setup_drafts").await,
            db.rows("SELECT user_id FROM connections").await,
        ];
        let other = format!("user_id=Some(\"{}\") ", user_id(2));
        assert!(left.iter().all(|rows| *rows == [other.clone()]), "{left:?}");
        assert_eq!(db.rows("SELECT kind FROM connection_steps").await.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_row_of_nobody_is_refused() {
    on_each_engine(async |db| {
        assert!(db.add_session(&new_session(1, 1)).await.is_err());
        assert!(db.keep_draft(user_id(1), &new_draft(1), NOW).await.is_err());
        assert!(db.add_connection(&new_connection(1, 1, 1)).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_database_answers_until_it_is_closed() {
    on_each_engine(async |db| {
        let other = Store::connect(&db.url).await.unwrap();
        other.ping().await.unwrap();
        other.close().await;
        assert!(other.ping().await.is_err());
        db.ping().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_sqlite_file_and_its_folder_are_made() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a folder/deeper/sniko.db");
    let store = Store::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.engine(), Engine::Sqlite);
    store.close().await;
    assert!(path.is_file());
}

#[tokio::test]
async fn a_sqlite_file_outlives_the_program() {
    let folder = TempDir::new().unwrap();
    let first = Store::connect(&sqlite_url(&folder)).await.unwrap();
    first.migrate().await.unwrap();
    add_users(&first, 1).await;
    first.close().await;
    let second = Store::connect(&sqlite_url(&folder)).await.unwrap();
    assert_eq!(second.lookup_user(user_id(1)).await.unwrap(), Some(user(1)));
    second.close().await;
}

#[tokio::test]
async fn an_unknown_database_is_refused() {
    for url in ["mysql://localhost/sniko", "sniko.db", ""] {
        let refused = Store::connect(url).await.unwrap_err();
        assert_eq!(refused.to_string(), "DATABASE_URL must begin with sqlite: or postgres:");
    }
}
