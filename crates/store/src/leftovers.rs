//! Resources in the accounts of users that carry our name although no row explains them.

use domain::id::UserId;
use domain::problem::Problem;
use domain::setup::{Leftover, LeftoverState};
use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::query;

use crate::row::{get, json, parsed, to_json};
use crate::{Error, Store};

/// A resource that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLeftover<'a> {
    /// The account, `AC…`.
    pub account_sid: &'a str,
    /// `AP…` or `SK…`
    pub sid: &'a str,
    /// In whose account.
    pub user_id: UserId,
    /// `application` or `api_key`.
    pub kind: &'a str,
    /// Its name.
    pub name: &'a str,
}

macro_rules! select_leftovers {
    ($rest:literal) => {
        concat!(
            "SELECT account_sid, sid, name, state, problem, first_seen_at, updated_at FROM leftovers ",
            $rest
        )
    };
}

fn leftover_of(row: &AnyRow) -> Result<Leftover, Error> {
    let problem: Option<Problem> = json(row, "problem")?;
    Ok(Leftover {
        account_sid: get(row, "account_sid")?,
        sid: get(row, "sid")?,
        name: get(row, "name")?,
        state: parsed(row, "state", LeftoverState::from_word)?,
        why: problem.map(|problem| problem.message),
        first_seen_at: UnixMillis(get(row, "first_seen_at")?),
        updated_at: UnixMillis(get(row, "updated_at")?),
    })
}

impl Store {
    /// Notes that something was found; tells when it was first seen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn see_leftover(&self, found: &NewLeftover<'_>, now: UnixMillis) -> Result<UnixMillis, Error> {
        let row = query(
            "INSERT INTO leftovers (account_sid, sid, user_id, kind, name, state, first_seen_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, 'seen', $6, $6)
             ON CONFLICT (account_sid, sid) DO UPDATE SET name = excluded.name, user_id = excluded.user_id
             RETURNING first_seen_at",
        )
        .bind(found.account_sid)
        .bind(found.sid)
        .bind(found.user_id.to_string())
        .bind(found.kind)
        .bind(found.name)
        .bind(now.0)
        .fetch_one(&mut *self.writer().await?)
        .await?;
        Ok(UnixMillis(get(&row, "first_seen_at")?))
    }

    /// Notes what became of it: removed, or why not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_leftover(
        &self,
        account_sid: &str,
        sid: &str,
        problem: Option<&Problem>,
        now: UnixMillis,
    ) -> Result<(), Error> {
        let state = match problem {
            None => LeftoverState::Removed,
            Some(_) => LeftoverState::Failed,
        };
        query("UPDATE leftovers SET state = $1, problem = $2, updated_at = $3 WHERE account_sid = $4 AND sid = $5")
            .bind(state.as_str())
            .bind(problem.map(|problem| to_json(problem, "problem")).transpose()?)
            .bind(now.0)
            .bind(account_sid)
            .bind(sid)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// Forgets what was seen in the account before that moment and is not there any more, or has an explanation by now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_leftover(&self, account_sid: &str, sid: &str) -> Result<(), Error> {
        query("DELETE FROM leftovers WHERE account_sid = $1 AND sid = $2 AND state <> 'removed'")
            .bind(account_sid)
            .bind(sid)
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// What was found in the user's accounts, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_leftovers(&self, user: UserId, limit: i64) -> Result<Vec<Leftover>, Error> {
        let rows = query(select_leftovers!(
            "WHERE user_id = $1 ORDER BY updated_at DESC, sid LIMIT $2"
        ))
        .bind(user.to_string())
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(leftover_of).collect()
    }

    /// What was found in all accounts, newest first: for operators.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_all_leftovers(&self, limit: i64) -> Result<Vec<Leftover>, Error> {
        let rows = query(select_leftovers!("ORDER BY updated_at DESC, sid LIMIT $1"))
            .bind(limit)
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(leftover_of).collect()
    }
}
