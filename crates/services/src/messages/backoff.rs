//! When what was certainly not sent is tried again.

use std::time::Duration;

/// The first pause is at most this long, in milliseconds; each further one up to twice as long.
const FIRST: u64 = 1_000;
/// No pause is longer, in milliseconds.
const LONGEST: u64 = 10 * 60 * 1000;

/// The pause after that many attempts, with full jitter: `random` is any number. What the provider asks for is waited for in
/// any case.
pub(super) fn pause(attempts: u32, asked_for: Option<Duration>, random: u64) -> i64 {
    let doublings = attempts.saturating_sub(1).min(20);
    let most = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let least = asked_for.map_or(0, |wait| {
        u64::try_from(wait.as_millis()).unwrap_or(LONGEST).min(LONGEST)
    });
    let jitter = random % (most + 1);
    i64::try_from(least.saturating_add(jitter)).unwrap_or(i64::MAX)
}

/// After how long a text of unknown fate, or without news, is asked about again: longer each time, in milliseconds.
pub(super) fn patience(asked: u32) -> i64 {
    const STEPS: [i64; 6] = [10_000, 60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000, 6 * 60 * 60_000];
    let step = usize::try_from(asked).unwrap_or(usize::MAX).min(STEPS.len() - 1);
    STEPS.get(step).copied().unwrap_or(60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_are_jittered_in_full() {
        assert_eq!(pause(1, None, 0), 0);
        assert_eq!(pause(1, None, 1_000), 1_000);
        assert_eq!(pause(3, None, 4_000), 4_000);
        assert_eq!(pause(3, None, 4_001), 0);
        for random in [0, 1, u64::MAX, 77_777_777] {
            assert!((0..=600_000).contains(&pause(u32::MAX, None, random)));
        }
    }

    #[test]
    fn what_the_provider_asks_for_is_waited_for() {
        assert_eq!(pause(1, Some(Duration::from_secs(5)), 0), 5_000);
        assert!(pause(1, Some(Duration::MAX), 0) <= 600_000);
    }

    #[test]
    fn patience_grows() {
        let steps: Vec<i64> = (0..10).map(patience).collect();
        assert!(steps.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
