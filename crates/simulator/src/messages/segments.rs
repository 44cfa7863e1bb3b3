//! How many segments a text has: 3GPP TS 23.038 and 23.040.

/// The basic table; a character of it takes one place.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The table behind the escape; a character of it takes two.
const EXTENDED: &str = "^{}\\[~]|€\u{c}";

/// At least one, also for a text without words.
pub(crate) fn segments(body: &str) -> usize {
    let septets: Option<Vec<usize>> = body.chars().map(septets).collect();
    match septets {
        Some(sizes) => pack(&sizes, 160, 153),
        None => pack(&body.chars().map(char::len_utf16).collect::<Vec<_>>(), 70, 67),
    }
}

fn septets(character: char) -> Option<usize> {
    if BASIC.contains(character) {
        Some(1)
    } else if EXTENDED.contains(character) {
        Some(2)
    } else {
        None
    }
}

/// A character that takes two places is never torn apart.
fn pack(sizes: &[usize], alone: usize, each: usize) -> usize {
    if sizes.iter().sum::<usize>() <= alone {
        return 1;
    }
    let (mut count, mut filled) = (1, 0);
    for size in sizes {
        if filled + size > each {
            count += 1;
            filled = 0;
        }
        filled += size;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{BASIC, segments};

    #[test]
    fn texts_are_cut_at_the_documented_lengths() {
        assert_eq!(BASIC.chars().count(), 127, "all 128 but the escape");
        let of = |character: &str, count: usize| segments(&character.repeat(count));
        assert_eq!((of("a", 0), of("a", 160), of("a", 161)), (1, 1, 2));
        assert_eq!((of("a", 306), of("a", 307)), (2, 3));
        assert_eq!((of("€", 80), of("€", 81)), (1, 2));
        // 153 is odd: a place stays empty in each segment.
        assert_eq!((of("€", 152), of("€", 153)), (2, 3));
        assert_eq!((of("ж", 70), of("ж", 71), of("ж", 134), of("ж", 135)), (1, 2, 2, 3));
        assert_eq!((of("👍", 35), of("👍", 36), of("👍", 66), of("👍", 67)), (1, 2, 2, 3));
        assert_eq!(segments(&format!("{}’", "a".repeat(70))), 2);
    }
}
