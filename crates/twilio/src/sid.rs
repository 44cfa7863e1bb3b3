//! Twilio's identifiers: two letters that name the kind of resource, then 32 hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const LENGTH: usize = 34;

/// A text is not a SID of the expected kind.
///
/// Never shows the text: people paste tokens into the wrong field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{article} {kind} SID is {prefix:?} followed by 32 hexadecimal digits")]
pub struct SidError {
    article: &'static str,
    kind: &'static str,
    prefix: &'static str,
}

fn is_sid(text: &str, prefix: &str) -> bool {
    text.len() == LENGTH
        && text
            .strip_prefix(prefix)
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Pictures make `MM…` of a message's `SM…`.
fn is_message_sid(text: &str) -> bool {
    is_sid(text, "SM") || is_sid(text, "MM")
}

macro_rules! sid {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $article:literal, $kind:literal) => {
        sid!($(#[$doc])* $name, $prefix, $article, $kind, |text: &str| is_sid(text, $prefix));
    };
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $article:literal, $kind:literal, $fits:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The two letters that it starts with.
            pub const PREFIX: &'static str = $prefix;

            /// The SID as Twilio writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = SidError;

            fn try_from(text: String) -> Result<Self, SidError> {
                if $fits(&text) {
                    Ok(Self(text))
                } else {
                    Err(SidError { article: $article, kind: $kind, prefix: $prefix })
                }
            }
        }

        impl FromStr for $name {
            type Err = SidError;

            fn from_str(text: &str) -> Result<Self, SidError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(sid: $name) -> Self {
                sid.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

sid!(
    /// An account or subaccount (`AC…`).
    AccountSid, "AC", "an", "Account"
);
sid!(
    /// A TwiML App (`AP…`).
    ApplicationSid, "AP", "an", "Application"
);
sid!(
    /// An API key (`SK…`).
    ApiKeySid, "SK", "an", "API Key"
);
sid!(
    /// A phone number that an account owns (`PN…`).
    PhoneNumberSid, "PN", "a", "Phone Number"
);
sid!(
    /// A call: one connection between Twilio and somebody (`CA…`).
    CallSid, "CA", "a", "Call"
);
sid!(
    /// A recording (`RE…`).
    RecordingSid, "RE", "a", "Recording"
);
sid!(
    /// A conference (`CF…`).
    ConferenceSid, "CF", "a", "Conference"
);
sid!(
    /// A text (`SM…`), or one with pictures (`MM…`).
    MessageSid, "SM", "a", "Message", is_message_sid
);
sid!(
    /// A Messaging Service: a pool of numbers that texts are sent from (`MG…`).
    MessagingServiceSid, "MG", "a", "Messaging Service"
);
sid!(
    /// A picture, sound or film of a text (`ME…`).
    MediaSid, "ME", "a", "Media"
);

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

    use super::*;

    const ACCOUNT: &str = "AC0123456789abcdefABCDEF0123456789";

    #[test]
    fn a_sid_is_read_and_written_unchanged() {
        let sid: AccountSid = ACCOUNT.parse().unwrap();
        assert_eq!(sid.to_string(), ACCOUNT);
        assert_eq!(serde_json::to_string(&sid).unwrap(), format!("\"{ACCOUNT}\""));
        assert_eq!(
            serde_json::from_str::<AccountSid>(&format!("\"{ACCOUNT}\"")).unwrap(),
            sid
        );
    }

    #[test]
    fn anything_but_the_prefix_and_32_hexadecimal_digits_is_refused() {
        let long = format!("{ACCOUNT}0");
        let newline = format!("{}\n", &ACCOUNT[..33]);
        let leading_blank = format!(" {}", &ACCOUNT[..33]);
        let lower_case = ACCOUNT.to_lowercase();
        let not_hexadecimal = ACCOUNT.replace("89", "8g");
        // 34 bytes, but not 34 characters.
        let accented = format!("{}é", &ACCOUNT[..32]);
        for text in [
            "",
            "AC",
            &ACCOUNT[..33],
            &long,
            &newline,
            &leading_blank,
            &lower_case,
            &not_hexadecimal,
            &accented,
        ] {
            assert!(text.parse::<AccountSid>().is_err(), "{text:?} was accepted");
            assert!(
                serde_json::from_value::<AccountSid>(text.into()).is_err(),
                "{text:?} was deserialised"
            );
        }
    }

    #[test]
    fn a_sid_of_another_kind_is_refused_with_the_expected_form() {
        let error = ACCOUNT.parse::<ApiKeySid>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "an API Key SID is \"SK\" followed by 32 hexadecimal digits"
        );
    }

    #[test]
    fn a_text_with_pictures_has_letters_of_its_own() {
        let digits = &ACCOUNT[2..];
        for prefix in ["SM", "MM"] {
            assert!(format!("{prefix}{digits}").parse::<MessageSid>().is_ok(), "{prefix}");
        }
        for prefix in ["ME", "MG", "sm"] {
            assert!(format!("{prefix}{digits}").parse::<MessageSid>().is_err(), "{prefix}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_parsing_panic(text in any::<String>()) {
            prop_assert_eq!(text.parse::<PhoneNumberSid>().is_ok(), is_sid(&text, "PN"));
        }
    }
}
