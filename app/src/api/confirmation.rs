//! What a person types before his connection is removed.

/// The word that confirms, whatever the number is.
pub const WORD: &str = "disconnect";

/// Whether the typed text is the word or the number itself, in any of the usual spellings.
#[must_use]
pub fn is_confirmed(typed: &str, phone_number: &str) -> bool {
    let typed = typed.trim();
    let written: String = typed
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.' | '\u{a0}'))
        .collect();
    typed.eq_ignore_ascii_case(WORD) || (!written.is_empty() && written == phone_number)
}

/// Refuses what does not confirm.
#[cfg(feature = "ssr")]
pub(super) fn check(typed: &str, phone_number: &str) -> Result<(), services::ServiceError> {
    if is_confirmed(typed, phone_number) {
        return Ok(());
    }
    let sentence = format!("Type {phone_number} or the word “{WORD}” to confirm.");
    let problem = domain::problem::Problem::new("not_confirmed", sentence.clone()).field("confirmation", sentence);
    Err(services::ServiceError::Invalid(problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "+442071838750";

    #[test]
    fn the_word_or_the_number_confirms() {
        for typed in [
            "disconnect",
            " Disconnect ",
            NUMBER,
            "+44 20 7183 8750",
            "+44 (20) 7183-8750",
        ] {
            assert!(is_confirmed(typed, NUMBER), "{typed}");
        }
    }

    #[test]
    fn nothing_else_does() {
        for typed in ["", " ", "yes", "442071838750", "+44207183875", "dis connect"] {
            assert!(!is_confirmed(typed, NUMBER), "{typed}");
        }
        assert!(!is_confirmed("", ""));
    }
}
