//! Which calls are listed, as the address says it.

use domain::call::Direction;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use leptos_router::location::Url;
use leptos_router::params::ParamsMap;
use services::calls::CallQuery;

use crate::pages::zone::day_start;

/// Longest text that is searched for, in characters.
pub const SEARCH_MAX: usize = 80;

/// A kind of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// All of them.
    #[default]
    All,
    /// Those that came in.
    Incoming,
    /// Those that went out.
    Outgoing,
    /// Those that nobody answered.
    Missed,
    /// Those in which a message was left.
    Voicemail,
}

impl Show {
    /// Every kind, in the order of the page.
    pub const ALL: [Self; 5] = [Self::All, Self::Incoming, Self::Outgoing, Self::Missed, Self::Voicemail];

    /// As the address has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
            Self::Missed => "missed",
            Self::Voicemail => "voicemail",
        }
    }

    /// As the page has it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Incoming => "Incoming",
            Self::Outgoing => "Outgoing",
            Self::Missed => "Missed",
            Self::Voicemail => "Voicemail",
        }
    }

    const fn direction(self) -> Option<Direction> {
        match self {
            Self::Incoming => Some(Direction::Inbound),
            Self::Outgoing => Some(Direction::Outbound),
            _ => None,
        }
    }
}

/// What is listed. What the address holds beyond the possible is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Which kind.
    pub show: Show,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
    /// Digits, or a part of a number in any spelling.
    pub text: String,
    /// Where a later page begins.
    pub before: Option<String>,
}

impl Filter {
    /// Reads the address.
    pub fn of(query: &ParamsMap) -> Self {
        let word = |name: &str| query.get(name).unwrap_or_default();
        let show = word("show");
        Self {
            show: Show::ALL.into_iter().find(|one| one.word() == show).unwrap_or_default(),
            from: word("from").parse().ok(),
            to: word("to").parse().ok(),
            text: word("q").trim().chars().take(SEARCH_MAX).collect(),
            before: query.get("before").filter(|cursor| !cursor.is_empty()),
        }
    }

    /// Whether anything is left out but by the kind.
    pub fn is_narrow(&self) -> bool {
        self.from.is_some() || self.to.is_some() || !self.text.is_empty()
    }

    /// The same as the use case takes it.
    pub fn query(&self, zone: &TimeZone) -> CallQuery {
        CallQuery {
            direction: self.show.direction(),
            missed: self.show == Show::Missed,
            voicemail: self.show == Show::Voicemail,
            text: (!self.text.is_empty()).then(|| self.text.clone()),
            since: self.from.and_then(|day| day_start(day, zone)),
            until: self
                .to
                .and_then(|day| day.tomorrow().ok())
                .and_then(|day| day_start(day, zone)),
        }
    }

    /// The address of another kind of the same calls.
    pub fn link_to(&self, show: Show) -> String {
        Self {
            show,
            before: None,
            ..self.clone()
        }
        .link()
    }

    /// The address of the calls that follow.
    pub fn link_before(&self, cursor: String) -> String {
        Self {
            before: Some(cursor),
            ..self.clone()
        }
        .link()
    }

    /// The address.
    pub fn link(&self) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        if self.show != Show::All {
            pairs.push(("show", self.show.word().to_owned()));
        }
        pairs.extend(self.from.map(|day| ("from", day.to_string())));
        pairs.extend(self.to.map(|day| ("to", day.to_string())));
        if !self.text.is_empty() {
            pairs.push(("q", self.text.clone()));
        }
        pairs.extend(self.before.clone().map(|cursor| ("before", cursor)));
        address("/calls", &pairs)
    }

    /// The address of the same calls as a file.
    pub fn csv(&self, zone: &TimeZone) -> String {
        let CallQuery {
            direction,
            missed,
            voicemail,
            text,
            since,
            until,
        } = self.query(zone);
        let moment = |at: domain::time::UnixMillis| Timestamp::from_millisecond(at.0).unwrap_or_default().to_string();
        let mut pairs: Vec<(&str, String)> = Vec::new();
        pairs.extend(direction.map(|one| ("direction", one.as_str().to_owned())));
        pairs.extend(missed.then(|| ("missed", "true".to_owned())));
        pairs.extend(voicemail.then(|| ("voicemail", "true".to_owned())));
        pairs.extend(text.map(|text| ("q", text)));
        pairs.extend(since.map(|at| ("since", moment(at))));
        pairs.extend(until.map(|at| ("until", moment(at))));
        address("/api/calls.csv", &pairs)
    }
}

/// A path with its query.
fn address(path: &str, pairs: &[(&str, String)]) -> String {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect();
    if pairs.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", pairs.join("&"))
    }
}

/// Words, dates and moments stay readable.
fn escaped(value: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | ':' | '.' | '_');
    if value.chars().all(plain) {
        value.to_owned()
    } else {
        Url::escape(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(pairs: &[(&str, &str)]) -> Filter {
        Filter::of(&pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect())
    }

    #[test]
    fn the_address_says_what_is_listed_and_is_written_again() {
        let read = filter(&[
            ("show", "missed"),
            ("from", "2026-11-01"),
            ("to", "2026-11-02"),
            ("q", " +44 20 "),
            ("before", "abc"),
        ]);
        assert_eq!(read.show, Show::Missed);
        assert_eq!(read.text, "+44 20");
        assert!(read.is_narrow());
        let link = read.link();
        assert_eq!(
            link,
            "/calls?show=missed&from=2026-11-01&to=2026-11-02&q=%2B44%2020&before=abc"
        );
        assert!(
            !read.link_to(Show::All).contains("before"),
            "another kind begins at its beginning"
        );
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let read = filter(&[
            ("show", "<b>"),
            ("from", "yesterday"),
            ("to", "2026-02-30"),
            ("before", ""),
        ]);
        assert_eq!(read, Filter::default());
        assert_eq!(read.link(), "/calls");
        assert_eq!(filter(&[("q", &"9".repeat(500))]).text.len(), SEARCH_MAX);
    }

    #[test]
    fn the_last_day_is_listed_whole() {
        let query = filter(&[("from", "2026-07-01"), ("to", "2026-07-01")]).query(&TimeZone::UTC);
        let (since, until) = (query.since.unwrap(), query.until.unwrap());
        assert_eq!(until.since(since), 24 * 60 * 60 * 1000);
    }

    #[test]
    fn the_file_holds_what_the_list_does() {
        let link = filter(&[("show", "incoming"), ("from", "2026-07-01")]).csv(&TimeZone::UTC);
        assert!(
            link.starts_with("/api/calls.csv?direction=inbound&since=2026-07-01T00"),
            "{link}"
        );
    }
}
