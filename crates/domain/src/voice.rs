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
