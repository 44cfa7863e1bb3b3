//! Where Twilio is.

use url::Url;

/// The base URL of each of Twilio's products that this client uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// In place of every product's. `None` means Twilio itself.
    single: Option<Url>,
}

/// A part of Twilio that has a host of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product {
    /// Accounts, phone numbers, applications, keys, calls, texts.
    Api,
    /// Messaging Services.
    Messaging,
}

impl Product {
    /// In Twilio's home region, US1. Credentials of another region are not valid here.
    fn home(self) -> &'static str {
        match self {
            Self::Api => "https://api.twilio.com",
            Self::Messaging => "https://messaging.twilio.com",
        }
    }
}

impl Endpoints {
    /// Twilio itself.
    pub fn twilio() -> Self {
        Self { single: None }
    }

    /// One base URL in place of every product's, for a simulator or a test. Query, fragment and `user:password@` are dropped.
    pub fn single(mut base: Url) -> Self {
        base.set_query(None);
        base.set_fragment(None);
        // Both fail only for a URL without a host, which `Transport` refuses.
        let _ = base.set_username("");
        let _ = base.set_password(None);
        Self { single: Some(base) }
    }

    /// Whether requests reach Twilio itself, and so real money and real people.
    pub fn is_real(&self) -> bool {
        match self.single.as_ref().map(Url::host_str) {
            None => true,
            Some(host) => host.is_some_and(|host| host == "twilio.com" || host.ends_with(".twilio.com")),
        }
    }

    /// The base of a product, if it can be used at all.
    pub(super) fn base(&self, product: Product) -> Option<Url> {
        let base = self.single.clone().or_else(|| Url::parse(product.home()).ok())?;
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
        for (product, expected) in [
            (Product::Api, "https://api.twilio.com/"),
            (Product::Messaging, "https://messaging.twilio.com/"),
        ] {
            assert_eq!(Endpoints::twilio().base(product).unwrap().as_str(), expected);
            let other = single("http://user:pass@localhost:4010/x?y#z").base(product);
            assert_eq!(other.unwrap().as_str(), "http://localhost:4010/x");
            assert_eq!(single("mailto:a@b.example").base(product), None);
            assert_eq!(single("file:///x").base(product), None);
        }
    }
}
