//! When the access token is fetched anew: by our own clock, since the SDK's only timer is lost in a sleeping tab.

/// A token that is this close to its end is fetched even during a call, where changing it may cost a moment of sound.
const LAST_MOMENT: i64 = 90_000;
/// No token is taken to live shorter than this, whatever a wrong clock makes of it.
const SHORTEST: i64 = 60_000;
/// First and longest wait after a failure.
const WAIT: (i64, i64) = (1_000, 30_000);

/// What is known of the token in use.
#[derive(Clone, Debug, Default)]
pub(super) struct TokenClock {
    /// The token, when it came, and how long it lives from then on.
    held: Option<(String, i64, i64)>,
    fetching: bool,
    /// Not before then, after a failure.
    not_before: i64,
    failures: u32,
    /// The token in hand was refused.
    refused: bool,
}

impl TokenClock {
    /// Whether one is to be fetched now.
    pub(super) fn is_due(&self, now: i64, in_call: bool) -> bool {
        if self.fetching || now < self.not_before {
            return false;
        }
        match &self.held {
            None => true,
            Some(_) if self.refused => true,
            Some((_, since, life)) if in_call => now > since + life - LAST_MOMENT.min(life / 3),
            Some((_, since, life)) => now >= since + life * 2 / 3,
        }
    }

    /// The token, if it is still good.
    pub(super) fn fresh(&self, now: i64) -> Option<&str> {
        self.held
            .as_ref()
            .filter(|(_, since, life)| !self.refused && now < since + life * 2 / 3)
            .map(|(token, ..)| token.as_str())
    }

    pub(super) fn asked(&mut self) {
        self.fetching = true;
    }

    pub(super) fn came(&mut self, token: String, life: i64, now: i64) {
        self.held = Some((token, now, life.max(SHORTEST)));
        (self.fetching, self.refused, self.not_before) = (false, false, 0);
    }

    /// It could not be fetched: the next try waits longer each time.
    pub(super) fn failed(&mut self, now: i64) {
        self.fetching = false;
        self.not_before = now + (WAIT.0 << self.failures.min(5)).min(WAIT.1);
        self.failures = self.failures.saturating_add(1);
    }

    /// Twilio did not take it. The first time another one is fetched at once, then with growing pauses.
    pub(super) fn was_refused(&mut self, now: i64) {
        if self.refused || self.fetching {
            return;
        }
        self.refused = true;
        if self.failures > 0 {
            self.not_before = now + (WAIT.0 << self.failures.min(5)).min(WAIT.1);
        }
        self.failures = self.failures.saturating_add(1);
    }

    /// Twilio took it.
    pub(super) fn was_taken(&mut self) {
        self.failures = 0;
    }

    /// How often in a row it went wrong.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Whatever was waited for, it is worth trying again at once.
    pub(super) fn hurry(&mut self) {
        self.not_before = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn held() -> TokenClock {
        let mut clock = TokenClock::default();
        clock.asked();
        clock.came("t".to_owned(), HOUR, 0);
        clock
    }

    #[test]
    fn it_is_fetched_once_at_first_and_again_after_two_thirds_of_its_life() {
        let mut clock = TokenClock::default();
        assert!(clock.is_due(0, false));
        clock.asked();
        assert!(!clock.is_due(0, false));
        clock.came("t".to_owned(), HOUR, 0);
        assert!(!clock.is_due(HOUR * 2 / 3 - 1, false));
        assert!(clock.is_due(HOUR * 2 / 3, false));
    }

    #[test]
    fn during_a_call_it_is_left_alone_until_the_last_moment() {
        let clock = held();
        assert!(!clock.is_due(HOUR * 5 / 6, true));
        assert!(clock.is_due(HOUR - 80_000, true));
    }

    #[test]
    fn after_a_long_sleep_it_is_not_fresh() {
        let clock = held();
        assert_eq!(clock.fresh(1), Some("t"));
        assert_eq!(clock.fresh(HOUR * 9), None);
        assert!(clock.is_due(HOUR * 9, false));
    }

    #[test]
    fn failures_wait_longer_each_time_but_never_for_ever() {
        let mut clock = TokenClock::default();
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..8 {
            clock.asked();
            clock.failed(now);
            let due = (now..).step_by(1000).find(|at| clock.is_due(*at, false)).unwrap();
            waits.push((due - now) / 1000);
            now = due;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_refused_token_is_replaced_at_once_and_a_second_time_after_a_pause() {
        let mut clock = held();
        clock.was_refused(10);
        assert!(clock.is_due(10, false) && clock.fresh(10).is_none());
        clock.was_refused(11);
        assert_eq!(clock.failures(), 1, "told twice of the same token");
        clock.asked();
        clock.came("u".to_owned(), HOUR, 20);
        clock.was_refused(30);
        assert!(!clock.is_due(30, false) && clock.is_due(3_000, false));
    }

    #[test]
    fn a_clock_that_is_wrong_does_not_fetch_without_pause() {
        let mut clock = TokenClock::default();
        clock.asked();
        clock.came("t".to_owned(), -5 * HOUR, 0);
        assert!(!clock.is_due(30_000, false) && clock.is_due(40_000, false));
    }
}
