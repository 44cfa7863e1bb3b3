//! Compression ahead of time, as hard as it goes: the server never compresses anything itself.

use std::io::Write as _;

use anyhow::Result;
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

/// The kinds of file that shrink; images and fonts are compressed already.
const COMPRESSIBLE: [&str; 10] = [
    "css",
    "html",
    "ico",
    "js",
    "json",
    "map",
    "svg",
    "txt",
    "wasm",
    "webmanifest",
];

/// Whether a file of this name is worth compressing.
pub fn is_worth_it(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| COMPRESSIBLE.contains(&extension))
}

/// Brotli at its highest quality.
pub fn brotli(contents: &[u8]) -> Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: contents.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*contents, &mut compressed, &parameters)?;
    Ok(compressed)
}

/// Gzip at its highest level.
pub fn gzip(contents: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(contents)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_compressed_comes_back() {
        let text = b"one two three ".repeat(100);
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut &*brotli(&text).unwrap(), &mut back).unwrap();
        assert_eq!(back, text);
        let mut back = Vec::new();
        std::io::copy(&mut flate2::read::GzDecoder::new(&*gzip(&text).unwrap()), &mut back).unwrap();
        assert_eq!(back, text);
    }

    #[test]
    fn pictures_are_left_alone() {
        assert!(is_worth_it("pkg/sniko.wasm"));
        assert!(!is_worth_it("screenshot.png"));
        assert!(!is_worth_it("LICENSE"));
    }
}
