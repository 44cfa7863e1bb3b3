//! The call log, a page at a time, newest first.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use domain::call::Direction;
use domain::id::UserId;
use domain::time::UnixMillis;
use sqlx::query;
use uuid::Uuid;

use super::Call;
use super::row::{call_columns, call_of};
use crate::{Error, Store};

/// Which calls are listed: those that all of this holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Who called whom.
    pub direction: Option<Direction>,
    /// Only missed ones.
    pub missed: bool,
    /// Only those with a message.
    pub voicemail: bool,
    /// Digits that stand in the other party's number; what else is in the text is passed over.
    pub digits: Option<String>,
    /// Digits that the other party's number begins with.
    pub prefix: Option<String>,
    /// From that moment on.
    pub since: Option<UnixMillis>,
    /// Before that moment.
    pub until: Option<UnixMillis>,
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) at: UnixMillis,
    pub(crate) id: Uuid,
}

impl Display for Cursor {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{}", self.at.0, self.id.simple())
    }
}

impl Cursor {
    /// The moment and the id before which a page begins.
    pub(crate) fn place(cursor: Option<&Self>) -> (i64, String) {
        // No id is greater than a "g".
        cursor.map_or_else(
            || (i64::MAX, "g".to_owned()),
            |cursor| (cursor.at.0, cursor.id.to_string()),
        )
    }
}

/// The text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no cursor")]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (at, id) = text.split_at_checked(16).ok_or(NoCursor)?;
        if id.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoCursor);
        }
        Ok(Self {
            at: UnixMillis(i64::from_str_radix(at, 16).map_err(|_| NoCursor)?),
            id: Uuid::try_parse(id).map_err(|_| NoCursor)?,
        })
    }
}

/// Some calls, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPage {
    /// Newest first.
    pub calls: Vec<Call>,
    /// For the next page, where there is one.
    pub next: Option<Cursor>,
}

/// A list of its own for each index, since a partial index serves only a query that names its condition.
macro_rules! list_where {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            call_columns!(),
            " FROM calls WHERE user_id = $1 ",
            $condition,
            " AND ($2 IS NULL OR digits LIKE $2) AND ($3 IS NULL OR digits LIKE $3) AND started_at >= $4
                  AND started_at <= $5 AND (started_at < $6 OR id < $7)
              ORDER BY started_at DESC, id DESC LIMIT $8"
        )
    };
}

impl Store {
    /// A page of the user's calls, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_calls(
        &self,
        user: UserId,
        filter: &CallFilter,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<CallPage, Error> {
        let sql = match (filter.missed, filter.voicemail, filter.direction) {
            // Who called out has neither missed a call nor been left a message.
            (true, _, Some(Direction::Outbound)) | (_, true, Some(Direction::Outbound)) => {
                return Ok(CallPage {
                    calls: Vec::new(),
                    next: None,
                });
            }
            (true, false, _) => list_where!("AND missed = 1"),
            (false, true, _) => list_where!("AND voicemail = 1"),
            (true, true, _) => list_where!("AND missed = 1 AND voicemail = 1"),
            (false, false, None) => list_where!(""),
            (false, false, Some(Direction::Inbound)) => list_where!("AND direction = 'inbound'"),
            (false, false, Some(Direction::Outbound)) => list_where!("AND direction = 'outbound'"),
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
        let from = Cursor::place(cursor);
        let newest = filter.until.map_or(i64::MAX, |at| at.0.saturating_sub(1));
        let rows = query(sql)
            .bind(user.to_string())
            .bind(filter.digits.as_deref().map(|text| format!("%{}%", only_digits(text))))
            .bind(filter.prefix.as_deref().map(|text| format!("{}%", only_digits(text))))
            .bind(filter.since.map_or(i64::MIN, |at| at.0))
            // The index is entered where the page begins, however far down that is.
            .bind(newest.min(from.0))
            .bind(from.0)
            .bind(from.1)
            // One more tells whether there is a next page.
            .bind(i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX))
            .fetch_all(self.pool())
            .await?;
        let more = rows.len() > limit;
        let calls = rows.iter().take(limit).map(call_of).collect::<Result<Vec<_>, _>>()?;
        let next = calls.last().filter(|_| more).map(|call| Cursor {
            at: call.started_at,
            id: call.id.0,
        });
        Ok(CallPage { calls, next })
    }
}

pub(crate) fn only_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
