//! A browser that is known again: by a cookie of its own that outlives sessions, and says nothing to anybody but us.
//!
//! Whoever knows an e-mail address can fail to sign in with it on purpose, and so keep its owner waiting. Therefore a browser in
//! which he has signed in before has failures of its own.
//! <https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies>

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::time::UnixMillis;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use super::DAY;
use crate::Entropy;

/// How long a browser keeps the cookie, and we remember it, in milliseconds: the longest that browsers keep one.
/// <https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-5.5>
pub const DEVICE_KEPT: i64 = 400 * DAY;

/// Random bytes in the cookie.
const BYTES: usize = 16;

/// A browser, by the hash of its cookie.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Device(String);

impl Device {
    /// The browser with that cookie; none where the value is none that we could have set.
    #[must_use]
    pub fn of_cookie(value: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
        if bytes.len() != BYTES {
            return None;
        }
        let hash = Sha256::digest(&bytes);
        Some(Self(hash.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// A cookie's value for a browser that has none.
    #[must_use]
    pub fn new_cookie(entropy: Entropy) -> SecretString {
        URL_SAFE_NO_PAD.encode(entropy.bytes::<BYTES>()).into()
    }

    /// SHA-256 of the cookie, in hexadecimal digits.
    pub(super) fn hash(&self) -> &str {
        &self.0
    }
}

/// Since when somebody must have signed in with a browser for it to be known.
pub(super) fn known_since(now: UnixMillis) -> UnixMillis {
    now.plus(-DEVICE_KEPT)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_cookie_of_ours_is_a_browser_and_another_value_is_none() {
        let cookie = Device::new_cookie(Entropy);
        let cookie = cookie.expose_secret();
        assert_eq!(cookie.len(), 22);
        let device = Device::of_cookie(cookie).unwrap();
        assert_eq!(Some(&device), Device::of_cookie(cookie).as_ref());
        assert_eq!(device.hash().len(), 64);
        assert!(!device.hash().contains(cookie));
        let other = Device::new_cookie(Entropy);
        assert_ne!(Some(device), Device::of_cookie(other.expose_secret()));
        let long = "A".repeat(10_000);
        let longer = format!("{cookie}AAAA");
        for value in [
            "",
            "A",
            &cookie[1..],
            &longer,
            &long,
            "AAAAAAAAAAAAAAAAAAAAA=",
            "ÄÄÄÄÄÄÄÄÄÄÄ",
            "' OR 1=1 --",
        ] {
            assert_eq!(Device::of_cookie(value), None, "{value}");
        }
    }
}
