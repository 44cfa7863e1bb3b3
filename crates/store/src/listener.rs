//! Hears on PostgreSQL what other servers have written: one connection for a server, which comes back by itself.
//! <https://www.postgresql.org/docs/current/sql-listen.html>

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::query;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::news::{CHANNEL, Listeners, News};

/// How long a connection may take to come up, or to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long nothing may be heard before it is asked whether the connection still stands: one that was cut off on the way
/// says nothing by itself.
const SILENCE: Duration = Duration::from_secs(5);
/// Between two attempts.
const AGAIN: Duration = Duration::from_secs(1);

/// The task that listens, while there is one. It ends with this.
#[derive(Debug, Default)]
pub(crate) struct Listening {
    stands: Arc<AtomicBool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Listening {
    /// Listens from now on. Once this has returned, it does, unless the database cannot be reached just now.
    pub(crate) async fn start(&self, url: &str, listeners: Listeners) {
        let first = connect(url).await;
        self.stands.store(first.is_some(), Ordering::Release);
        let task = tokio::spawn(listen(first, url.to_owned(), listeners, Arc::clone(&self.stands)));
        let former = self.task.lock().unwrap_or_else(PoisonError::into_inner).replace(task);
        if let Some(former) = former {
            former.abort();
        }
    }

    /// Whether everything that other servers write is heard just now.
    pub(crate) fn stands(&self) -> bool {
        self.stands.load(Ordering::Acquire)
    }

    /// Ends it.
    pub(crate) async fn end(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.stands.store(false, Ordering::Release);
        if let Some(task) = task {
            task.abort();
            // That it was ended is what it has to say.
            drop(task.await);
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task.take() {
            task.abort();
        }
    }
}

async fn connect(url: &str) -> Option<PgListener> {
    let connected = timeout(PATIENCE, async {
        let mut listener = PgListener::connect(url).await?;
        // After a loss everything is read anew, so there is nothing to be done behind our back.
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok::<_, sqlx::Error>(listener)
    });
    connected.await.ok()?.ok()
}

async fn listen(first: Option<PgListener>, url: String, listeners: Listeners, stands: Arc<AtomicBool>) {
    let mut connected = first;
    loop {
        if let Some(mut listener) = connected.take() {
            hear(&mut listener, &listeners).await;
            stands.store(false, Ordering::Release);
            // Between the loss and now others may have written.
            listeners.forget_all();
        }
        tokio::time::sleep(AGAIN).await;
        connected = connect(&url).await;
        if connected.is_some() {
            // What was read while nobody listened may be old by now; what is read from here on will be kept up to date.
            listeners.forget_all();
            stands.store(true, Ordering::Release);
        }
    }
}

/// Passes on what is heard, until the connection is lost.
async fn hear(listener: &mut PgListener, listeners: &Listeners) {
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                for news in News::read(notification.payload()) {
                    listeners.hear(&news);
                }
            }
            Ok(Ok(None) | Err(_)) => return,
            Err(_) => {
                let answer = timeout(PATIENCE, query("SELECT 1").execute(&mut *listener)).await;
                if !matches!(answer, Ok(Ok(_))) {
                    return;
                }
            }
        }
    }
}
