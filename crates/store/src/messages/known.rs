//! What is known of the texts that a group of reports is about: read at once before the first of them is folded in, and changed by
//! each of them for those that follow.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::id::{MessageId, UserId};
use domain::time::UnixMillis;
use serde::Serialize;

use super::StatusReport;
use super::places::{Asked, Places};
use super::row::{Lane, Outgoing, StoredText, outgoing_columns};
use super::status::ApplyStatus;
use crate::bulk::{Bulk, Unit, bulk};
use crate::{Error, threads};

/// In the order of their ids, so that of two servers none waits for the other while the other waits for it.
const LOCK: Bulk = bulk!(
    "SELECT " list_of (outgoing_columns!()) end_list " FROM (SELECT " (outgoing_columns!()) " FROM messages
     WHERE id IN (SELECT value ->> 'id' FROM " rows ") ORDER BY id" locked ") AS mine"
);

const WENT_BY: Bulk = bulk!(
    "SELECT " list_of "value ->> 'id', value ->> 'sid'" end_list " FROM " rows " WHERE EXISTS
         (SELECT 1 FROM message_events WHERE message_id = value ->> 'id' AND sid = value ->> 'sid')"
);

/// A text that a report is about.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) text: Outgoing,
    /// How it stood in the indexes.
    pub(super) looked_up: LookedUp,
    /// Something of it was written.
    pub(super) is_written: bool,
}

/// What texts are looked up by and what changes rarely. A statement that writes it writes the indexes too, so that it is written
/// where it has changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LookedUp {
    provider_sid: Option<String>,
    lane: Option<Lane>,
    due_at: Option<UnixMillis>,
}

impl LookedUp {
    pub(super) fn of(text: &Outgoing) -> Self {
        Self {
            provider_sid: text.message.provider_sid.clone(),
            lane: text.lane,
            due_at: text.due_at,
        }
    }
}

/// Whose the text of a report's SID is.
pub(super) enum BySid {
    /// The user's.
    Own(MessageId),
    /// It is not known, or another user's of the same account.
    Nobodys,
    /// Another account's: the report is a forgery by a tenant who can sign.
    Anothers,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) by_id: HashMap<MessageId, Known>,
    pub(super) places: Places,
    /// Which texts without an id of the provider's went by which one before.
    went_by: HashSet<(MessageId, String)>,
    /// Lanes whose head has left, and since when.
    pub(super) open: BTreeMap<(UserId, String), UnixMillis>,
}

#[derive(Serialize)]
struct Id {
    id: MessageId,
}

impl Texts {
    /// Reads what the reports are about, and locks the texts, and before them their lanes, until the end of the transaction.
    pub(super) async fn load(unit: &mut Unit<'_>, group: &[&ApplyStatus]) -> Result<Self, Error> {
        let asked = group.iter().map(|member| Asked {
            sid: &member.report.provider_sid,
            id: member.report.message,
        });
        let mut texts = Self {
            places: Places::load(unit, asked).await?,
            ..Self::default()
        };
        let ids: BTreeSet<MessageId> = group.iter().filter_map(|member| texts.named(&member.report)).collect();
        let places = ids.iter().filter_map(|id| texts.places.get(*id));
        let lanes: BTreeSet<_> = places.map(|place| (place.user, place.peer.as_str())).collect();
        threads::lock_all(unit, lanes)?;
        let ids: Vec<_> = ids.into_iter().map(|id| Id { id }).collect();
        for stored in unit.list::<_, StoredText>(&LOCK, &ids).await? {
            let text = Outgoing::try_from(stored)?;
            let known = Known {
                looked_up: LookedUp::of(&text),
                text,
                is_written: false,
            };
            texts.by_id.insert(known.text.message.id, known);
        }
        let doubtful: Vec<_> = group
            .iter()
            .filter_map(|member| texts.doubtful(&member.report))
            .collect();
        let went_by: Vec<(MessageId, String)> = unit.list(&WENT_BY, &doubtful).await?;
        texts.went_by = went_by.into_iter().collect();
        Ok(texts)
    }

    pub(super) fn owner(&self, report: &StatusReport) -> BySid {
        let mut owner = BySid::Nobodys;
        for (id, place) in self.places.everywhere(&report.provider_sid) {
            if place.account != report.account_sid {
                return BySid::Anothers;
            }
            if place.user == report.user_id {
                owner = BySid::Own(id);
            }
        }
        owner
    }

    /// The text that a report is about, so far as it is the tenant's.
    pub(super) fn named(&self, report: &StatusReport) -> Option<MessageId> {
        let id = match (report.message, self.owner(report)) {
            (Some(id), _) | (None, BySid::Own(id)) => id,
            (None, BySid::Nobodys | BySid::Anothers) => return None,
        };
        let place = self.places.get(id)?;
        (place.user == report.user_id && place.account == report.account_sid).then_some(id)
    }

    /// What a report would make the text be called, where it is not called anything.
    fn doubtful<'a>(&self, report: &'a StatusReport) -> Option<Asked<'a>> {
        let id = self.named(report)?;
        let is_called = self.by_id.get(&id)?.text.message.provider_sid.is_some();
        (!is_called).then_some(Asked {
            sid: &report.provider_sid,
            id: Some(id),
        })
    }

    /// Whether the text may be called that: it was not at an earlier attempt, which tells nothing about this one, and no other
    /// text is.
    pub(super) fn may_be_called(&self, id: MessageId, sid: &str) -> bool {
        let Some(place) = self.places.get(id) else {
            return false;
        };
        let is_taken = self
            .places
            .everywhere(sid)
            .any(|(other, its)| other != id && its.account == place.account && its.provider == place.provider);
        !is_taken && !self.went_by.contains(&(id, sid.to_owned()))
    }
}
