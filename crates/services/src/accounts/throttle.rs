//! Slows guessing down: what fails is counted, and who has failed too often waits before the next try is looked at.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::Device;

/// Failures of one address, or of one browser that is known, for one account before it has to wait, and how often one more is let through then.
const PAIR: (u32, Duration) = (5, Duration::from_secs(30));
/// Failures for one account from anywhere, and of one address for any account.
const WIDE: (u32, Duration) = (60, Duration::from_secs(5));
/// Keys remembered before those that have served their time are forgotten.
const SWEEP_AT: usize = 10_000;

/// Somebody's attempt at an account.
pub(super) struct Attempt<'a> {
    /// The account's address, whether there is one or not.
    pub(super) email: &'a str,
    /// Where it comes from.
    pub(super) address: &'a str,
    /// The browser, if the account's owner has signed in with it before: what it fails counts for it alone, and what others
    /// fail does not count for it.
    pub(super) known: Option<&'a Device>,
}

impl Attempt<'_> {
    fn pair(&self) -> (String, String) {
        (self.email.to_owned(), self.address.to_owned())
    }

    fn own(&self, device: &Device) -> (String, Device) {
        (self.email.to_owned(), device.clone())
    }
}

/// Counts failed attempts.
pub(super) struct Throttle {
    devices: Limit<(String, Device)>,
    pairs: Limit<(String, String)>,
    emails: Limit<String>,
    addresses: Limit<String>,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self {
            devices: Limit::new(PAIR),
            pairs: Limit::new(PAIR),
            emails: Limit::new(WIDE),
            addresses: Limit::new(WIDE),
        }
    }

    /// How many seconds it must wait before the next attempt like this one is looked at.
    pub(super) fn wait(&self, attempt: &Attempt<'_>) -> Option<u64> {
        if let Some(device) = attempt.known {
            return self.devices.wait(&attempt.own(device));
        }
        let pair = attempt.pair();
        let waits = [
            self.pairs.wait(&pair),
            self.emails.wait(&pair.0),
            self.addresses.wait(&pair.1),
        ];
        waits.into_iter().flatten().max()
    }

    /// Counts a failure.
    pub(super) fn failed(&self, attempt: &Attempt<'_>) {
        if let Some(device) = attempt.known {
            return self.devices.failed(attempt.own(device));
        }
        self.pairs.failed(attempt.pair());
        self.emails.failed(attempt.email.to_owned());
        self.addresses.failed(attempt.address.to_owned());
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
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::Entropy;

    fn from<'a>(email: &'a str, address: &'a str) -> Attempt<'a> {
        Attempt {
            email,
            address,
            known: None,
        }
    }

    #[test]
    fn who_fails_often_waits_and_others_do_not() {
        let throttle = Throttle::new();
        let attempt = from("ann@example.com", "10.0.0.1");
        for _ in 0..PAIR.0 {
            assert_eq!(throttle.wait(&attempt), None);
            throttle.failed(&attempt);
        }
        throttle.failed(&attempt);
        let wait = throttle.wait(&attempt).unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
        assert_eq!(
            throttle.wait(&from("ann@example.com", "10.0.0.2")),
            None,
            "her own address is not locked out"
        );
        assert_eq!(throttle.wait(&from("bob@example.com", "10.0.0.1")), None);
    }

    #[test]
    fn one_address_cannot_try_many_accounts() {
        let throttle = Throttle::new();
        for attempt in 0..=WIDE.0 {
            throttle.failed(&from(&format!("{attempt}@example.com"), "10.0.0.1"));
        }
        assert!(throttle.wait(&from("ann@example.com", "10.0.0.1")).is_some());
        assert_eq!(throttle.wait(&from("ann@example.com", "10.0.0.2")), None);
    }

    #[test]
    fn a_browser_that_is_known_waits_for_its_own_failures_alone() {
        let throttle = Throttle::new();
        let device = Device::of_cookie(Device::new_cookie(Entropy).expose_secret()).unwrap();
        let stranger = from("ann@example.com", "10.0.0.1");
        let ann = Attempt {
            known: Some(&device),
            ..stranger
        };
        for attempt in 0..=WIDE.0 {
            throttle.failed(&stranger);
            throttle.failed(&from("ann@example.com", &format!("10.0.1.{attempt}")));
        }
        assert!(throttle.wait(&stranger).is_some() && throttle.wait(&from("ann@example.com", "10.0.0.2")).is_some());
        for _ in 0..=PAIR.0 {
            assert_eq!(throttle.wait(&ann), None);
            throttle.failed(&ann);
        }
        assert!(throttle.wait(&ann).is_some_and(|wait| (1..=31).contains(&wait)));
        let bob = Attempt {
            email: "bob@example.com",
            known: Some(&device),
            address: "10.0.0.3",
        };
        assert_eq!(throttle.wait(&bob), None, "of another account");
        assert_eq!(throttle.wait(&from("bob@example.com", "10.0.0.3")), None);
    }
}
