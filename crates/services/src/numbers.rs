//! How phone numbers and other parties are written for people.

use rlibphonenumber::{PhoneNumber, PhoneNumberFormat};

/// A number as people write it internationally; unchanged when it cannot be parsed.
#[must_use]
pub fn formatted(e164: &str) -> String {
    e164.parse::<PhoneNumber>().map_or_else(
        |_| e164.to_owned(),
        |number| number.format_as(PhoneNumberFormat::International).into_owned(),
    )
}

/// What phone companies send in place of a withheld number: a word spelled on a keypad, as "ANONYMOUS".
const WITHHELD: [&str; 6] = [
    "+266696687",
    "+7378742833",
    "+2562533",
    "+8656696",
    "+86282452253",
    "+464",
];

/// The other party of a call, for people: a number, or what stands for one.
#[must_use]
pub fn party(text: &str) -> String {
    let word = text.trim().to_ascii_lowercase();
    if word.is_empty()
        || WITHHELD.contains(&word.as_str())
        || matches!(
            word.as_str(),
            "anonymous" | "restricted" | "unknown" | "unavailable" | "blocked" | "private"
        )
    {
        return "Withheld number".to_owned();
    }
    if word.starts_with("client:") {
        return "A browser".to_owned();
    }
    formatted(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_their_country() {
        assert_eq!(formatted("+442071838750"), "+44 20 7183 8750");
        assert_eq!(formatted("nonsense"), "nonsense");
    }

    #[test]
    fn a_withheld_number_is_called_so_however_it_is_sent() {
        for text in ["", "anonymous", "Restricted", "+266696687"] {
            assert_eq!(party(text), "Withheld number", "{text}");
        }
        assert_eq!(party("+442071838750"), "+44 20 7183 8750");
        assert_eq!(party("sip:x@example.com"), "sip:x@example.com");
    }
}
