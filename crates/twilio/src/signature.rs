//! The `X-Twilio-Signature` header: <https://www.twilio.com/docs/usage/webhooks/webhooks-security>.
//!
//! The header is base64 of HMAC-SHA1, keyed with the account's primary Auth Token, over the URL followed by each form
//! parameter's name and value, sorted by name. The string has no delimiters and no time stamp: after a successful check,
//! the receiver still has to check the shape of what it uses, and to expect the same request again.
//!
//! Twilio's back ends differ in whether they sign the port, so three forms of the URL are tried. Not supported: signatures
//! with a shared key (`X-Twilio-Webhooks-Signature-Settings`), a beta that nobody gets without asking for it; such a
//! request simply fails.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

/// Bytes of an HMAC-SHA1.
const MAC_LENGTH: usize = 20;

/// Whether one of the tokens made this signature for this request.
///
/// `url` is the public address that Twilio requested, scheme to end of query, escapes untouched: the configured base URL
/// and the raw request target, never a `Host` or `Forwarded` header. A fragment and `user:password@` are left out, as Twilio
/// does. `params` are all decoded form parameters, in any order, with repetitions; none for GET.
///
/// Every token and every form of the URL is computed, whatever the result, and compared in constant time. An empty token
/// never matches.
pub fn validate(auth_tokens: &[&SecretString], signature_header: &str, url: &str, params: &[(String, String)]) -> bool {
    let mut given = [0; MAC_LENGTH];
    let decoded = STANDARD.decode(signature_header).unwrap_or_default();
    let well_formed = Choice::from(u8::from(decoded.len() == MAC_LENGTH));
    for (to, from) in given.iter_mut().zip(&decoded) {
        *to = *from;
    }

    let parameters = joined(params);
    let candidates = signed_urls(url);
    let mut accepted = Choice::from(0);
    for token in auth_tokens {
        let usable = Choice::from(u8::from(!token.expose_secret().is_empty()));
        for candidate in &candidates {
            accepted |= mac(token, candidate, &parameters).ct_eq(&given) & usable;
        }
    }
    (accepted & well_formed).into()
}

/// As [`validate`], for a body that is not a form, such as JSON: its SHA-256 is in the URL as `bodySHA256`.
pub fn validate_body(auth_tokens: &[&SecretString], signature_header: &str, url: &str, body: &[u8]) -> bool {
    let (url_without_fragment, _) = url.split_once('#').unwrap_or((url, ""));
    let query = url_without_fragment.split_once('?').map_or("", |(_, query)| query);
    let Some(stated) = query.split('&').find_map(|pair| pair.strip_prefix("bodySHA256=")) else {
        return false;
    };
    let actual: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    validate(auth_tokens, signature_header, url, &[]) & bool::from(actual.as_bytes().ct_eq(stated.as_bytes()))
}

/// The header that Twilio would send with this request: for simulators and tests.
pub fn sign(auth_token: &SecretString, url: &str, params: &[(String, String)]) -> String {
    let Parts {
        scheme,
        host,
        port,
        rest,
    } = split(url);
    STANDARD.encode(mac(auth_token, &format!("{scheme}{host}{port}{rest}"), &joined(params)))
}

fn mac(auth_token: &SecretString, url: &str, parameters: &str) -> [u8; MAC_LENGTH] {
    // HMAC takes keys of every length; were it not so, this would be the MAC of nothing and match nothing.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(auth_token.expose_secret().as_bytes()) else {
        return [0; MAC_LENGTH];
    };
    mac.update(url.as_bytes());
    mac.update(parameters.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Names in the order of their bytes, each with its distinct values in the order of their bytes, and nothing in between.
fn joined(params: &[(String, String)]) -> String {
    let mut pairs: Vec<&(String, String)> = params.iter().collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut joined = String::with_capacity(pairs.iter().map(|(name, value)| name.len() + value.len()).sum());
    for (name, value) in pairs {
        joined.push_str(name);
        joined.push_str(value);
    }
    joined
}

/// The URL as it is, with the default port added, and with its port removed: voice over https drops a port that the URL has,
/// texts keep it.
fn signed_urls(url: &str) -> Vec<String> {
    let Parts {
        scheme,
        host,
        port,
        rest,
    } = split(url);
    let without = format!("{scheme}{host}{rest}");
    if port.is_empty() {
        let default = if matches!(scheme, "http://" | "ws://") { 80 } else { 443 };
        vec![without, format!("{scheme}{host}:{default}{rest}")]
    } else {
        vec![format!("{scheme}{host}{port}{rest}"), without]
    }
}

/// A URL cut up byte for byte: a URL parser would normalise what was signed as it was.
struct Parts<'a> {
    /// With `://`.
    scheme: &'a str,
    host: &'a str,
    /// With the colon, or empty.
    port: &'a str,
    /// Path and query.
    rest: &'a str,
}

fn split(url: &str) -> Parts<'_> {
    let (url, _) = url.split_once('#').unwrap_or((url, ""));
    let (scheme, after) = url.split_at(url.find("://").map_or(0, |at| at + 3));
    let (authority, rest) = after.split_at(after.find(['/', '?']).unwrap_or(after.len()));
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // The colons inside an IPv6 literal's brackets are not the port's.
    let after_literal = authority.rfind(']').unwrap_or(0);
    let port_at = authority[after_literal..]
        .find(':')
        .map_or(authority.len(), |at| after_literal + at);
    let (host, port) = authority.split_at(port_at);
    Parts {
        scheme,
        host,
        port,
        rest,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};

    use super::*;

    fn token() -> SecretString {
        SecretString::from("12345")
    }

    /// Of Twilio's documentation.
    const URL: &str = "https://example.com/myapp.php?foo=1&bar=2";
    const SIGNATURE: &str = "L/OH5YylLD5NRKLltdqwSvS0BnU=";

    fn params() -> Vec<(String, String)> {
        [
            ("Digits", "1234"),
            ("To", "+18005551212"),
            ("From", "+14158675310"),
            ("Caller", "+14158675310"),
            ("CallSid", "CA1234567890ABCDE"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    #[test]
    fn the_example_of_the_documentation_is_accepted() {
        assert_eq!(sign(&token(), URL, &params()), SIGNATURE);
        assert!(validate(&[&token()], SIGNATURE, URL, &params()));
    }

    #[test]
    fn a_value_that_comes_twice_is_signed_once() {
        let once = [("b", "2"), ("a", "3"), ("a", "1")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let twice = [&once[..], &once[1..]].concat();
        assert_eq!(joined(&twice), "a1a3b2");
        assert_eq!(joined(&once), joined(&twice));
    }

    #[test]
    fn the_former_token_is_accepted_beside_the_present_one() {
        let other = SecretString::from("54321");
        assert!(validate(&[&other, &token()], SIGNATURE, URL, &params()));
        assert!(validate(&[&token(), &other], SIGNATURE, URL, &params()));
        assert!(!validate(&[&other], SIGNATURE, URL, &params()));
        assert!(!validate(&[], SIGNATURE, URL, &params()));
    }

    #[test]
    fn an_empty_token_accepts_nothing() {
        let empty = SecretString::from("");
        assert!(!validate(&[&empty], &sign(&empty, URL, &[]), URL, &[]));
    }

    #[test]
    fn a_malformed_header_is_refused() {
        let hexadecimal = "2ff387e58ca52c3e4d44a2e5b5dab04af4b40675";
        let joined = format!("{SIGNATURE},{SIGNATURE}");
        let long = SIGNATURE.repeat(400);
        let zeros = STANDARD.encode([0; MAC_LENGTH]);
        for header in [
            "",
            " ",
            "é",
            hexadecimal,
            &joined,
            &long,
            &zeros,
            SIGNATURE.trim_end_matches('='),
        ] {
            assert!(!validate(&[&token()], header, URL, &params()), "{header:?}");
        }
        assert!(!validate(&[&token()], &format!(" {SIGNATURE}"), URL, &params()));
    }

    #[test]
    fn the_port_may_be_signed_or_not() {
        for (signed, requested) in [
            ("https://a.example/x", "https://a.example:8443/x"),
            ("https://a.example:443/x", "https://a.example/x"),
            ("https://a.example/x", "https://a.example:443/x"),
            ("http://a.example:80/x?y", "http://a.example/x?y"),
            ("wss://a.example:443/x", "wss://a.example/x"),
            ("https://[2001:db8::1]/x", "https://[2001:db8::1]:8443/x"),
        ] {
            assert!(
                validate(&[&token()], &sign(&token(), signed, &params()), requested, &params()),
                "{requested}"
            );
        }
        let other_port = sign(&token(), "https://a.example:8443/x", &params());
        assert!(!validate(&[&token()], &other_port, "https://a.example/x", &params()));
        assert!(!validate(
            &[&token()],
            &other_port,
            "https://a.example:8444/x",
            &params()
        ));
    }

    #[test]
    fn fragment_and_user_information_are_left_out() {
        let plain = sign(&token(), "https://a.example/x?y=1", &params());
        assert_eq!(
            sign(&token(), "https://user:p@ss@a.example/x?y=1#rc=5&rp=all", &params()),
            plain
        );
        assert!(validate(
            &[&token()],
            &plain,
            "https://user:pass@a.example:443/x?y=1#z",
            &params()
        ));
        // An @ or a colon after the host belongs to the path.
        assert_ne!(
            sign(&token(), "https://a.example/b@c:1/x", &[]),
            sign(&token(), "https://c:1/x", &[])
        );
    }

    #[test]
    fn a_body_that_is_not_a_form_must_have_the_hash_in_the_url() {
        let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let url = format!("https://a.example/x?a=1&bodySHA256={hash}");
        let signature = sign(&token(), &url, &[]);
        assert!(validate_body(&[&token()], &signature, &url, b"{}"));
        assert!(!validate_body(&[&token()], &signature, &url, b"{ }"));
        let bare = "https://a.example/x?a=1";
        assert!(!validate_body(&[&token()], &sign(&token(), bare, &[]), bare, b"{}"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_signed_is_accepted_and_nothing_panics(
            url in any::<String>(),
            params in any::<Vec<(String, String)>>(),
            header in any::<String>(),
        ) {
            prop_assert!(validate(&[&token()], &sign(&token(), &url, &params), &url, &params));
            prop_assert!(!validate(&[&token()], &header, &url, &params));
            prop_assert!(!validate_body(&[&token()], &header, &url, &[]));
        }
    }
}
