//! Time and randomness, as parameters.

use domain::time::UnixMillis;
use rand::Rng;
use uuid::Uuid;

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

    /// A new UUIDv7.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the one place where identifiers are drawn")]
    pub fn uuid(self) -> Uuid {
        Uuid::now_v7()
    }
}
