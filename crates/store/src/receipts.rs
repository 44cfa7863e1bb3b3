//! What Twilio asked before, by what tells one request from another, and what it was answered.

use std::collections::HashMap;

use domain::id::UserId;
use domain::time::UnixMillis;
use serde::Serialize;

use crate::bulk::{Bulk, Unit, bulk};
use crate::row::{get, parsed};
use crate::{Error, Receipt};

const EARLIER: Bulk = bulk!(
    "SELECT user_id, dedupe_key, answer FROM " rows " CROSS JOIN webhook_inbox
     WHERE user_id = value ->> 'user' AND dedupe_key = value ->> 'key'"
);

const KEEP: Bulk = bulk!(
    "INSERT INTO webhook_inbox (user_id, dedupe_key, answer, received_at)
     SELECT value ->> 'user', value ->> 'key', value ->> 'answer', CAST(value ->> 'at' AS BIGINT) FROM " rows
    " WHERE true ON CONFLICT DO NOTHING"
);

/// The receipts of a group: those that were there before, and those that it adds.
#[derive(Debug, Default)]
pub(crate) struct Receipts<'a> {
    known: HashMap<(UserId, String), Option<String>>,
    taken: HashMap<(UserId, &'a str), Taken>,
}

#[derive(Debug)]
struct Taken {
    answer: Option<String>,
    at: UnixMillis,
}

#[derive(Serialize)]
struct Row<'a> {
    user: UserId,
    key: &'a str,
    answer: Option<&'a str>,
    at: UnixMillis,
}

impl<'a> Receipts<'a> {
    /// Finds those that were there before.
    pub(crate) async fn load(
        unit: &mut Unit<'_>,
        receipts: impl Iterator<Item = (UserId, &'a Receipt)>,
    ) -> Result<Self, Error> {
        #[derive(Serialize)]
        struct Key<'a> {
            user: UserId,
            key: &'a str,
        }
        let keys: Vec<_> = receipts
            .map(|(user, receipt)| Key {
                user,
                key: &receipt.key,
            })
            .collect();
        let mut known = HashMap::new();
        for row in unit.fetch(&EARLIER, &keys).await? {
            let user = parsed(&row, "user_id", |text| text.parse().ok())?;
            known.insert((user, get(&row, "dedupe_key")?), get(&row, "answer")?);
        }
        Ok(Self {
            known,
            taken: HashMap::new(),
        })
    }

    /// What the same request was answered, if it was here before.
    pub(crate) fn earlier(&self, user: UserId, receipt: &Receipt) -> Option<Option<String>> {
        if let Some(taken) = self.taken.get(&(user, receipt.key.as_str())) {
            return Some(taken.answer.clone());
        }
        if self.known.is_empty() {
            return None;
        }
        self.known.get(&(user, receipt.key.clone())).cloned()
    }

    /// From now on the request was here.
    pub(crate) fn take(&mut self, user: UserId, receipt: &'a Receipt, answer: Option<String>, at: UnixMillis) {
        self.taken.insert((user, &receipt.key), Taken { answer, at });
    }

    /// Keeps those that were added.
    pub(crate) fn save(&self, unit: &mut Unit<'_>) -> Result<(), Error> {
        let mut rows: Vec<_> = self
            .taken
            .iter()
            .map(|((user, key), taken)| Row {
                user: *user,
                key,
                answer: taken.answer.as_deref(),
                at: taken.at,
            })
            .collect();
        rows.sort_unstable_by_key(|row| (row.user, row.key));
        // Fewer, where another server has had one of the requests meanwhile.
        unit.all_later(&KEEP, &rows)
    }
}
