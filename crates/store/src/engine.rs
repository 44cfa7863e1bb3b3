//! The database that `DATABASE_URL` names, its schema, and its transactions. What the two engines do differently stands here, in
//! `pool` and in `bulk`.

use std::fmt::{self, Debug, Formatter};
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, SqlStr, Transaction, query};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::Error;
use crate::error::Kind;
use crate::feed::Waiting;
use crate::group::Queue;
use crate::listener::Listening;
use crate::messages::Served;
use crate::news::{self, Hear, Listeners, News};
use crate::phone_leases::Ringing;
use crate::pool::{self, Pools};
use crate::sessions::Sessions;
use crate::tenants::Tenants;

const CALLS: (i64, &str, &str) = (2, "calls", include_str!("../../../migrations/both/0002_calls.sql"));
const TEXTS: (i64, &str, &str) = (4, "texts", include_str!("../../../migrations/both/0004_texts.sql"));
const SWEEPS: (i64, &str, &str) = (7, "sweeps", include_str!("../../../migrations/both/0007_sweeps.sql"));
const WATCH: (i64, &str, &str) = (8, "watch", include_str!("../../../migrations/both/0008_watch.sql"));
const PEOPLE: (i64, &str, &str) = (
    9,
    "operators and refused requests",
    include_str!("../../../migrations/both/0009_operators_and_refused_requests.sql"),
);
const DEVICES: (i64, &str, &str) = (11, "devices", include_str!("../../../migrations/both/0011_devices.sql"));
const SQLITE_MIGRATIONS: &[(i64, &str, &str)] = &[
    (
        1,
        "accounts and connections",
        include_str!("../../../migrations/sqlite/0001_accounts_and_connections.sql"),
    ),
    CALLS,
    (
        3,
        "previous auth token",
        include_str!("../../../migrations/sqlite/0003_previous_auth_token.sql"),
    ),
    TEXTS,
    SWEEPS,
    WATCH,
    PEOPLE,
    DEVICES,
];
const POSTGRES_MIGRATIONS: &[(i64, &str, &str)] = &[
    (
        1,
        "accounts and connections",
        include_str!("../../../migrations/postgres/0001_accounts_and_connections.sql"),
    ),
    CALLS,
    (
        3,
        "previous auth token",
        include_str!("../../../migrations/postgres/0003_previous_auth_token.sql"),
    ),
    TEXTS,
    SWEEPS,
    WATCH,
    PEOPLE,
    DEVICES,
];

fn migrations(engine: Engine) -> &'static [(i64, &'static str, &'static str)] {
    match engine {
        Engine::Sqlite => SQLITE_MIGRATIONS,
        Engine::Postgres => POSTGRES_MIGRATIONS,
    }
}

/// The newest migration that this program knows.
pub(crate) fn newest_migration(engine: Engine) -> i64 {
    migrations(engine)
        .iter()
        .map(|(version, ..)| *version)
        .max()
        .unwrap_or_default()
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded; one server.
    Sqlite,
    /// Shared by any number of servers.
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    /// Where transactions that write come from.
    writers: AnyPool,
    engine: Engine,
    turn: Arc<Mutex<()>>,
    queue: Arc<Queue>,
    waiting: Arc<Waiting>,
    served: Arc<Served>,
    tenants: Arc<Tenants>,
    sessions: Arc<Sessions>,
    ringing: Arc<Ringing>,
    listeners: Listeners,
    listening: Arc<Listening>,
}

impl Debug for Store {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

/// Whose turn it is to write to SQLite, first come, first served: its own lock is waited for by trying again and again.
pub(crate) type Turn = Option<OwnedMutexGuard<()>>;

/// A transaction that will write; rolled back unless it is committed.
pub(crate) struct Tx {
    // Ends before the turn does.
    transaction: Transaction<'static, Any>,
    _turn: Turn,
    engine: Engine,
    news: Vec<News>,
    listeners: Listeners,
}

impl Tx {
    /// To be heard, here and on every other server, once this is committed.
    pub(crate) fn tell(&mut self, news: News) {
        self.news.push(news);
    }

    /// Makes it durable, and has its news heard.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        if self.news.iter().all(|news| matches!(news, News::Feed { .. })) {
            return self.finish().await;
        }
        // By itself: what is kept in memory has to hear of it even where whoever wanted it goes away meanwhile.
        match tokio::spawn(self.finish()).await {
            Ok(done) => done,
            Err(_) => Err(Kind::Interrupted.into()),
        }
    }

    async fn finish(mut self) -> Result<(), Error> {
        if !self.news.is_empty() {
            news::send(&mut self.transaction, self.engine, &self.news).await?;
        }
        let done = self.transaction.commit().await;
        for news in &self.news {
            // After a failure nobody knows what was written, so nothing that is kept may be relied on; but a line that may not be
            // there is none to have heard of, since the next one would have its number.
            if done.is_ok() || !matches!(news, News::Feed { .. }) {
                self.listeners.hear(news);
            }
        }
        Ok(done?)
    }

    pub(crate) async fn rollback(self) -> Result<(), Error> {
        Ok(self.transaction.rollback().await?)
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

/// A connection for a single statement that writes.
pub(crate) struct Writer {
    connection: PoolConnection<Any>,
    _turn: Turn,
}

impl Deref for Writer {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl Store {
    /// Opens the database; makes a SQLite file and its folder where there is none.
    ///
    /// # Errors
    /// When the address is not one of a known database, or it cannot be opened.
    pub async fn connect(database_url: &str) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let (engine, url) = if let Some(path) = database_url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split('?').next().unwrap_or_default();
            if let Some(folder) = Path::new(path).parent() {
                std::fs::create_dir_all(folder).map_err(Kind::Folder)?;
            }
            (Engine::Sqlite, format!("sqlite://{path}?mode=rwc"))
        } else if database_url.starts_with("postgres:") || database_url.starts_with("postgresql:") {
            (Engine::Postgres, database_url.to_owned())
        } else {
            return Err(Kind::UnknownEngine.into());
        };
        let Pools { pool, writers } = pool::open(engine, &url).await?;
        let waiting = Arc::<Waiting>::default();
        // Whatever keeps in memory what other servers may change is named here.
        let (tenants, sessions) = (Arc::<Tenants>::default(), Arc::<Sessions>::default());
        let caches: [Arc<dyn Hear>; 2] = [tenants.clone(), sessions.clone()];
        let listeners = Listeners::new(Arc::clone(&waiting), caches);
        let listening = Arc::<Listening>::default();
        if engine == Engine::Postgres {
            listening.start(&url, listeners.clone()).await;
        }
        Ok(Self {
            pool,
            writers,
            engine,
            turn: Arc::default(),
            queue: Arc::default(),
            waiting,
            served: Arc::default(),
            tenants,
            sessions,
            ringing: Arc::default(),
            listeners,
            listening,
        })
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When a migration fails, or the schema is newer than this program.
    pub async fn migrate(&self) -> Result<(), Error> {
        let migrations = migrations(self.engine)
            .iter()
            .map(|(version, name, sql)| {
                Migration::new(
                    *version,
                    (*name).into(),
                    MigrationType::Simple,
                    SqlStr::from_static(sql),
                    false,
                )
            })
            .collect();
        let mut connection = self.pool.acquire().await?;
        if self.engine == Engine::Postgres {
            // Another server may be at it, and a large table takes its time.
            query("SET lock_timeout = 0").execute(&mut *connection).await?;
        }
        let migrator = Migrator::with_migrations(migrations);
        let migrated = migrator.run_direct(None, &mut *connection, false).await;
        connection.close().await?;
        Ok(migrated.map_err(Kind::Migration)?)
    }

    /// Whether the database answers, and is ours. A table is read, since SQLite needs no file to answer what asks for none.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        query("SELECT 1 FROM installation").execute(&self.pool).await?;
        Ok(())
    }

    /// Which database it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Closes every connection, once what runs has ended.
    pub async fn close(&self) {
        self.listening.end().await;
        self.writers.close().await;
        self.pool.close().await;
    }

    /// Whether what other servers write is heard at once, or nobody else can write. While it is not, nothing that another
    /// server may have changed may be answered from memory.
    #[must_use]
    pub fn hears_others(&self) -> bool {
        match self.engine {
            Engine::Sqlite => true,
            Engine::Postgres => self.listening.stands(),
        }
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    pub(crate) fn waiting(&self) -> &Arc<Waiting> {
        &self.waiting
    }

    pub(crate) fn tenants(&self) -> &Tenants {
        &self.tenants
    }

    pub(crate) fn ringing(&self) -> &Ringing {
        &self.ringing
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub(crate) fn served(&self) -> &Served {
        &self.served
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// Waits for the turn to write, where there is one writer.
    pub(crate) async fn turn(&self) -> Turn {
        match self.engine {
            Engine::Sqlite => Some(Arc::clone(&self.turn).lock_owned().await),
            Engine::Postgres => None,
        }
    }

    /// A transaction that will write.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        let turn = self.turn().await;
        self.begin_in(turn).await
    }

    /// A transaction that will write, for whoever's turn it is. SQLite takes the write lock at once: a reader that turns
    /// writer half-way fails.
    pub(crate) async fn begin_in(&self, turn: Turn) -> Result<Tx, Error> {
        let transaction = match self.engine {
            Engine::Sqlite => self.writers.begin_with("BEGIN IMMEDIATE").await?,
            Engine::Postgres => {
                // By itself: of a BEGIN whose asker goes away before it is answered the driver loses count, and what the next one writes
                // by this connection would be in a transaction that nobody ends.
                // <https://docs.rs/sqlx-postgres/0.9.0/src/sqlx_postgres/transaction.rs.html>
                let pool = self.writers.clone();
                let begun = tokio::spawn(async move { pool.begin().await }).await;
                begun.map_err(|_| Kind::Interrupted)??
            }
        };
        Ok(Tx {
            transaction,
            _turn: turn,
            engine: self.engine,
            news: Vec::new(),
            listeners: self.listeners.clone(),
        })
    }

    /// A connection for a single statement that writes.
    pub(crate) async fn writer(&self) -> Result<Writer, Error> {
        let turn = self.turn().await;
        Ok(Writer {
            connection: self.writers.acquire().await?,
            _turn: turn,
        })
    }
}
