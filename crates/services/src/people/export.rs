//! All that is stored of a person, as one JSON document that is written a page of rows at a time.

use std::collections::VecDeque;

use domain::id::UserId;
use domain::problem::Problem;
use domain::time::UnixMillis;
use serde_json::{Value, json};
use store::{EXPORTED, ExportCursor, ExportedRow, ExportedTable, Store};

use super::People;
use crate::calls::rfc3339;
use crate::{Caller, ServiceError};

/// Columns that hold JSON, beside what people have written, which may look like it.
const JSON: [&str; 11] = [
    "account",
    "phone_numbers",
    "refused",
    "problem",
    "snapshot",
    "media",
    "error",
    "menu",
    "health",
    "webhook_bases",
    "countries",
];
/// Tables in which a column of such a name is text all the same.
const PLAIN: [&str; 1] = ["threads"];

/// An export under way.
pub struct Export {
    /// What the file is called.
    pub file_name: String,
    store: Store,
    user: UserId,
    tables: VecDeque<&'static ExportedTable>,
    /// The table that is being written, and where its next page begins.
    current: Option<(&'static ExportedTable, ExportCursor, bool)>,
    /// What comes before all tables.
    head: Option<String>,
    done: bool,
}

impl People {
    /// All that is stored of the caller, without secrets.
    ///
    /// # Errors
    /// `NotFound` when he is gone.
    pub async fn export(&self, caller: &Caller) -> Result<Export, ServiceError> {
        let store = self.parts.store.clone();
        let user = store
            .export_user(caller.user_id)
            .await?
            .ok_or_else(|| ServiceError::NotFound(Problem::new("user_not_found", "There is no such user any more.")))?;
        let now = rfc3339(self.parts.clock.now());
        let head = json!({
            "format": "sniko-export/1",
            "exported_at": now,
            "installation": self.parts.settings.app_url.as_str(),
            "users": [readable("users", user)],
        });
        // The tables follow within the same object.
        let head = serde_json::to_string_pretty(&head).map_err(ServiceError::internal)?;
        let head = head.strip_suffix("\n}").unwrap_or_default().to_owned();
        Ok(Export {
            file_name: format!("sniko-export-{}.json", now.get(..10).unwrap_or_default()),
            store,
            user: caller.user_id,
            tables: EXPORTED.iter().collect(),
            current: None,
            head: Some(head),
            done: false,
        })
    }
}

impl Export {
    /// The next piece; none at the end.
    ///
    /// # Errors
    /// When the database fails: the document is then cut off, and nobody can take it for a whole one.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ServiceError> {
        if let Some(head) = self.head.take() {
            return Ok(Some(head.into_bytes()));
        }
        let mut piece = String::new();
        let (table, after, first) = match self.current.take() {
            Some(current) => current,
            None => match self.tables.pop_front() {
                Some(table) => {
                    piece.push_str(&format!(",\n  \"{}\": [", table.name));
                    (table, ExportCursor::default(), true)
                }
                None if self.done => return Ok(None),
                None => {
                    self.done = true;
                    return Ok(Some(b"\n}\n".to_vec()));
                }
            },
        };
        let (rows, next) = self.store.export_page(self.user, table, &after).await?;
        for (index, row) in rows.into_iter().enumerate() {
            piece.push_str(if first && index == 0 { "\n    " } else { ",\n    " });
            let row = readable(table.name, row);
            piece.push_str(&serde_json::to_string(&row).map_err(ServiceError::internal)?);
        }
        match next {
            Some(next) => self.current = Some((table, next, false)),
            None => piece.push(']'),
        }
        Ok(Some(piece.into_bytes()))
    }
}

/// A row as people and programs read it: moments as RFC 3339, JSON as JSON.
fn readable(table: &str, row: ExportedRow) -> Value {
    let plain = PLAIN.contains(&table);
    let columns = row.into_iter().map(|(name, value)| {
        let value = match value {
            Value::Number(number) if is_moment(&name) => {
                let millis = number.as_i64().unwrap_or_default();
                Value::from(rfc3339(UnixMillis(millis)))
            }
            Value::String(text) if !plain && JSON.contains(&name.as_str()) => {
                serde_json::from_str(&text).unwrap_or(Value::String(text))
            }
            Value::Array(parts) => parts
                .into_iter()
                .map(|part| match part {
                    Value::Object(row) => readable(&name, row),
                    other => other,
                })
                .collect(),
            other => other,
        };
        (name, value)
    });
    Value::Object(columns.collect())
}

fn is_moment(column: &str) -> bool {
    column.ends_with("_at") || column.ends_with("_until") || column.ends_with("_since")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_json_are_readable_and_what_people_wrote_stays_as_it_is() {
        let Value::Object(row) = json!({
            "created_at": 1_764_000_000_120_i64, "attempts": 3, "body": "{\"a\": 1}", "error": "{\"code\": 30003}",
            "media": Value::Null, "message_events": [{"happened_at": 0, "detail": "x"}],
        }) else {
            unreachable!()
        };
        let expected = json!({
            "created_at": "2025-11-24T16:00:00.120Z", "attempts": 3, "body": "{\"a\": 1}", "error": {"code": 30003},
            "media": Value::Null, "message_events": [{"happened_at": "1970-01-01T00:00:00.000Z", "detail": "x"}],
        });
        assert_eq!(readable("messages", row), expected);
        let Value::Object(row) = json!({"draft": "[1]", "error": "{}"}) else {
            unreachable!()
        };
        assert_eq!(readable("threads", row.clone()), Value::Object(row));
    }
}
