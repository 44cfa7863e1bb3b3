//! What the person in front of the terminal sees while it works.

use std::time::{Duration, Instant};

/// Lines with the seconds since the start in front.
pub struct Progress {
    started: Instant,
}

impl Progress {
    /// Starts the clock.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// Says what begins now.
    pub fn step(&self, what: impl AsRef<str>) {
        eprintln!("[{:>4} s] {}", self.elapsed().as_secs(), what.as_ref());
    }

    /// How long it has been.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}
