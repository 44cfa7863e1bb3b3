//! What is known of the calls that a group of writes is about: read at once before the first of them is folded in, and changed by
//! each of them for those that follow.

use std::collections::{BTreeSet, HashMap};

use domain::id::{CallId, UserId};
use domain::time::UnixMillis;
use serde::{Deserialize, Serialize};

use super::apply::ApplyCall;
use super::recorded::{self, KnownRecording};
use super::row::{StoredCall, StoredLeg, call_columns, digits};
use super::{Call, CallTarget, Leg};
use crate::bulk::{Bulk, Unit, bulk};
use crate::row::{number, parsed};
use crate::{CallWrite, Engine, Error};

/// SQLite takes a cross join in the order in which it is written, and needs no table of its own for it.
const OWNERS: Bulk = bulk!(
    "SELECT " list_of "kind, sid, account_sid, call_id" end_list " FROM (
     SELECT 'leg' AS kind, sid, account_sid, call_id FROM " rows " CROSS JOIN call_legs WHERE sid = value ->> 'sid'
     UNION ALL
     SELECT 'recording', sid, account_sid, call_id FROM " rows " CROSS JOIN recordings WHERE sid = value ->> 'sid'
     UNION ALL
     SELECT 'first', provider_sid, account_sid, calls.id FROM " rows " CROSS JOIN calls WHERE provider_sid = value ->> 'sid'
     ) AS owners"
);

/// In the order of their ids, so that of two servers none waits for the other while the other waits for it.
const LOCK: Bulk = bulk!(
    "SELECT " list_of (call_columns!()) end_list " FROM (SELECT " (call_columns!()) " FROM calls
     WHERE id IN (SELECT value ->> 'id' FROM " rows ") ORDER BY id" locked ") AS mine"
);

const LEGS: Bulk = bulk!(
    "SELECT " list_of "call_id, sid, role, status, started_at, answered_at, ended_at, duration_seconds, error_code"
    end_list " FROM " rows " CROSS JOIN call_legs WHERE call_id = value ->> 'id'"
);

/// Users whose calls are counted wait for each other until the end of the transaction: of two calls in the same instant, on
/// whatever servers, one counts the other. SQLite has one writer anyway.
const COUNT_ALONE: Bulk = Bulk {
    sqlite: "",
    postgres: "SELECT CAST(pg_advisory_xact_lock(hashtextextended('live calls of ' || id, 0)) AS TEXT) FROM
         (SELECT DISTINCT value ->> 'id' AS id FROM json_array_elements($1::json) AS item(value) ORDER BY 1) AS users",
};

const LIVE: Bulk = bulk!(
    "SELECT user_id, COUNT(*) AS calls FROM calls
     WHERE live = 1 AND user_id IN (SELECT value ->> 'id' FROM " rows ") GROUP BY user_id"
);

/// Which call has a SID, in which account.
#[derive(Debug, Default)]
pub(super) struct Sids(HashMap<String, Vec<(String, CallId)>>);

impl Sids {
    /// Everywhere that the SID is known.
    pub(super) fn everywhere(&self, sid: &str) -> impl Iterator<Item = &(String, CallId)> {
        self.0.get(sid).into_iter().flatten()
    }

    pub(super) fn find(&self, sid: &str, account: &str) -> Option<CallId> {
        self.everywhere(sid)
            .find(|(known, _)| known == account)
            .map(|(_, call)| *call)
    }

    pub(super) fn note(&mut self, sid: &str, account: &str, call: CallId) {
        if self.find(sid, account).is_none() {
            let places = self.0.entry(sid.to_owned()).or_default();
            places.push((account.to_owned(), call));
        }
    }
}

/// A call with its legs.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) call: Call,
    pub(super) legs: Vec<KnownLeg>,
    /// How it stood in the indexes; nowhere, where it is to be added.
    pub(super) looked_up: Option<LookedUp>,
    /// Something of it was written.
    pub(super) is_written: bool,
    /// It has its place in a list of people that it did not have before.
    pub(super) moves: bool,
}

/// What calls are looked up by. A statement that writes it writes the indexes too, so that it is written where it has changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LookedUp {
    provider_sid: Option<String>,
    digits: String,
    is_live: bool,
    is_missed: bool,
    has_voicemail: bool,
    started_at: UnixMillis,
    ended_at: Option<UnixMillis>,
}

impl LookedUp {
    pub(super) fn of(call: &Call) -> Self {
        Self {
            provider_sid: call.provider_sid.clone(),
            digits: digits(call.direction, &call.from, &call.to),
            is_live: !call.summary.status.is_terminal(),
            is_missed: call.summary.missed,
            has_voicemail: call.voicemail,
            started_at: call.started_at,
            ended_at: call.summary.ended_at,
        }
    }
}

#[derive(Debug)]
pub(super) struct KnownLeg {
    pub(super) leg: Leg,
    pub(super) is_written: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) by_id: HashMap<CallId, Known>,
    /// By the first leg's SID.
    pub(super) firsts: Sids,
    /// By the SID of any leg that was reported.
    pub(super) legs: Sids,
    /// By a recording's SID.
    pub(super) recorded: Sids,
    pub(super) recordings: Vec<KnownRecording>,
    /// How many calls those users have whose number is limited.
    pub(super) live: HashMap<UserId, u32>,
}

#[derive(Serialize)]
struct Id<T> {
    id: T,
}

#[derive(Deserialize)]
struct Owner {
    kind: OwnerKind,
    sid: String,
    account: String,
    call: CallId,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum OwnerKind {
    Leg,
    Recording,
    First,
}

#[derive(Serialize)]
struct Sid<'a> {
    sid: &'a str,
}

impl Calls {
    /// Reads what the writes are about, and locks the calls until the end of the transaction.
    pub(super) async fn load(unit: &mut Unit<'_>, group: &[&ApplyCall]) -> Result<Self, Error> {
        let mut calls = Self {
            live: count_live(unit, group).await?,
            ..Self::default()
        };
        let sids: BTreeSet<&str> = group.iter().flat_map(|member| sids(&member.write)).collect();
        let sids: Vec<_> = sids.into_iter().map(|sid| Sid { sid }).collect();
        for owner in unit.list(&OWNERS, &sids).await? {
            calls.note_owner(&owner);
        }
        let ids: BTreeSet<CallId> = group.iter().filter_map(|member| calls.named(&member.write)).collect();
        let ids: Vec<_> = ids.into_iter().map(|id| Id { id }).collect();
        for stored in unit.list::<_, StoredCall>(&LOCK, &ids).await? {
            let call = Call::from(stored);
            let known = Known {
                looked_up: Some(LookedUp::of(&call)),
                call,
                legs: Vec::new(),
                is_written: false,
                moves: false,
            };
            calls.by_id.insert(known.call.id, known);
        }
        if group.iter().any(|member| member.write.recording.is_some()) {
            calls.recordings = recorded::load(unit, &sids).await?;
        }
        for stored in unit.list::<_, StoredLeg>(&LEGS, &ids).await? {
            if let Some(known) = calls.by_id.get_mut(&stored.call_id) {
                known.legs.push(KnownLeg {
                    leg: stored.into(),
                    is_written: false,
                });
            }
        }
        Ok(calls)
    }

    fn note_owner(&mut self, owner: &Owner) {
        let sids = match owner.kind {
            OwnerKind::Leg => &mut self.legs,
            OwnerKind::Recording => &mut self.recorded,
            OwnerKind::First => &mut self.firsts,
        };
        sids.note(&owner.sid, &owner.account, owner.call);
    }

    /// Whether the write would add a call to a user who has as many as he may have.
    pub(super) fn has_too_many(&self, write: &CallWrite) -> bool {
        let live = self.live.get(&write.user_id).copied().unwrap_or_default();
        write.most_live.is_some_and(|most| live >= most) && self.named(write).is_none()
    }

    /// The call that a write is about, so far as there is one.
    pub(super) fn named(&self, write: &CallWrite) -> Option<CallId> {
        match &write.target {
            CallTarget::Existing(id) => Some(*id),
            CallTarget::New(new) => {
                let sid = new.provider_sid.as_deref()?;
                let account = &write.account_sid;
                self.legs.find(sid, account).or_else(|| self.firsts.find(sid, account))
            }
        }
    }
}

/// How many calls those users have whose number the writes limit.
async fn count_live(unit: &mut Unit<'_>, group: &[&ApplyCall]) -> Result<HashMap<UserId, u32>, Error> {
    let limited = group.iter().filter(|member| member.write.most_live.is_some());
    let users: BTreeSet<UserId> = limited.map(|member| member.write.user_id).collect();
    let users: Vec<_> = users.into_iter().map(|id| Id { id }).collect();
    if unit.engine() == Engine::Postgres {
        unit.fetch(&COUNT_ALONE, &users).await?;
    }
    let counted = unit.fetch(&LIVE, &users).await?;
    counted
        .iter()
        .map(|row| {
            let user = parsed(row, "user_id", |text| text.parse().ok())?;
            Ok((user, number(row, "calls")?.unwrap_or_default()))
        })
        .collect()
}

/// Every SID that has to do with the write.
fn sids(write: &CallWrite) -> impl Iterator<Item = &str> {
    let first = match &write.target {
        CallTarget::New(new) => new.provider_sid.as_deref(),
        CallTarget::Existing(_) => None,
    };
    let legs = write.legs.iter().map(|report| report.sid.as_str());
    let recording = write.recording.iter().map(|report| report.sid.as_str());
    let named = write.sids.iter().map(String::as_str);
    first.into_iter().chain(legs).chain(recording).chain(named)
}
