//! Whom a text may go to: the rules of calls, in words for texts.

use domain::problem::Problem;
use domain::voice::VoiceSettings;

use crate::voice::countries;
use crate::voice::dialling::{self, Dialable};

/// Twilio's numbers that stand for a failure each, in tests: they are nobody's.
/// <https://www.twilio.com/docs/iam/test-credentials>
const OF_TESTS: &str = "+1500555000";

/// Reads a number in any way of writing it, and tells whether it may be texted.
///
/// # Errors
/// With the sentence that says why not.
pub(super) fn check(to: &str, own_number: &str, settings: &VoiceSettings) -> Result<Dialable, Problem> {
    if let Some(number) = of_tests(to) {
        return Ok(number);
    }
    dialling::check(to, own_number, settings).map_err(|problem| in_words(problem, to, own_number))
}

/// Whether it is one of those that stand for a failure.
fn of_tests(to: &str) -> Option<Dialable> {
    let number: String = to
        .trim()
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')'))
        .collect();
    let last = number.strip_prefix(OF_TESTS)?;
    (last.len() == 1 && last.bytes().all(|byte| byte.is_ascii_digit())).then(|| Dialable {
        formatted: format!("+1 500 555 000{last}"),
        country: "US".to_owned(),
        kind: "Twilio's test number".to_owned(),
        number: number.clone(),
    })
}

/// The same refusal, said of a text.
fn in_words(problem: Problem, to: &str, own_number: &str) -> Problem {
    let sentence = match problem.code.as_str() {
        "number_empty" => "Enter a number to text.".to_owned(),
        "number_short" => {
            "Short numbers cannot be texted from here. Enter the whole number, with its area code.".to_owned()
        }
        "number_emergency" => "Emergency numbers cannot be texted from here. Use another phone.".to_owned(),
        "number_satellite" => "Satellite phones cannot be texted from here.".to_owned(),
        "number_without_country" => "Numbers that belong to no country cannot be texted from here.".to_owned(),
        "number_extension" => "Leave the extension out: a text goes to the number alone.".to_owned(),
        "number_premium" => "Premium-rate numbers cannot be texted from here.".to_owned(),
        "number_shared_cost" => "Numbers that charge extra cannot be texted from here.".to_owned(),
        "number_personal" => {
            "Personal numbers, which can be charged at any rate, cannot be texted from here.".to_owned()
        }
        "country_not_allowed" => {
            let country = dialling::describe(to, own_number).map(|number| number.country);
            format!(
                "Texts to {} are not allowed. You can allow the country in the settings for calls.",
                countries::name(country.as_deref().unwrap_or_default())
            )
        }
        _ => return problem,
    };
    Problem::new(&problem.code, sentence.clone()).field("to", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONDON: &str = "+442071838750";

    fn code(to: &str) -> String {
        match check(to, LONDON, &VoiceSettings::default()) {
            Ok(found) => found.number,
            Err(problem) => {
                assert!(problem.message.ends_with('.'), "{}", problem.message);
                assert_eq!(problem.fields.get("to"), Some(&problem.message));
                assert!(!problem.message.contains("call from"), "{}", problem.message);
                problem.code
            }
        }
    }

    #[test]
    fn a_number_is_read_however_it_is_written() {
        for typed in [
            "07400 123456",
            "+44 7400 123456",
            "0044 7400 123456",
            "tel:+447400123456",
        ] {
            assert_eq!(code(typed), "+447400123456", "{typed}");
        }
    }

    #[test]
    fn what_may_not_be_texted_is_said_in_words_for_texts() {
        for (to, expected) in [
            ("", "number_empty"),
            ("999", "number_emergency"),
            ("12345", "number_short"),
            ("+881612345678", "number_satellite"),
            ("+44 9098790000", "number_premium"),
            ("+14155550199", "country_not_allowed"),
            (LONDON, "own_number"),
            ("client:somebody", "number_invalid"),
            ("+447400123456\n+447400123457", "number_invalid"),
        ] {
            assert_eq!(code(to), expected, "{to}");
        }
        let refused = check("+14155550199", LONDON, &VoiceSettings::default()).unwrap_err();
        assert!(refused.message.contains("United States"), "{}", refused.message);
    }

    #[test]
    fn twilios_numbers_for_tests_may_be_tried_from_anywhere() {
        assert_eq!(code("+1 500 555 0009"), "+15005550009");
        assert_ne!(code("+1500555000x"), "+1500555000x");
        assert_eq!(code("+15005551234"), "number_personal");
    }
}
