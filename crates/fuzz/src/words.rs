//! Identifiers and texts, as typed or as sent.

use domain::credentials::{account_sid_fault, auth_token_fault, phone_number_sid_fault};
use twilio::webhook::{E164, Party};
use twilio::{AccountSid, CallSid, MessageSid};

/// Only what has the shape of an identifier is taken for one, and it is kept as it is.
pub fn identifiers(text: &str) {
    let shaped = |prefix: &str| {
        text.len() == 34 && text.starts_with(prefix) && text[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let account = text.parse::<AccountSid>();
    assert_eq!(account.is_ok(), shaped("AC"), "{text:?}");
    assert!(account.is_ok_and(|sid| sid.as_str() == text) || !shaped("AC"));
    assert_eq!(text.parse::<CallSid>().is_ok(), shaped("CA"), "{text:?}");
    assert_eq!(
        text.parse::<MessageSid>().is_ok(),
        shaped("SM") || shaped("MM"),
        "{text:?}"
    );
    if let Ok(number) = text.parse::<E164>() {
        assert_eq!(number.as_str(), text);
        let digits = text.strip_prefix('+').unwrap();
        let digits_only = digits.bytes().all(|byte| byte.is_ascii_digit());
        assert!(
            digits_only && !digits.starts_with('0') && (2..=15).contains(&digits.len()),
            "{text:?}"
        );
    }
    let _ = Party::read(text);
}

/// What the wizard takes for a pair has the shape that Twilio's have.
pub fn credentials(text: &str) {
    let taken = account_sid_fault(text).is_none();
    assert!(!taken || text.trim().parse::<AccountSid>().is_ok(), "{text:?}");
    assert!(auth_token_fault(text).is_some() || text.trim().len() >= 32, "{text:?}");
    let _ = phone_number_sid_fault(text);
}

/// A text has at least one segment, and never fewer than its longest form would fill.
pub fn segments(text: &str) {
    let counted = domain::segments::segments(text);
    let units = u32::try_from(text.chars().count()).unwrap();
    assert!(counted.count.saturating_mul(160) >= units, "{counted:?}");
}
