//! What Twilio asked and reported, counted by kind and by what became of it. The counters are looked up once.

use std::sync::OnceLock;

use metrics::{Counter, counter};

/// What became of a webhook.
#[derive(Clone, Copy)]
pub enum Outcome {
    /// It was done, or it had been before.
    Accepted,
    /// It is not Twilio's, or not about what is the tenant's.
    Refused,
    /// It is not even a form.
    Unreadable,
    /// Something of ours failed: a caller heard an apology, or Twilio reports again.
    Failed,
}

const KINDS: [&str; 4] = ["voice", "call_status", "recording", "text"];
const OUTCOMES: [&str; 4] = ["accepted", "refused", "unreadable", "failed"];

/// Counts a webhook that came to this path.
pub fn counted(path: &str, outcome: Outcome) {
    static COUNTERS: [[OnceLock<Counter>; OUTCOMES.len()]; KINDS.len()] =
        [const { [const { OnceLock::new() }; OUTCOMES.len()] }; KINDS.len()];
    let (kind, outcome) = (kind(path), outcome as usize);
    if let (Some(counter), Some(kind), Some(outcome)) = (
        COUNTERS.get(kind).and_then(|counters| counters.get(outcome)),
        KINDS.get(kind),
        OUTCOMES.get(outcome),
    ) {
        let made = || counter!("sniko_webhooks_total", "kind" => *kind, "outcome" => *outcome);
        counter.get_or_init(made).increment(1);
    }
}

/// The place of its kind among the kinds.
fn kind(path: &str) -> usize {
    let kinds = [
        ("/webhooks/twilio/call-status", 1),
        ("/webhooks/twilio/recording", 2),
        ("/webhooks/sms/", 3),
    ];
    let found = kinds.iter().find(|(beginning, _)| path.starts_with(beginning));
    found.map_or(0, |(_, place)| *place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_of_a_kind() {
        for (path, name) in [
            ("/twiml/inbound", "voice"),
            ("/webhooks/twilio/voice/0192", "voice"),
            ("/webhooks/twilio/dtmf", "voice"),
            ("/webhooks/twilio/call-status/0192", "call_status"),
            ("/webhooks/twilio/recording", "recording"),
            ("/webhooks/sms/twilio", "text"),
        ] {
            assert_eq!(KINDS[kind(path)], name, "{path}");
        }
    }
}
