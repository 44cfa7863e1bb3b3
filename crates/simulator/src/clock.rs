//! The simulator's clock is the machine's: nothing it decides depends on the time.

use jiff::Timestamp;

/// Now.
#[allow(
    clippy::disallowed_methods,
    reason = "a stand-in for a service has its own clock, as the service has"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// As v2010 of the API writes dates: `Thu, 30 Jul 2015 23:19:04 +0000`.
pub(crate) fn rfc2822(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::rfc2822;

    #[test]
    fn dates_are_written_as_in_published_examples() {
        let time = "2015-07-30T23:19:04Z".parse().unwrap();
        assert_eq!(rfc2822(time), "Thu, 30 Jul 2015 23:19:04 +0000");
    }
}
