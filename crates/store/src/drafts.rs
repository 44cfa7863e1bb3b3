//! What was verified and not yet saved.

use domain::id::UserId;
use domain::setup::{AccountFacts, NumberChoice, Refused};
use domain::time::UnixMillis;
use sqlx::query;

use crate::row::{get, json, to_json};
use crate::{Error, Store};

/// A draft as it stands; all of it may be missing but the refusal, or the refusal alone.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// The verified account.
    pub account: Option<AccountFacts>,
    /// Its sealed auth token.
    pub auth_token: Option<Vec<u8>>,
    /// The token's last four characters.
    pub auth_token_last4: Option<String>,
    /// The account's numbers.
    pub phone_numbers: Vec<NumberChoice>,
    /// When it was verified.
    pub verified_at: Option<UnixMillis>,
    /// Why the last Verify was refused.
    pub refused: Option<Refused>,
}

/// What a successful Verify keeps.
#[derive(Clone)]
pub struct NewDraft {
    /// The verified account.
    pub account: AccountFacts,
    /// Its sealed auth token.
    pub auth_token: Vec<u8>,
    /// The token's last four characters.
    pub auth_token_last4: String,
    /// The account's numbers.
    pub phone_numbers: Vec<NumberChoice>,
}

impl Store {
    /// The user's draft.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn draft(&self, user: UserId) -> Result<Option<DraftRow>, Error> {
        let row = query(
            "SELECT account, auth_token, auth_token_last4, phone_numbers, verified_at, refused
             FROM setup_drafts WHERE user_id = $1",
        )
        .bind(user.to_string())
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(DraftRow {
                account: json(&row, "account")?,
                auth_token: get(&row, "auth_token")?,
                auth_token_last4: get(&row, "auth_token_last4")?,
                phone_numbers: json(&row, "phone_numbers")?.unwrap_or_default(),
                verified_at: get::<Option<i64>>(&row, "verified_at")?.map(UnixMillis),
                refused: json(&row, "refused")?,
            })
        })
        .transpose()
    }

    /// Keeps what was verified, in place of what was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_draft(&self, user: UserId, draft: &NewDraft, now: UnixMillis) -> Result<(), Error> {
        query(
            "INSERT INTO setup_drafts
                 (user_id, account, auth_token, auth_token_last4, phone_numbers, verified_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6)
             ON CONFLICT (user_id) DO UPDATE SET account = excluded.account, auth_token = excluded.auth_token,
                 auth_token_last4 = excluded.auth_token_last4, phone_numbers = excluded.phone_numbers,
                 verified_at = excluded.verified_at, updated_at = excluded.updated_at, refused = NULL",
        )
        .bind(user.to_string())
        .bind(to_json(&draft.account, "account")?)
        .bind(&draft.auth_token)
        .bind(&draft.auth_token_last4)
        .bind(to_json(&draft.phone_numbers, "phone_numbers")?)
        .bind(now.0)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(())
    }

    /// Notes why a Verify was refused; what was verified before stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refuse_draft(&self, user: UserId, refused: &Refused, now: UnixMillis) -> Result<(), Error> {
        query(
            "INSERT INTO setup_drafts (user_id, refused, updated_at) VALUES ($1, $2, $3)
             ON CONFLICT (user_id) DO UPDATE SET refused = excluded.refused, updated_at = excluded.updated_at",
        )
        .bind(user.to_string())
        .bind(to_json(refused, "refused")?)
        .bind(now.0)
        .execute(&mut *self.writer().await?)
        .await?;
        Ok(())
    }

    /// Forgets the draft and its token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn discard_draft(&self, user: UserId) -> Result<(), Error> {
        query("DELETE FROM setup_drafts WHERE user_id = $1")
            .bind(user.to_string())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }
}
