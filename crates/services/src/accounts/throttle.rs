//! Slows guessing down: what fails is counted, and who has failed too often waits before the next try is looked at.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Failures of one address for one account before it has to wait, and how often one more is let through then.
const PAIR: (u32, Duration) = (5, Duration::from_secs(30));
/// Failures for one account from anywhere, and of one address for any account.
const WIDE: (u32, Duration) = (60, Duration::from_secs(5));
/// Keys remembered before those that have served their time are forgotten.
const SWEEP_AT: usize = 10_000;

/// Counts failed attempts.
pub(super) struct Throttle {
    pairs: Limit<(String, String)>,
    emails: Limit<String>,
    addresses: Limit<String>,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self {
            pairs: Limit::new(PAIR),
            emails: Limit::new(WIDE),
            addresses: Limit::new(WIDE),
        }
    }

    /// How many seconds this address must wait before its next attempt at this account is looked at.
    pub(super) fn wait(&self, email: &str, address: &str) -> Option<u64> {
        let pair = (email.to_owned(), address.to_owned());
        let waits = [
            self.pairs.wait(&pair),
            self.emails.wait(&pair.0),
            self.addresses.wait(&pair.1),
        ];
        waits.into_iter().flatten().max()
    }

    /// Counts a failure.
    pub(super) fn failed(&self, email: &str, address: &str) {
        self.pairs.failed((email.to_owned(), address.to_owned()));
        self.emails.failed(email.to_owned());
        self.addresses.failed(address.to_owned());
    }
}

/// One way of counting. The limiter cannot be asked without being charged, so who has used it up is noted beside it.
struct Limit<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    waiting: Mutex<HashMap<K, Instant>>,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new((burst, period): (u32, Duration)) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(period)
            .unwrap_or_else(|| Quota::per_minute(burst))
            .allow_burst(burst);
        Self {
            limiter: RateLimiter::keyed(quota),
            waiting: Mutex::new(HashMap::new()),
        }
    }

    fn wait(&self, key: &K) -> Option<u64> {
        let until = *self.waiting.lock().unwrap_or_else(PoisonError::into_inner).get(key)?;
        let left = until.checked_duration_since(Instant::now())?;
        Some(left.as_secs().saturating_add(1))
    }

    fn failed(&self, key: K) {
        if let Err(refused) = self.limiter.check_key(&key) {
            let wait = refused.wait_time_from(DefaultClock::default().now());
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() >= SWEEP_AT {
                let now = Instant::now();
                waiting.retain(|_, until| *until > now);
                self.limiter.retain_recent();
            }
            waiting.insert(key, Instant::now() + wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_often_waits_and_others_do_not() {
        let throttle = Throttle::new();
        for _ in 0..PAIR.0 {
            assert_eq!(throttle.wait("ann@example.com", "10.0.0.1"), None);
            throttle.failed("ann@example.com", "10.0.0.1");
        }
        throttle.failed("ann@example.com", "10.0.0.1");
        let wait = throttle.wait("ann@example.com", "10.0.0.1").unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
        assert_eq!(
            throttle.wait("ann@example.com", "10.0.0.2"),
            None,
            "her own address is not locked out"
        );
        assert_eq!(throttle.wait("bob@example.com", "10.0.0.1"), None);
    }

    #[test]
    fn one_address_cannot_try_many_accounts() {
        let throttle = Throttle::new();
        for attempt in 0..=WIDE.0 {
            throttle.failed(&format!("{attempt}@example.com"), "10.0.0.1");
        }
        assert!(throttle.wait("ann@example.com", "10.0.0.1").is_some());
        assert_eq!(throttle.wait("ann@example.com", "10.0.0.2"), None);
    }
}
