//! Calls by the day on which they began.

use domain::call::CallView;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::pages::zone::{day_name, zoned};

/// The calls in their order, in groups with the name of their day.
pub fn days(calls: Vec<CallView>, zone: &TimeZone, today: Date) -> Vec<(String, Vec<CallView>)> {
    let mut days: Vec<(Date, Vec<CallView>)> = Vec::new();
    for call in calls {
        let day = zoned(call.started_at, zone).date();
        match days.last_mut() {
            Some((last, calls)) if *last == day => calls.push(call),
            _ => days.push((day, vec![call])),
        }
    }
    days.into_iter()
        .map(|(day, calls)| (day_name(day, today), calls))
        .collect()
}

#[cfg(test)]
mod tests {
    use domain::call::{CallStatus, Direction, Origin, Summary};
    use domain::id::CallId;
    use domain::time::UnixMillis;
    use jiff::civil::date;

    use super::*;

    fn call(at: &str) -> CallView {
        let at: jiff::Timestamp = at.parse().unwrap();
        CallView {
            id: "01890a5d-ac96-774b-bcce-b302099a8057".parse::<CallId>().unwrap(),
            direction: Direction::Inbound,
            origin: Origin::PhoneNetwork,
            from: String::new(),
            to: String::new(),
            peer: String::new(),
            summary: Summary {
                status: CallStatus::NoAnswer,
                answered_at: None,
                ended_at: None,
                duration_seconds: None,
                missed: true,
                answered_by: None,
                error_code: None,
            },
            started_at: UnixMillis(at.as_millisecond()),
            provider_sid: None,
            voicemail: false,
            on_hold: false,
            reason: None,
            recordings: Vec::new(),
        }
    }

    fn names(zone: &TimeZone) -> Vec<(String, usize)> {
        let calls = vec![
            call("2026-11-25T23:30:00Z"),
            call("2026-11-25T00:10:00Z"),
            call("2026-11-24T22:00:00Z"),
        ];
        days(calls, zone, date(2026, 11, 25))
            .into_iter()
            .map(|(name, calls)| (name, calls.len()))
            .collect()
    }

    #[test]
    fn calls_stand_below_the_day_that_the_reader_had() {
        let named = |name: &str, count| (name.to_owned(), count);
        assert_eq!(names(&TimeZone::UTC), [named("Today", 2), named("Yesterday", 1)]);
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        assert_eq!(
            names(&tokyo),
            [named("Thursday, 26 November", 1), named("Today", 2)],
            "in Tokyo it is nine hours later"
        );
    }

    #[test]
    fn no_calls_have_no_days() {
        assert!(days(Vec::new(), &TimeZone::UTC, date(2026, 1, 1)).is_empty());
    }
}
