//! How a user wants his calls to be treated.

use serde::{Deserialize, Serialize};

use crate::menu::Menu;

stored_enum! {
    /// What happens when nobody answers.
    NoAnswer {
        /// The caller may leave a message.
        Voicemail = "voicemail",
        /// Another phone rings.
        Forward = "forward",
        /// The caller is told so.
        Goodbye = "goodbye",
    }
}

stored_enum! {
    /// Whether conversations are recorded.
    RecordingMode {
        /// Never.
        Off = "off",
        /// Always, in two channels.
        On = "on",
        /// Always, after both sides were told so.
        Announced = "announced",
    }
}

/// Shortest and longest time that the browser rings, in seconds. Twilio adds up to five.
pub const RING_SECONDS: std::ops::RangeInclusive<u32> = 5..=60;

/// Bounds of the other numbers among the settings.
pub const RETENTION_DAYS: std::ops::RangeInclusive<u32> = 1..=3650;
/// Calls at once.
pub const CONCURRENT: std::ops::RangeInclusive<u32> = 1..=20;
/// Minutes in 24 hours.
pub const MINUTES_A_DAY: std::ops::RangeInclusive<u32> = 1..=1440;

/// What is asked of a field of the settings or of the menu, as a sentence, by the field's name in the form.
#[must_use]
pub fn field_sentence(name: &str) -> Option<&'static str> {
    Some(match name {
        "no_answer" => "Choose what happens when nobody answers.",
        "forward_to" => "Enter a phone that may be called, such as +44 20 7183 8750.",
        "ring_seconds" => "Enter a number of seconds from 5 to 60.",
        "greeting" => "Enter what callers hear, in at most 600 characters.",
        "recording" => "Choose whether calls are recorded.",
        "retention_days" => "Enter a number of days from 1 to 3650, or nothing to keep recordings.",
        "countries" => "Enter country codes of two letters, such as GB, IE.",
        "max_concurrent" => "Enter a number of calls from 1 to 20.",
        "max_minutes_a_day" => "Enter a number of minutes from 1 to 1440.",
        "menu_on" => "Choose what at least one key does.",
        _ if !name.starts_with("key_") => return None,
        _ if name.ends_with("_action") => "Choose what this key does.",
        _ if name.ends_with("_to") => "Enter a phone that may be called, such as +44 20 7183 8750.",
        _ if name.ends_with("_text") => "Enter what is said, in at most 600 characters.",
        _ => return None,
    })
}

/// A user's own settings for calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceSettings {
    /// What happens when nobody answers.
    pub no_answer: NoAnswer,
    /// The phone to forward to, E.164; needed for [`NoAnswer::Forward`].
    pub forward_to: Option<String>,
    /// How long the browser rings.
    pub ring_seconds: u32,
    /// What callers hear before they leave a message.
    pub greeting: String,
    /// Whether conversations are recorded.
    pub recording: RecordingMode,
    /// Days after which recordings are deleted; `None` keeps them.
    pub retention_days: Option<u32>,
    /// Countries that may be called, ISO 3166-1 alpha-2; none means the country of the user's number alone.
    pub countries: Vec<String>,
    /// Most calls at once.
    pub max_concurrent: u32,
    /// Most minutes of outbound calls in 24 hours.
    pub max_minutes_a_day: u32,
    /// The menu that callers hear; none rings at once.
    pub menu: Option<Menu>,
}

impl Default for VoiceSettings {
    fn default() -> Self {
        Self {
            no_answer: NoAnswer::Voicemail,
            forward_to: None,
            ring_seconds: 25,
            greeting: "Sorry, nobody can take your call right now. Please leave a message after the tone.".to_owned(),
            recording: RecordingMode::Off,
            retention_days: None,
            countries: Vec::new(),
            max_concurrent: 4,
            max_minutes_a_day: 240,
            menu: None,
        }
    }
}
