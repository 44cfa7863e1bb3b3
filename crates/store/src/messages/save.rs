//! Writes what a group has added or changed, all texts with one statement, all lines with another.

use std::collections::{HashMap, HashSet};

use domain::id::{MessageId, UserId};
use domain::message::{MessageEventKind, MessageStatus};
use domain::time::UnixMillis;
use serde::Serialize;

use super::Message;
use super::known::{Known, LookedUp, Texts};
use super::row::{Lane, Outgoing, error_json, folded, media_json};
use crate::Error;
use crate::bulk::{Bulk, Unit, bulk};

const ADD: Bulk = bulk!(
    "INSERT INTO messages (id, user_id, account_sid, origin, direction, from_number, to_number, peer, sender, provider,
         provider_sid, body, folded, media, status, segments, created_at, placed_at, updated_at)
     SELECT value ->> 'id', value ->> 'user', value ->> 'account', value ->> 'origin', value ->> 'direction',
         value ->> 'from', value ->> 'to', value ->> 'peer', value ->> 'sender', value ->> 'provider', value ->> 'sid',
         value ->> 'body', value ->> 'folded', value ->> 'media', value ->> 'status',
         CAST(value ->> 'segments' AS BIGINT), CAST(value ->> 'created_at' AS BIGINT), CAST(value ->> 'at' AS BIGINT),
         CAST(value ->> 'updated_at' AS BIGINT)
     FROM " rows " WHERE true ON CONFLICT (provider_sid, account_sid, provider) DO NOTHING"
);

/// What a report may change that no text is looked up by, but for those that wait for an end.
macro_rules! plain_columns {
    () => {
        "from_number = value ->> 'from', status = value ->> 'status', segments = CAST(value ->> 'segments' AS BIGINT),
         error = value ->> 'error', sent_at = CAST(value ->> 'sent_at' AS BIGINT),
         delivered_at = CAST(value ->> 'delivered_at' AS BIGINT), updated_at = CAST(value ->> 'updated_at' AS BIGINT),
         quiet_since = CAST(value ->> 'quiet_since' AS BIGINT)"
    };
}

const CHANGE: Bulk =
    bulk!("UPDATE messages SET " (plain_columns!()) " FROM " rows " WHERE messages.id = value ->> 'id'");

const CHANGE_ALL: Bulk = bulk!(
    "UPDATE messages SET provider_sid = value ->> 'sid', lane = value ->> 'lane',
         due_at = CAST(value ->> 'due_at' AS BIGINT), " (plain_columns!())
    " FROM " rows " WHERE messages.id = value ->> 'id'"
);

/// Lets the next go in every lane that its head has left.
const LET_GO: Bulk = bulk!(
    "UPDATE messages SET lane = 'head', due_at = CAST(value ->> 'at' AS BIGINT) FROM " rows
    " WHERE messages.id = (SELECT next.id FROM messages AS next
         WHERE next.user_id = value ->> 'user' AND next.peer = value ->> 'peer' AND next.lane = 'waiting'
         ORDER BY next.placed_at, next.id LIMIT 1)"
);

/// The same report of the same status is not noted again.
const NOTE: Bulk = bulk!(
    "INSERT INTO message_events (message_id, seq, kind, status, sid, detail, happened_at)
     SELECT value ->> 'id', CAST(value ->> 'nth' AS BIGINT) +
             (SELECT COALESCE(MAX(seq), 0) FROM message_events WHERE message_id = value ->> 'id'),
         value ->> 'kind', value ->> 'status', value ->> 'sid', value ->> 'detail', CAST(value ->> 'at' AS BIGINT)
     FROM " rows " WHERE true ON CONFLICT DO NOTHING"
);

#[derive(Serialize)]
struct AddedRow<'a> {
    id: MessageId,
    user: UserId,
    account: &'a str,
    origin: &'static str,
    direction: &'static str,
    from: &'a str,
    to: &'a str,
    peer: &'a str,
    sender: &'a str,
    provider: &'a str,
    sid: Option<&'a str>,
    body: &'a str,
    folded: String,
    media: Option<String>,
    status: &'static str,
    segments: u32,
    created_at: UnixMillis,
    at: UnixMillis,
    updated_at: UnixMillis,
}

impl<'a> AddedRow<'a> {
    fn of(message: &'a Message) -> Result<Self, Error> {
        Ok(Self {
            id: message.id,
            user: message.user_id,
            account: &message.account_sid,
            origin: message.origin.as_str(),
            direction: message.direction.as_str(),
            from: &message.from,
            to: &message.to,
            peer: message.thread(),
            sender: &message.sender,
            provider: &message.provider,
            sid: message.provider_sid.as_deref(),
            body: &message.body,
            folded: folded(&message.body),
            media: media_json(message)?,
            status: message.status.as_str(),
            segments: message.segments,
            created_at: message.created_at,
            at: message.at,
            updated_at: message.updated_at,
        })
    }
}

#[derive(Serialize)]
struct TextRow<'a> {
    id: MessageId,
    sid: Option<&'a str>,
    lane: Option<&'static str>,
    due_at: Option<UnixMillis>,
    from: &'a str,
    status: &'static str,
    segments: u32,
    error: Option<String>,
    sent_at: Option<UnixMillis>,
    delivered_at: Option<UnixMillis>,
    updated_at: UnixMillis,
    quiet_since: Option<UnixMillis>,
}

impl<'a> TextRow<'a> {
    fn of(text: &'a Outgoing) -> Result<Self, Error> {
        let message = &text.message;
        Ok(Self {
            id: message.id,
            sid: message.provider_sid.as_deref(),
            lane: text.lane.map(Lane::as_str),
            due_at: text.due_at,
            from: &message.from,
            status: message.status.as_str(),
            segments: message.segments,
            error: error_json(message)?,
            sent_at: message.sent_at,
            delivered_at: message.delivered_at,
            updated_at: message.updated_at,
            quiet_since: text.quiet_since,
        })
    }
}

#[derive(Serialize)]
struct LaneRow<'a> {
    user: UserId,
    peer: &'a str,
    at: UnixMillis,
}

/// A line of what was noted about a text.
#[derive(Debug)]
pub(super) struct NewLine<'a> {
    pub(super) id: MessageId,
    pub(super) kind: MessageEventKind,
    pub(super) status: Option<MessageStatus>,
    pub(super) sid: Option<&'a str>,
    pub(super) detail: Option<&'a str>,
    pub(super) at: UnixMillis,
}

#[derive(Serialize)]
struct LineRow<'a> {
    id: MessageId,
    /// Which one of those that are added to the text.
    nth: u32,
    kind: &'static str,
    status: Option<&'static str>,
    sid: Option<&'a str>,
    detail: Option<&'a str>,
    at: UnixMillis,
}

/// Adds texts that came in.
pub(super) fn add_texts(unit: &mut Unit<'_>, texts: &[Message]) -> Result<(), Error> {
    let mut rows = texts.iter().map(AddedRow::of).collect::<Result<Vec<_>, _>>()?;
    rows.sort_unstable_by_key(|row| (row.sid, row.account, row.provider));
    // Fewer, where another server has heard of one of them meanwhile.
    unit.all_later(&ADD, &rows)
}

/// Writes every text that something was written of, and lets others go where one has left its lane.
pub(super) fn save_texts(unit: &mut Unit<'_>, texts: &Texts) -> Result<(), Error> {
    let mut written: Vec<&Known> = texts.by_id.values().filter(|known| known.is_written).collect();
    written.sort_unstable_by_key(|known| known.text.message.id);
    let (mut changed, mut moved) = (Vec::new(), Vec::new());
    for known in written {
        let rows = if known.looked_up == LookedUp::of(&known.text) {
            &mut changed
        } else {
            &mut moved
        };
        rows.push(TextRow::of(&known.text)?);
    }
    unit.later(&CHANGE, &changed)?;
    unit.later(&CHANGE_ALL, &moved)?;
    let open = texts.open.iter().map(|((user, peer), at)| LaneRow {
        user: *user,
        peer,
        at: *at,
    });
    unit.later(&LET_GO, &open.collect::<Vec<_>>())
}

/// Adds lines, each behind those that its text has.
pub(super) fn save_lines(unit: &mut Unit<'_>, lines: &[NewLine<'_>]) -> Result<(), Error> {
    let (mut reported, mut counts, mut rows) = (HashSet::new(), HashMap::<MessageId, u32>::new(), Vec::new());
    for line in lines {
        // In a group the same may be told twice.
        let is_report = line.kind == MessageEventKind::Reported;
        if is_report && !reported.insert((line.id, line.sid, line.status)) {
            continue;
        }
        let nth = counts.entry(line.id).or_default();
        *nth += 1;
        rows.push(LineRow {
            id: line.id,
            nth: *nth,
            kind: line.kind.as_str(),
            status: line.status.map(MessageStatus::as_str),
            sid: line.sid,
            detail: line.detail,
            at: line.at,
        });
    }
    unit.later(&NOTE, &rows)
}
