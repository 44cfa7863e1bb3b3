//! The reader's time zone: the browser tells it in a cookie (see `islands/gestures.rs`), so that days are his days from the first byte on.

use axum::http::header;
use axum::http::request::Parts;
use domain::time::UnixMillis;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use leptos::prelude::*;

/// The cookie's name.
const COOKIE: &str = "zone";
/// Longest name of a zone that is looked up.
const NAME_MAX: usize = 64;

/// The zone of whoever reads the page; UTC until his browser has told it.
pub fn reader_zone() -> TimeZone {
    use_context::<Parts>()
        .and_then(|parts| {
            parts
                .headers
                .get_all(header::COOKIE)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .find_map(named)
        })
        .unwrap_or(TimeZone::UTC)
}

/// The zone that a `Cookie` header names, if it is one.
fn named(cookies: &str) -> Option<TimeZone> {
    let name = cookies
        .split(';')
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    let plain = name.len() <= NAME_MAX
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '_' | '-' | '+'));
    if plain { TimeZone::get(name).ok() } else { None }
}

/// The zone's name, for comparing it with the browser's.
pub fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

/// A moment on the reader's clock.
pub fn zoned(at: UnixMillis, zone: &TimeZone) -> ZonedDateTime {
    Timestamp::from_millisecond(at.0)
        .unwrap_or_default()
        .to_zoned_datetime(zone.clone())
}

/// The moment at which a day begins for the reader.
pub fn day_start(day: Date, zone: &TimeZone) -> Option<UnixMillis> {
    let start = day.to_zoned_datetime(zone.clone()).ok()?;
    Some(UnixMillis(start.timestamp().as_millisecond()))
}

/// A day as people call it: "Today", "Yesterday", "Monday, 23 November", with the year where it is another one.
pub fn day_name(day: Date, today: Date) -> String {
    if day == today {
        "Today".to_owned()
    } else if day.tomorrow().is_ok_and(|next| next == today) {
        "Yesterday".to_owned()
    } else if day.year() == today.year() {
        day.strftime("%A, %-d %B").to_string()
    } else {
        day.strftime("%A, %-d %B %Y").to_string()
    }
}

/// How much of a moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// `14:05`, below the name of its day.
    Minute,
    /// `14:05:09`
    Second,
    /// `23 Nov 2026, 14:05`
    Day,
}

/// A moment on the reader's clock; his browser then writes it in his own manner.
#[component]
pub fn At(
    /// When.
    at: UnixMillis,
    /// Where.
    zone: TimeZone,
    /// How much of it.
    detail: Detail,
) -> impl IntoView {
    let (pattern, style) = match detail {
        Detail::Minute => ("%H:%M", "minute"),
        Detail::Second => ("%H:%M:%S", "second"),
        Detail::Day => ("%-d %b %Y, %H:%M", "day"),
    };
    let moment = zoned(at, &zone);
    let mut text = moment.strftime(pattern).to_string();
    if zone == TimeZone::UTC {
        text.push_str(" UTC");
    }
    view! {
        <time datetime=moment.timestamp().to_string() data-clock=style>
            {text}
        </time>
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_zone_is_read_among_other_cookies() {
        let zone = named("session=abc; zone=Europe/London; theme=x").unwrap();
        assert_eq!(zone.iana_name(), Some("Europe/London"));
    }

    #[test]
    fn what_is_no_zone_is_not_looked_up() {
        for cookies in [
            "",
            "zone=",
            "zone=Mars/Olympus",
            "zone=../../etc/passwd",
            "timezone=UTC",
        ] {
            assert_eq!(named(cookies), None, "{cookies}");
        }
        assert_eq!(named(&format!("zone={}", "A/".repeat(60))), None);
    }

    #[test]
    fn days_have_names_that_people_use() {
        let today = date(2026, 3, 1);
        for (day, name) in [
            (today, "Today"),
            (date(2026, 2, 28), "Yesterday"),
            (date(2026, 2, 27), "Friday, 27 February"),
            (date(2025, 12, 31), "Wednesday, 31 December 2025"),
        ] {
            assert_eq!(day_name(day, today), name);
        }
    }

    #[test]
    fn a_day_begins_when_it_does_for_the_reader() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let start = day_start(date(2026, 7, 1), &zone).unwrap();
        assert_eq!(start, UnixMillis(1_782_878_400_000));
        assert_eq!(zoned(start, &zone).date(), date(2026, 7, 1));
        assert_eq!(zoned(start.plus(-1), &zone).date(), date(2026, 6, 30));
    }
}
