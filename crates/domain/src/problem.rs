//! What went wrong, as a person reads it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One plain sentence with the way out, and Twilio's code where Twilio said no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable `snake_case` code, e.g. `number_in_use`.
    pub code: String,
    /// One plain sentence that says what happened and what to do.
    pub message: String,
    /// Twilio's error code, e.g. 20003.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twilio_code: Option<u32>,
    /// Twilio's page about that code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_info: Option<String>,
    /// A sentence for each form field that was refused, by the field's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

impl Problem {
    /// A problem of ours, without a code of Twilio's.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            twilio_code: None,
            more_info: None,
            fields: BTreeMap::new(),
        }
    }

    /// The same, with a sentence for one form field.
    #[must_use]
    pub fn field(mut self, name: &str, sentence: impl Into<String>) -> Self {
        self.fields.insert(name.into(), sentence.into());
        self
    }
}
