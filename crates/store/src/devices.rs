//! The browsers that somebody has signed in with before.

use domain::id::UserId;
use domain::time::UnixMillis;
use sqlx::{AnyConnection, query};

use crate::{Error, Store};

/// Browsers of one user that are remembered; of more, those that signed in last.
const MOST: i64 = 20;

/// Remembers that the user has signed in with that browser.
pub(crate) async fn remember(
    db: &mut AnyConnection,
    user: UserId,
    device_hash: &str,
    now: UnixMillis,
) -> Result<(), Error> {
    let user = user.to_string();
    query(
        "INSERT INTO devices (user_id, device_hash, first_seen_at, last_seen_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (user_id, device_hash) DO UPDATE SET last_seen_at = excluded.last_seen_at",
    )
    .bind(&user)
    .bind(device_hash)
    .bind(now.0)
    .execute(&mut *db)
    .await?;
    query(
        "DELETE FROM devices WHERE user_id = $1 AND device_hash <> $2 AND device_hash NOT IN
             (SELECT device_hash FROM devices WHERE user_id = $1 AND device_hash <> $2
              ORDER BY last_seen_at DESC, device_hash LIMIT $3)",
    )
    .bind(&user)
    .bind(device_hash)
    .bind(MOST - 1)
    .execute(db)
    .await?;
    Ok(())
}

impl Store {
    /// Whether the user with that address, trimmed and in lower case, has signed in with that browser after that moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows_device(&self, email: &str, device_hash: &str, after: UnixMillis) -> Result<bool, Error> {
        let row = query(
            "SELECT 1 AS known FROM devices JOIN users ON users.id = devices.user_id
             WHERE users.email = $1 AND devices.device_hash = $2 AND devices.last_seen_at > $3",
        )
        .bind(email)
        .bind(device_hash)
        .bind(after.0)
        .fetch_optional(self.pool())
        .await?;
        Ok(row.is_some())
    }
}
