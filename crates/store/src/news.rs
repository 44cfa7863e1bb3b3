//! What others have to hear of a write, on this server and on every other one that shares the database: a line in a user's
//! feed, a tenant that is not what it was, a user whose sessions changed.
//!
//! A transaction collects it with [`Tx::tell`](crate::engine::Tx::tell). With the commit it goes out, once for all of it: to
//! this server's own listeners, and on PostgreSQL by `NOTIFY` to all others, within the transaction, so that nobody hears of
//! what was undone and nobody misses what was done. <https://www.postgresql.org/docs/current/sql-notify.html>

use std::sync::Arc;

use domain::id::UserId;
use sqlx::{AnyConnection, query};

use crate::feed::Waiting;
use crate::{Engine, Error};

/// The channel that all servers on one database listen on.
pub(crate) const CHANNEL: &str = "sniko_news";

/// A payload must be shorter than 8,000 bytes. <https://www.postgresql.org/docs/current/sql-notify.html>
const LONGEST: usize = 7_900;

/// Something that others have to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// The user's feed has a new line, of that number.
    Feed {
        /// Whose feed.
        user: UserId,
        /// The line's number.
        line: i64,
    },
    /// What webhooks need to know of that account has changed, or is gone, or is new.
    Tenant {
        /// `AC…`
        account_sid: String,
    },
    /// Some of the user's sessions have ended, or are not what they were.
    Session {
        /// Whose sessions.
        user: UserId,
    },
}

impl News {
    /// One line of a payload.
    fn line(&self) -> String {
        match self {
            Self::Feed { user, line } => format!("f {user} {line}"),
            Self::Tenant { account_sid } => format!("t {account_sid}"),
            Self::Session { user } => format!("s {user}"),
        }
    }

    /// What a line of a payload says; nothing where a newer program says something that this one has no use for.
    fn of_line(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        match (words.next()?, words.next()?, words.next()) {
            ("f", user, Some(line)) => Some(Self::Feed {
                user: user.parse().ok()?,
                line: line.parse().ok()?,
            }),
            ("t", account_sid, None) => Some(Self::Tenant {
                account_sid: account_sid.to_owned(),
            }),
            ("s", user, None) => Some(Self::Session {
                user: user.parse().ok()?,
            }),
            _ => None,
        }
    }

    /// All that a payload says.
    pub(crate) fn read(payload: &str) -> impl Iterator<Item = Self> {
        payload.lines().filter_map(Self::of_line)
    }
}

/// Keeps something in memory that news make stale. It is told in any order, of some things twice, of its own server's too.
pub(crate) trait Hear: Send + Sync {
    /// Something was written.
    fn hear(&self, news: &News);

    /// News may have been missed: nothing that is kept may be relied on.
    fn forget_all(&self);
}

/// Those who listen on this server.
#[derive(Clone)]
pub(crate) struct Listeners {
    feeds: Arc<Waiting>,
    caches: Arc<[Arc<dyn Hear>]>,
}

impl Listeners {
    pub(crate) fn new(feeds: Arc<Waiting>, caches: impl IntoIterator<Item = Arc<dyn Hear>>) -> Self {
        Self {
            feeds,
            caches: caches.into_iter().collect(),
        }
    }

    pub(crate) fn hear(&self, news: &News) {
        if let News::Feed { user, line } = news {
            self.feeds.wake(*user, *line);
            return;
        }
        for cache in self.caches.iter() {
            cache.hear(news);
        }
    }

    /// News may have been missed.
    pub(crate) fn forget_all(&self) {
        for cache in self.caches.iter() {
            cache.forget_all();
        }
        self.feeds.wake_all();
    }
}

/// Has the other servers hear of it when the transaction is committed; of a feed, its newest line only.
pub(crate) async fn send(db: &mut AnyConnection, engine: Engine, news: &[News]) -> Result<(), Error> {
    if engine == Engine::Sqlite {
        return Ok(());
    }
    for payload in payloads(news) {
        query("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(payload)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

fn payloads(news: &[News]) -> Vec<String> {
    let mut payloads = Vec::new();
    let mut payload = String::new();
    for (index, item) in news.iter().enumerate() {
        let later = news.get(index + 1..).unwrap_or_default();
        if later.iter().any(|later| covers(later, item)) {
            continue;
        }
        let line = item.line();
        if payload.len() + line.len() >= LONGEST {
            payloads.push(std::mem::take(&mut payload));
        }
        payload.push_str(&line);
        payload.push('\n');
    }
    if !payload.is_empty() {
        payloads.push(payload);
    }
    payloads
}

/// Whether whoever hears the later one need not hear the earlier one.
fn covers(later: &News, earlier: &News) -> bool {
    match (later, earlier) {
        (
            News::Feed { user, line },
            News::Feed {
                user: same,
                line: before,
            },
        ) => user == same && line >= before,
        _ => later == earlier,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn user(number: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn what_is_sent_is_heard() {
        let news = [
            News::Feed { user: user(1), line: 7 },
            News::Tenant {
                account_sid: format!("AC{}", "0".repeat(32)),
            },
            News::Session { user: user(2) },
        ];
        let payloads = payloads(&news);
        assert_eq!(payloads.len(), 1);
        assert_eq!(News::read(&payloads[0]).collect::<Vec<_>>(), news);
    }

    #[test]
    fn of_a_feed_the_newest_line_is_sent() {
        let news = [
            News::Feed { user: user(1), line: 7 },
            News::Feed { user: user(2), line: 3 },
            News::Feed { user: user(1), line: 8 },
        ];
        let heard: Vec<_> = News::read(&payloads(&news)[0]).collect();
        assert_eq!(heard, news[1..]);
    }

    #[test]
    fn no_payload_is_longer_than_allowed() {
        let news: Vec<_> = (0..1000).map(|number| News::Session { user: user(number) }).collect();
        let payloads = payloads(&news);
        assert!(payloads.len() > 1 && payloads.iter().all(|payload| payload.len() < 8_000));
        assert_eq!(payloads.iter().flat_map(|payload| News::read(payload)).count(), 1000);
    }

    #[test]
    fn what_is_not_understood_is_passed_over() {
        assert_eq!(News::read("x y z\nf nobody 1\n\nt\n").count(), 0);
    }
}
