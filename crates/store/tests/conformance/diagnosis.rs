use crate::scratch::on_each_engine;
use store::Store;

#[tokio::test]
async fn a_healthy_database_is_up_to_date_and_whole() {
    on_each_engine(async |db| {
        let schema = db.schema_version().await.unwrap();
        assert_eq!(schema.applied, schema.known);
        assert!(schema.known >= 4);
        assert!(db.damage().await.unwrap().is_empty());
        let version = db.engine_version().await.unwrap();
        assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{version}");
    })
    .await;
}

#[tokio::test]
async fn an_empty_file_has_no_schema_yet() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("empty.db").display());
    let store = Store::connect(&url).await.unwrap();
    assert_eq!(store.schema_version().await.unwrap().applied, 0);
}

#[tokio::test]
async fn a_file_with_a_page_of_garbage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.db");
    let url = format!("sqlite://{}", file.display());
    let store = Store::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    // The first page, which holds the list of tables, stays whole.
    let mut bytes = std::fs::read(&file).unwrap();
    let begin = bytes.len() / 2 / 4096 * 4096;
    bytes[begin..begin + 4096].fill(0x5a);
    std::fs::write(&file, bytes).unwrap();
    let store = Store::connect(&url).await.unwrap();
    let damage = store.damage().await;
    assert!(damage.is_err() || !damage.unwrap().is_empty());
}
