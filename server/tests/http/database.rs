//! What is stored, looked at past the program: whether it agrees with itself, and all of it, to be compared.

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _, query};
use store::Store;

use crate::harness::World;

/// What changes while nothing is done: what was refused is noted, and when a session was last seen, and how Twilio fares.
const NOTED: [&str; 3] = ["refused_requests", "sessions", "connection_watch"];
/// When it was looked for something last.
const WHEN_LOOKED: [&str; 2] = ["next_sweep_at", "swept_until"];

impl World {
    /// Past the program.
    async fn connection(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&self.database_url()).await.unwrap()
    }

    /// What is stored agrees with itself, whatever came before.
    pub async fn is_in_order(&self) {
        let store = Store::connect(&self.database_url()).await.unwrap();
        assert_eq!(store.audit().await.unwrap(), []);
        store.close().await;
    }

    /// Every row of every table, each as a line.
    pub async fn everything(&self) -> String {
        let mut database = self.connection().await;
        let postgres = self.database_url().starts_with("postgres");
        let tables = if postgres {
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
        } else {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
        };
        let tables = strings(&mut database, tables).await;
        let mut all = String::new();
        for table in tables.iter().filter(|table| !NOTED.contains(&table.as_str())) {
            let (columns, text) = if postgres {
                let columns = "SELECT column_name::text FROM information_schema.columns WHERE table_name =";
                (
                    format!("{columns} '{table}' AND table_schema = current_schema()"),
                    "::text",
                )
            } else {
                (format!("SELECT name FROM pragma_table_info('{table}')"), "")
            };
            let columns = strings(&mut database, &columns).await;
            let columns = columns.iter().filter(|column| !WHEN_LOOKED.contains(&column.as_str()));
            let columns: Vec<String> = columns
                .map(|column| match text {
                    "" => format!("quote({column})"),
                    text => format!("coalesce({column}{text}, 'null')"),
                })
                .collect();
            let row = columns.join(" || ' ' || ");
            let rows = strings(&mut database, &format!("SELECT {row} AS line FROM {table} ORDER BY 1")).await;
            for row in rows {
                all.push_str(&format!("{table}: {row}\n"));
            }
        }
        database.close().await.unwrap();
        assert!(all.contains("users: "), "it was read: {all}");
        all
    }
}

async fn strings(database: &mut AnyConnection, sql: &str) -> Vec<String> {
    let rows = query(AssertSqlSafe(sql.to_owned())).fetch_all(database).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
