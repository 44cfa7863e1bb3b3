#![doc = include_str!("../README.md")]

mod engine;
mod error;
mod keypad;
mod leg;
mod level;
mod media;
mod party;
mod peer;
mod recorder;
mod shape;
mod sound;
mod ulaw;

pub use error::Error;
pub use leg::{Leg, LegReport};
pub use level::{Level, level, levels_of_wav};
pub use media::{LegId, Media};
pub use recorder::{Recorded, Recorder};
pub use shape::Shape;
pub use sound::{Clip, Sound, beep, busy_tone, hold_music, ringback, silence, speech};

/// Samples a second, everywhere.
pub const RATE: u32 = 8000;

/// Samples in 20 ms, the length of one packet.
pub(crate) const FRAME: usize = 160;

/// One packet's worth of audio.
pub(crate) type Frame = [i16; FRAME];

/// How long that many samples last.
pub(crate) fn duration(samples: usize) -> std::time::Duration {
    std::time::Duration::from_micros(samples as u64 * 1_000_000 / u64::from(RATE))
}

/// How many samples last that long.
pub(crate) fn samples(duration: std::time::Duration) -> usize {
    usize::try_from(duration.as_millis()).unwrap_or(usize::MAX / 8) * 8
}

/// A sum that does not fit is as loud as can be.
pub(crate) fn clamp(sample: i32) -> i16 {
    sample.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}
