//! Who calls and who is called.

use std::fmt;
use std::str::FromStr;

/// The most digits that a telephone number has.
const MAX_DIGITS: usize = 15;
/// The longest identity of a browser, in characters.
const MAX_IDENTITY: usize = 256;
const CLIENT: &str = "client:";
/// What stands in place of a number that the caller withholds.
const WITHHELD_WORDS: [&str; 5] = ["anonymous", "blocked", "restricted", "unavailable", "unknown"];
/// The same words as somebody types them on a telephone's keys.
const WITHHELD_NUMBERS: [&str; 5] = ["+266696687", "+2562533", "+7378742833", "+86282452253", "+8656696"];

/// A telephone number in international form, such as `+14155550100`. Whether it exists is another matter.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(String);

/// A text is not a telephone number in international form. Never shows the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a telephone number is + followed by 2 to 15 digits, the first of which is not 0")]
pub struct NotE164;

impl E164 {
    /// As Twilio writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for E164 {
    type Err = NotE164;

    fn from_str(text: &str) -> Result<Self, NotE164> {
        let digits = text.strip_prefix('+').ok_or(NotE164)?;
        let fits = (2..=MAX_DIGITS).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Ok(Self(text.to_owned())) } else { Err(NotE164) }
    }
}

impl From<E164> for String {
    fn from(number: E164) -> Self {
        number.0
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One side of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// A telephone.
    Number(E164),
    /// A browser or an app, by its identity. As the caller it is trustworthy: it is that of the access token.
    Client(String),
    /// Anything else: nothing, a withheld number, a SIP address, what somebody typed.
    Other(String),
}

impl Party {
    /// Reads what Twilio writes as `From` and `To`. Exact: a blank makes a number something else.
    pub fn read(text: &str) -> Self {
        if let Ok(number) = text.parse() {
            return Self::Number(number);
        }
        match text.strip_prefix(CLIENT) {
            Some(identity) if !identity.is_empty() && identity.chars().count() <= MAX_IDENTITY => {
                Self::Client(identity.to_owned())
            }
            _ => Self::Other(text.to_owned()),
        }
    }

    /// Whether the caller does not want to be known.
    pub fn is_withheld(&self) -> bool {
        match self {
            Self::Number(number) => WITHHELD_NUMBERS.contains(&number.as_str()),
            Self::Client(_) => false,
            Self::Other(text) => text.is_empty() || WITHHELD_WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)),
        }
    }
}

/// As Twilio writes it.
impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Client(identity) => write!(f, "{CLIENT}{identity}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn a_number_is_one_only_in_its_exact_form() {
        for number in ["+14155550199", "+442079460199", "+123456789012345", "+8656696"] {
            assert!(matches!(Party::read(number), Party::Number(_)), "{number}");
        }
        for other in [
            "",
            "+",
            "+1",
            "14155550199",
            "+04155550199",
            "+1234567890123456",
            " +14155550199",
            "+14155550199\n",
            "+1 415 555 0199",
            "+١٤١٥٥٥٥٠١٩٩",
            "905-553-6523",
            "sip:x@evil.example",
            "client:",
            "Client:u1",
        ] {
            assert_eq!(Party::read(other), Party::Other(other.to_owned()));
        }
    }

    #[test]
    fn a_browser_is_known_by_its_identity() {
        assert_eq!(Party::read("client:u1"), Party::Client("u1".to_owned()));
        assert_eq!(
            Party::read("client:+14155550199"),
            Party::Client("+14155550199".to_owned())
        );
        let long = format!("client:{}", "é".repeat(MAX_IDENTITY + 1));
        assert!(matches!(Party::read(&long), Party::Other(_)));
    }

    #[test]
    fn a_withheld_number_is_recognised_as_a_word_and_in_keys() {
        for text in ["", "anonymous", "Anonymous", "unknown", "+266696687", "+7378742833"] {
            assert!(Party::read(text).is_withheld(), "{text}");
        }
        for text in ["+14155550199", "client:anonymous", "x"] {
            assert!(!Party::read(text).is_withheld(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_written_as_it_was_read(text in any::<String>()) {
            prop_assert_eq!(Party::read(&text).to_string(), text);
        }
    }
}
