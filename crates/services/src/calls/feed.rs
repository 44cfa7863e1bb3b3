//! What changes, told as it happens, and nothing lost between two connections of a browser.

use std::collections::{HashMap, VecDeque};

use domain::call::CallView;
use domain::id::{CallId, MessageId, UserId};
use domain::message::MessageView;
use store::{Changes, FeedItem};

use super::Calls;
use crate::{Caller, ServiceError, messages};

/// Lines of the feed that are read at once.
const AT_ONCE: u32 = 200;

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Where the feed is: everything up to here is known. Not `complete` where the reader was away for so long that
    /// something was forgotten: then he should read everything again.
    Hello {
        /// The number of the last line that is known.
        position: i64,
        /// Whether all that follows `position` will be told.
        complete: bool,
    },
    /// A call as it is now.
    Call {
        /// The number of the line.
        seq: i64,
        /// The call.
        call: Box<CallView>,
    },
    /// A text as it is now.
    Message {
        /// The number of the line.
        seq: i64,
        /// The text.
        message: Box<MessageView>,
    },
}

impl News {
    const fn seq(&self) -> i64 {
        match self {
            Self::Hello { position, .. } => *position,
            Self::Call { seq, .. } | Self::Message { seq, .. } => *seq,
        }
    }
}

/// A user's news, from a position on.
pub struct Feed {
    calls: Calls,
    user: UserId,
    changes: Changes,
    position: i64,
    /// Read and not told yet.
    waiting: VecDeque<News>,
}

impl Calls {
    /// The caller's news: after the line of that number, or from now on. The first is always a [`News::Hello`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed(&self, caller: &Caller, after: Option<i64>) -> Result<Feed, ServiceError> {
        let (store, user) = (&self.parts.store, caller.user_id);
        // Before the first look, so that nothing slips in between.
        let changes = store.changes(user);
        let newest = store.feed_position(user).await?;
        let (position, complete) = match after {
            None => (newest, true),
            Some(after) if after == newest => (newest, true),
            Some(after) if !(0..newest).contains(&after) => (newest, false),
            Some(after) => {
                let next = store.feed_after(user, after, 1).await?;
                if next.first().is_some_and(|item| item.seq == after + 1) {
                    (after, true)
                } else {
                    (newest, false)
                }
            }
        };
        Ok(Feed {
            calls: self.clone(),
            user,
            changes,
            position,
            waiting: VecDeque::from([News::Hello { position, complete }]),
        })
    }

    /// The calls and texts of these lines as they are now, one line for each: the last.
    async fn told(&self, user: UserId, items: &[FeedItem]) -> Result<Vec<News>, ServiceError> {
        let calls: HashMap<CallId, i64> = items.iter().filter_map(|item| Some((item.call()?, item.seq))).collect();
        let texts: HashMap<MessageId, i64> = items
            .iter()
            .filter_map(|item| Some((item.message()?, item.seq)))
            .collect();
        let mut news = Vec::with_capacity(calls.len() + texts.len());
        if !calls.is_empty() {
            let ids: Vec<CallId> = calls.keys().copied().collect();
            let found = self.parts.store.calls_by_ids(user, &ids).await?;
            news.extend(self.views(found).await?.into_iter().filter_map(|view| {
                Some(News::Call {
                    seq: *calls.get(&view.id)?,
                    call: Box::new(view),
                })
            }));
        }
        if !texts.is_empty() {
            let ids: Vec<MessageId> = texts.keys().copied().collect();
            let found = self.parts.store.messages_by_ids(user, &ids).await?;
            news.extend(found.into_iter().filter_map(|message| {
                Some(News::Message {
                    seq: *texts.get(&message.id)?,
                    message: Box::new(messages::view(message)),
                })
            }));
        }
        news.sort_by_key(News::seq);
        Ok(news)
    }
}

impl Feed {
    /// The next to tell, as soon as there is something; none when the server stops.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self) -> Result<Option<News>, ServiceError> {
        let shutdown = self.calls.parts.shutdown.clone();
        loop {
            if shutdown.is_cancelled() {
                return Ok(None);
            }
            if let Some(news) = self.waiting.pop_front() {
                return Ok(Some(news));
            }
            let store = &self.calls.parts.store;
            let items = store.feed_after(self.user, self.position, AT_ONCE).await?;
            match items.last() {
                Some(item) => {
                    self.waiting.extend(self.calls.told(self.user, &items).await?);
                    self.position = item.seq;
                }
                None => tokio::select! {
                    () = self.changes.wait() => {}
                    () = shutdown.cancelled() => {}
                },
            }
        }
    }
}
