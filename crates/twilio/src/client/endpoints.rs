//! Where Twilio is.

use url::Url;

/// The base URL of each of Twilio's products that this client uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Accounts, phone numbers, applications, keys: `https://api.twilio.com`. `None` means Twilio itself.
    api: Option<Url>,
}

/// Twilio's home region, US1. Credentials of another region are not valid here.
const API: &str = "https://api.twilio.com";

impl Endpoints {
    /// Twilio itself.
    pub fn twilio() -> Self {
        Self { api: None }
    }

    /// One base URL in place of every product's, for a simulator or a test. Query, fragment and `user:password@` are dropped.
    pub fn single(mut base: Url) -> Self {
        base.set_query(None);
        base.set_fragment(None);
        // Both fail only for a URL without a host, which `Transport` refuses.
        let _ = base.set_username("");
        let _ = base.set_password(None);
        Self { api: Some(base) }
    }

    /// Whether requests reach Twilio itself, and so real money and real people.
    pub fn is_real(&self) -> bool {
        match self.api.as_ref().map(Url::host_str) {
            None => true,
            Some(host) => host.is_some_and(|host| host == "twilio.com" || host.ends_with(".twilio.com")),
        }
    }

    /// The base of `api`, if it can be used at all.
    pub(super) fn api(&self) -> Option<Url> {
        let base = self.api.clone().or_else(|| Url::parse(API).ok())?;
        (matches!(base.scheme(), "http" | "https") && base.has_host()).then_some(base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(url: &str) -> Endpoints {
        Endpoints::single(url.parse().unwrap())
    }

    #[test]
    fn only_twilio_is_real() {
        assert!(Endpoints::twilio().is_real());
        assert!(single("https://api.twilio.com/").is_real());
        for other in [
            "http://127.0.0.1:4010",
            "https://api.twilio.com.evil.example",
            "https://nottwilio.com",
            "file:///x",
        ] {
            assert!(!single(other).is_real(), "{other}");
        }
    }

    #[test]
    fn a_base_is_http_and_carries_no_credentials() {
        assert_eq!(Endpoints::twilio().api().unwrap().as_str(), "https://api.twilio.com/");
        assert_eq!(
            single("http://user:pass@localhost:4010/x?y#z").api().unwrap().as_str(),
            "http://localhost:4010/x"
        );
        assert_eq!(single("mailto:a@b.example").api(), None);
        assert_eq!(single("file:///x").api(), None);
    }
}
