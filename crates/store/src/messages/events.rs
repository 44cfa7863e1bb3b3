//! What is noted about texts: lines are added, never changed.

use domain::id::MessageId;
use domain::message::{MessageEventKind, MessageStatus};
use domain::time::UnixMillis;
use sqlx::{AnyConnection, query};

use crate::row::{get, parsed, parsed_if_any};
use crate::{Error, Store};

/// One line of what was noted about a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageEvent {
    /// What was noted.
    pub kind: MessageEventKind,
    /// The status, where one was told.
    pub status: Option<MessageStatus>,
    /// The provider's id of the text, where it was told.
    pub sid: Option<String>,
    /// A sentence, by kind.
    pub detail: Option<String>,
    /// When it happened.
    pub at: UnixMillis,
}

impl MessageEvent {
    pub(super) fn new(kind: MessageEventKind, at: UnixMillis) -> Self {
        Self {
            kind,
            status: None,
            sid: None,
            detail: None,
            at,
        }
    }
}

/// Notes it; the same report of the same status is not noted again.
pub(super) async fn note(db: &mut AnyConnection, message: MessageId, event: &MessageEvent) -> Result<(), Error> {
    query(
        "INSERT INTO message_events (message_id, seq, kind, status, sid, detail, happened_at)
         VALUES ($1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM message_events WHERE message_id = $1), $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
    )
    .bind(message.to_string())
    .bind(event.kind.as_str())
    .bind(event.status.map(MessageStatus::as_str))
    .bind(&event.sid)
    .bind(&event.detail)
    .bind(event.at.0)
    .execute(db)
    .await?;
    Ok(())
}

impl Store {
    /// What was noted about the text, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_events(&self, message: MessageId) -> Result<Vec<MessageEvent>, Error> {
        let rows = query(
            "SELECT kind, status, sid, detail, happened_at FROM message_events WHERE message_id = $1 ORDER BY seq",
        )
        .bind(message.to_string())
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(MessageEvent {
                    kind: parsed(row, "kind", MessageEventKind::from_word)?,
                    status: parsed_if_any(row, "status", MessageStatus::from_word)?,
                    sid: get(row, "sid")?,
                    detail: get(row, "detail")?,
                    at: UnixMillis(get(row, "happened_at")?),
                })
            })
            .collect()
    }
}
