//! Forms that send a text.

use std::time::Duration;

use jiff::Timestamp;

use super::refusal::Refusal;
use super::{field, form};
use crate::account::HttpMethod;
use crate::clock;
use crate::messages::{Draft, sentence};
use crate::twiml::Target;

/// Documented.
const EARLIEST: Duration = Duration::from_secs(300);
const LATEST: Duration = Duration::from_secs(35 * 24 * 60 * 60);

/// What a form asks for.
pub(super) fn draft(fields: &[(String, String)]) -> Result<Draft, Refusal> {
    let given = |name: &str| field(fields, name).filter(|value| !value.is_empty()).map(str::to_owned);
    for name in ["ContentSid", "ShortenUrls", "MaxPrice"] {
        if given(name).is_some_and(|value| value != "false") {
            return Err(Refusal::not_simulated(name));
        }
    }
    let service = given("MessagingServiceSid");
    let media = fields
        .iter()
        .filter(|(name, value)| name == "MediaUrl" && !value.is_empty());
    let callback = form::webhook("StatusCallback", field(fields, "StatusCallback").unwrap_or_default())
        .map_err(|_| Refusal::new(400, 21609, sentence(21609)))?;
    Ok(Draft {
        to: given("To").unwrap_or_default(),
        from: given("From"),
        body: given("Body").unwrap_or_default(),
        media_urls: media.map(|(_, url)| url.clone()).collect(),
        callback: callback.map(|url| Target {
            url,
            method: HttpMethod::Post,
        }),
        application: given("ApplicationSid"),
        send_at: send_at(given("ScheduleType"), given("SendAt"), service.is_some())?,
        service,
        is_reply: false,
    })
}

fn send_at(kind: Option<String>, time: Option<String>, by_service: bool) -> Result<Option<Timestamp>, Refusal> {
    let time = match (kind.as_deref(), time) {
        (None, None) => return Ok(None),
        (Some("fixed"), Some(time)) => time,
        (Some("fixed"), None) => return Err(Refusal::new(400, 35111, "Missing SendAt parameter")),
        _ => return Err(Refusal::new(400, 35112, "Invalid ScheduleType")),
    };
    if !by_service {
        return Err(Refusal::new(
            400,
            35118,
            "MessagingServiceSid is required to schedule a message",
        ));
    }
    let time: Timestamp = time.parse().map_err(|_| Refusal::new(400, 35113, "Invalid SendAt"))?;
    let now = clock::now();
    if time < now + EARLIEST || time > now + LATEST {
        return Err(Refusal::new(
            400,
            35114,
            "SendAt must be between 300 seconds and 35 days from now",
        ));
    }
    Ok(Some(time))
}
