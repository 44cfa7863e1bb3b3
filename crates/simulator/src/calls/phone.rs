//! Simulated phones: who is at the other end of a number, and what he does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a phone does when it is called.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Answers after it has rung for `rings_ms`.
    #[default]
    Answer,
    /// Is busy at once.
    Busy,
    /// Rings until the caller gives up.
    NoAnswer,
    /// Rings for `rings_ms`, then declines.
    Reject,
    /// Cannot be reached.
    Fail,
    /// Rings until somebody answers it by hand, on the page or over the control API.
    Manual,
}

/// What a phone says.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// A tone of so many hertz.
    Tone(f64),
    /// What it hears.
    #[default]
    Echo,
    /// Nothing.
    Silence,
}

/// Keys that are pressed some time after the call was answered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Press {
    /// Milliseconds after the answer.
    pub after_ms: u64,
    /// `0`–`9`, `*`, `#`.
    pub digits: String,
}

/// How a phone behaves, as caller or as callee. As caller, `rings_ms` and `behaviour` do not matter.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhoneScript {
    /// How long it rings before it does something.
    pub rings_ms: u64,
    /// What it does then.
    pub behaviour: Behaviour,
    /// What it says.
    pub sound: Sound,
    /// Which keys it presses.
    pub digits: Vec<Press>,
    /// When it hangs up, in milliseconds after the answer; a caller counts from the beginning until somebody answers.
    pub hangs_up_after_ms: Option<u64>,
}

impl Default for PhoneScript {
    fn default() -> Self {
        Self {
            rings_ms: 1500,
            behaviour: Behaviour::Answer,
            sound: Sound::Echo,
            digits: Vec::new(),
            hangs_up_after_ms: None,
        }
    }
}

impl PhoneScript {
    fn behaving(behaviour: Behaviour) -> Self {
        Self {
            behaviour,
            ..Self::default()
        }
    }
}

/// Numbers that answer and echo.
pub const ECHO_NUMBERS: [&str; 2] = ["+14155550199", "+442079460199"];
pub(crate) const BUSY_NUMBER: &str = "+14155550198";
pub(crate) const SILENT_NUMBER: &str = "+14155550197";
pub(crate) const MANUAL_NUMBER: &str = "+14155550196";

/// Phones by number. A number that is not in it answers after a while, and echoes.
#[derive(Clone, Debug)]
pub(crate) struct Phones(BTreeMap<String, PhoneScript>);

impl Default for Phones {
    fn default() -> Self {
        let phones = ECHO_NUMBERS
            .map(|number| (number, Behaviour::Answer))
            .into_iter()
            .chain([
                (BUSY_NUMBER, Behaviour::Busy),
                (SILENT_NUMBER, Behaviour::NoAnswer),
                (MANUAL_NUMBER, Behaviour::Manual),
            ]);
        Self(
            phones
                .map(|(number, behaviour)| (number.to_owned(), PhoneScript::behaving(behaviour)))
                .collect(),
        )
    }
}

impl Phones {
    pub(crate) fn script(&self, number: &str) -> PhoneScript {
        self.0.get(number).cloned().unwrap_or_default()
    }

    pub(crate) fn set(&mut self, number: String, script: PhoneScript) {
        self.0.insert(number, script);
    }

    pub(crate) fn all(&self) -> &BTreeMap<String, PhoneScript> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Behaviour, PhoneScript, Phones, Sound};

    #[test]
    fn scripts_are_written_as_short_json() {
        let script: PhoneScript = serde_json::from_str(
            r#"{"rings_ms":200,"sound":{"tone":800},"digits":[{"after_ms":10,"digits":"1"}],"hangs_up_after_ms":900}"#,
        )
        .unwrap();
        assert_eq!(
            (script.behaviour, script.sound),
            (Behaviour::Answer, Sound::Tone(800.0))
        );
        let busy: PhoneScript = serde_json::from_str(r#"{"behaviour":"busy","sound":"silence"}"#).unwrap();
        assert_eq!((busy.behaviour, busy.sound), (Behaviour::Busy, Sound::Silence));
        assert!(serde_json::from_str::<PhoneScript>(r#"{"ring_ms":1}"#).is_err());
    }

    #[test]
    fn unknown_numbers_answer_and_echo() {
        let phones = Phones::default();
        assert_eq!(phones.script("+33123456789"), PhoneScript::default());
        assert_eq!(phones.script("+14155550198").behaviour, Behaviour::Busy);
    }
}
