//! Whether and when to send a request again, as a pure value: no clock, no randomness, no I/O.
//!
//! A read may always be repeated, and so may what ends in the same state however often it is done: a deletion, the end of a
//! call, a setting. Any other write, above all a create, may be repeated only where the first one was certainly not
//! processed: the connection was never made, or Twilio answered 429, which means that it did not process the request
//! (<https://www.twilio.com/docs/usage/rest-api-best-practices>). Twilio's creates have no idempotency key.

use std::time::Duration;

/// Whether repeating a request can do harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// GET, DELETE and a POST that sets something: doing it twice is doing it once.
    Idempotent,
    /// Any other POST: a second one may create a second resource, or begin again what has begun.
    NotIdempotent,
}

/// How an attempt failed, as far as repeating it is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection was made: the request never left.
    NotSent,
    /// The connection broke after the request, or a part of it, had left.
    Interrupted,
    /// The whole time allowed for a request went by. Never repeated: the caller has waited long enough.
    TimedOut,
    /// Twilio answered 429, with its `Retry-After` if it sent one.
    RateLimited(Option<Duration>),
    /// Twilio answered 5xx, with its `Retry-After` if it sent one.
    ServerError(Option<Duration>),
    /// Any other answer: the same request gets the same one.
    Final,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Report the failure.
    GiveUp,
    /// Send the request again after this time.
    After(Duration),
}

/// Limits of repeating. The waits of one call together stay below `(max_attempts - 1) * max(max_delay, max_retry_after)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How often a request is sent at most, the first time included.
    pub max_attempts: u32,
    /// Upper limit of the first wait; it doubles with each further one.
    pub base_delay: Duration,
    /// Upper limit of any wait that Twilio did not ask for.
    pub max_delay: Duration,
    /// The longest `Retry-After` that is waited for; a longer one ends the attempts, since trying earlier is pointless.
    pub max_retry_after: Duration,
}

impl Default for Policy {
    /// Three attempts, at most 6 seconds of waiting. The figures of Twilio's own Node library, which starts at 100 ms and
    /// waits 3 s at most.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(3),
            max_retry_after: Duration::from_secs(3),
        }
    }
}

impl Policy {
    /// Decides after attempt number `attempt` (the first is 1) failed. `jitter` is a random number in `0.0..1.0`: the wait is
    /// that share of the limit ("full jitter"), so that many clients do not come back together.
    pub fn decide(&self, idempotency: Idempotency, attempt: u32, failure: Failure, jitter: f64) -> Decision {
        if attempt >= self.max_attempts {
            return Decision::GiveUp;
        }
        let retry_after = match (failure, idempotency) {
            (Failure::NotSent, _) | (Failure::Interrupted, Idempotency::Idempotent) => None,
            (Failure::RateLimited(wait), _) | (Failure::ServerError(wait), Idempotency::Idempotent) => wait,
            (Failure::Interrupted | Failure::ServerError(_), Idempotency::NotIdempotent)
            | (Failure::TimedOut | Failure::Final, _) => return Decision::GiveUp,
        };
        let doublings = attempt.saturating_sub(1).min(16);
        let limit = self.base_delay.saturating_mul(1 << doublings).min(self.max_delay);
        let delay = limit.mul_f64(jitter.clamp(0.0, 1.0));
        match retry_after {
            Some(wait) if wait > self.max_retry_after => Decision::GiveUp,
            Some(wait) => Decision::After(wait.max(delay)),
            None => Decision::After(delay),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Decision::{After, GiveUp};
    use super::Failure::{Final, Interrupted, NotSent, RateLimited, ServerError, TimedOut};
    use super::Idempotency::{Idempotent, NotIdempotent};
    use super::*;

    const ALL: [Failure; 6] = [
        NotSent,
        Interrupted,
        TimedOut,
        RateLimited(None),
        ServerError(None),
        Final,
    ];

    fn repeats(idempotency: Idempotency, failure: Failure) -> bool {
        Policy::default().decide(idempotency, 1, failure, 0.5) != GiveUp
    }

    #[test]
    fn reads_and_deletions_are_repeated_on_network_server_and_rate_faults() {
        let repeated: Vec<_> = ALL
            .into_iter()
            .filter(|failure| repeats(Idempotent, *failure))
            .collect();
        assert_eq!(repeated, [NotSent, Interrupted, RateLimited(None), ServerError(None)]);
    }

    #[test]
    fn writes_are_repeated_only_where_they_were_certainly_not_processed() {
        let repeated: Vec<_> = ALL
            .into_iter()
            .filter(|failure| repeats(NotIdempotent, *failure))
            .collect();
        assert_eq!(repeated, [NotSent, RateLimited(None)]);
    }

    #[test]
    fn the_last_attempt_is_the_last() {
        let policy = Policy::default();
        for failure in ALL {
            assert_eq!(policy.decide(Idempotent, policy.max_attempts, failure, 0.5), GiveUp);
            assert_eq!(policy.decide(Idempotent, u32::MAX, failure, 0.5), GiveUp);
        }
    }

    #[test]
    fn the_wait_doubles_up_to_its_limit_and_is_spread_by_the_jitter() {
        let policy = Policy {
            max_attempts: 100,
            ..Policy::default()
        };
        let wait = |attempt, jitter| policy.decide(Idempotent, attempt, NotSent, jitter);
        assert_eq!(wait(1, 1.0), After(Duration::from_millis(200)));
        assert_eq!(wait(2, 1.0), After(Duration::from_millis(400)));
        assert_eq!(wait(2, 0.25), After(Duration::from_millis(100)));
        assert_eq!(wait(99, 1.0), After(Duration::from_secs(3)));
        assert_eq!(wait(1, 0.0), After(Duration::ZERO));
        assert_eq!(wait(1, f64::INFINITY), After(Duration::from_millis(200)));
    }

    #[test]
    fn retry_after_is_honoured_up_to_its_limit() {
        let policy = Policy::default();
        let after = |seconds| policy.decide(NotIdempotent, 1, RateLimited(Some(Duration::from_secs(seconds))), 0.5);
        assert_eq!(after(0), After(Duration::from_millis(100)));
        assert_eq!(after(2), After(Duration::from_secs(2)));
        assert_eq!(after(4), GiveUp);
        let unavailable = ServerError(Some(Duration::from_secs(1)));
        assert_eq!(
            policy.decide(Idempotent, 1, unavailable, 0.5),
            After(Duration::from_secs(1))
        );
    }
}
