//! A database of its own for every test.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::id::UserId;
use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::{AnyPool, AssertSqlSafe, Row, query};
use store::{Engine, Store};
use tempfile::TempDir;

/// An empty, migrated database; used as the [`Store`] that it is.
pub struct Scratch {
    store: Store,
    /// Where another server would find it.
    pub url: String,
    raw: AnyPool,
}

impl Deref for Scratch {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// Runs a test on every engine there is here.
pub async fn on_each_engine(test: impl AsyncFn(&Scratch)) {
    let folder = TempDir::new().unwrap();
    let scratch = Scratch::open(sqlite_url(&folder)).await;
    test(&scratch).await;
    scratch.close().await;

    if let Ok(server) = std::env::var("SNIKO_TEST_POSTGRES_URL") {
        // A failed test shows its output, and with it where it failed.
        eprintln!("passed on SQLite, now on PostgreSQL");
        on_postgres(&server, test).await;
    }
}

/// The address of a file in that folder.
pub fn sqlite_url(folder: &TempDir) -> String {
    format!("sqlite://{}/sniko.db", folder.path().display())
}

async fn on_postgres(server: &str, test: impl AsyncFn(&Scratch)) {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("store_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let (base, _) = server.rsplit_once('/').unwrap();
    sqlx::any::install_default_drivers();
    let server = AnyPoolOptions::new().max_connections(1).connect(server).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    query(AssertSqlSafe(create)).execute(&server).await.unwrap();
    let scratch = Scratch::open(format!("{base}/{name}")).await;
    test(&scratch).await;
    scratch.close().await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    query(AssertSqlSafe(drop)).execute(&server).await.unwrap();
}

impl Scratch {
    async fn open(url: String) -> Self {
        let store = Store::connect(&url).await.unwrap();
        store.migrate().await.unwrap();
        let raw = AnyPoolOptions::new().max_connections(1).connect(&url).await.unwrap();
        Self { store, url, raw }
    }

    async fn close(self) {
        self.raw.close().await;
        self.store.close().await;
    }

    /// A handle for another task.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.engine() == Engine::Postgres
    }

    /// Runs a statement past the store; tells how many rows it changed.
    pub async fn execute(&self, sql: &'static str) -> u64 {
        query(sql).execute(&self.raw).await.unwrap().rows_affected()
    }

    /// Returns when everything that was written so far has been heard: on PostgreSQL a server's own news come back to it.
    pub async fn heard(&self) {
        if !self.is_postgres() {
            return;
        }
        let mut changes = self.changes(UserId(uuid::Uuid::from_u128(0xfff)));
        // News arrive in the order in which they were told.
        self.rows("SELECT CAST(pg_notify('sniko_news', 'f 00000000-0000-0000-0000-000000000fff 1') AS TEXT) AS told")
            .await;
        changes.wait().await;
    }

    /// What a query past the store finds: a line per row, `column=value` for each column.
    pub async fn rows(&self, sql: &'static str) -> Vec<String> {
        let rows = query(sql).fetch_all(&self.raw).await.unwrap();
        rows.iter().map(line).collect()
    }

    /// Everything that stands about calls, but for when something was last heard of them.
    pub async fn all_about_calls(&self) -> Vec<String> {
        let mut lines = self.rows("SELECT * FROM calls ORDER BY id").await;
        for line in &mut lines {
            *line = line.split(" updated_at=").next().unwrap().to_owned();
        }
        for sql in [
            "SELECT * FROM call_legs ORDER BY sid",
            "SELECT call_id, kind, leg, leg_sid, status, detail, happened_at FROM call_events
             ORDER BY call_id, leg_sid, happened_at, kind, status, detail",
            "SELECT * FROM recordings ORDER BY sid",
        ] {
            lines.extend(self.rows(sql).await);
        }
        lines
    }

    /// Everything that stands about texts.
    pub async fn all_about_texts(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for sql in [
            "SELECT * FROM messages ORDER BY id",
            "SELECT * FROM message_events ORDER BY message_id, seq",
            "SELECT * FROM webhook_inbox ORDER BY user_id, dedupe_key",
            "SELECT * FROM feed ORDER BY user_id, seq",
            "SELECT id, feed_seq FROM users ORDER BY id",
            "SELECT * FROM threads ORDER BY user_id, peer",
            "SELECT * FROM opt_outs ORDER BY user_id, peer, sender",
        ] {
            lines.extend(self.rows(sql).await);
        }
        lines
    }

    /// As if there had never been any.
    pub async fn forget_texts(&self) {
        for sql in [
            "DELETE FROM messages",
            "DELETE FROM webhook_inbox",
            "DELETE FROM feed",
            "DELETE FROM threads",
            "DELETE FROM opt_outs",
            "UPDATE users SET feed_seq = 0",
        ] {
            self.execute(sql).await;
        }
    }

    /// Everything that is a user's and has to do with calls.
    pub async fn all_of_user(&self, user: UserId) -> Vec<String> {
        let mine = format!("\"{user}\"");
        let mut lines = Vec::new();
        for sql in [
            "SELECT * FROM users ORDER BY id",
            "SELECT * FROM calls ORDER BY id",
            "SELECT call_legs.*, user_id FROM call_legs JOIN calls ON calls.id = call_id ORDER BY sid",
            "SELECT call_events.*, user_id FROM call_events JOIN calls ON calls.id = call_id ORDER BY call_events.id",
            "SELECT * FROM webhook_inbox ORDER BY dedupe_key",
            "SELECT * FROM recordings ORDER BY id",
            "SELECT * FROM feed ORDER BY seq",
            "SELECT * FROM voice_settings",
            "SELECT * FROM phone_leases ORDER BY device",
            "SELECT * FROM idempotency_keys ORDER BY idempotency_key",
        ] {
            lines.extend(self.rows(sql).await);
        }
        lines.retain(|line| line.contains(&mine));
        lines
    }

    /// Everything that stands about connections.
    pub async fn all_about_connections(&self) -> Vec<String> {
        let mut lines = self.rows("SELECT * FROM connections ORDER BY id").await;
        lines.extend(
            self.rows("SELECT * FROM connection_steps ORDER BY connection_id, kind")
                .await,
        );
        lines.extend(self.rows("SELECT * FROM setup_drafts ORDER BY user_id").await);
        lines
    }
}

fn line(row: &AnyRow) -> String {
    let mut line = String::new();
    for (index, column) in row.columns().iter().enumerate() {
        let value = if let Ok(number) = row.try_get::<Option<i64>, _>(index) {
            format!("{number:?}")
        } else if let Ok(text) = row.try_get::<Option<String>, _>(index) {
            format!("{text:?}")
        } else {
            format!("{:?}", row.try_get::<Option<Vec<u8>>, _>(index).unwrap())
        };
        line.push_str(&format!("{}={value} ", sqlx::Column::name(column)));
    }
    line
}
