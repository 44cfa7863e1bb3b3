//! Signed-in browsers.

mod cache;

use std::sync::Arc;

use domain::id::{SessionId, UserId};
use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::query;

use crate::devices;
use crate::engine::Tx;
use crate::figures::{Cache, looked_up};
use crate::news::News;
use crate::row::{get, parsed};
use crate::users::{User, user_of};
use crate::{Error, Store};

use cache::Known;
pub(crate) use cache::Sessions;

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// What the browser called itself.
    pub user_agent: String,
    /// Where it came from.
    pub address: String,
    /// When it signed in.
    pub created_at: UnixMillis,
    /// When it was last seen, to the minute.
    pub last_seen_at: UnixMillis,
    /// When it ends in any case.
    pub expires_at: UnixMillis,
}

/// A session to be added, with the SHA-256 of its cookie.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// SHA-256 of the cookie's value; the value itself is not stored.
    pub token_hash: Vec<u8>,
    /// SHA-256 of its browser's cookie, in hexadecimal digits, where the browser has one.
    pub device_hash: Option<String>,
}

fn session_of(row: &AnyRow) -> Result<Session, Error> {
    Ok(Session {
        id: parsed(row, "session_id", |text| text.parse().ok())?,
        user_id: parsed(row, "user_id", |text| text.parse().ok())?,
        user_agent: get(row, "user_agent")?,
        address: get(row, "address")?,
        created_at: UnixMillis(get(row, "created_at")?),
        last_seen_at: UnixMillis(get(row, "last_seen_at")?),
        expires_at: UnixMillis(get(row, "expires_at")?),
    })
}

impl Store {
    /// Adds a session, and remembers its browser.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(&self, new: &NewSession) -> Result<(), Error> {
        let session = &new.session;
        let mut tx = self.begin().await?;
        query(
            "INSERT INTO sessions (id, user_id, token_hash, user_agent, address, created_at, last_seen_at, expires_at,
                 device_hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(session.id.to_string())
        .bind(session.user_id.to_string())
        .bind(&new.token_hash)
        .bind(&session.user_agent)
        .bind(&session.address)
        .bind(session.created_at.0)
        .bind(session.last_seen_at.0)
        .bind(session.expires_at.0)
        .bind(&new.device_hash)
        .execute(&mut *tx)
        .await?;
        if let Some(device_hash) = &new.device_hash {
            devices::remember(&mut tx, session.user_id, device_hash, session.created_at).await?;
        }
        tx.commit().await
    }

    /// The session of that cookie, and its user: answered from memory for some seconds, unless it has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_of_cookie(
        &self,
        token_hash: &[u8],
        now: UnixMillis,
    ) -> Result<Option<Arc<(Session, User)>>, Error> {
        if !self.hears_others() {
            return Ok(self.find_session_by_token_hash(token_hash).await?.map(Arc::new));
        }
        let known = self.sessions().of(token_hash, now);
        looked_up(Cache::Sessions, matches!(known, Known::Session(_)));
        match known {
            Known::Session(found) => Ok(Some(found)),
            Known::Nothing(moment) => {
                let found = self.find_session_by_token_hash(token_hash).await?.map(Arc::new);
                if let Some(found) = &found {
                    self.sessions().keep(moment, token_hash, found, now);
                }
                Ok(found)
            }
        }
    }

    /// The session of that cookie, and its user, as they stand in the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_session_by_token_hash(&self, token_hash: &[u8]) -> Result<Option<(Session, User)>, Error> {
        let row = query(
            "SELECT s.id AS session_id, s.user_id, s.user_agent, s.address, s.created_at, s.last_seen_at, s.expires_at,
                    u.email, u.password_hash, u.voice_identity
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1",
        )
        .bind(token_hash)
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| Ok((session_of(&row)?, user_of(&row)?))).transpose()
    }

    /// Notes that the session of that cookie was seen. Those who ask meanwhile know of it already, so that one of many
    /// requests at once writes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn see_session(&self, token_hash: &[u8], id: SessionId, now: UnixMillis) -> Result<(), Error> {
        self.sessions().touch(token_hash, now);
        self.touch_session(id, now).await
    }

    /// Notes that the session was seen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_session(&self, id: SessionId, now: UnixMillis) -> Result<(), Error> {
        query("UPDATE sessions SET last_seen_at = $1 WHERE id = $2")
            .bind(now.0)
            .bind(id.to_string())
            .execute(&mut *self.writer().await?)
            .await?;
        Ok(())
    }

    /// The user's sessions, last seen first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_sessions(&self, user: UserId) -> Result<Vec<Session>, Error> {
        let rows = query(
            "SELECT id AS session_id, user_id, user_agent, address, created_at, last_seen_at, expires_at
             FROM sessions WHERE user_id = $1 ORDER BY last_seen_at DESC, id DESC",
        )
        .bind(user.to_string())
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(session_of).collect()
    }

    /// Ends one of the user's sessions; tells whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, user: UserId, id: SessionId) -> Result<bool, Error> {
        let tx = self.begin().await?;
        end(tx, user, id).await
    }

    /// Ends one of the user's sessions from elsewhere, and knows its browser no more; tells whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_session(&self, user: UserId, id: SessionId) -> Result<bool, Error> {
        let mut tx = self.begin().await?;
        query(
            "DELETE FROM devices WHERE user_id = $1
                 AND device_hash IN (SELECT device_hash FROM sessions WHERE id = $2 AND user_id = $1)",
        )
        .bind(user.to_string())
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
        end(tx, user, id).await
    }

    /// Ends all of the user's sessions but one, and knows no browser of his any more but that one's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_other_sessions(&self, user: UserId, keep: SessionId) -> Result<u64, Error> {
        let mut tx = self.begin().await?;
        query(
            "DELETE FROM devices WHERE user_id = $1 AND NOT EXISTS
                 (SELECT 1 FROM sessions WHERE sessions.id = $2 AND sessions.device_hash = devices.device_hash)",
        )
        .bind(user.to_string())
        .bind(keep.to_string())
        .execute(&mut *tx)
        .await?;
        let done = query("DELETE FROM sessions WHERE user_id = $1 AND id <> $2")
            .bind(user.to_string())
            .bind(keep.to_string())
            .execute(&mut *tx)
            .await?;
        tx.tell(News::Session { user });
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Ends every session past its end, or not seen since `idle_since`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_expired_sessions(&self, now: UnixMillis, idle_since: UnixMillis) -> Result<u64, Error> {
        let mut tx = self.begin().await?;
        let ended = query("DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2 RETURNING user_id")
            .bind(now.0)
            .bind(idle_since.0)
            .fetch_all(&mut *tx)
            .await?;
        for row in &ended {
            let user = parsed(row, "user_id", |text| text.parse().ok())?;
            tx.tell(News::Session { user });
        }
        tx.commit().await?;
        Ok(ended.len() as u64)
    }
}

async fn end(mut tx: Tx, user: UserId, id: SessionId) -> Result<bool, Error> {
    let done = query("DELETE FROM sessions WHERE id = $1 AND user_id = $2")
        .bind(id.to_string())
        .bind(user.to_string())
        .execute(&mut *tx)
        .await?;
    tx.tell(News::Session { user });
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}
