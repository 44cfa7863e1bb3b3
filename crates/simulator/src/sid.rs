//! Twilio's identifiers and secrets: the shape of the real ones, at random.

/// `prefix` and 32 hexadecimal digits.
pub(crate) fn new(prefix: &str) -> String {
    format!("{prefix}{:032x}", rand::random::<u128>())
}

/// An Auth Token: 32 hexadecimal digits.
pub(crate) fn new_auth_token() -> String {
    new("")
}

/// The secret of an API key: 32 letters and digits.
pub(crate) fn new_key_secret() -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..32)
        .map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())]))
        .collect()
}

/// Whether `text` matches `^PREFIX[0-9a-fA-F]{32}$`, the pattern of the published OpenAPI document.
pub(crate) fn is_sid(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::{is_sid, new, new_auth_token, new_key_secret};

    #[test]
    fn made_sids_have_the_published_pattern() {
        assert!(is_sid("AC", &new("AC")));
        assert!(!is_sid("AC", &new("PN")));
        assert!(!is_sid("AC", &new("AC")[..33]));
        assert!(!is_sid("AC", &format!("{}\n", new("AC"))));
        assert_ne!(new("AC"), new("AC"));
    }

    #[test]
    fn secrets_have_32_characters() {
        assert_eq!(new_auth_token().len(), 32);
        assert_eq!(new_key_secret().len(), 32);
    }
}
