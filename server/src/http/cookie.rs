//! The session cookie.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use domain::time::UnixMillis;
use secrecy::{ExposeSecret, SecretString};

/// The cookie's name. The prefix makes browsers insist on https, this host and the whole site.
const fn name(https: bool) -> &'static str {
    if https { "__Host-sniko" } else { "sniko" }
}

/// The cookie that the browser sent.
pub fn read(headers: &HeaderMap, https: bool) -> Option<String> {
    CookieJar::from_headers(headers)
        .get(name(https))
        .map(|cookie| cookie.value().to_owned())
}

/// The header that sets the cookie until the session's end.
pub fn set(value: &SecretString, now: UnixMillis, expires_at: UnixMillis, https: bool) -> Option<HeaderValue> {
    let seconds = expires_at.since(now).div_euclid(1000).max(0);
    header_value(format!(
        "{}; Max-Age={seconds}",
        base(value.expose_secret().to_owned(), https)
    ))
}

/// The header that removes it.
pub fn remove(https: bool) -> Option<HeaderValue> {
    header_value(format!("{}; Max-Age=0", base(String::new(), https)))
}

fn base(value: String, https: bool) -> Cookie<'static> {
    Cookie::build((name(https), value))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(https)
        .path("/")
        .build()
}

fn header_value(text: String) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Adds the header, where there is one.
pub fn add(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
}
