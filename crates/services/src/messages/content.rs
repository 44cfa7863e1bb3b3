//! What a text may consist of, and when it may go.

use std::collections::BTreeMap;

use domain::time::UnixMillis;
use url::Url;

/// Longest text, in characters: Twilio's own limit.
pub const BODY_MAX: usize = 1600;
/// Most pictures and sounds in one text.
pub const MEDIA_MAX: usize = 10;
/// Longest address of one of them, in bytes.
const ADDRESS_MAX: usize = 2048;
/// Furthest in the future that a text may be put off, in milliseconds.
const PUT_OFF_MAX: i64 = 366 * 24 * 60 * 60 * 1000;
/// A moment that has passed so little ago is now, in milliseconds: clocks differ, and forms take time.
const LATE: i64 = 10 * 60 * 1000;

/// The text as it is sent: one kind of line end, and nothing that cannot be seen.
pub(super) fn tidied(body: &str) -> String {
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    body.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// Why that cannot be sent, by the field's name.
pub(super) fn faults(
    body: &str,
    media: &[String],
    send_at: Option<UnixMillis>,
    now: UnixMillis,
) -> BTreeMap<&'static str, String> {
    let mut faults = BTreeMap::new();
    let length = body.chars().count();
    if body.trim().is_empty() && media.is_empty() {
        faults.insert("body", "Write a text.".to_owned());
    } else if length > BODY_MAX {
        let over = length - BODY_MAX;
        let characters = if over == 1 { "character" } else { "characters" };
        faults.insert(
            "body",
            format!("A text has at most {BODY_MAX} characters. Leave out {over} {characters}."),
        );
    }
    if media.len() > MEDIA_MAX {
        faults.insert("media", format!("A text has at most {MEDIA_MAX} attachments."));
    } else if !media.iter().all(|address| is_public(address)) {
        faults.insert(
            "media",
            "Each attachment is a public address that begins with https://.".to_owned(),
        );
    }
    match send_at {
        Some(at) if at.since(now) > PUT_OFF_MAX => {
            faults.insert("send_at", "Choose a time within a year.".to_owned());
        }
        Some(at) if at.since(now) < -LATE => {
            faults.insert("send_at", "This time has passed. Choose a later one.".to_owned());
        }
        _ => {}
    }
    faults
}

/// An address that the provider can fetch. We never do.
fn is_public(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else {
        return false;
    };
    address.len() <= ADDRESS_MAX
        && url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && matches!(url.host(), Some(url::Host::Domain(name)) if name.contains('.') && !name.ends_with(".localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

    fn fields(body: &str, media: &[&str], send_at: Option<i64>) -> Vec<&'static str> {
        let media: Vec<String> = media.iter().map(|address| (*address).to_owned()).collect();
        let found = faults(body, &media, send_at.map(|millis| NOW.plus(millis)), NOW);
        assert!(
            found
                .values()
                .all(|sentence| sentence.ends_with('.') || sentence.ends_with("//."))
        );
        found.into_keys().collect()
    }

    #[test]
    fn a_text_has_one_to_sixteen_hundred_characters() {
        assert!(fields("x", &[], None).is_empty());
        assert!(fields(&"😀".repeat(1600), &[], None).is_empty());
        assert_eq!(fields(&"x".repeat(1601), &[], None), ["body"]);
        assert_eq!(fields(" \n", &[], None), ["body"]);
        assert!(fields("", &["https://example.com/a.png"], None).is_empty());
        let sentence = faults(&"x".repeat(1601), &[], None, NOW).remove("body").unwrap();
        assert!(sentence.ends_with("Leave out 1 character."), "{sentence}");
    }

    #[test]
    fn attachments_are_public_addresses() {
        for bad in [
            "http://example.com/a.png",
            "https://localhost/a.png",
            "https://169.254.169.254/",
            "https://[::1]/",
            "https://a:b@example.com/",
            "file:///etc/passwd",
            "x",
        ] {
            assert_eq!(fields("x", &[bad], None), ["media"], "{bad}");
        }
        assert_eq!(fields("x", &["https://example.com/"; 11], None), ["media"]);
    }

    #[test]
    fn a_text_is_put_off_by_a_year_at_most() {
        assert!(fields("x", &[], Some(60_000)).is_empty());
        assert!(fields("x", &[], Some(-60_000)).is_empty());
        assert_eq!(fields("x", &[], Some(-3_600_000)), ["send_at"]);
        assert_eq!(fields("x", &[], Some(400 * 86_400_000)), ["send_at"]);
    }

    #[test]
    fn forms_line_ends_and_control_characters_are_tidied() {
        assert_eq!(tidied("a\r\nb\rc\u{0}\u{1b}[2J\td😀"), "a\nb\nc[2J\td😀");
    }
}
