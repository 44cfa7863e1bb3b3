//! Who is connected, and whose time is up.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::http::address::{Proxies, network};

/// How long the head of a request may take to arrive: from its first byte, and the first one's from the opening of the connection.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// How long a connection may wait for its next request. Proxies keep theirs for a shorter time (nginx 60 s, Caddy 120 s), so that
/// none sends a request into a connection that is just being closed.
const IDLE_TIME: Duration = Duration::from_secs(130);
/// How long a client may read nothing of what there is for him.
const STALL_TIME: Duration = Duration::from_secs(30);
/// How long a connection without a request lasts once the server stops.
const STOP_TIME: Duration = Duration::from_secs(1);
/// How often it is looked once the server stops.
const STOP_LOOK: Duration = Duration::from_millis(100);
/// A connection that has said nothing for so long goes before those that were of use.
const SILENT_TIME: u64 = 1000;
/// The share of all connections that one client may have, and the share that goes when there are too many: the search for the
/// longest idle is done once for many newcomers.
const SHARE: usize = 4;
const PIECE: usize = 128;

/// `Entry::since` of a connection that is at work.
const AT_WORK: u64 = u64::MAX;
/// The bit of `Entry::since` that says that a head has begun.
const HEAD: u64 = 1;
/// No time at all.
const NEVER: u64 = u64::MAX;

/// One connection.
pub struct Entry {
    number: u64,
    client: Option<IpAddr>,
    opened: Instant,
    /// Milliseconds from its opening to when it began to wait, times two, and `HEAD`; or `AT_WORK`.
    since: AtomicU64,
    /// Milliseconds to when its client stopped reading; `NEVER` while he reads.
    stalled: AtomicU64,
    /// Requests so far.
    served: AtomicU64,
    close: Notify,
}

/// A request is being answered; over when dropped.
pub struct Work(Arc<Entry>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.since.store(self.0.now() << 1, Ordering::Relaxed);
    }
}

impl Entry {
    fn new(number: u64, client: Option<IpAddr>) -> Self {
        Self {
            number,
            client,
            opened: Instant::now(),
            // The first head is awaited from the opening on.
            since: AtomicU64::new(HEAD),
            stalled: AtomicU64::new(NEVER),
            served: AtomicU64::new(0),
            close: Notify::new(),
        }
    }

    fn now(&self) -> u64 {
        millis(self.opened.elapsed())
    }

    /// A request has arrived.
    pub fn begin(self: &Arc<Self>) -> Work {
        self.since.store(AT_WORK, Ordering::Relaxed);
        self.served.fetch_add(1, Ordering::Relaxed);
        Work(Arc::clone(self))
    }

    /// Bytes have come in: where nothing was going on, a head begins.
    pub fn heard(&self) {
        let since = self.since.load(Ordering::Relaxed);
        if since != AT_WORK && since & HEAD == 0 {
            self.since.store(self.now() << 1 | HEAD, Ordering::Relaxed);
        }
    }

    /// Bytes were to go out, and did or did not.
    pub fn writes(&self, moved: bool) {
        if moved {
            self.stalled.store(NEVER, Ordering::Relaxed);
        } else if self.stalled.load(Ordering::Relaxed) == NEVER {
            self.stalled.store(self.now(), Ordering::Relaxed);
        }
    }

    /// For how many milliseconds it has been without a request; none while it is at work.
    fn idle(&self) -> Option<u64> {
        let since = self.since.load(Ordering::Relaxed);
        (since != AT_WORK).then(|| self.now().saturating_sub(since >> 1))
    }

    /// How long it may go on before it has to be looked at again; none when its time is up.
    fn left(&self, stopping: bool) -> Option<Duration> {
        let since = self.since.load(Ordering::Relaxed);
        let waits = match since {
            AT_WORK => None,
            since if stopping => Some((since >> 1, STOP_TIME)),
            since if since & HEAD == HEAD => Some((since >> 1, HEAD_TIME)),
            since => Some((since >> 1, IDLE_TIME)),
        };
        let stalled = self.stalled.load(Ordering::Relaxed);
        let stalls = (stalled != NEVER).then_some((stalled, STALL_TIME));
        let now = self.now();
        let mut soonest = if stopping { STOP_LOOK } else { HEAD_TIME };
        for (from, time) in [waits, stalls].into_iter().flatten() {
            let left = millis(time).saturating_sub(now.saturating_sub(from));
            if left == 0 {
                return None;
            }
            soonest = soonest.min(Duration::from_millis(left));
        }
        Some(soonest)
    }

    /// Waits until its time is up or it has to make room. One timer a connection, set anew only when it has run out.
    pub async fn over(&self, stopping: bool) {
        let timed = async {
            if stopping {
                // What is just arriving still gets its answer.
                tokio::time::sleep(STOP_TIME).await;
            }
            while let Some(left) = self.left(stopping) {
                tokio::time::sleep(left).await;
            }
        };
        tokio::select! {
            () = timed => {}
            () = self.close.notified() => {}
        }
    }
}

/// All connections.
pub struct Table {
    most: usize,
    proxies: Arc<Proxies>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    entries: HashMap<u64, Arc<Entry>>,
    clients: HashMap<IpAddr, usize>,
}

impl Table {
    /// Room for `most` connections. Proxies, which speak for many, may have them all.
    pub fn new(most: usize, proxies: Arc<Proxies>) -> Self {
        Self {
            most,
            proxies,
            open: Mutex::default(),
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection in. Where there are too many, those that have been without a request for longest make room; none when
    /// all are at work.
    pub fn admit(&self, peer: IpAddr) -> Option<Arc<Entry>> {
        let client = (!self.proxies.contains(peer)).then(|| network(peer));
        let mut open = self.open();
        if open.entries.len() >= self.most && !open.make_room(self.most / PIECE + 1, None) {
            return None;
        }
        let share = self.most / SHARE;
        if let Some(client) = client
            && open.clients.get(&client).is_some_and(|count| *count >= share)
            && !open.make_room(share / PIECE + 1, Some(client))
        {
            return None;
        }
        open.next += 1;
        let entry = Arc::new(Entry::new(open.next, client));
        open.entries.insert(entry.number, Arc::clone(&entry));
        if let Some(client) = client {
            *open.clients.entry(client).or_default() += 1;
        }
        Some(entry)
    }

    /// The connection has ended.
    pub fn remove(&self, entry: &Entry) {
        self.open().remove(entry.number);
    }
}

impl Open {
    /// Closes connections, all of one client where one is named; whether there were any.
    fn make_room(&mut self, count: usize, client: Option<IpAddr>) -> bool {
        let of = |entry: &&Arc<Entry>| client.is_none() || entry.client == client;
        let mut idle: Vec<(bool, u64, u64)> = self
            .entries
            .values()
            .filter(of)
            .filter_map(|entry| {
                let idle = entry.idle()?;
                let silent = entry.served.load(Ordering::Relaxed) == 0 && idle >= SILENT_TIME;
                Some((silent, idle, entry.number))
            })
            .collect();
        if idle.len() > count {
            idle.select_nth_unstable_by(count, |a, b| b.cmp(a));
            idle.truncate(count);
        }
        for (_, _, number) in &idle {
            if let Some(entry) = self.remove(*number) {
                entry.close.notify_one();
            }
        }
        !idle.is_empty()
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Entry>> {
        let entry = self.entries.remove(&number)?;
        if let Some(client) = entry.client
            && let Some(count) = self.clients.get_mut(&client)
        {
            *count -= 1;
            if *count == 0 {
                self.clients.remove(&client);
            }
        }
        Some(entry)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(most: usize, proxies: &str) -> Table {
        Table::new(most, Arc::new(proxies.parse().unwrap()))
    }

    fn closed(entry: &Entry) -> bool {
        use futures::FutureExt as _;
        entry.close.notified().now_or_never().is_some()
    }

    const ANN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const BOB: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[tokio::test(start_paused = true)]
    async fn whoever_has_been_idle_longest_makes_room() {
        let table = table(3, "192.0.2.0/24");
        let first = table.admit(ANN).unwrap();
        let work = first.begin();
        tokio::time::advance(Duration::from_millis(10)).await;
        let second = table.admit(ANN).unwrap();
        tokio::time::advance(Duration::from_millis(10)).await;
        let third = table.admit(ANN).unwrap();
        tokio::time::advance(Duration::from_millis(10)).await;
        let fourth = table.admit(ANN).unwrap();
        assert!(closed(&second) && ![&first, &third, &fourth].into_iter().any(|entry| closed(entry)));
        tokio::time::advance(Duration::from_millis(10)).await;
        drop(work);
        tokio::time::advance(Duration::from_millis(10)).await;
        table.admit(ANN).unwrap();
        assert!(closed(&third) && !closed(&first), "it waits since its answer only");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_said_nothing_goes_before_who_was_of_use() {
        let table = table(2, "192.0.2.0/24");
        let of_use = table.admit(ANN).unwrap();
        drop(of_use.begin());
        tokio::time::advance(Duration::from_secs(1)).await;
        let silent = table.admit(ANN).unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        table.admit(ANN).unwrap();
        assert!(closed(&silent) && !closed(&of_use));
    }

    #[tokio::test]
    async fn nobody_at_work_is_cut_off_for_a_newcomer() {
        let table = table(2, "192.0.2.0/24");
        let (one, other) = (table.admit(ANN).unwrap(), table.admit(ANN).unwrap());
        let works = [one.begin(), other.begin()];
        assert!(table.admit(ANN).is_none());
        drop(works);
        assert!(table.admit(ANN).is_some());
    }

    #[tokio::test]
    async fn one_client_takes_his_own_share_only() {
        let table = table(8, "127.0.0.0/8");
        let bobs = table.admit(BOB).unwrap();
        let anns: Vec<_> = (0..5).map(|_| table.admit(ANN).unwrap()).collect();
        assert_eq!(
            anns.iter().filter(|entry| closed(entry)).count(),
            3,
            "two of eight are his"
        );
        assert!(!closed(&bobs));
        for entry in &anns {
            table.remove(entry);
        }
        assert!(
            table.open().clients.keys().eq([&BOB]),
            "nothing is left of who has gone"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn each_pause_has_its_own_limit() {
        let entry = Arc::new(Entry::new(1, None));
        let opened = Instant::now();
        entry.over(false).await;
        assert_eq!(opened.elapsed(), HEAD_TIME, "the first head");

        let entry = Arc::new(Entry::new(2, None));
        drop(entry.begin());
        let answered = Instant::now();
        entry.over(false).await;
        assert_eq!(answered.elapsed(), IDLE_TIME, "the next request");

        let entry = Arc::new(Entry::new(3, None));
        drop(entry.begin());
        tokio::time::advance(Duration::from_secs(100)).await;
        entry.heard();
        let begun = Instant::now();
        entry.over(false).await;
        assert_eq!(begun.elapsed(), HEAD_TIME, "a head that has begun");

        let entry = Arc::new(Entry::new(4, None));
        let _work = entry.begin();
        entry.writes(false);
        let stalled = Instant::now();
        entry.over(false).await;
        assert_eq!(stalled.elapsed(), STALL_TIME, "a client who does not read");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_being_answered_lasts_while_it_is_read() {
        let entry = Arc::new(Entry::new(1, None));
        let _work = entry.begin();
        let hours = tokio::time::timeout(Duration::from_secs(7200), entry.over(false));
        assert!(hours.await.is_err());
    }
}
