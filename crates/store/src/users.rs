//! People who can sign in.

use domain::id::UserId;
use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::query;

use crate::row::{get, parsed};
use crate::{Error, Store};

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// His id.
    pub id: UserId,
    /// His address, trimmed and in lower case.
    pub email: String,
    /// Argon2id, in PHC form.
    pub password_hash: String,
    /// How Twilio's Voice SDK knows him: unguessable, `[A-Za-z0-9_]`.
    pub voice_identity: String,
}

pub(crate) fn user_of(row: &AnyRow) -> Result<User, Error> {
    Ok(User {
        id: parsed(row, "user_id", |text| text.parse().ok())?,
        email: get(row, "email")?,
        password_hash: get(row, "password_hash")?,
        voice_identity: get(row, "voice_identity")?,
    })
}

impl Store {
    /// Adds a user; a taken address is a unique violation. Whoever comes first looks after the installation: of all who
    /// see nobody before them, the unique `came_first` lets one in, and the others see him then.
    ///
    /// # Errors
    /// When the address is taken or the database fails.
    pub async fn add_user(&self, user: &User, created_at: UnixMillis) -> Result<(), Error> {
        loop {
            let added = query(
                "INSERT INTO users (id, email, password_hash, voice_identity, created_at, is_operator, came_first)
                 SELECT $1, $2, $3, $4, $5, COALESCE(came_first, 0), came_first FROM
                     (SELECT CASE WHEN EXISTS (SELECT 1 FROM users) THEN NULL ELSE 1 END AS came_first) AS place
                 WHERE true
                 ON CONFLICT (came_first) DO NOTHING",
            )
            .bind(user.id.to_string())
            .bind(&user.email)
            .bind(&user.password_hash)
            .bind(&user.voice_identity)
            .bind(created_at.0)
            .execute(&mut *self.writer().await?)
            .await?;
            if added.rows_affected() == 1 {
                return Ok(());
            }
        }
    }

    /// The user with that address, trimmed and in lower case.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_user_by_email(&self, email: &str) -> Result<Option<User>, Error> {
        let row = query("SELECT id AS user_id, email, password_hash, voice_identity FROM users WHERE email = $1")
            .bind(email)
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(user_of).transpose()
    }

    /// The user.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lookup_user(&self, id: UserId) -> Result<Option<User>, Error> {
        let row = query("SELECT id AS user_id, email, password_hash, voice_identity FROM users WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(user_of).transpose()
    }
}
