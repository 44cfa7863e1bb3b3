//! A part of a file, asked for with `Range`, from a source that may or may not know how to give parts.
//! <https://www.rfc-editor.org/rfc/rfc9110#name-range-requests>

use axum::body::Bytes;
use futures::{Stream, StreamExt as _, stream};
use http_range_header::{SyntacticallyCorrectRange, parse_range_header};

/// The part that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// From this byte to that one, both included, or to the end.
    From(u64, Option<u64>),
    /// So many bytes at the end.
    Last(u64),
}

/// A part of a whole: first and last byte, both included, and the length of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The first byte.
    pub first: u64,
    /// The last byte.
    pub last: u64,
    /// The length of the whole.
    pub total: u64,
}

/// The one range of the header. Several at once, and what cannot be read, are answered with the whole, as the RFC allows.
pub fn wanted(header: Option<&str>) -> Option<Wanted> {
    let ranges = parse_range_header(header?).ok()?.into_ranges();
    match ranges.as_slice() {
        [SyntacticallyCorrectRange::FromStart(first)] => Some(Wanted::From(*first, None)),
        [SyntacticallyCorrectRange::Indexed(first, last)] => Some(Wanted::From(*first, Some(*last))),
        [SyntacticallyCorrectRange::FromLast(length)] => Some(Wanted::Last(*length)),
        _ => None,
    }
}

impl Wanted {
    /// The header that asks for it.
    pub fn header(self) -> String {
        match self {
            Self::From(first, Some(last)) => format!("bytes={first}-{last}"),
            Self::From(first, None) => format!("bytes={first}-"),
            Self::Last(length) => format!("bytes=-{length}"),
        }
    }

    /// The part of a whole of that length; none where it has no such part.
    pub fn of(self, total: u64) -> Option<Part> {
        let end = total.checked_sub(1)?;
        let (first, last) = match self {
            Self::From(first, last) => (first, last.unwrap_or(end).min(end)),
            Self::Last(0) => return None,
            Self::Last(length) => (total.saturating_sub(length), end),
        };
        (first <= last).then_some(Part { first, last, total })
    }
}

impl Part {
    /// What a `Content-Range` says.
    pub fn parse(header: &str) -> Option<Self> {
        let (range, total) = header.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let part = Self {
            first: first.parse().ok()?,
            last: last.parse().ok()?,
            total: total.parse().ok()?,
        };
        (part.first <= part.last && part.last < part.total).then_some(part)
    }

    /// How `Content-Range` says it.
    pub fn header(self) -> String {
        format!("bytes {}-{}/{}", self.first, self.last, self.total)
    }

    /// How many bytes it has.
    pub fn length(self) -> u64 {
        self.last - self.first + 1
    }

    /// Takes the part out of the whole.
    pub fn cut<S, E>(self, whole: S) -> impl Stream<Item = Result<Bytes, E>> + Send + 'static
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
        E: Send + 'static,
    {
        let state = (whole, self.first, self.length());
        stream::unfold(state, async |(mut whole, mut skip, mut left)| {
            while left > 0 {
                let mut bytes = match whole.next().await? {
                    Ok(bytes) => bytes,
                    Err(error) => return Some((Err(error), (whole, 0, 0))),
                };
                let length = bytes.len() as u64;
                if length <= skip {
                    skip -= length;
                    continue;
                }
                // Both fit: neither is more than the chunk's own length.
                bytes = bytes.slice(usize::try_from(skip).unwrap_or(usize::MAX)..);
                skip = 0;
                let taken = left.min(bytes.len() as u64);
                bytes.truncate(usize::try_from(taken).unwrap_or(usize::MAX));
                left -= taken;
                return Some((Ok(bytes), (whole, skip, left)));
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood_and_everything_else_means_the_whole() {
        assert_eq!(wanted(Some("bytes=0-")), Some(Wanted::From(0, None)));
        assert_eq!(wanted(Some("bytes=5-9")), Some(Wanted::From(5, Some(9))));
        assert_eq!(wanted(Some("bytes=-4")), Some(Wanted::Last(4)));
        for whole in ["bytes=0-1,5-6", "lines=1-2", "bytes=9-5", "bytes=a-", ""] {
            assert_eq!(wanted(Some(whole)), None, "{whole}");
        }
        assert_eq!(wanted(None), None);
    }

    #[test]
    fn a_part_ends_where_the_whole_does() {
        let part = |wanted: Wanted| wanted.of(10).map(|part| (part.first, part.last));
        assert_eq!(part(Wanted::From(5, Some(99))), Some((5, 9)));
        assert_eq!(part(Wanted::Last(99)), Some((0, 9)));
        assert_eq!(part(Wanted::From(10, None)), None);
        assert_eq!(part(Wanted::Last(0)), None);
        assert_eq!(Wanted::From(0, None).of(0), None);
    }

    #[test]
    fn what_an_upstream_says_of_its_part_is_not_believed_blindly() {
        assert_eq!(Part::parse("bytes 5-9/10").map(Part::length), Some(5));
        for wrong in ["bytes 9-5/10", "bytes 5-10/10", "bytes */10", "5-9/10", "bytes 5-9/*"] {
            assert_eq!(Part::parse(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn every_part_of_every_chunking_is_cut_right() {
        let whole: Vec<u8> = (0..23).collect();
        for size in [1, 4, 7, 23] {
            for (first, last) in [(0, 22), (0, 0), (22, 22), (3, 9), (7, 8)] {
                let chunks: Vec<Result<Bytes, ()>> = whole
                    .chunks(size)
                    .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
                    .collect();
                let part = Part { first, last, total: 23 };
                let cut: Vec<_> = part.cut(stream::iter(chunks)).collect().await;
                let cut: Vec<u8> = cut.into_iter().flat_map(|chunk| chunk.unwrap().to_vec()).collect();
                let expected: Vec<u8> = (u8::try_from(first).unwrap()..=u8::try_from(last).unwrap()).collect();
                assert_eq!(cut, expected);
            }
        }
    }
}
