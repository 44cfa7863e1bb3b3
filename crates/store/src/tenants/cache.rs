//! Every linked account, kept in memory: a webhook finds its tenant without asking the database, and so does one that is
//! refused.
//!
//! What is kept is as good as the database's own row, because of two rules. Whatever changes a tenant says so with its commit
//! ([`Tx::change_tenants`](crate::engine::Tx::change_tenants)), here and on every other server; and a row that was read is
//! kept only if nothing was said of it since the reading began. Secrets are kept as they are stored, sealed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use domain::id::UserId;
use tokio::sync::{Mutex, MutexGuard};

use super::Tenant;
use crate::news::{Hear, News};

/// What is known of an account, or of a user.
pub(super) enum Known {
    /// It is linked.
    Tenant(Arc<Tenant>),
    /// It is not.
    Nobody,
    /// It has changed: to be read. What is read may be kept if nothing was heard of it after this moment.
    Changed(Moment),
    /// Nothing is known yet of any.
    Nothing,
}

/// Counts what was heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

/// All linked accounts.
#[derive(Default)]
pub(crate) struct Tenants {
    state: RwLock<State>,
    reading: Mutex<()>,
}

#[derive(Default)]
struct State {
    /// Whether all of them are here: then who is not is nobody.
    complete: bool,
    now: Moment,
    /// When all of them were forgotten.
    forgotten: Moment,
    accounts: HashMap<String, Place>,
    users: HashMap<UserId, String>,
    /// How many places have to be read.
    changed: usize,
}

enum Place {
    Known(Arc<Tenant>),
    /// Not what it was, since then.
    Changed(Moment),
}

impl Tenants {
    pub(super) fn of_account(&self, account_sid: &str) -> Known {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.of_account(account_sid)
    }

    pub(super) fn of_user(&self, user: UserId) -> Known {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match state.users.get(&user) {
            Some(account_sid) => state.of_account(account_sid),
            None if !state.complete => Known::Nothing,
            None if state.changed == 0 => Known::Nobody,
            // One of the accounts that have changed may be his.
            None => Known::Changed(state.now),
        }
    }

    /// Held by whoever reads all of them.
    pub(super) async fn reading(&self) -> MutexGuard<'_, ()> {
        self.reading.lock().await
    }

    /// Whether all are here; else the moment before they are read.
    pub(super) fn complete(&self) -> Result<(), Moment> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if state.complete { Ok(()) } else { Err(state.now) }
    }

    /// Keeps all of them, as they were read after that moment; of the unreadable ones that they have to be read again.
    pub(super) fn keep_all(&self, read_after: Moment, tenants: Vec<Tenant>, unreadable: Vec<String>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.forgotten > read_after {
            return;
        }
        state.users.clear();
        state
            .accounts
            .retain(|_, place| matches!(place, Place::Changed(moment) if *moment > read_after));
        state.changed = state.accounts.len();
        for account_sid in unreadable {
            state.change(account_sid);
        }
        for tenant in tenants {
            if !state.accounts.contains_key(&tenant.connection.account_sid) {
                state.put(Arc::new(tenant));
            }
        }
        state.complete = true;
    }

    /// Keeps what was read of a changed account after that moment, unless it has changed again.
    pub(super) fn keep(&self, read_after: Moment, account_sid: &str, tenant: Option<&Arc<Tenant>>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match state.accounts.get(account_sid) {
            Some(Place::Changed(moment)) if *moment <= read_after => {}
            _ => return,
        }
        state.remove(account_sid);
        if let Some(tenant) = tenant {
            state.put(Arc::clone(tenant));
        }
    }
}

impl State {
    fn of_account(&self, account_sid: &str) -> Known {
        match self.accounts.get(account_sid) {
            _ if !self.complete => Known::Nothing,
            Some(Place::Known(tenant)) => Known::Tenant(Arc::clone(tenant)),
            Some(Place::Changed(_)) => Known::Changed(self.now),
            None => Known::Nobody,
        }
    }

    fn put(&mut self, tenant: Arc<Tenant>) {
        let account_sid = tenant.connection.account_sid.clone();
        self.users.insert(tenant.user_id, account_sid.clone());
        self.accounts.insert(account_sid, Place::Known(tenant));
    }

    fn remove(&mut self, account_sid: &str) {
        match self.accounts.remove(account_sid) {
            Some(Place::Changed(_)) => self.changed -= 1,
            // He may have linked another account meanwhile.
            Some(Place::Known(tenant)) if self.users.get(&tenant.user_id).is_some_and(|sid| sid == account_sid) => {
                self.users.remove(&tenant.user_id);
            }
            _ => {}
        }
    }

    fn change(&mut self, account_sid: String) {
        self.remove(&account_sid);
        self.now.0 += 1;
        self.accounts.insert(account_sid, Place::Changed(self.now));
        self.changed += 1;
    }
}

impl Hear for Tenants {
    fn hear(&self, news: &News) {
        if let News::Tenant { account_sid } = news {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.change(account_sid.clone());
        }
    }

    fn forget_all(&self) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let now = Moment(state.now.0 + 1);
        *state = State {
            now,
            forgotten: now,
            ..State::default()
        };
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "AC1";

    fn change(tenants: &Tenants) {
        tenants.hear(&News::Tenant {
            account_sid: ACCOUNT.into(),
        });
    }

    fn moment(tenants: &Tenants) -> Moment {
        match tenants.complete() {
            Err(moment) => moment,
            Ok(()) => panic!("all of them are here"),
        }
    }

    #[test]
    fn what_changed_while_all_were_read_is_read_again() {
        let tenants = Tenants::default();
        let begun = moment(&tenants);
        change(&tenants);
        tenants.keep_all(begun, Vec::new(), Vec::new());
        assert!(tenants.complete().is_ok());
        assert!(matches!(tenants.of_account(ACCOUNT), Known::Changed(_)));
        assert!(matches!(tenants.of_account("AC2"), Known::Nobody));
    }

    #[test]
    fn what_changed_before_all_were_read_is_known() {
        let tenants = Tenants::default();
        change(&tenants);
        tenants.keep_all(moment(&tenants), Vec::new(), Vec::new());
        assert!(matches!(tenants.of_account(ACCOUNT), Known::Nobody));
        assert!(matches!(tenants.of_user(UserId(uuid::Uuid::nil())), Known::Nobody));
    }

    #[test]
    fn what_was_read_before_all_was_forgotten_is_not_kept() {
        let tenants = Tenants::default();
        let begun = moment(&tenants);
        tenants.forget_all();
        tenants.keep_all(begun, Vec::new(), Vec::new());
        assert!(matches!(tenants.of_account(ACCOUNT), Known::Nothing));
    }

    #[test]
    fn what_changed_again_while_it_was_read_is_not_kept() {
        let tenants = Tenants::default();
        tenants.keep_all(moment(&tenants), Vec::new(), Vec::new());
        change(&tenants);
        let Known::Changed(begun) = tenants.of_account(ACCOUNT) else {
            panic!("it has changed");
        };
        change(&tenants);
        tenants.keep(begun, ACCOUNT, None);
        let Known::Changed(again) = tenants.of_account(ACCOUNT) else {
            panic!("it has changed again");
        };
        tenants.keep(again, ACCOUNT, None);
        assert!(matches!(tenants.of_account(ACCOUNT), Known::Nobody));
    }

    #[test]
    fn one_that_cannot_be_read_is_tried_again_by_whoever_asks_for_it() {
        let tenants = Tenants::default();
        tenants.keep_all(moment(&tenants), Vec::new(), vec![ACCOUNT.into()]);
        assert!(matches!(tenants.of_account(ACCOUNT), Known::Changed(_)));
        assert!(matches!(tenants.of_account("AC2"), Known::Nobody));
    }
}
