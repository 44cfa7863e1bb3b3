//! How loud something is, and at which pitch.

use std::f64::consts::TAU;
use std::io::Cursor;

use crate::{Error, RATE};

/// A quarter of a second: enough to tell pitches apart that lie 10 Hz apart.
pub(crate) const WINDOW: usize = 2000;
/// How many windows of a long recording are looked at.
const WINDOWS: usize = 8;
/// Below this nothing is heard: -50 dB.
pub(crate) const AUDIBLE: f64 = 0.003;
const LOWEST_HZ: u32 = 60;
const HIGHEST_HZ: u32 = 3600;

/// A measurement.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Root of the mean square, as a fraction of the loudest sample there is.
    pub rms: f64,
    /// The strongest pitch; `None` when there is nothing to hear.
    pub dominant_hz: Option<f64>,
}

/// Loudness of all of it, and the pitch that is strongest in windows spread over it.
#[must_use]
pub fn level(samples: &[i16]) -> Level {
    let rms = rms(samples);
    Level {
        rms,
        dominant_hz: (rms >= AUDIBLE).then(|| dominant(&windows(samples))),
    }
}

/// One level for each channel of a WAV file.
///
/// # Errors
/// When it is no WAV file of 16-bit samples.
pub fn levels_of_wav(wav: &[u8]) -> Result<Vec<Level>, Error> {
    let mut reader = hound::WavReader::new(Cursor::new(wav))?;
    let count = usize::from(reader.spec().channels.max(1));
    let mut channels = vec![Vec::new(); count];
    for (at, sample) in reader.samples::<i16>().enumerate() {
        channels[at % count].push(sample?);
    }
    Ok(channels.iter().map(|channel| level(channel)).collect())
}

pub(crate) fn rms(samples: &[i16]) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    let squares: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (squares / samples.len() as f64).sqrt() / f64::from(i16::MAX)
}

fn windows(samples: &[i16]) -> Vec<Vec<f64>> {
    let length = samples.len().min(WINDOW);
    let spare = samples.len() - length;
    let count = if spare == 0 { 1 } else { WINDOWS };
    (0..count)
        .map(|at| {
            let start = spare * at / (count - 1).max(1);
            faded(&samples[start..start + length])
        })
        .collect()
}

/// With soft ends, or a pitch between two steps would smear over all of them.
fn faded(samples: &[i16]) -> Vec<f64> {
    let length = samples.len().max(1) as f64;
    let fade = |at: usize| 0.5 - 0.5 * (TAU * at as f64 / length).cos();
    samples
        .iter()
        .enumerate()
        .map(|(at, sample)| f64::from(*sample) * fade(at))
        .collect()
}

fn dominant(windows: &[Vec<f64>]) -> f64 {
    let strongest = |pitches: &mut dyn Iterator<Item = u32>| {
        pitches
            .map(|hz| {
                (
                    hz,
                    windows.iter().map(|window| power(window, f64::from(hz))).sum::<f64>(),
                )
            })
            .max_by(|(_, one), (_, other)| one.total_cmp(other))
            .map_or(LOWEST_HZ, |(hz, _)| hz)
    };
    let near = strongest(&mut (LOWEST_HZ..=HIGHEST_HZ).step_by(5));
    f64::from(strongest(&mut (near.saturating_sub(5)..=near + 5)))
}

/// Goertzel's algorithm.
fn power(samples: &[f64], hz: f64) -> f64 {
    let factor = 2.0 * (TAU * hz / f64::from(RATE)).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        (last, before) = (sample + factor * last - before, last);
    }
    last * last + before * before - factor * last * before
}

#[cfg(test)]
mod tests {
    use super::{Level, level, levels_of_wav};
    use crate::sound::tone;

    #[test]
    fn a_tone_is_found_to_the_hertz() {
        for hz in [120.0, 440.0, 1195.0, 2000.0, 3400.0] {
            let found = level(&tone(hz, 0.5, 8000));
            assert!((found.dominant_hz.unwrap() - hz).abs() <= 2.0, "{hz}: {found:?}");
            assert!((found.rms - 0.354).abs() < 0.01, "{found:?}");
        }
    }

    #[test]
    fn the_louder_of_two_tones_wins() {
        let mut both = tone(500.0, 0.2, 4000);
        for (sum, other) in both.iter_mut().zip(tone(1200.0, 0.4, 4000)) {
            *sum += other;
        }
        assert!((level(&both).dominant_hz.unwrap() - 1200.0).abs() <= 2.0);
    }

    #[test]
    fn silence_nothing_and_a_single_sample_have_no_pitch() {
        assert_eq!(level(&[]), Level::default());
        assert_eq!(level(&[0; 8000]), Level::default());
        assert!(level(&[3]).dominant_hz.is_none());
        assert!(level(&tone(440.0, 0.001, 8000)).dominant_hz.is_none());
    }

    #[test]
    fn what_is_no_sound_file_is_refused() {
        assert!(levels_of_wav(b"").is_err());
        assert!(levels_of_wav(b"RIFF\0\0\0\0WAVEfmt ").is_err());
    }
}
