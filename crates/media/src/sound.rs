//! Sounds: made, not stored.

use std::f64::consts::TAU;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use crate::media::LegId;
use crate::{Error, RATE, clamp, duration, samples};

/// A piece of audio.
#[derive(Clone, Debug)]
pub struct Clip {
    /// 8,000 samples a second.
    pub samples: Arc<[i16]>,
    /// Begins again at its end.
    pub repeat: bool,
}

impl Clip {
    /// Played once.
    #[must_use]
    pub fn once(samples: Vec<i16>) -> Self {
        Self {
            samples: samples.into(),
            repeat: false,
        }
    }

    /// Played over and over.
    #[must_use]
    pub fn repeated(samples: Vec<i16>) -> Self {
        Self {
            samples: samples.into(),
            repeat: true,
        }
    }

    /// How long it lasts, played once.
    #[must_use]
    pub fn length(&self) -> Duration {
        duration(self.samples.len())
    }

    /// The first channel of a WAV file of 16-bit samples, brought to 8,000 samples a second.
    ///
    /// # Errors
    /// When it is not such a file.
    pub fn from_wav(wav: &[u8]) -> Result<Self, Error> {
        let mut reader = hound::WavReader::new(Cursor::new(wav))?;
        let spec = reader.spec();
        let channels = usize::from(spec.channels.max(1));
        let read = reader.samples::<i16>().step_by(channels);
        let all = read.collect::<Result<Vec<i16>, _>>()?;
        let wanted = all.len() as u64 * u64::from(RATE) / u64::from(spec.sample_rate.max(1));
        let nearest = |at: u64| all[(at * u64::from(spec.sample_rate) / u64::from(RATE)) as usize];
        Ok(Self::once((0..wanted).map(nearest).collect()))
    }
}

/// What a simulated phone says.
#[derive(Clone, Debug)]
pub enum Sound {
    /// Nothing.
    Silence,
    /// One pitch, in hertz, for ever.
    Tone(f64),
    /// A piece of audio.
    Clip(Clip),
    /// What it hears, a little softer.
    Echo,
    /// What another party hears, keys included: two phones that say what the other one hears are the two ends of a line.
    Ear(LegId),
}

/// A pure tone; `loudness` is a fraction of the loudest there is.
pub(crate) fn tone(hz: f64, loudness: f64, length: usize) -> Vec<i16> {
    (0..length).map(|at| tone_sample(hz, loudness, at as u64)).collect()
}

pub(crate) fn tone_sample(hz: f64, loudness: f64, at: u64) -> i16 {
    // One second at a time: a phase that grows for ever would lose its precision.
    let at = at % (u64::from(RATE) * 1000);
    ((TAU * hz * at as f64 / f64::from(RATE)).sin() * loudness * f64::from(i16::MAX)) as i16
}

/// Two tones at once.
pub(crate) fn chord(low: f64, high: f64, loudness: f64, length: usize) -> Vec<i16> {
    tone(low, loudness, length)
        .into_iter()
        .zip(tone(high, loudness, length))
        .map(|(one, other)| clamp(i32::from(one) + i32::from(other)))
        .collect()
}

/// There is no speech synthesis here: a soft murmur, 60 ms for each character and 6 s at most, that is the same for the same words.
#[must_use]
pub fn speech(text: &str) -> Clip {
    const SYLLABLE: usize = 480;
    let murmur = text.chars().take(100).flat_map(|character| {
        let length = SYLLABLE as f64;
        let (hz, loudness) = if character.is_alphanumeric() {
            (180.0 + f64::from(u32::from(character) % 16) * 10.0, 0.12)
        } else {
            (180.0, 0.0)
        };
        tone(hz, loudness, SYLLABLE)
            .into_iter()
            .enumerate()
            .map(move |(at, sample)| (f64::from(sample) * (TAU / 2.0 * at as f64 / length).sin()) as i16)
    });
    Clip::once(murmur.collect())
}

/// The tone before a voicemail.
#[must_use]
pub fn beep() -> Clip {
    Clip::once(tone(1000.0, 0.25, samples(Duration::from_millis(400))))
}

/// What a caller hears while it rings: two seconds on, four off.
#[must_use]
pub fn ringback() -> Clip {
    on_and_off(440.0, 480.0, 2000, 4000)
}

/// Half a second on, half a second off.
#[must_use]
pub fn busy_tone() -> Clip {
    on_and_off(480.0, 620.0, 500, 500)
}

/// Four notes up and down.
#[must_use]
pub fn hold_music() -> Clip {
    let notes = [262.0, 330.0, 392.0, 523.0, 392.0, 330.0];
    let half_a_second = samples(Duration::from_millis(500));
    Clip::repeated(notes.iter().flat_map(|hz| tone(*hz, 0.15, half_a_second)).collect())
}

/// Nothing, for a while.
#[must_use]
pub fn silence(length: Duration) -> Clip {
    Clip::once(vec![0; samples(length)])
}

fn on_and_off(low: f64, high: f64, on: u64, off: u64) -> Clip {
    let mut sound = chord(low, high, 0.1, samples(Duration::from_millis(on)));
    sound.resize(sound.len() + samples(Duration::from_millis(off)), 0);
    Clip::repeated(sound)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clip, beep, hold_music, ringback, silence, speech};
    use crate::level;

    #[test]
    fn speech_grows_with_the_text_up_to_six_seconds() {
        assert_eq!(speech("").length(), Duration::ZERO);
        assert_eq!(speech("Sorry").length(), Duration::from_millis(300));
        assert_eq!(speech(&"ä".repeat(5000)).length(), Duration::from_secs(6));
        assert_eq!(speech("Hello").samples, speech("Hello").samples);
        assert!(
            level(&speech("Hello, this is a greeting.").samples)
                .dominant_hz
                .is_some()
        );
    }

    #[test]
    fn the_usual_tones_have_their_usual_pitch_and_length() {
        assert!((level(&beep().samples).dominant_hz.unwrap() - 1000.0).abs() < 3.0);
        assert_eq!(ringback().length(), Duration::from_secs(6));
        assert!(hold_music().repeat);
        assert_eq!(silence(Duration::from_millis(20)).samples.len(), 160);
    }

    #[test]
    fn a_sound_file_of_another_rate_keeps_pitch_and_length() {
        let mut wav = std::io::Cursor::new(Vec::new());
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::new(&mut wav, spec).unwrap();
        // At 8,000 a second this is 1,000 Hz.
        for sample in super::tone(500.0, 0.5, 16_000) {
            writer.write_sample(sample).unwrap();
            writer.write_sample(0_i16).unwrap();
        }
        writer.finalize().unwrap();
        let clip = Clip::from_wav(&wav.into_inner()).unwrap();
        assert_eq!(clip.length(), Duration::from_secs(1));
        assert!((level(&clip.samples).dominant_hz.unwrap() - 1000.0).abs() < 3.0);
        assert!(Clip::from_wav(b"no sound").is_err());
    }
}
