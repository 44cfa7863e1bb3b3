//! Recordings of what parties say.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use crate::media::Shared;
use crate::{Error, LegId, RATE, clamp, duration};

/// Longer recordings are cut: four hours.
const LONGEST: usize = 4 * 3600 * RATE as usize;

/// A recording that is being made. It is thrown away when this is dropped.
#[derive(Debug)]
pub struct Recorder {
    pub(crate) id: u64,
    pub(crate) shared: Arc<Shared>,
}

impl Recorder {
    /// Leaves out what is said meanwhile.
    pub fn pause(&self, paused: bool) {
        if let Some(tape) = self.shared.engine().tapes.get_mut(&self.id) {
            tape.paused = paused;
        }
    }

    /// How much there is so far.
    #[must_use]
    pub fn length(&self) -> Duration {
        let engine = self.shared.engine();
        engine.tapes.get(&self.id).map_or(Duration::ZERO, Tape::length)
    }

    /// Ends it.
    #[must_use]
    pub fn stop(self) -> Recorded {
        let tape = self.shared.engine().tapes.remove(&self.id);
        Recorded {
            channels: tape.map(|tape| tape.channels).unwrap_or_default(),
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.shared.engine().tapes.remove(&self.id);
    }
}

/// What was recorded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recorded {
    /// One list of samples for each party, of the same length.
    pub channels: Vec<Vec<i16>>,
}

impl Recorded {
    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Duration {
        duration(self.channels.first().map_or(0, Vec::len))
    }

    /// All parties in one channel.
    #[must_use]
    pub fn mixed(&self) -> Self {
        let length = self.channels.first().map_or(0, Vec::len);
        let sum = |at: usize| self.channels.iter().map(|channel| i32::from(channel[at])).sum();
        Self {
            channels: vec![(0..length).map(|at| clamp(sum(at))).collect()],
        }
    }

    /// As a WAV file of 16-bit samples.
    ///
    /// # Errors
    /// When it is too long for such a file.
    pub fn wav(&self) -> Result<Vec<u8>, Error> {
        let spec = hound::WavSpec {
            channels: u16::try_from(self.channels.len().max(1)).unwrap_or(1),
            sample_rate: RATE,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut file, spec)?;
        for at in 0..self.channels.first().map_or(0, Vec::len) {
            for channel in &self.channels {
                writer.write_sample(channel[at])?;
            }
        }
        writer.finalize()?;
        Ok(file.into_inner())
    }
}

/// The mixer's side of a recording.
pub(crate) struct Tape {
    pub(crate) legs: Vec<LegId>,
    pub(crate) channels: Vec<Vec<i16>>,
    pub(crate) paused: bool,
}

impl Tape {
    pub(crate) fn new(legs: Vec<LegId>) -> Self {
        Self {
            channels: vec![Vec::new(); legs.len()],
            legs,
            paused: false,
        }
    }

    pub(crate) fn length(&self) -> Duration {
        duration(self.channels.first().map_or(0, Vec::len))
    }

    pub(crate) fn is_full(&self) -> bool {
        self.channels.first().is_some_and(|channel| channel.len() >= LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Recorded;
    use crate::sound::tone;
    use crate::{level, levels_of_wav};

    #[test]
    fn two_parties_are_two_channels_and_can_be_mixed() {
        let recorded = Recorded {
            channels: vec![tone(500.0, 0.5, 8000), tone(1200.0, 0.2, 8000)],
        };
        assert_eq!(recorded.length(), Duration::from_secs(1));
        let wav = recorded.wav().unwrap();
        assert_eq!(wav.len(), 44 + 2 * 2 * 8000);
        let pitches: Vec<f64> = levels_of_wav(&wav)
            .unwrap()
            .into_iter()
            .map(|level| level.dominant_hz.unwrap())
            .collect();
        assert!(
            (pitches[0] - 500.0).abs() < 3.0 && (pitches[1] - 1200.0).abs() < 3.0,
            "{pitches:?}"
        );
        let mixed = recorded.mixed();
        assert_eq!(mixed.channels.len(), 1);
        assert!((level(&mixed.channels[0]).dominant_hz.unwrap() - 500.0).abs() < 3.0);
    }

    #[test]
    fn an_empty_recording_is_a_file_too() {
        let wav = Recorded {
            channels: vec![Vec::new()],
        }
        .wav()
        .unwrap();
        assert_eq!(levels_of_wav(&wav).unwrap().len(), 1);
    }
}
