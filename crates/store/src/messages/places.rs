//! Which texts go by an id of the provider's, in whatever account.

use std::collections::{BTreeSet, HashMap};

use domain::id::{MessageId, UserId};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::bulk::{Bulk, Unit, bulk};

/// By the provider's id alone: the index begins with it. SQLite takes a cross join in the order in which it is written.
const FIND: Bulk = bulk!(
    "SELECT " list_of "id, user_id, account_sid, peer, provider, provider_sid" end_list " FROM (
     SELECT messages.id, user_id, account_sid, peer, provider, provider_sid FROM " rows
    " CROSS JOIN messages WHERE provider_sid = value ->> 'sid'
     UNION ALL
     SELECT messages.id, user_id, account_sid, peer, provider, provider_sid FROM " rows
    " CROSS JOIN messages WHERE messages.id = value ->> 'id') AS found"
);

/// What never changes of a text.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) user: UserId,
    pub(super) account: String,
    pub(super) peer: String,
    pub(super) provider: String,
}

/// A text that is asked for by the provider's id, by ours, or by both.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Asked<'a> {
    pub(super) sid: &'a str,
    pub(super) id: Option<MessageId>,
}

/// Those of a group's texts.
#[derive(Debug, Default)]
pub(super) struct Places {
    by_id: HashMap<MessageId, Place>,
    by_sid: HashMap<String, Vec<MessageId>>,
}

#[derive(Deserialize)]
struct Found {
    id: MessageId,
    user: UserId,
    account: String,
    peer: String,
    provider: String,
    sid: Option<String>,
}

impl Places {
    pub(super) async fn load(unit: &mut Unit<'_>, asked: impl Iterator<Item = Asked<'_>>) -> Result<Self, Error> {
        let asked: Vec<_> = asked.collect::<BTreeSet<_>>().into_iter().collect();
        let mut places = Self::default();
        for found in unit.list::<_, Found>(&FIND, &asked).await? {
            let place = Place {
                user: found.user,
                account: found.account,
                peer: found.peer,
                provider: found.provider,
            };
            if let Some(sid) = found.sid {
                places.note_sid(sid, found.id);
            }
            places.by_id.entry(found.id).or_insert(place);
        }
        Ok(places)
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Place> {
        self.by_id.get(&id)
    }

    /// From now on there is that text.
    pub(super) fn add(&mut self, id: MessageId, sid: String, place: Place) {
        self.note_sid(sid, id);
        self.by_id.insert(id, place);
    }

    /// From now on the text goes by that id of the provider's.
    pub(super) fn note_sid(&mut self, sid: String, id: MessageId) {
        let ids = self.by_sid.entry(sid).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }

    /// Everywhere that the provider's id is known.
    pub(super) fn everywhere<'a>(&'a self, sid: &str) -> impl Iterator<Item = (MessageId, &'a Place)> {
        let ids = self.by_sid.get(sid).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.by_id.get(id)?)))
    }
}
