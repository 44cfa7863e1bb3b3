//! The one way to change what is kept in memory of tenants. A test reads the sources of this crate and fails where a statement
//! goes another way.

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, query};

use domain::id::UserId;

use crate::Error;
use crate::engine::Tx;
use crate::news::News;
use crate::row::get;

impl Tx {
    /// Runs a statement that changes connections, and has everybody hear whose with the commit; tells how many. The statement
    /// ends with `RETURNING account_sid`.
    pub(crate) async fn change_tenants(&mut self, statement: Query<'_, Any, AnyArguments>) -> Result<usize, Error> {
        let rows = statement.fetch_all(&mut **self).await?;
        for row in &rows {
            self.tell(News::Tenant {
                account_sid: get(row, "account_sid")?,
            });
        }
        Ok(rows.len())
    }

    /// Has everybody hear with the commit that something else has changed of what is kept of the user as a tenant.
    pub(crate) async fn tell_of_tenant(&mut self, user: UserId) -> Result<(), Error> {
        let statement = query("SELECT DISTINCT account_sid FROM connections WHERE user_id = $1").bind(user.to_string());
        self.change_tenants(statement).await?;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// What a function has to call that changes a table, unless it changes nothing that is kept.
    const TENANTS: &[&str] = &["change_tenants(", "self.leased(", "tell_of_tenant(", "News::Tenant"];
    const SESSIONS: &[&str] = &["News::Session"];
    const RULES: &[(&str, &[&str])] = &[
        ("connections", TENANTS),
        ("voice_settings", TENANTS),
        ("sessions", SESSIONS),
        ("users", SESSIONS),
        ("users who go", TENANTS),
    ];

    /// Columns that are not kept in memory, or may be old there.
    const NOT_KEPT: &[&str] = &[
        "lease_token",
        "lease_until",
        "next_attempt_at",
        "next_sweep_at",
        "swept_until",
        "last_seen_at",
        "feed_seq",
        "calls_seen_at",
        "is_operator",
    ];

    /// Whether the statement changes what is kept. New sessions, users and connections are not kept by anybody yet.
    fn changes(table: &str, source: &str) -> bool {
        if table == "users who go" {
            return source.contains("DELETE FROM users ");
        }
        let deletes = source.contains(&format!("DELETE FROM {table} "));
        let inserts = table == "voice_settings" && source.contains(&format!("INSERT INTO {table} "));
        let updates = source
            .match_indices(&format!("UPDATE {table} SET "))
            .any(|(at, start)| {
                let rest = &source[at + start.len()..];
                let set = rest.split("WHERE").next().unwrap_or(rest);
                let mut columns = set.split(',').filter_map(|part| part.split_once(" = "));
                !columns.all(|(column, _)| NOT_KEPT.contains(&column.trim()))
            });
        deletes || inserts || updates
    }

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tenants/change.rs") {
                found.push(path);
            }
        }
    }

    #[test]
    fn whatever_changes_what_is_kept_in_memory_says_so() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        let mut seen = 0;
        for file in files {
            let source = fs::read_to_string(&file).unwrap();
            for function in source.split("async fn ") {
                for (table, ways) in RULES {
                    if changes(table, function) {
                        seen += 1;
                        let name = function.split('(').next().unwrap_or_default();
                        assert!(
                            ways.iter().any(|way| function.contains(way)),
                            "{name} in {} changes {table}, and servers that keep them in memory do not hear of it: {ways:?}",
                            file.display()
                        );
                    }
                }
            }
        }
        assert!(seen > 10, "only {seen} statements were found");
    }

    #[test]
    fn a_lease_alone_is_no_change() {
        assert!(!changes(
            "connections",
            "UPDATE connections SET lease_token = $1, lease_until = $2 WHERE id = $3"
        ));
        assert!(changes(
            "connections",
            "UPDATE connections SET lease_token = $1, state = 'x' WHERE id = $3"
        ));
        assert!(changes("connections", "DELETE FROM connections WHERE id = $1"));
    }
}
