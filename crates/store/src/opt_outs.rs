//! Who does not want to be written to, by which of the user's senders.

use std::collections::BTreeMap;

use domain::id::UserId;
use domain::time::UnixMillis;
use serde::Serialize;
use sqlx::{AnyConnection, query};

use crate::bulk::{Bulk, Unit, bulk};
use crate::row::{get, moment};
use crate::{Error, Store};

/// What somebody wants from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptChange {
    /// No more texts.
    Out,
    /// Texts again.
    In,
}

/// Somebody who does not want to be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// By this number or Messaging Service.
    pub sender: String,
    /// Since then.
    pub at: UnixMillis,
}

impl Store {
    /// He does not want to be written to by that sender.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn opt_out(&self, user: UserId, sender: &str, peer: &str, now: UnixMillis) -> Result<(), Error> {
        change_in(&mut *self.writer().await?, user, sender, peer, OptChange::Out, now).await
    }

    /// He wants it again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn opt_in(&self, user: UserId, sender: &str, peer: &str) -> Result<(), Error> {
        let now = UnixMillis(0);
        change_in(&mut *self.writer().await?, user, sender, peer, OptChange::In, now).await
    }

    /// Since when he does not want to be written to by that sender.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn opted_out(&self, user: UserId, sender: &str, peer: &str) -> Result<Option<UnixMillis>, Error> {
        let row = query("SELECT opted_out_at FROM opt_outs WHERE user_id = $1 AND peer = $2 AND sender = $3")
            .bind(user.to_string())
            .bind(peer)
            .bind(sender)
            .fetch_optional(self.pool())
            .await?;
        row.map_or(Ok(None), |row| moment(&row, "opted_out_at"))
    }

    /// By which senders he does not want to be written to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn opt_outs(&self, user: UserId, peer: &str) -> Result<Vec<OptOut>, Error> {
        let rows = query("SELECT sender, opted_out_at FROM opt_outs WHERE user_id = $1 AND peer = $2 ORDER BY sender")
            .bind(user.to_string())
            .bind(peer)
            .fetch_all(self.pool())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(OptOut {
                    sender: get(row, "sender")?,
                    at: UnixMillis(get(row, "opted_out_at")?),
                })
            })
            .collect()
    }
}

async fn change_in(
    db: &mut AnyConnection,
    user: UserId,
    sender: &str,
    peer: &str,
    change: OptChange,
    now: UnixMillis,
) -> Result<(), Error> {
    let change = match change {
        OptChange::Out => query(
            "INSERT INTO opt_outs (user_id, peer, sender, opted_out_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(user.to_string())
        .bind(peer)
        .bind(sender)
        .bind(now.0),
        OptChange::In => query("DELETE FROM opt_outs WHERE user_id = $1 AND peer = $2 AND sender = $3")
            .bind(user.to_string())
            .bind(peer)
            .bind(sender),
    };
    change.execute(db).await?;
    Ok(())
}

/// What somebody said.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) user: UserId,
    pub(crate) sender: String,
    pub(crate) peer: String,
    pub(crate) change: OptChange,
    pub(crate) at: UnixMillis,
}

const FORGET: Bulk = bulk!(
    "DELETE FROM opt_outs WHERE (user_id, peer, sender) IN
         (SELECT value ->> 'user', value ->> 'peer', value ->> 'sender' FROM " rows ")"
);

const KEEP: Bulk = bulk!(
    "INSERT INTO opt_outs (user_id, peer, sender, opted_out_at)
     SELECT value ->> 'user', value ->> 'peer', value ->> 'sender', CAST(value ->> 'at' AS BIGINT) FROM " rows
    " WHERE true ON CONFLICT DO NOTHING"
);

#[derive(Serialize)]
struct Row<'a> {
    user: UserId,
    peer: &'a str,
    sender: &'a str,
    at: Option<UnixMillis>,
}

/// Many changes at once, as if one after the other.
pub(crate) fn change_all(unit: &mut Unit<'_>, changes: &[Change]) -> Result<(), Error> {
    // Who wanted texts again in between, and since when he does not want any.
    let mut last = BTreeMap::<(UserId, &str, &str), (bool, Option<UnixMillis>)>::new();
    for change in changes {
        let (again, out) = last.entry((change.user, &change.peer, &change.sender)).or_default();
        match change.change {
            OptChange::Out => *out = out.or(Some(change.at)),
            OptChange::In => (*again, *out) = (true, None),
        }
    }
    let row = |(user, peer, sender), at| Row { user, peer, sender, at };
    let again = last.iter().filter(|(_, (again, _))| *again);
    let again: Vec<_> = again.map(|(key, _)| row(*key, None)).collect();
    let out = last.iter().filter_map(|(key, (_, out))| Some(row(*key, Some((*out)?))));
    let out: Vec<_> = out.collect();
    unit.later(&FORGET, &again)?;
    unit.later(&KEEP, &out)
}
