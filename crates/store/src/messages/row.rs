//! Reading and writing the columns of texts.

use domain::call::Direction;
use domain::id::{MessageId, UserId};
use domain::message::{MessageOrigin, MessageStatus};
use domain::time::UnixMillis;
use serde::Deserialize;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, query};

use super::Message;
use crate::row::{from_json, get, json, moment, number, parsed, parsed_if_any, to_json};
use crate::{Error, threads};

/// What a query for texts selects. Macros, since a query's text must be static.
macro_rules! message_columns {
    () => {
        "id, user_id, account_sid, origin, direction, from_number, to_number, sender, provider, provider_sid, body, media, \
         status, segments, error, created_at, placed_at, send_at, sent_at, delivered_at, attempts, updated_at"
    };
}
pub(crate) use message_columns;

/// The same, and what only a text's way out needs.
macro_rules! outgoing_columns {
    () => {
        concat!(
            $crate::messages::message_columns!(),
            ", lane, due_at, lease_token, lease_until, quiet_since"
        )
    };
}
pub(super) use outgoing_columns;

macro_rules! select_messages {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            $crate::messages::message_columns!(),
            " FROM messages ",
            $rest
        )
    };
}
pub(crate) use select_messages;

/// Where a text that is not sent yet stands among those to the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Lane {
    /// It may be sent.
    Head,
    /// Others go first.
    Waiting,
}

impl Lane {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Waiting => "waiting",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Head, Self::Waiting]
            .into_iter()
            .find(|lane| lane.as_str() == word)
    }
}

/// A text with what only its way out needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) message: Message,
    pub(super) lane: Option<Lane>,
    pub(super) due_at: Option<UnixMillis>,
    /// Whose the text was last; it stays when the lease runs out while the provider is asked.
    pub(super) lease_token: Option<String>,
    pub(super) lease_until: Option<UnixMillis>,
    pub(super) quiet_since: Option<UnixMillis>,
}

pub(crate) fn message_of(row: &AnyRow) -> Result<Message, Error> {
    Ok(Message {
        id: parsed(row, "id", |text| text.parse().ok())?,
        user_id: parsed(row, "user_id", |text| text.parse().ok())?,
        account_sid: get(row, "account_sid")?,
        origin: parsed(row, "origin", MessageOrigin::from_word)?,
        direction: parsed(row, "direction", Direction::from_word)?,
        from: get(row, "from_number")?,
        to: get(row, "to_number")?,
        sender: get(row, "sender")?,
        provider: get(row, "provider")?,
        provider_sid: get(row, "provider_sid")?,
        body: get(row, "body")?,
        media: json(row, "media")?.unwrap_or_default(),
        status: parsed(row, "status", MessageStatus::from_word)?,
        segments: number(row, "segments")?.unwrap_or_default(),
        error: json(row, "error")?,
        created_at: UnixMillis(get(row, "created_at")?),
        at: UnixMillis(get(row, "placed_at")?),
        send_at: moment(row, "send_at")?,
        sent_at: moment(row, "sent_at")?,
        delivered_at: moment(row, "delivered_at")?,
        attempts: number(row, "attempts")?.unwrap_or_default(),
        updated_at: UnixMillis(get(row, "updated_at")?),
    })
}

fn outgoing_of(row: &AnyRow) -> Result<Outgoing, Error> {
    Ok(Outgoing {
        message: message_of(row)?,
        lane: parsed_if_any(row, "lane", Lane::from_word)?,
        due_at: moment(row, "due_at")?,
        lease_token: get(row, "lease_token")?,
        lease_until: moment(row, "lease_until")?,
        quiet_since: moment(row, "quiet_since")?,
    })
}

/// A text as a list has it: the values of its columns, in their order.
#[derive(Deserialize)]
pub(super) struct StoredText {
    id: MessageId,
    user_id: UserId,
    account_sid: String,
    origin: MessageOrigin,
    direction: Direction,
    from: String,
    to: String,
    sender: String,
    provider: String,
    provider_sid: Option<String>,
    body: String,
    media: Option<String>,
    status: MessageStatus,
    segments: u32,
    error: Option<String>,
    created_at: UnixMillis,
    at: UnixMillis,
    send_at: Option<UnixMillis>,
    sent_at: Option<UnixMillis>,
    delivered_at: Option<UnixMillis>,
    attempts: u32,
    updated_at: UnixMillis,
    lane: Option<Lane>,
    due_at: Option<UnixMillis>,
    lease_token: Option<String>,
    lease_until: Option<UnixMillis>,
    quiet_since: Option<UnixMillis>,
}

impl TryFrom<StoredText> for Outgoing {
    type Error = Error;

    fn try_from(stored: StoredText) -> Result<Self, Error> {
        Ok(Self {
            message: Message {
                id: stored.id,
                user_id: stored.user_id,
                account_sid: stored.account_sid,
                origin: stored.origin,
                direction: stored.direction,
                from: stored.from,
                to: stored.to,
                sender: stored.sender,
                provider: stored.provider,
                provider_sid: stored.provider_sid,
                body: stored.body,
                media: from_json(stored.media.as_deref(), "media")?.unwrap_or_default(),
                status: stored.status,
                segments: stored.segments,
                error: from_json(stored.error.as_deref(), "error")?,
                created_at: stored.created_at,
                at: stored.at,
                send_at: stored.send_at,
                sent_at: stored.sent_at,
                delivered_at: stored.delivered_at,
                attempts: stored.attempts,
                updated_at: stored.updated_at,
            },
            lane: stored.lane,
            due_at: stored.due_at,
            lease_token: stored.lease_token,
            lease_until: stored.lease_until,
            quiet_since: stored.quiet_since,
        })
    }
}

/// The text, with its lane locked until the end of the transaction. The lane first: everywhere in that order.
pub(super) async fn lock(db: &mut AnyConnection, id: MessageId, now: UnixMillis) -> Result<Option<Outgoing>, Error> {
    let found = query("SELECT user_id, peer FROM messages WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(&mut *db)
        .await?;
    let Some(found) = found else { return Ok(None) };
    let user: UserId = parsed(&found, "user_id", |text| text.parse().ok())?;
    threads::lock(db, user, &get::<String>(&found, "peer")?).await?;
    let row = query(concat!(
        "UPDATE messages SET updated_at = $1 WHERE id = $2 RETURNING ",
        outgoing_columns!()
    ))
    .bind(now.0)
    .bind(id.to_string())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(outgoing_of).transpose()
}

/// Adds a text that is to be sent.
pub(super) async fn insert(db: &mut AnyConnection, text: &Outgoing) -> Result<(), Error> {
    let message = &text.message;
    query(
        "INSERT INTO messages (id, user_id, account_sid, origin, direction, from_number, to_number, peer, sender, provider,
             provider_sid, body, folded, media, status, segments, created_at, placed_at, send_at, updated_at, lane, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
    )
    .bind(message.id.to_string())
    .bind(message.user_id.to_string())
    .bind(&message.account_sid)
    .bind(message.origin.as_str())
    .bind(message.direction.as_str())
    .bind(&message.from)
    .bind(&message.to)
    .bind(message.thread())
    .bind(&message.sender)
    .bind(&message.provider)
    .bind(&message.provider_sid)
    .bind(&message.body)
    .bind(folded(&message.body))
    .bind(media_json(message)?)
    .bind(message.status.as_str())
    .bind(i64::from(message.segments))
    .bind(message.created_at.0)
    .bind(message.at.0)
    .bind(message.send_at.map(|at| at.0))
    .bind(message.updated_at.0)
    .bind(text.lane.map(Lane::as_str))
    .bind(text.due_at.map(|at| at.0))
    .execute(db)
    .await?;
    Ok(())
}

/// Writes all of the text that can change, but for its place.
pub(super) async fn update(db: &mut AnyConnection, text: &Outgoing) -> Result<(), Error> {
    let message = &text.message;
    let error = error_json(message)?;
    query(
        "UPDATE messages SET provider_sid = $1, from_number = $2, status = $3, segments = $4, error = $5, sent_at = $6,
             delivered_at = $7, attempts = $8, updated_at = $9, lane = $10, due_at = $11, lease_token = $12,
             lease_until = $13, quiet_since = $14
         WHERE id = $15",
    )
    .bind(&message.provider_sid)
    .bind(&message.from)
    .bind(message.status.as_str())
    .bind(i64::from(message.segments))
    .bind(error)
    .bind(message.sent_at.map(|at| at.0))
    .bind(message.delivered_at.map(|at| at.0))
    .bind(i64::from(message.attempts))
    .bind(message.updated_at.0)
    .bind(text.lane.map(Lane::as_str))
    .bind(text.due_at.map(|at| at.0))
    .bind(&text.lease_token)
    .bind(text.lease_until.map(|at| at.0))
    .bind(text.quiet_since.map(|at| at.0))
    .bind(message.id.to_string())
    .execute(db)
    .await?;
    Ok(())
}

/// What belongs to a text, as its column has it.
pub(super) fn media_json(message: &Message) -> Result<Option<String>, Error> {
    let has_any = !message.media.is_empty();
    has_any.then(|| to_json(&message.media, "media")).transpose()
}

/// Why a text did not arrive, as its column has it.
pub(super) fn error_json(message: &Message) -> Result<Option<String>, Error> {
    message.error.as_ref().map(|error| to_json(error, "error")).transpose()
}

/// What is the same whether written in capitals or not.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}
