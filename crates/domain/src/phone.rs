//! What the browser's phone and the server tell each other.

use serde::{Deserialize, Serialize};

/// What the phone needs to know when a page is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneView {
    /// The user's number, E.164.
    pub number: String,
    /// The same as people write it.
    pub formatted: String,
    /// ISO country of the number.
    pub country: String,
    /// `host:port` that the Voice SDK signals to in place of Twilio's: a simulator.
    pub signalling_host: Option<String>,
    /// Calls that were missed since the user last looked at the call log; at most [`MISSED_COUNTED`].
    pub missed: u32,
}

/// As far as missed calls are counted: every page counts them, and beyond that nobody reads the difference.
pub const MISSED_COUNTED: u32 = 1000;

/// The number of missed calls as it is shown.
#[must_use]
pub fn missed_shown(missed: u32) -> String {
    if missed < MISSED_COUNTED {
        missed.to_string()
    } else {
        format!("{}+", MISSED_COUNTED - 1)
    }
}

/// Somebody the user spoke to lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    /// E.164
    pub number: String,
    /// The same as people write it.
    pub formatted: String,
    /// What became of the last call, as words: "Missed", "Outgoing, 2 min" …
    pub outcome: String,
}

/// Whether what was typed can be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberCheck {
    /// E.164, where it is a number at all.
    pub number: Option<String>,
    /// The same as people write it; else what was typed.
    pub formatted: String,
    /// "United Kingdom, mobile" …
    pub kind: Option<String>,
    /// Why it cannot be called, as a sentence; `None` when it can.
    pub fault: Option<String>,
}

/// How a page's phone is, which the server is told while the page lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It can ring.
    Ready,
    /// It is in a call.
    Busy,
    /// It is leaving, or cannot ring any more.
    Gone,
}

/// Where the softphone dials for the test call: the user's own words come back to him.
pub const TEST_CALL: &str = "test";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_was_broken_off_says_so() {
        assert_eq!((missed_shown(1), missed_shown(999)), ("1".into(), "999".into()));
        assert_eq!(missed_shown(MISSED_COUNTED), "999+");
    }
}
