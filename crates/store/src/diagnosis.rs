//! The database as a doctor looks at it: nothing is changed by looking.

use sqlx::{Row as _, query};

use crate::engine::newest_migration;
use crate::{Engine, Error, Store};

/// How far the schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaVersion {
    /// The newest migration that the database has seen; 0 for none.
    pub applied: i64,
    /// The newest one that this program knows.
    pub known: i64,
}

impl Store {
    /// How far the schema is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schema_version(&self) -> Result<SchemaVersion, Error> {
        let known = newest_migration(self.engine());
        let table = match self.engine() {
            Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'",
            Engine::Postgres => {
                "SELECT COUNT(*) FROM pg_tables WHERE tablename = '_sqlx_migrations' AND schemaname = ANY (current_schemas(false))"
            }
        };
        let tables: i64 = query(table).fetch_one(self.pool()).await?.try_get(0)?;
        if tables == 0 {
            return Ok(SchemaVersion { applied: 0, known });
        }
        let newest = query("SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM _sqlx_migrations WHERE success");
        let applied = newest.fetch_one(self.pool()).await?.try_get(0)?;
        Ok(SchemaVersion { applied, known })
    }

    /// The version of the database's own program, such as `17.2`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn engine_version(&self) -> Result<String, Error> {
        let version = match self.engine() {
            Engine::Sqlite => "SELECT sqlite_version()",
            Engine::Postgres => "SELECT current_setting('server_version')",
        };
        Ok(query(version).fetch_one(self.pool()).await?.try_get(0)?)
    }

    /// What is broken within the file of an embedded database, in SQLite's words, at most a few; it reads the whole file
    /// (<https://www.sqlite.org/pragma.html#pragma_quick_check>). PostgreSQL keeps watch over its own.
    ///
    /// # Errors
    /// When the database fails, as it may when it is broken.
    pub async fn damage(&self) -> Result<Vec<String>, Error> {
        if self.engine() == Engine::Postgres {
            return Ok(Vec::new());
        }
        let rows = query("PRAGMA quick_check(3)").fetch_all(self.pool()).await?;
        let said: Result<Vec<String>, sqlx::Error> = rows.iter().map(|row| row.try_get(0)).collect();
        Ok(said?.into_iter().filter(|line| line != "ok").collect())
    }
}
