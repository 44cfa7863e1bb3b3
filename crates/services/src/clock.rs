//! Time and randomness, as parameters.

use std::sync::{Mutex, PoisonError};

use domain::time::UnixMillis;
use rand::Rng;
use uuid::{Builder, Uuid};

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> UnixMillis;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    fn now(&self) -> UnixMillis {
        UnixMillis(jiff::Timestamp::now().as_millisecond())
    }
}

/// Draws random values from the operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entropy;

impl Entropy {
    /// `N` unpredictable bytes.
    #[must_use]
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        rand::rng().fill_bytes(&mut bytes);
        bytes
    }

    /// `N` unpredictable bytes as lower-case hexadecimal digits.
    #[must_use]
    pub fn hex<const N: usize>(self) -> String {
        self.bytes::<N>().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A new UUIDv7, which sorts after all that this process drew before. Its random part comes from the same generator as the
    /// rest: `Uuid::now_v7` asks the operating system for each.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        static LAST: Mutex<Drawn> = Mutex::new(Drawn { millis: 0, counter: 0 });
        let now = u64::try_from(SystemClock.now().0).unwrap_or_default();
        let random = self.bytes::<10>();
        let drawn = {
            let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
            *last = last.next(now, &random);
            *last
        };
        drawn.uuid(&random)
    }
}

/// Bits of the counter that tells apart what is drawn in one millisecond.
/// <https://www.rfc-editor.org/rfc/rfc9562#name-monotonicity-and-counters>
const COUNTER_BITS: u32 = 42;

#[derive(Clone, Copy)]
struct Drawn {
    millis: u64,
    counter: u64,
}

impl Drawn {
    /// What is drawn next. A clock that was set back is not followed.
    fn next(self, now: u64, random: &[u8; 10]) -> Self {
        if now > self.millis {
            let [a, b, c, d, e, ..] = *random;
            // Begun in the lower half, so that there is always room.
            let counter = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
            return Self { millis: now, counter };
        }
        let counter = self.counter + 1;
        Self {
            millis: self.millis + (counter >> COUNTER_BITS),
            counter: counter & ((1 << COUNTER_BITS) - 1),
        }
    }

    /// The time, the counter in the 42 bits after it that are neither version nor variant, and 32 random bits.
    fn uuid(self, random: &[u8; 10]) -> Uuid {
        let [.., w, x, y, z] = *random;
        let [_, _, _, _, _, d, e, f] = self.counter.to_be_bytes();
        let high = self.counter >> 24;
        let [first, second, third] = [high >> 14, (high >> 6) & 0xff, high & 0x3f].map(|bits| bits.to_be_bytes()[7]);
        let bytes = [first, second, third, d, e, f, w, x, y, z];
        Builder::from_unix_timestamp_millis(self.millis, &bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_in_the_order_in_which_they_were_drawn_and_carry_the_time() {
        let before = u64::try_from(SystemClock.now().0).unwrap();
        let ids: Vec<Uuid> = (0..10_000).map(|_| Entropy.uuid()).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
        for id in &ids {
            assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
        }
        let (seconds, nanos) = ids[0].get_timestamp().unwrap().to_unix();
        assert!(seconds * 1000 + u64::from(nanos) / 1_000_000 >= before);
    }

    #[test]
    fn an_id_sorts_after_the_last_though_the_clock_is_set_back_and_the_counter_is_full() {
        let random = [0xff; 10];
        let last = Drawn { millis: 5, counter: 7 };
        let full = Drawn {
            counter: (1 << COUNTER_BITS) - 1,
            ..last
        };
        for (last, now) in [(last, 3), (last, 5), (last, 6), (full, 5), (full, 6)] {
            let next = last.next(now, &random);
            assert!(next.uuid(&[0; 10]) > last.uuid(&random), "{now}");
        }
    }
}
