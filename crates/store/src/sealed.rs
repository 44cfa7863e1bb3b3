//! Every sealed value, for the rotation of keys and for the audit.

use sqlx::query;

use crate::row::get;
use crate::{Error, Store};

/// Values that are read at once; each has less than 200 bytes.
const PAGE: i64 = 500;

/// A sealed value and the place it stands in.
#[derive(Clone)]
pub struct SealedValue {
    /// `table.column`
    pub column: String,
    /// Whose it is.
    pub user_id: String,
    /// The row's id.
    pub row_id: String,
    /// The blob.
    pub blob: Vec<u8>,
}

macro_rules! page_of {
    ($table:literal, $id:literal, $column:literal) => {
        (
            concat!($table, ".", $column),
            concat!(
                "SELECT user_id, ",
                $id,
                " AS row_id, ",
                $column,
                " AS blob FROM ",
                $table,
                " WHERE ",
                $column,
                " IS NOT NULL AND ",
                $id,
                " > $1 ORDER BY ",
                $id,
                " LIMIT $2"
            ),
        )
    };
}

/// Each column that holds sealed values, and a page of them in the order of their rows.
const COLUMNS: [(&str, &str); 4] = [
    page_of!("setup_drafts", "user_id", "auth_token"),
    page_of!("connections", "id", "auth_token"),
    page_of!("connections", "id", "previous_auth_token"),
    page_of!("connections", "id", "api_key_secret"),
];

/// A walk over every sealed value, page by page. What is written meanwhile may be met or missed.
pub struct SealedWalk<'a> {
    store: &'a Store,
    column: usize,
    after: String,
}

impl SealedWalk<'_> {
    /// The next values; none when all were met.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self) -> Result<Option<Vec<SealedValue>>, Error> {
        while let Some((place, sql)) = COLUMNS.get(self.column) {
            let rows = query(*sql)
                .bind(&self.after)
                .bind(PAGE)
                .fetch_all(self.store.pool())
                .await?;
            let page: Vec<SealedValue> = rows
                .iter()
                .map(|row| {
                    Ok(SealedValue {
                        column: (*place).to_owned(),
                        user_id: get(row, "user_id")?,
                        row_id: get(row, "row_id")?,
                        blob: get(row, "blob")?,
                    })
                })
                .collect::<Result<_, Error>>()?;
            if let Some(last) = page.last() {
                self.after.clone_from(&last.row_id);
                return Ok(Some(page));
            }
            self.column += 1;
            self.after.clear();
        }
        Ok(None)
    }
}

impl Store {
    /// Begins a walk over every sealed value.
    #[must_use]
    pub const fn walk_sealed(&self) -> SealedWalk<'_> {
        SealedWalk {
            store: self,
            column: 0,
            after: String::new(),
        }
    }

    /// Every sealed value at once, for an installation that is known to be small.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_sealed(&self) -> Result<Vec<SealedValue>, Error> {
        let (mut all, mut walk) = (Vec::new(), self.walk_sealed());
        while let Some(page) = walk.next().await? {
            all.extend(page);
        }
        Ok(all)
    }

    /// Puts another blob in the place of this one, unless it has changed meanwhile; tells whether it did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_sealed(&self, value: &SealedValue, blob: &[u8]) -> Result<bool, Error> {
        let mut tx = self.begin().await?;
        let sql = match value.column.as_str() {
            "setup_drafts.auth_token" => {
                "UPDATE setup_drafts SET auth_token = $1 WHERE user_id = $2 AND auth_token = $3"
            }
            "connections.auth_token" => {
                "UPDATE connections SET auth_token = $1 WHERE id = $2 AND auth_token = $3 RETURNING account_sid"
            }
            "connections.previous_auth_token" => {
                "UPDATE connections SET previous_auth_token = $1 WHERE id = $2 AND previous_auth_token = $3
                 RETURNING account_sid"
            }
            _ => {
                "UPDATE connections SET api_key_secret = $1 WHERE id = $2 AND api_key_secret = $3 RETURNING account_sid"
            }
        };
        let replaced = query(sql).bind(blob).bind(&value.row_id).bind(&value.blob);
        // A draft is nobody's account yet.
        let replaced = if value.column == "setup_drafts.auth_token" {
            usize::from(replaced.execute(&mut *tx).await?.rows_affected() == 1)
        } else {
            tx.change_tenants(replaced).await?
        };
        tx.commit().await?;
        Ok(replaced == 1)
    }
}
