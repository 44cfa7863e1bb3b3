//! Filters of lists by time: `StartTime`, `StartTime<` and `StartTime>`.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::field;
use super::refusal::Refusal;

/// Twilio reads a day, or a moment.
#[derive(Clone, Copy, Debug)]
enum When {
    Day(Date),
    Moment(Timestamp),
}

impl When {
    fn read(name: &str, text: &str) -> Result<Self, Refusal> {
        let day = text.parse().map(Self::Day).ok();
        // A moment has a `T`; without a zone it is UTC.
        let moment = || text.parse().or_else(|_| format!("{text}Z").parse()).map(Self::Moment);
        match day.filter(|_| !text.contains('T')) {
            Some(day) => Ok(day),
            None => moment().map_err(|_| Refusal::new(400, 20422, format!("Invalid Parameter: {name}"))),
        }
    }

    /// Negative when `time` is before it.
    fn compare(self, time: Timestamp) -> std::cmp::Ordering {
        match self {
            Self::Day(day) => TimeZone::UTC.to_datetime(time).date().cmp(&day),
            Self::Moment(moment) => time.cmp(&moment),
        }
    }
}

pub(super) struct Filter {
    at: Option<When>,
    before: Option<When>,
    after: Option<When>,
}

impl Filter {
    pub(super) fn of(query: &[(String, String)], name: &str) -> Result<Self, Refusal> {
        let read = |name: &str| field(query, name).map(|text| When::read(name, text)).transpose();
        Ok(Self {
            at: read(name)?,
            before: read(&format!("{name}<"))?,
            after: read(&format!("{name}>"))?,
        })
    }

    /// Both bounds belong to what is allowed, as documented: "on or before", "on or after".
    pub(super) fn allows(&self, time: Option<Timestamp>) -> bool {
        let Some(time) = time else {
            return self.at.is_none() && self.before.is_none() && self.after.is_none();
        };
        self.at.is_none_or(|at| at.compare(time).is_eq())
            && self.before.is_none_or(|before| before.compare(time).is_le())
            && self.after.is_none_or(|after| after.compare(time).is_ge())
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn days_and_moments_bound_a_list() {
        let allows = |name: &str, text: &str, time: &str| {
            let query = [(name.to_owned(), text.to_owned())];
            Filter::of(&query, "StartTime")
                .unwrap()
                .allows(Some(time.parse().unwrap()))
        };
        assert!(allows("StartTime", "2026-11-25", "2026-11-25T23:59:59Z"));
        assert!(!allows("StartTime", "2026-11-25", "2026-11-26T00:00:00Z"));
        assert!(allows("StartTime<", "2026-11-25", "2026-11-25T12:00:00Z"));
        assert!(allows("StartTime>", "2026-11-25T12:00:00Z", "2026-11-25T12:00:00Z"));
        assert!(!allows("StartTime>", "2026-11-25T12:00:01", "2026-11-25T12:00:00Z"));
        assert!(Filter::of(&[("StartTime".to_owned(), "yesterday".to_owned())], "StartTime").is_err());
        assert!(
            !Filter::of(&[("EndTime".to_owned(), "2026-11-25".to_owned())], "EndTime")
                .unwrap()
                .allows(None)
        );
    }
}
