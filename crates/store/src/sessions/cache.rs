//! The sessions of those who were here a moment ago, kept in memory: a page, and all that it asks for, look the cookie up once.
//!
//! Whatever ends a session says so with its commit, here and on every other server, and a row that was read is kept only if
//! nothing was said of any session since the reading began.

use std::sync::{Arc, Mutex, PoisonError};

use domain::id::UserId;
use domain::time::UnixMillis;
use hashlink::LruCache;

use super::Session;
use crate::news::{Hear, News};
use crate::users::User;

/// Most sessions that are kept: some 5 MB. Those seen last are.
const MOST: usize = 8192;

/// How long one is kept at most, in milliseconds: a net for news that were lost on the way.
const KEPT: i64 = 10_000;

/// A session and its user, by the hash of the cookie.
pub(crate) struct Sessions(Mutex<State>);

struct State {
    /// Grows with every news.
    now: u64,
    sessions: LruCache<Vec<u8>, Kept>,
}

struct Kept {
    found: Arc<(Session, User)>,
    since: UnixMillis,
}

/// What is known of a cookie.
pub(super) enum Known {
    /// Its session.
    Session(Arc<(Session, User)>),
    /// Nothing. What is read may be kept if nothing was heard since.
    Nothing(u64),
}

impl Default for Sessions {
    fn default() -> Self {
        Self(Mutex::new(State {
            now: 0,
            sessions: LruCache::new(MOST),
        }))
    }
}

impl Sessions {
    pub(super) fn of(&self, token_hash: &[u8], now: UnixMillis) -> Known {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.sessions.get(token_hash) {
            Some(kept) if (0..KEPT).contains(&now.since(kept.since)) => Known::Session(Arc::clone(&kept.found)),
            _ => Known::Nothing(state.now),
        }
    }

    pub(super) fn keep(&self, read_after: u64, token_hash: &[u8], found: &Arc<(Session, User)>, since: UnixMillis) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.now == read_after {
            let found = Arc::clone(found);
            state.sessions.insert(token_hash.to_vec(), Kept { found, since });
        }
    }

    /// Notes that it was seen.
    pub(super) fn touch(&self, token_hash: &[u8], now: UnixMillis) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = state.sessions.get_mut(token_hash) {
            let (mut session, user) = (*kept.found).clone();
            session.last_seen_at = now;
            kept.found = Arc::new((session, user));
        }
    }

    fn forget(&self, whose: impl Fn(UserId) -> bool) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.now += 1;
        state.sessions.retain(|_, kept| !whose(kept.found.0.user_id));
    }
}

impl Hear for Sessions {
    fn hear(&self, news: &News) {
        if let News::Session { user } = news {
            self.forget(|whose| whose == *user);
        }
    }

    fn forget_all(&self) {
        self.forget(|_| true);
    }
}
