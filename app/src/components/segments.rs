//! How many pieces a text is sent in, as words.

use domain::segments::{Encoding, segments};

/// "2 segments, because of “ż” (Unicode)"; nothing for an empty text.
#[must_use]
pub fn counted(text: &str) -> String {
    let found = segments(text);
    let pieces = match found.count {
        0 => return String::new(),
        1 => "1 segment".to_owned(),
        count => format!("{count} segments"),
    };
    match found.culprit {
        Some(culprit) if found.encoding == Encoding::Ucs2 => {
            format!("{pieces}, because of {} (Unicode)", shown(culprit))
        }
        _ => pieces,
    }
}

/// How much more fits before another segment begins; nothing for an empty text.
#[must_use]
pub fn left(text: &str) -> String {
    let found = segments(text);
    match (found.count, found.left) {
        (0, _) => String::new(),
        (_, 1) => "1 character left".to_owned(),
        (_, left) => format!("{left} characters left"),
    }
}

/// A character between quotation marks; by its number where nothing would be seen.
fn shown(character: char) -> String {
    if character.is_whitespace() || character.is_control() || matches!(character, '\u{200b}'..='\u{200f}' | '\u{feff}')
    {
        format!("an invisible character, U+{:04X}", u32::from(character))
    } else {
        format!("“{character}”")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_text_is_not_counted() {
        assert_eq!((counted(""), left("")), (String::new(), String::new()));
    }

    #[test]
    fn a_plain_text_has_room_for_160_characters() {
        assert_eq!(counted("Hello"), "1 segment");
        assert_eq!(left("Hello"), "155 characters left");
        assert_eq!(left(&"a".repeat(159)), "1 character left");
        assert_eq!(counted(&"a".repeat(161)), "2 segments");
    }

    #[test]
    fn the_character_that_costs_room_is_named() {
        assert_eq!(counted("Zażółć"), "1 segment, because of “ż” (Unicode)");
        assert_eq!(left("Zażółć"), "64 characters left");
        assert_eq!(
            counted("two\u{a0}words"),
            "1 segment, because of an invisible character, U+00A0 (Unicode)"
        );
    }
}
