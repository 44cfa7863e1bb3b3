//! All that is stored of one user, to be taken along: page by page, row by row as it stands, without secrets.

use domain::id::UserId;
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{Column as _, Row as _, query};

use crate::row::get;
use crate::{Error, Store};

/// A row: its columns by their names.
pub type ExportedRow = Map<String, Value>;

/// Columns that nobody takes along: what opens something, and who is at work.
const LEFT_OUT: [&str; 10] = [
    "password_hash",
    "token_hash",
    "device_hash",
    "auth_token",
    "previous_auth_token",
    "api_key_secret",
    "lease_token",
    "user_id",
    "cursor_at",
    "cursor_id",
];

/// Rows in a page.
const PAGE: i64 = 200;

/// A table with rows of a user's.
#[derive(Debug)]
pub struct ExportedTable {
    /// Its name.
    pub name: &'static str,
    sql: &'static str,
    parts: &'static [Part],
}

/// A table with rows that belong to a row of a user's.
#[derive(Debug)]
struct Part {
    name: &'static str,
    /// The column that names the row which they belong to.
    of: &'static str,
    select: &'static str,
    order: &'static str,
}

/// Where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportCursor {
    at: i64,
    id: String,
}

impl Default for ExportCursor {
    fn default() -> Self {
        Self {
            at: -1,
            id: String::new(),
        }
    }
}

/// A page by a moment and an id, as there is an index for.
macro_rules! by_time {
    ($table:literal, $at:literal) => {
        concat!(
            "SELECT t.*, ",
            $at,
            " AS cursor_at, id AS cursor_id FROM ",
            $table,
            " t
             WHERE user_id = $1 AND (",
            $at,
            " > $2 OR (",
            $at,
            " = $2 AND id > $3)) ORDER BY ",
            $at,
            ", id LIMIT $4"
        )
    };
}

/// A page by what tells a user's rows apart.
macro_rules! by_key {
    ($table:literal, $key:literal) => {
        concat!(
            "SELECT t.*, CAST(0 AS BIGINT) AS cursor_at, ",
            $key,
            " AS cursor_id FROM ",
            $table,
            " t
             WHERE user_id = $1 AND $2 < 1 AND ",
            $key,
            " > $3 ORDER BY ",
            $key,
            " LIMIT $4"
        )
    };
}

macro_rules! part {
    ($name:literal, $of:literal, $order:literal) => {
        Part {
            name: $name,
            of: $of,
            select: concat!("SELECT * FROM ", $name, " WHERE ", $of, " IN "),
            order: concat!(" ORDER BY ", $order),
        }
    };
}

const fn table(name: &'static str, sql: &'static str) -> ExportedTable {
    ExportedTable { name, sql, parts: &[] }
}

/// Every table with rows of a user's, but for `users`.
pub const EXPORTED: &[ExportedTable] = &[
    table("sessions", by_key!("sessions", "id")),
    table("devices", by_key!("devices", "device_hash")),
    table("setup_drafts", by_key!("setup_drafts", "user_id")),
    ExportedTable {
        name: "connections",
        sql: by_key!("connections", "id"),
        parts: &[
            part!("connection_steps", "connection_id", "kind"),
            part!("connection_watch", "connection_id", "connection_id"),
            part!("retired_keys", "connection_id", "sid"),
            part!("connection_notes", "connection_id", "noted_at, id"),
        ],
    },
    table("leftovers", by_key!("leftovers", "account_sid || sid")),
    table("voice_settings", by_key!("voice_settings", "user_id")),
    table("text_settings", by_key!("text_settings", "user_id")),
    table("phone_leases", by_key!("phone_leases", "device")),
    ExportedTable {
        name: "calls",
        sql: by_time!("calls", "started_at"),
        parts: &[
            part!("call_legs", "call_id", "started_at, sid"),
            part!("call_events", "call_id", "happened_at, id"),
            part!("recordings", "call_id", "started_at, id"),
        ],
    },
    ExportedTable {
        name: "messages",
        sql: by_time!("messages", "placed_at"),
        parts: &[part!("message_events", "message_id", "seq")],
    },
    table("threads", by_key!("threads", "peer")),
    table("opt_outs", by_key!("opt_outs", "peer || ' ' || sender")),
    table("refused_requests", by_key!("refused_requests", "id")),
    table(
        "idempotency_keys",
        by_key!("idempotency_keys", "route || ' ' || idempotency_key"),
    ),
    table("webhook_inbox", by_key!("webhook_inbox", "dedupe_key")),
    table(
        "feed",
        "SELECT t.*, seq AS cursor_at, '' AS cursor_id FROM feed t
         WHERE user_id = $1 AND seq > $2 AND $3 = '' ORDER BY seq LIMIT $4",
    ),
];

impl ExportedTable {
    /// The tables that its rows come with.
    pub fn part_names(&self) -> impl Iterator<Item = &'static str> {
        self.parts.iter().map(|part| part.name)
    }
}

impl Store {
    /// The user's own row, if there is such a user.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_user(&self, user: UserId) -> Result<Option<ExportedRow>, Error> {
        let row = query("SELECT * FROM users WHERE id = $1")
            .bind(user.to_string())
            .fetch_optional(self.pool())
            .await?;
        Ok(row.as_ref().map(exported))
    }

    /// A page of the user's rows in a table, each with the rows that belong to it, and where the next page begins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_page(
        &self,
        user: UserId,
        table: &ExportedTable,
        after: &ExportCursor,
    ) -> Result<(Vec<ExportedRow>, Option<ExportCursor>), Error> {
        let rows = query(table.sql)
            .bind(user.to_string())
            .bind(after.at)
            .bind(&after.id)
            .bind(PAGE)
            .fetch_all(self.pool())
            .await?;
        let next = match rows.last() {
            Some(last) if rows.len() == PAGE.unsigned_abs() as usize => Some(ExportCursor {
                at: get(last, "cursor_at")?,
                id: get(last, "cursor_id")?,
            }),
            _ => None,
        };
        let mut page: Vec<_> = rows.iter().map(exported).collect();
        let ids: Vec<String> = page.iter().map(id_of).collect();
        for part in table.parts {
            let rows = self.rows_of(part.select, part.order, &ids).await?;
            let mut parts: Vec<_> = rows.iter().map(exported).collect();
            for (row, id) in page.iter_mut().zip(&ids) {
                let (mine, others) = parts
                    .into_iter()
                    .partition(|one| one.get(part.of).and_then(Value::as_str) == Some(id));
                parts = others;
                row.insert(part.name.to_owned(), mine.into_iter().map(Value::Object).collect());
            }
        }
        Ok((page, next))
    }
}

fn id_of(row: &ExportedRow) -> String {
    row.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What stands in a row. Sealed values are the only ones in bytes.
fn exported(row: &AnyRow) -> ExportedRow {
    let mut columns = Map::new();
    for (index, column) in row.columns().iter().enumerate() {
        let name = column.name();
        if LEFT_OUT.contains(&name) {
            continue;
        }
        if let Ok(number) = row.try_get::<Option<i64>, _>(index) {
            columns.insert(name.to_owned(), number.map_or(Value::Null, Value::from));
        } else if let Ok(text) = row.try_get::<Option<String>, _>(index) {
            columns.insert(name.to_owned(), text.map_or(Value::Null, Value::from));
        }
    }
    columns
}
