//! What an e-mail address and a password must look like.

/// Shortest password accepted, in characters.
pub const PASSWORD_MIN_CHARS: usize = 12;
/// Longest password accepted, in bytes: keeps hashing time bounded.
pub const PASSWORD_MAX_BYTES: usize = 1024;
/// Longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3).
pub const EMAIL_MAX_BYTES: usize = 254;

/// An e-mail address in the form it is stored and compared in: trimmed, lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Accepts what can be an address at all; whether it exists only a message to it could tell.
    ///
    /// # Errors
    /// The sentence for the field.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let email = text.trim().to_lowercase();
        let well_formed = match email.rsplit_once('@') {
            Some((local, host)) => {
                !local.is_empty()
                    && !local.contains('@')
                    && host.split('.').all(|label| !label.is_empty())
                    && host.contains('.')
            }
            None => false,
        };
        if email.is_empty() {
            Err("Enter your e-mail address.")
        } else if email.len() > EMAIL_MAX_BYTES {
            Err("This e-mail address is too long.")
        } else if !well_formed || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
            Err("Enter an e-mail address such as name@example.com.")
        } else {
            Ok(Self(email))
        }
    }

    /// The address, trimmed and in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks a new password's length. Nothing else is demanded: length is what helps (NIST SP 800-63B, 3.1.1).
///
/// # Errors
/// The sentence for the field.
pub fn check_new_password(password: &str) -> Result<(), &'static str> {
    if password.chars().count() < PASSWORD_MIN_CHARS {
        Err("Use at least 12 characters.")
    } else if password.len() > PASSWORD_MAX_BYTES {
        Err("Use at most 1,024 bytes.")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_lowered() {
        assert_eq!(
            Email::parse(" Ann@Example.COM ").map(|e| e.0),
            Ok("ann@example.com".into())
        );
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        for text in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "ann@localhost.",
            "a@b@c.de",
            "a n@b.de",
            "a@b.de\r\nBcc: x",
        ] {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(250))).is_err());
    }

    #[test]
    fn a_password_is_counted_in_characters_and_bounded_in_bytes() {
        assert!(check_new_password("eleven char").is_err());
        assert!(check_new_password("twelve chars").is_ok());
        assert!(check_new_password("ääääääääääää").is_ok());
        assert!(check_new_password(&"x".repeat(1025)).is_err());
    }
}
