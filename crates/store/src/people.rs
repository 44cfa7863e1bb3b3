//! The people of the installation, as its operators see them: who they are, never what they say to whom.

use domain::id::UserId;
use domain::time::UnixMillis;
use sqlx::query;

use crate::news::News;
use crate::row::{flag, get, moment, parsed};
use crate::{Engine, Error, Store};

/// Rows that one statement of an erasure deletes: others write meanwhile.
const AT_ONCE: i64 = 500;

/// A person with an account here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// His e-mail address.
    pub email: String,
    /// Since when.
    pub created_at: UnixMillis,
    /// Whether he looks after the installation.
    pub is_operator: bool,
    /// Whether his Twilio account is connected.
    pub is_connected: bool,
    /// When one of the browsers that he is signed in with was last seen.
    pub last_seen_at: Option<UnixMillis>,
}

impl Store {
    /// Whether the user looks after the installation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_operator(&self, user: UserId) -> Result<bool, Error> {
        let row = query("SELECT is_operator FROM users WHERE id = $1")
            .bind(user.to_string())
            .fetch_optional(self.pool())
            .await?;
        Ok(row.map(|row| flag(&row, "is_operator")).transpose()?.unwrap_or(false))
    }

    /// Makes a user an operator, or no longer one; tells whether there is such a user.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_operator(&self, user: UserId, is_operator: bool) -> Result<bool, Error> {
        let done = query("UPDATE users SET is_operator = $1 WHERE id = $2")
            .bind(i64::from(is_operator))
            .bind(user.to_string())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The e-mail addresses of the operators, the first of them first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_operators(&self) -> Result<Vec<String>, Error> {
        let rows = query("SELECT email FROM users WHERE is_operator = 1 ORDER BY created_at, id")
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(|row| get(row, "email")).collect()
    }

    /// How many people there are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_people(&self) -> Result<i64, Error> {
        let row = query("SELECT COUNT(*) AS people FROM users")
            .fetch_one(self.pool())
            .await?;
        get(&row, "people")
    }

    /// The people after that one, in the order of their ids, which is about that of their coming.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_people(&self, after: Option<UserId>, limit: i64) -> Result<Vec<Person>, Error> {
        let rows = query(
            "SELECT id, email, created_at, is_operator,
                 (SELECT MAX(last_seen_at) FROM sessions WHERE sessions.user_id = users.id) AS last_seen_at,
                 (SELECT COUNT(*) FROM connections WHERE connections.user_id = users.id
                     AND connections.state = 'connected') AS is_connected
             FROM users WHERE id > $1 ORDER BY id LIMIT $2",
        )
        .bind(after.map(|user| user.to_string()).unwrap_or_default())
        .bind(limit)
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Person {
                    id: parsed(row, "id", |text| text.parse().ok())?,
                    email: get(row, "email")?,
                    created_at: UnixMillis(get(row, "created_at")?),
                    is_operator: flag(row, "is_operator")?,
                    is_connected: flag(row, "is_connected")?,
                    last_seen_at: moment(row, "last_seen_at")?,
                })
            })
            .collect()
    }

    /// Stores the hash of the user's new password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password(&self, user: UserId, password_hash: &str) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        query("UPDATE users SET password_hash = $1 WHERE id = $2")
            .bind(password_hash)
            .bind(user.to_string())
            .execute(&mut *tx)
            .await?;
        tx.tell(News::Session { user });
        tx.commit().await
    }

    /// Erases the user and all that is his; tells whether it was done: there is no such user, or something is being made at
    /// Twilio for him, or is in use there. His sessions end first, so that nothing of his is
    /// added any more; what he has much of goes a part at a time, so that others can write between.
    ///
    /// # Errors
    /// When the database fails; then it can be done again.
    pub async fn erase_user(&self, user: UserId) -> Result<bool, Error> {
        let id = user.to_string();
        let mut tx = self.begin().await?;
        let sessions = query("DELETE FROM sessions WHERE user_id = $1");
        sessions.bind(&id).execute(&mut *tx).await?;
        tx.tell(News::Session { user });
        tx.commit().await?;
        for part in [
            "DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE user_id = $1 LIMIT $2)",
            "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE user_id = $1 LIMIT $2)",
            "DELETE FROM feed WHERE user_id = $1 AND seq IN (SELECT seq FROM feed WHERE user_id = $1 LIMIT $2)",
            "DELETE FROM webhook_inbox WHERE user_id = $1 AND dedupe_key IN
                 (SELECT dedupe_key FROM webhook_inbox WHERE user_id = $1 LIMIT $2)",
        ] {
            while self.erase_part(part, &id).await? == AT_ONCE.unsigned_abs() {}
        }
        let mut tx = self.begin().await?;
        self.overwrite_what_is_deleted(&mut tx, true).await?;
        let accounts = query("SELECT DISTINCT account_sid FROM connections WHERE user_id = $1")
            .bind(&id)
            .fetch_all(&mut *tx)
            .await?;
        let done = query(
            "DELETE FROM users WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM connections WHERE user_id = $1
                 AND state IN ('provisioning', 'taking_back', 'connected', 'disconnecting'))",
        )
        .bind(&id)
        .execute(&mut *tx)
        .await?;
        self.overwrite_what_is_deleted(&mut tx, false).await?;
        for row in &accounts {
            tx.tell(News::Tenant {
                account_sid: get(row, "account_sid")?,
            });
        }
        tx.tell(News::Session { user });
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    async fn erase_part(&self, part: &'static str, user: &str) -> Result<u64, Error> {
        let mut tx = self.begin().await?;
        self.overwrite_what_is_deleted(&mut tx, true).await?;
        let done = query(part).bind(user).bind(AT_ONCE).execute(&mut *tx).await?;
        self.overwrite_what_is_deleted(&mut tx, false).await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// SQLite leaves deleted content in its file until the room is used again, unless told otherwise; PostgreSQL's is gone
    /// with the next vacuum. <https://www.sqlite.org/pragma.html#pragma_secure_delete>
    async fn overwrite_what_is_deleted(&self, db: &mut sqlx::AnyConnection, yes: bool) -> Result<(), Error> {
        if self.engine() == Engine::Sqlite {
            let pragma = if yes {
                "PRAGMA secure_delete = ON"
            } else {
                "PRAGMA secure_delete = OFF"
            };
            query(pragma).execute(db).await?;
        }
        Ok(())
    }
}
