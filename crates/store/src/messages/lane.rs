//! The way out to one person, one text after the other. Its thread's row is locked.

use domain::time::UnixMillis;
use sqlx::{AnyConnection, query};

use super::row::{Lane, Outgoing, update};
use crate::Error;

/// Gives the text its place: the head's, where nobody has it.
pub(super) async fn join(db: &mut AnyConnection, text: &mut Outgoing, due_at: UnixMillis) -> Result<(), Error> {
    let head = query("SELECT id FROM messages WHERE user_id = $1 AND peer = $2 AND lane = 'head'")
        .bind(text.message.user_id.to_string())
        .bind(text.message.thread())
        .fetch_optional(db)
        .await?;
    (text.lane, text.due_at) = if head.is_none() {
        (Some(Lane::Head), Some(due_at))
    } else {
        (Some(Lane::Waiting), None)
    };
    Ok(())
}

impl Outgoing {
    /// Leaves its lane; returns the place that it had there.
    pub(super) fn leave(&mut self) -> Option<Lane> {
        self.due_at = None;
        self.lane.take()
    }
}

/// Writes the text, which has left its lane, and lets the next go where it was the head.
pub(super) async fn leave(db: &mut AnyConnection, text: &mut Outgoing, now: UnixMillis) -> Result<(), Error> {
    let was = text.leave();
    update(db, text).await?;
    if was == Some(Lane::Head) {
        query(
            "UPDATE messages SET lane = 'head', due_at = $1 WHERE id =
                 (SELECT id FROM messages WHERE user_id = $2 AND peer = $3 AND lane = 'waiting'
                  ORDER BY placed_at, id LIMIT 1)",
        )
        .bind(now.0)
        .bind(text.message.user_id.to_string())
        .bind(text.message.thread())
        .execute(db)
        .await?;
    }
    Ok(())
}
