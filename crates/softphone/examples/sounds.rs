//! Makes the phone's sounds: `cargo run -p softphone --example sounds` writes `public/sounds/1/`.
//!
//! The Voice SDK would load its fifteen from Twilio otherwise. A change of any of them goes into a folder with the next number,
//! because browsers keep them for ever.

use std::f64::consts::TAU;
use std::path::Path;

/// Samples a second.
const RATE: u32 = 16_000;

/// The tones of a key: <https://www.itu.int/rec/T-REC-Q.23>.
const KEYS: [(&str, f64, f64); 12] = [
    ("dtmf1", 697.0, 1209.0),
    ("dtmf2", 697.0, 1336.0),
    ("dtmf3", 697.0, 1477.0),
    ("dtmf4", 770.0, 1209.0),
    ("dtmf5", 770.0, 1336.0),
    ("dtmf6", 770.0, 1477.0),
    ("dtmf7", 852.0, 1209.0),
    ("dtmf8", 852.0, 1336.0),
    ("dtmf9", 852.0, 1477.0),
    ("dtmfs", 941.0, 1209.0),
    ("dtmf0", 941.0, 1336.0),
    ("dtmfh", 941.0, 1477.0),
];

fn main() -> Result<(), hound::Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../public/sounds/1");
    std::fs::create_dir_all(&folder)?;
    for (name, low, high) in KEYS {
        let tone = sound(0.12, |at| {
            0.22 * (wave(low, at) + wave(high, at)) * edge(at, 0.12, 0.005)
        });
        write(&folder.join(name), &tone)?;
    }
    // Two soft strokes of a bell, then a pause as long as it takes to speak a word.
    let ring = sound(2.6, |at| {
        [
            (0.0, 784.0),
            (0.16, 987.8),
            (0.32, 1174.7),
            (0.62, 784.0),
            (0.78, 987.8),
            (0.94, 1174.7),
        ]
        .into_iter()
        .map(|(start, pitch)| bell(pitch, at - start))
        .sum()
    });
    write(&folder.join("incoming"), &ring)?;
    // Rising: connected. Falling: over.
    write(
        &folder.join("outgoing"),
        &sound(0.3, |at| bell(659.3, at) + bell(987.8, at - 0.1)),
    )?;
    write(
        &folder.join("disconnect"),
        &sound(0.4, |at| bell(659.3, at) + bell(440.0, at - 0.13)),
    )?;
    write(
        &folder.join("waiting"),
        &sound(0.5, |at| bell(880.0, at) + bell(880.0, at - 0.22)),
    )?;
    let scale = [523.3, 587.3, 659.3, 784.0];
    let test = sound(1.2, |at| {
        let notes = scale.into_iter().enumerate();
        notes.map(|(index, pitch)| bell(pitch, at - 0.22 * index as f64)).sum()
    });
    write(&folder.join("test"), &test)
}

fn wave(pitch: f64, at: f64) -> f64 {
    (TAU * pitch * at).sin()
}

/// A struck note that dies away.
fn bell(pitch: f64, at: f64) -> f64 {
    if at < 0.0 {
        return 0.0;
    }
    let tone = wave(pitch, at) + 0.35 * wave(pitch * 2.0, at) + 0.12 * wave(pitch * 3.0, at);
    0.28 * tone * (-at * 9.0).exp() * (at / 0.006).min(1.0)
}

/// Without it a tone begins and ends with a click.
fn edge(at: f64, length: f64, slope: f64) -> f64 {
    (at / slope).min((length - at) / slope).clamp(0.0, 1.0)
}

fn sound(seconds: f64, of: impl Fn(f64) -> f64) -> Vec<i16> {
    (0..(seconds * f64::from(RATE)) as u32)
        .map(|index| of(f64::from(index) / f64::from(RATE)))
        .map(|value| (value.clamp(-1.0, 1.0) * f64::from(i16::MAX)) as i16)
        .collect()
}

fn write(path: &Path, samples: &[i16]) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path.with_extension("wav"), spec)?;
    for sample in samples {
        file.write_sample(*sample)?;
    }
    file.finalize()
}
