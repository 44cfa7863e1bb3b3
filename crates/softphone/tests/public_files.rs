//! The files that the phone needs beside the program: vendored ones as they were published, and all its sounds.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

fn public() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../public")
}

#[test]
fn every_vendored_file_is_the_one_that_the_readme_names() {
    let readme = std::fs::read_to_string(public().join("vendor/README.md")).unwrap();
    let rows: Vec<Vec<&str>> = readme
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    assert_eq!(rows.len(), 4);
    for row in rows {
        let (path, stated) = (row[1], row[4]);
        let file = std::fs::read(public().join("vendor").join(path)).unwrap();
        let hash: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, stated, "{path}");
    }
}

#[test]
fn every_sound_is_there_short_and_loud_enough() {
    let digits = (0..10).map(|digit| format!("dtmf{digit}"));
    let others = [
        "dtmfs",
        "dtmfh",
        "incoming",
        "outgoing",
        "disconnect",
        "waiting",
        "test",
    ]
    .map(str::to_owned);
    for name in digits.chain(others) {
        let path = public().join("sounds/1").join(&name).with_extension("wav");
        let mut file = hound::WavReader::open(path).unwrap();
        let spec = file.spec();
        assert_eq!((spec.channels, spec.bits_per_sample), (1, 16), "{name}");
        let samples: Vec<i16> = file.samples().map(Result::unwrap).collect();
        assert!(samples.len() < 3 * spec.sample_rate as usize, "{name}");
        let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!((6_000..=i16::MAX.unsigned_abs()).contains(&peak), "{name}: {peak}");
    }
}
