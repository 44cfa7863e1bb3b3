//! What can be an Account SID and an Auth Token at all: checked in the browser on leaving a field and on the server
//! before anything is sent to Twilio.

/// Shortest Auth Token accepted. Twilio's are 32 hexadecimal digits today; longer ones are let through, since nothing promises that they stay so.
pub const AUTH_TOKEN_MIN_CHARS: usize = 32;
/// Longest Auth Token accepted: far beyond any real one, so that a pasted document is refused here.
pub const AUTH_TOKEN_MAX_CHARS: usize = 256;

/// What a wrong Account SID field holds, as a sentence with the way out; `None` when it is well-formed after trimming.
#[must_use]
pub fn account_sid_fault(text: &str) -> Option<&'static str> {
    let sid = text.trim();
    if is_sid(sid, "AC") {
        return None;
    }
    Some(if sid.is_empty() {
        "Enter your Account SID. It starts with AC."
    } else if is_sid(sid, "SK") {
        "This is an API key SID (SK…). Enter the Account SID, which starts with AC."
    } else if is_sid(sid, "PN") || is_sid(sid, "AP") {
        "This is the SID of a number or an App. Enter the Account SID, which starts with AC."
    } else if looks_like_token(sid) {
        "This looks like the Auth Token. Enter the Account SID here, which starts with AC."
    } else if sid.get(..2).is_some_and(|prefix| prefix == "AC") {
        "An Account SID is AC followed by 32 letters and digits (0–9, a–f). Copy it again from the Twilio console."
    } else if sid.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("AC")) {
        "The Account SID starts with a capital AC. Copy it again from the Twilio console."
    } else {
        "The Account SID starts with AC. Copy it from the Twilio console."
    })
}

/// What a wrong Auth Token field holds, as a sentence with the way out; `None` when it is well-formed after trimming.
#[must_use]
pub fn auth_token_fault(text: &str) -> Option<&'static str> {
    let token = text.trim();
    if token.is_empty() {
        Some("Enter your Auth Token.")
    } else if is_sid(token, "AC") {
        Some("This is the Account SID. Enter the Auth Token here.")
    } else if is_sid(token, "SK") {
        Some("This is an API key SID (SK…). Enter the Auth Token of the account.")
    } else if token.chars().count() < AUTH_TOKEN_MIN_CHARS {
        Some("The Auth Token has at least 32 characters. Copy it again from the Twilio console.")
    } else if token.chars().count() > AUTH_TOKEN_MAX_CHARS {
        Some("This is longer than any Auth Token. Copy it again from the Twilio console.")
    } else if !token.bytes().all(|b| b.is_ascii_graphic()) {
        Some("The Auth Token has only letters and digits, without blanks. Copy it again from the Twilio console.")
    } else {
        None
    }
}

/// What a wrong number choice holds; `None` when it is the SID of a phone number.
#[must_use]
pub fn phone_number_sid_fault(text: &str) -> Option<&'static str> {
    (!is_sid(text.trim(), "PN")).then_some("Choose a phone number.")
}

/// Two letters and 32 hexadecimal digits, as Twilio's OpenAPI has it (`^AC[0-9a-fA-F]{32}$`).
fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn looks_like_token(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "AC0123456789abcdef0123456789abcdef";
    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_pasted_pair_with_blanks_around_it_is_well_formed() {
        assert_eq!(account_sid_fault(&format!(" {SID}\n")), None);
        assert_eq!(auth_token_fault(&format!("\t{TOKEN} ")), None);
    }

    #[test]
    fn every_malformed_account_sid_is_refused() {
        let lower = SID.to_lowercase();
        let inner_newline = format!("{}\n{}", &SID[..10], &SID[10..]);
        for text in [
            "",
            "AC",
            &lower,
            &SID[..33],
            &format!("{SID}0"),
            &inner_newline,
            "AC0123456789abcdefg123456789abcdef",
            "ÄÖ",
        ] {
            assert!(account_sid_fault(text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn swapped_fields_are_recognised() {
        assert!(account_sid_fault(TOKEN).is_some_and(|s| s.contains("Auth Token")));
        assert!(auth_token_fault(SID).is_some_and(|s| s.contains("Account SID")));
        let key = SID.replace("AC", "SK");
        assert!(account_sid_fault(&key).is_some_and(|s| s.contains("API key")));
        assert!(auth_token_fault(&key).is_some_and(|s| s.contains("API key")));
    }

    #[test]
    fn a_token_is_between_32_and_256_visible_characters() {
        assert!(auth_token_fault(&TOKEN[..31]).is_some());
        assert!(auth_token_fault(&"x".repeat(257)).is_some());
        assert!(auth_token_fault(&format!("{} {}", &TOKEN[..16], &TOKEN[16..])).is_some());
        assert_eq!(auth_token_fault(&"x".repeat(40)), None);
    }
}
