//! What becomes of texts, for tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::magic;

/// How far a text comes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// To the phone.
    #[default]
    Delivered,
    /// It stays queued.
    Queued,
    /// It stays on its way to the carrier.
    Sending,
    /// It is sent, and nothing is heard of it any more.
    Sent,
    /// It is sent, and then fails with this code.
    Undelivered(u32),
    /// It fails with this code before it is sent.
    Failed(u32),
    /// It is refused with this code when it is made.
    Refused(u32),
}

/// How texts fare from now on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MessagesBehaviour {
    /// Milliseconds from each state to the next.
    pub delay_ms: u64,
    /// What becomes of texts to all numbers that are not named.
    pub otherwise: Outcome,
    /// What becomes of texts to these numbers.
    pub outcomes: BTreeMap<String, Outcome>,
}

impl Default for MessagesBehaviour {
    fn default() -> Self {
        Self {
            delay_ms: 150,
            otherwise: Outcome::default(),
            outcomes: BTreeMap::new(),
        }
    }
}

impl MessagesBehaviour {
    pub(crate) fn outcome(&self, to: &str) -> Outcome {
        let named = self.outcomes.get(to).copied();
        named.or_else(|| magic::outcome(to)).unwrap_or(self.otherwise)
    }

    /// The same with the fields of `edit`; of the outcomes only the numbers in it change, and `null` takes one away.
    pub(crate) fn edited(&self, edit: &Value) -> Result<Self, serde_json::Error> {
        let mut whole = json!(self);
        merge(&mut whole, edit);
        serde_json::from_value(whole)
    }
}

fn merge(whole: &mut Value, edit: &Value) {
    let (Some(whole), Some(edit)) = (whole.as_object_mut(), edit.as_object()) else {
        return;
    };
    for (name, value) in edit {
        let inner = if name == "outcomes" { whole.get_mut(name) } else { None };
        match inner {
            Some(outcomes) => {
                if let (Some(outcomes), Some(edit)) = (outcomes.as_object_mut(), value.as_object()) {
                    outcomes.extend(edit.clone());
                    outcomes.retain(|_, outcome| !outcome.is_null());
                }
            }
            None => {
                whole.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{MessagesBehaviour, Outcome};

    #[test]
    fn only_what_is_named_changes() {
        let first = MessagesBehaviour::default()
            .edited(&json!({ "outcomes": { "+14155550122": { "undelivered": 30003 }, "+14155550133": "sent" } }))
            .unwrap();
        let second = first
            .edited(&json!({ "delay_ms": 5, "outcomes": { "+14155550133": null } }))
            .unwrap();
        assert_eq!((first.delay_ms, second.delay_ms), (150, 5));
        assert_eq!(second.outcome("+14155550122"), Outcome::Undelivered(30003));
        assert_eq!(second.outcome("+14155550133"), Outcome::Delivered);
        assert!(first.edited(&json!({ "delay": 5 })).is_err());
    }
}
