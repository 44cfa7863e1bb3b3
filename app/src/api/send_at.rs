//! A text as a form describes it.

use domain::problem::Problem;
use domain::time::UnixMillis;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use services::ServiceError;
use services::messages::SendText;

use crate::pages::zone::reader_zone;

/// What is to be sent.
pub(super) fn text(to: String, body: String, send_at: &str) -> Result<SendText, ServiceError> {
    let send_at = match send_at.trim() {
        "" => None,
        text => Some(moment(text, reader_zone()).ok_or_else(no_moment)?),
    };
    Ok(SendText {
        to,
        body,
        send_at,
        ..SendText::default()
    })
}

/// A time in RFC 3339, or what a browser's field for day and time holds, on that clock.
fn moment(text: &str, zone: TimeZone) -> Option<UnixMillis> {
    let at = match text.parse::<Timestamp>() {
        Ok(at) => at,
        Err(_) => text.parse::<DateTime>().ok()?.to_zoned_datetime(zone).ok()?.timestamp(),
    };
    Some(UnixMillis(at.as_millisecond()))
}

fn no_moment() -> ServiceError {
    let sentence = "Choose a day and a time.";
    ServiceError::Invalid(Problem::new("invalid_message", sentence).field("send_at", sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_on_the_readers_clock() {
        let zone = || TimeZone::get("America/New_York").unwrap();
        let at = moment("2026-11-25T08:00", zone()).unwrap();
        assert_eq!(at, moment("2026-11-25T13:00:00Z", zone()).unwrap());
        assert_eq!(at, moment("2026-11-25T14:00:00+01:00", zone()).unwrap());
        for none in ["tomorrow", "8:00", "2026-13-01T08:00"] {
            assert_eq!(moment(none, zone()), None, "{none}");
        }
    }
}
