//! Statements over many rows at once, which go in as one JSON parameter: the text is the same however many there are, so that it
//! is prepared once. All that the two databases write differently about that stands here.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, query};

use crate::error::Kind;
use crate::row::{json, to_json};
use crate::{Engine, Error};

/// One statement, as each database writes it.
pub(crate) struct Bulk {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// Puts a statement together from texts, `(macros!())`, and these words: `rows`, a table of the parameter's items, whose fields are
/// `value ->> 'name'`; `locked`, which locks what a query finds, in its order, where a transaction is not alone anyway; and
/// `list_of` and `end_list` around columns, which make one JSON text of all rows: each row by itself costs more than what is in it.
macro_rules! bulk {
    ($($part:tt)+) => {
        $crate::bulk::Bulk {
            sqlite: concat!($($crate::bulk::part!(sqlite $part)),+),
            postgres: concat!($($crate::bulk::part!(postgres $part)),+),
        }
    };
}
pub(crate) use bulk;

macro_rules! part {
    (sqlite rows) => {
        "jsonb_each($1) AS item"
    };
    (postgres rows) => {
        "jsonb_array_elements($1::jsonb) AS item(value)"
    };
    (sqlite list_of) => {
        "json_group_array(json_array("
    };
    (sqlite end_list) => {
        ")) AS list"
    };
    (postgres list_of) => {
        "CAST(json_agg(json_build_array("
    };
    (postgres end_list) => {
        ")) AS TEXT) AS list"
    };
    (sqlite locked) => {
        ""
    };
    // Rows that refer to it may still be added by others.
    (postgres locked) => {
        " FOR NO KEY UPDATE"
    };
    ($engine:ident ($($text:tt)+)) => {
        $($text)+
    };
    ($engine:ident $text:literal) => {
        $text
    };
}
pub(crate) use part;

impl Bulk {
    const fn text(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}

/// A transaction in which many are written at once.
pub(crate) struct Unit<'a> {
    pub(crate) db: &'a mut AnyConnection,
    engine: Engine,
    later: Vec<Later>,
}

/// A statement that is still to run.
struct Later {
    text: &'static str,
    rows: String,
    /// How many rows it has to change.
    changes: Option<usize>,
}

impl<'a> Unit<'a> {
    pub(crate) fn new(db: &'a mut AnyConnection, engine: Engine) -> Self {
        Self {
            db,
            engine,
            later: Vec::new(),
        }
    }

    pub(crate) const fn engine(&self) -> Engine {
        self.engine
    }

    /// Has it run with others, unless there are no rows: before the next question, or with [`Self::finish`].
    pub(crate) fn later<R: Serialize>(&mut self, bulk: &Bulk, rows: &[R]) -> Result<(), Error> {
        self.add(bulk, rows, None)
    }

    /// The same; another server was in the way if it does not change as many rows as it is given.
    pub(crate) fn all_later<R: Serialize>(&mut self, bulk: &Bulk, rows: &[R]) -> Result<(), Error> {
        self.add(bulk, rows, Some(rows.len()))
    }

    fn add<R: Serialize>(&mut self, bulk: &Bulk, rows: &[R], changes: Option<usize>) -> Result<(), Error> {
        if !rows.is_empty() {
            self.later.push(Later {
                text: bulk.text(self.engine),
                rows: to_json(&rows, "rows")?,
                changes,
            });
        }
        Ok(())
    }

    /// Runs what is still to run. On SQLite that is one errand: each one costs two changes of threads.
    pub(crate) async fn finish(&mut self) -> Result<(), Error> {
        let later = std::mem::take(&mut self.later);
        match self.engine {
            // It has one writer: nobody is in the way.
            Engine::Sqlite if !later.is_empty() => {
                let numbered = later.iter().enumerate();
                let texts: Vec<_> = numbered
                    .map(|(at, later)| later.text.replace("$1", &format!("${}", at + 1)))
                    .collect();
                let all = query(AssertSqlSafe(texts.join("; ")));
                let all = later.into_iter().fold(all, |all, later| all.bind(later.rows));
                all.execute(&mut *self.db).await?;
            }
            Engine::Sqlite => {}
            Engine::Postgres => {
                for Later { text, rows, changes } in later {
                    let done = query(text).bind(rows).execute(&mut *self.db).await?;
                    if changes.is_some_and(|changes| done.rows_affected() < changes as u64) {
                        return Err(Kind::Overtaken.into());
                    }
                }
            }
        }
        Ok(())
    }

    /// The list that it finds; empty without rows.
    pub(crate) async fn list<R: Serialize + Sync, T: DeserializeOwned>(
        &mut self,
        bulk: &Bulk,
        rows: &[R],
    ) -> Result<Vec<T>, Error> {
        let found = self.fetch(bulk, rows).await?;
        let list = found.first().map(|row| json(row, "list")).transpose()?;
        Ok(list.flatten().unwrap_or_default())
    }

    /// What it finds, or returns; nothing without rows.
    pub(crate) async fn fetch<R: Serialize + Sync>(&mut self, bulk: &Bulk, rows: &[R]) -> Result<Vec<AnyRow>, Error> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.finish().await?;
        Ok(query(bulk.text(self.engine))
            .bind(to_json(&rows, "rows")?)
            .fetch_all(&mut *self.db)
            .await?)
    }
}
