//! Checks of form fields. The codes are documented, the sentences are the titles of <https://www.twilio.com/docs/api/errors>.

use url::Url;

use super::refusal::Refusal;
use crate::account::HttpMethod;
use crate::sid::is_sid;

/// Documented for TwiML Apps, numbers and keys alike.
const LONGEST_FRIENDLY_NAME: usize = 64;
/// <https://www.twilio.com/docs/api/errors/21609>
const LONGEST_URL: usize = 4000;

pub(super) fn friendly_name(value: &str) -> Result<String, Refusal> {
    if value.chars().count() > LONGEST_FRIENDLY_NAME {
        return Err(Refusal::new(400, 20002, "Invalid FriendlyName"));
    }
    Ok(value.to_owned())
}

/// A webhook; the empty string takes it away. Addresses that Twilio could not reach are accepted here on purpose, since
/// what is simulated runs on the same machine.
pub(super) fn webhook(name: &str, value: &str) -> Result<Option<String>, Refusal> {
    if value.is_empty() {
        return Ok(None);
    }
    let valid = value.len() <= LONGEST_URL
        && Url::parse(value).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.contains('_'))
        });
    if valid {
        Ok(Some(value.to_owned()))
    } else if name.ends_with("StatusCallback") {
        Err(Refusal::new(400, 21502, format!("Invalid callback url: {name}")))
    } else {
        Err(Refusal::new(400, 21402, format!("Invalid Url: {name}")))
    }
}

pub(super) fn method(name: &str, value: &str) -> Result<HttpMethod, Refusal> {
    match value {
        "GET" => Ok(HttpMethod::Get),
        "POST" => Ok(HttpMethod::Post),
        _ => Err(Refusal::new(400, 21403, format!("Invalid Method: {name}"))),
    }
}

pub(super) fn boolean(name: &str, value: &str) -> Result<bool, Refusal> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(invalid(name)),
    }
}

/// A SID with this prefix; the empty string takes it away.
pub(super) fn sid(name: &str, prefix: &str, value: &str) -> Result<Option<String>, Refusal> {
    match value {
        "" => Ok(None),
        _ if is_sid(prefix, value) => Ok(Some(value.to_owned())),
        _ => Err(invalid(name)),
    }
}

pub(super) fn one_of(name: &str, allowed: &[&str], value: &str) -> Result<Option<String>, Refusal> {
    if allowed.contains(&value) {
        Ok(Some(value.to_owned()))
    } else {
        Err(invalid(name))
    }
}

fn invalid(name: &str) -> Refusal {
    Refusal::new(400, 20422, format!("Invalid Parameter: {name}"))
}
