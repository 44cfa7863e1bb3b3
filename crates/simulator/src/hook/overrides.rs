//! What a webhook's URL asks for in its fragment:
//! <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>

use std::time::Duration;

/// How a request failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Failure {
    Connect,
    Timeout,
    ClientError,
    ServerError,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Overrides {
    pub(super) connect: Duration,
    pub(super) read: Duration,
    pub(super) total: Duration,
    pub(super) retries: u32,
    on: Vec<String>,
}

impl Default for Overrides {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(15),
            total: Duration::from_secs(15),
            retries: 1,
            on: vec!["ct".to_owned()],
        }
    }
}

impl Overrides {
    /// Values outside of the documented ranges are as if they were not there.
    pub(super) fn of(url: &str) -> Self {
        let mut overrides = Self::default();
        let Some((_, fragment)) = url.split_once('#') else {
            return overrides;
        };
        for pair in fragment.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let number =
                |range: std::ops::RangeInclusive<u64>| value.parse().ok().filter(|number| range.contains(number));
            match name {
                "ct" => overrides.connect = number(100..=10_000).map_or(overrides.connect, Duration::from_millis),
                "rt" => overrides.read = number(100..=15_000).map_or(overrides.read, Duration::from_millis),
                "tt" => overrides.total = number(100..=15_000).map_or(overrides.total, Duration::from_millis),
                "rc" => {
                    let retries = number(0..=5).and_then(|count| count.try_into().ok());
                    overrides.retries = retries.unwrap_or(overrides.retries);
                }
                "rp" => overrides.on = value.split(',').map(str::to_owned).collect(),
                _ => {}
            }
        }
        overrides
    }

    pub(super) fn retries_after(&self, failure: Failure) -> bool {
        let name = match failure {
            Failure::Connect => "ct",
            Failure::Timeout => "rt",
            Failure::ClientError => "4xx",
            Failure::ServerError => "5xx",
        };
        self.on.iter().any(|on| on == name || on == "all")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Failure, Overrides};

    #[test]
    fn by_default_only_a_failed_connection_is_tried_once_more() {
        let overrides = Overrides::of("https://app.example/x?rc=5");
        assert_eq!(overrides, Overrides::default());
        assert!(overrides.retries_after(Failure::Connect));
        assert!(!overrides.retries_after(Failure::ServerError) && !overrides.retries_after(Failure::Timeout));
    }

    #[test]
    fn the_fragment_overrides() {
        let overrides = Overrides::of("https://app.example/x#rc=5&rp=4xx,5xx&tt=900&rt=700&ct=99&e=dublin");
        assert_eq!((overrides.retries, overrides.total), (5, Duration::from_millis(900)));
        assert_eq!(
            (overrides.read, overrides.connect),
            (Duration::from_millis(700), Duration::from_secs(5))
        );
        assert!(overrides.retries_after(Failure::ClientError) && overrides.retries_after(Failure::ServerError));
        assert!(!overrides.retries_after(Failure::Connect));
        assert!(Overrides::of("x#rp=all&rc=9").retries_after(Failure::Timeout));
        assert_eq!(Overrides::of("x#rp=all&rc=9").retries, 1);
    }
}
