//! Into how many pieces a text is cut on its way: 3GPP TS 23.038 (the alphabets) and TS 23.040 (the pieces).
//!
//! A text of nothing but the GSM 7-bit alphabet has room for 160 characters, of which each piece of a longer one holds 153: the
//! rest tells which piece it is. One character from outside makes all of it UTF-16, with room for 70, or 67 in each piece.

use serde::{Deserialize, Serialize};

/// The alphabet's characters that count once.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Those that count twice: an escape goes before them.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How a text's characters are written on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// The GSM 7-bit alphabet.
    Gsm7,
    /// UTF-16.
    Ucs2,
}

impl Encoding {
    /// How much a text has room for that is not cut.
    #[must_use]
    pub const fn whole(self) -> u32 {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// How much each piece of a cut one has room for.
    #[must_use]
    pub const fn piece(self) -> u32 {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }
}

/// What a text comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    /// How it is written.
    pub encoding: Encoding,
    /// Into how many pieces it is cut; none for no text.
    pub count: u32,
    /// How much room its characters take: septets, or UTF-16 units.
    pub used: u32,
    /// How much room is left before there is one piece more.
    pub left: u32,
    /// The first character that is not in the GSM alphabet.
    pub culprit: Option<char>,
}

/// What the text comes to.
#[must_use]
pub fn segments(text: &str) -> Segments {
    let culprit = text.chars().find(|character| septets(*character).is_none());
    let encoding = if culprit.is_some() {
        Encoding::Ucs2
    } else {
        Encoding::Gsm7
    };
    let sizes = || text.chars().map(|character| size(character, encoding));
    let used: u32 = sizes().sum();
    if used <= encoding.whole() {
        return Segments {
            encoding,
            count: u32::from(used > 0),
            used,
            left: encoding.whole() - used,
            culprit,
        };
    }
    let (mut count, mut filled) = (1, 0);
    for size in sizes() {
        // Neither an escape and its character nor a surrogate pair is torn apart.
        if filled + size > encoding.piece() {
            count += 1;
            filled = 0;
        }
        filled += size;
    }
    Segments {
        encoding,
        count,
        used,
        left: encoding.piece() - filled,
        culprit,
    }
}

/// How many septets a character takes, where the alphabet has it.
fn septets(character: char) -> Option<u32> {
    if BASIC.contains(character) {
        Some(1)
    } else if EXTENSION.contains(character) {
        Some(2)
    } else {
        None
    }
}

fn size(character: char, encoding: Encoding) -> u32 {
    match encoding {
        Encoding::Gsm7 => septets(character).unwrap_or_default(),
        Encoding::Ucs2 => u32::from(character.len_utf16() == 2) + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Encoding, u32, u32, u32) {
        let is = segments(text);
        (is.encoding, is.count, is.used, is.left)
    }

    #[test]
    fn the_alphabet_has_each_of_its_characters_once() {
        // 128 places, less the escape.
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(EXTENSION.chars().count(), 10);
        let mut all: Vec<char> = BASIC.chars().chain(EXTENSION.chars()).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 137);
    }

    #[test]
    fn every_character_counts_as_its_alphabet_says() {
        for character in BASIC.chars() {
            assert_eq!(of(&character.to_string()), (Encoding::Gsm7, 1, 1, 159), "{character:?}");
        }
        for character in EXTENSION.chars() {
            assert_eq!(of(&character.to_string()), (Encoding::Gsm7, 1, 2, 158), "{character:?}");
        }
        for character in ('\0'..='\u{1ffff}').filter(|character| septets(*character).is_none()) {
            let units = u32::try_from(character.len_utf16()).unwrap();
            let is = segments(&character.to_string());
            assert_eq!((is.encoding, is.used), (Encoding::Ucs2, units), "{character:?}");
            assert_eq!(is.culprit, Some(character));
        }
    }

    #[test]
    fn no_text_is_no_piece() {
        assert_eq!(of(""), (Encoding::Gsm7, 0, 0, 160));
    }

    #[test]
    fn plain_texts_are_cut_at_160_and_then_every_153() {
        for (length, count, left) in [
            (1, 1, 159),
            (159, 1, 1),
            (160, 1, 0),
            (161, 2, 145),
            (306, 2, 0),
            (307, 3, 152),
            (459, 3, 0),
            (460, 4, 152),
            (1600, 11, 83),
        ] {
            let text = "a".repeat(length);
            assert_eq!(of(&text), (Encoding::Gsm7, count, text.len().try_into().unwrap(), left));
        }
    }

    #[test]
    fn unicode_texts_are_cut_at_70_and_then_every_67() {
        for (length, count, left) in [
            (1, 1, 69),
            (70, 1, 0),
            (71, 2, 63),
            (134, 2, 0),
            (135, 3, 66),
            (201, 3, 0),
            (202, 4, 66),
        ] {
            let text = "я".repeat(length);
            let used = u32::try_from(length).unwrap();
            assert_eq!(of(&text), (Encoding::Ucs2, count, used, left));
        }
    }

    #[test]
    fn the_first_character_from_outside_makes_all_of_it_unicode() {
        let is = segments("It\u{2019}s a \u{201c}test\u{201d}");
        assert_eq!((is.encoding, is.culprit), (Encoding::Ucs2, Some('\u{2019}')));
        assert_eq!(segments(&"a".repeat(70)).count, 1);
        let long = format!("{}ç", "a".repeat(70));
        let is = segments(&long);
        // The alphabet has Ç and not ç.
        assert_eq!((is.count, is.culprit), (2, Some('ç')));
    }

    #[test]
    fn an_escaped_character_is_not_torn_apart() {
        // 80 of them fill one; in pieces 76 fit into 153.
        assert_eq!(of(&"€".repeat(80)), (Encoding::Gsm7, 1, 160, 0));
        assert_eq!(of(&"€".repeat(81)), (Encoding::Gsm7, 2, 162, 143));
        let text = format!("{}€{}", "a".repeat(152), "b".repeat(152));
        assert_eq!(of(&text), (Encoding::Gsm7, 3, 306, 152));
    }

    #[test]
    fn a_surrogate_pair_is_not_torn_apart() {
        assert_eq!(of(&"😀".repeat(35)), (Encoding::Ucs2, 1, 70, 0));
        // 33 fit into 67.
        assert_eq!(of(&"😀".repeat(36)), (Encoding::Ucs2, 2, 72, 61));
        assert_eq!(of(&"😀".repeat(66)), (Encoding::Ucs2, 2, 132, 1));
        assert_eq!(of(&"😀".repeat(67)), (Encoding::Ucs2, 3, 134, 65));
        // A family of several characters counts as each of them.
        assert_eq!(segments("👩\u{200d}👧").used, 5);
    }

    #[test]
    fn what_is_left_is_how_much_more_can_be_written() {
        for seed in ["a", "€", "я", "😀", "a€", "я😀"] {
            for times in 1..200 {
                let text = seed.repeat(times);
                let is = segments(&text);
                let filler = if is.encoding == Encoding::Gsm7 { "a" } else { "я" };
                let full = format!("{text}{}", filler.repeat(is.left as usize));
                assert_eq!(segments(&full).count, is.count, "{seed} {times}");
                assert!(segments(&format!("{full}{filler}")).count > is.count, "{seed} {times}");
            }
        }
    }
}
