//! What is counted for the operator. Labels are words of ours: nothing that names a person, an account or a number.

use metrics::counter;

/// A webhook came that had been answered before; it is answered alike, and nothing is done.
pub(crate) fn webhook_repeated(kind: &'static str) {
    counter!("sniko_webhooks_repeated_total", "kind" => kind).increment(1);
}

/// Webhooks were refused, for a reason that was found out afterwards.
pub(crate) fn webhooks_refused(reason: &'static str, times: u64) {
    counter!("sniko_webhooks_refused_total", "reason" => reason).increment(times);
}

/// A text was given to a provider.
pub(crate) fn text_given(provider: &'static str, outcome: &'static str) {
    counter!("sniko_texts_sent_total", "provider" => provider, "outcome" => outcome).increment(1);
}

/// A step at Twilio of connecting or disconnecting has ended.
pub(crate) fn step_ended(kind: &'static str, outcome: &'static str) {
    counter!("sniko_connection_steps_total", "step" => kind, "outcome" => outcome).increment(1);
}
