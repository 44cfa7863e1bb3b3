//! Reading many calls at once, for a page or for the feed.

use std::fmt::Display;

use domain::id::{CallId, UserId};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, query};

use super::row::{call_of, event_of, leg_of, select_calls};
use super::{Call, CallEvent, Leg};
use crate::row::{get, parsed};
use crate::{Error, Store};

/// Ids in one query. Few different texts, since each is prepared on every connection.
const AT_ONCE: usize = 100;

impl Store {
    /// Those of the calls that are the user's, in no order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn calls_by_ids(&self, user: UserId, ids: &[CallId]) -> Result<Vec<Call>, Error> {
        let rows = self.rows_of(select_calls!("WHERE id IN "), "", ids).await?;
        let mut calls = rows.iter().map(call_of).collect::<Result<Vec<_>, _>>()?;
        calls.retain(|call| call.user_id == user);
        Ok(calls)
    }

    /// What was noted about the calls, each call's oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events_of_calls(&self, calls: &[CallId]) -> Result<Vec<(CallId, CallEvent)>, Error> {
        let select = "SELECT id, call_id, kind, leg, status, detail, happened_at FROM call_events WHERE call_id IN ";
        let rows = self.rows_of(select, " ORDER BY happened_at, id", calls).await?;
        rows.iter()
            .map(|row| Ok((parsed(row, "call_id", |text| text.parse().ok())?, event_of(row)?)))
            .collect()
    }

    /// Those of the account's legs that are known, each with its call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn legs_of_sids(&self, account_sid: &str, sids: &[String]) -> Result<Vec<(CallId, Leg)>, Error> {
        let select =
            "SELECT account_sid, call_id, sid, role, status, started_at, answered_at, ended_at, duration_seconds,
             error_code FROM call_legs WHERE sid IN ";
        let rows = self.rows_of(select, "", sids).await?;
        let mut legs = Vec::new();
        for row in &rows {
            if get::<String>(row, "account_sid")? == account_sid {
                legs.push((parsed(row, "call_id", |text| text.parse().ok())?, leg_of(row)?));
            }
        }
        Ok(legs)
    }

    /// What a query finds that ends in `IN`, for many ids.
    pub(crate) async fn rows_of<Id: Display + Sync>(
        &self,
        select: &str,
        order: &str,
        ids: &[Id],
    ) -> Result<Vec<AnyRow>, Error> {
        let mut found = Vec::new();
        for chunk in ids.chunks(AT_ONCE) {
            let places = if chunk.len() == 1 { 1 } else { AT_ONCE };
            let marks: Vec<String> = (1..=places).map(|place| format!("${place}")).collect();
            let sql = format!("{select}({}){order}", marks.join(", "));
            let mut query = query(AssertSqlSafe(sql));
            for place in 0..places {
                query = query.bind(chunk[place.min(chunk.len() - 1)].to_string());
            }
            found.extend(query.fetch_all(self.pool()).await?);
        }
        Ok(found)
    }
}
