//! Keys by which a program makes sure that what it asks for twice happens once.

use std::fmt::Display;
use std::str::FromStr;

use domain::id::{CallId, MessageId, UserId};
use domain::time::UnixMillis;
use sqlx::{AnyConnection, query};

use crate::row::{get, parsed};
use crate::{Error, Store};

/// A key that a program sent along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewClaim {
    /// What it asks for: `POST /api/calls`.
    pub route: String,
    /// The key as it was sent.
    pub key: String,
    /// A hash over the request's body.
    pub request_hash: String,
}

/// Whether a key was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim<Id = CallId> {
    /// It was not.
    New,
    /// For the same request, which came to this.
    Same(Id),
    /// For another request.
    Different,
}

impl Store {
    /// Claims a key for a request that comes to `result`; of two that race, one is new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_idempotency(
        &self,
        user: UserId,
        claim: &NewClaim,
        result: CallId,
        now: UnixMillis,
    ) -> Result<Claim, Error> {
        let mut tx = self.begin().await?;
        let claimed = claim_in(&mut tx, user, claim, result, now).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// What a key was used for, without claiming it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lookup_claim(&self, user: UserId, claim: &NewClaim) -> Result<Claim, Error> {
        let mut reader = self.pool().acquire().await?;
        lookup(&mut reader, user, claim).await
    }

    /// What a key was used for that stands for a text, without claiming it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lookup_message_claim(&self, user: UserId, claim: &NewClaim) -> Result<Claim<MessageId>, Error> {
        let mut reader = self.pool().acquire().await?;
        lookup(&mut reader, user, claim).await
    }
}

pub(crate) async fn claim_in<Id: Display + FromStr + Send>(
    db: &mut AnyConnection,
    user: UserId,
    claim: &NewClaim,
    result: Id,
    now: UnixMillis,
) -> Result<Claim<Id>, Error> {
    let inserted = query(
        "INSERT INTO idempotency_keys (user_id, route, idempotency_key, request_hash, result_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(user.to_string())
    .bind(&claim.route)
    .bind(&claim.key)
    .bind(&claim.request_hash)
    .bind(result.to_string())
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(Claim::New);
    }
    lookup(db, user, claim).await
}

async fn lookup<Id: FromStr>(db: &mut AnyConnection, user: UserId, claim: &NewClaim) -> Result<Claim<Id>, Error> {
    let row = query(
        "SELECT request_hash, result_id FROM idempotency_keys
         WHERE user_id = $1 AND route = $2 AND idempotency_key = $3",
    )
    .bind(user.to_string())
    .bind(&claim.route)
    .bind(&claim.key)
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(Claim::New) };
    if get::<String>(&row, "request_hash")? == claim.request_hash {
        Ok(Claim::Same(parsed(&row, "result_id", |text| text.parse().ok())?))
    } else {
        Ok(Claim::Different)
    }
}
