//! The pool, on whichever database `DATABASE_URL` names. All that differs between the two stands in this file.

use std::path::Path;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Any, AnyConnection, AnyPool, Executor, SqlStr, Transaction, query};

use crate::Error;
use crate::error::Kind;

/// The pool's size. SQLite has one writer; the others read meanwhile.
const CONNECTIONS: u32 = 8;

/// For every SQLite connection. FULL: with WAL, NORMAL loses acknowledged rows on power loss.
/// <https://www.sqlite.org/pragma.html#pragma_synchronous>
const SQLITE_PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF";

const SQLITE_MIGRATIONS: &[(i64, &str, &str)] = &[(
    1,
    "accounts and connections",
    include_str!("../../../migrations/sqlite/0001_accounts_and_connections.sql"),
)];
const POSTGRES_MIGRATIONS: &[(i64, &str, &str)] = &[(
    1,
    "accounts and connections",
    include_str!("../../../migrations/postgres/0001_accounts_and_connections.sql"),
)];

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded; one server.
    Sqlite,
    /// Shared by any number of servers.
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    engine: Engine,
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
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(move |connection: &mut AnyConnection, _| {
                Box::pin(async move {
                    if engine == Engine::Sqlite {
                        connection.execute(SQLITE_PRAGMAS).await?;
                    }
                    Ok(())
                })
            })
            .connect(&url)
            .await?;
        Ok(Self { pool, engine })
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When a migration fails, or the schema is newer than this program.
    pub async fn migrate(&self) -> Result<(), Error> {
        let migrations = match self.engine {
            Engine::Sqlite => SQLITE_MIGRATIONS,
            Engine::Postgres => POSTGRES_MIGRATIONS,
        };
        let migrations = migrations
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
        Migrator::with_migrations(migrations)
            .run(&self.pool)
            .await
            .map_err(Kind::Migration)?;
        Ok(())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Which database it is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Closes every connection, once what runs has ended.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// A transaction that will write. SQLite takes the write lock at once: a reader that turns writer half-way fails.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>, Error> {
        Ok(match self.engine {
            Engine::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await?,
            Engine::Postgres => self.pool.begin().await?,
        })
    }
}
