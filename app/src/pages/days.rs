//! Calls and texts by the day on which they were.

use domain::time::UnixMillis;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::zone::{day_name, zoned};

/// What was on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day<T> {
    /// The day, as the reader had it.
    pub date: Date,
    /// As people call it.
    pub name: String,
    /// What was on it.
    pub items: Vec<T>,
}

/// The items in their order, in groups with the name of their day.
pub fn days<T>(items: Vec<T>, at: impl Fn(&T) -> UnixMillis, zone: &TimeZone, today: Date) -> Vec<Day<T>> {
    let mut days: Vec<Day<T>> = Vec::new();
    for item in items {
        let date = zoned(at(&item), zone).date();
        match days.last_mut() {
            Some(last) if last.date == date => last.items.push(item),
            _ => days.push(Day {
                date,
                name: day_name(date, today),
                items: vec![item],
            }),
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(text: &str) -> UnixMillis {
        let at: jiff::Timestamp = text.parse().unwrap();
        UnixMillis(at.as_millisecond())
    }

    fn names(zone: &TimeZone) -> Vec<(String, usize)> {
        let moments = vec![
            at("2026-11-25T23:30:00Z"),
            at("2026-11-25T00:10:00Z"),
            at("2026-11-24T22:00:00Z"),
        ];
        days(moments, |at| *at, zone, date(2026, 11, 25))
            .into_iter()
            .map(|day| (day.name, day.items.len()))
            .collect()
    }

    #[test]
    fn everything_stands_below_the_day_that_the_reader_had() {
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
    fn nothing_has_no_days() {
        assert!(days(Vec::<UnixMillis>::new(), |at| *at, &TimeZone::UTC, date(2026, 1, 1)).is_empty());
    }
}
