//! Our cookies: made alike, read by their names.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use secrecy::{ExposeSecret, SecretString};

/// Which cookie.
#[derive(Clone, Copy, Debug)]
pub enum Ours {
    /// Who is signed in.
    Session,
    /// By which a browser is known again, before somebody signs in and after he has signed out.
    Device,
}

impl Ours {
    /// Its name. The prefix makes browsers insist on https, this host and the whole site, so that no other host plants one.
    const fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Session, true) => "__Host-sniko",
            (Self::Session, false) => "sniko",
            (Self::Device, true) => "__Host-device",
            (Self::Device, false) => "device",
        }
    }

    /// What the browser sent of it.
    #[must_use]
    pub fn read(self, headers: &HeaderMap, https: bool) -> Option<String> {
        CookieJar::from_headers(headers)
            .get(self.name(https))
            .map(|cookie| cookie.value().to_owned())
    }

    /// The header that sets it for so many milliseconds.
    #[must_use]
    pub fn set(self, value: &SecretString, millis: i64, https: bool) -> Option<HeaderValue> {
        let seconds = millis.div_euclid(1000).max(0);
        self.header(value.expose_secret(), seconds, https)
    }

    /// The header that removes it.
    #[must_use]
    pub fn remove(self, https: bool) -> Option<HeaderValue> {
        self.header("", 0, https)
    }

    fn header(self, value: &str, seconds: i64, https: bool) -> Option<HeaderValue> {
        let cookie = Cookie::build((self.name(https), value))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(https)
            .path("/")
            .build();
        let mut value = HeaderValue::from_str(&format!("{cookie}; Max-Age={seconds}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// Adds the header, where there is one.
pub fn add(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
}
