//! Numbers at which something always goes wrong. Those that refuse are Twilio's own for test credentials:
//! <https://www.twilio.com/docs/iam/test-credentials>; those at which deliveries fail are the simulator's.

use super::Outcome;
use crate::rest::refusal::Refusal;

/// Sends, with test credentials.
pub(super) const GOOD_SENDER: &str = "+15005550006";

/// Why nothing can be sent to this number.
pub(super) fn refusal_of_recipient(to: &str) -> Option<Refusal> {
    let code = match to {
        "+15005550001" => 21211,
        "+15005550002" => 21612,
        "+15005550003" => 21408,
        "+15005550004" => 21610,
        "+15005550009" => 21614,
        _ => return None,
    };
    Some(refusal(code))
}

/// Why nothing can be sent from this number.
pub(super) fn refusal_of_sender(from: &str) -> Option<Refusal> {
    let code = match from {
        "+15005550001" => 21212,
        "+15005550007" => 21606,
        "+15005550008" => 21611,
        _ => return None,
    };
    Some(refusal(code))
}

pub(super) fn refusal(code: u32) -> Refusal {
    Refusal::new(400, code, sentence(code))
}

/// A delivery that fails: the number ends in Twilio's code, as `+1415553 0003` in 30003.
pub(super) fn outcome(to: &str) -> Option<Outcome> {
    match to.strip_prefix("+141555")?.parse().ok()? {
        code @ (30001 | 30002) => Some(Outcome::Failed(code)),
        code @ (30003..=30008 | 30034) => Some(Outcome::Undelivered(code)),
        _ => None,
    }
}

/// Twilio's words for a code.
pub(crate) fn sentence(code: u32) -> &'static str {
    match code {
        21211 => "Invalid 'To' Phone Number",
        21212 => "Invalid 'From' Number",
        21266 => "'To' and 'From' number cannot be the same",
        21408 => "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
        21602 => "Message body is required",
        21603 => "A 'From' phone number is required",
        21604 => "A 'To' phone number is required",
        21606 => {
            "The 'From' phone number provided is not a valid, SMS-capable inbound phone number or short code for your account"
        }
        21609 => "The 'StatusCallback' URL is not a valid URL",
        21610 => "Attempt to send to unsubscribed recipient",
        21611 => "This 'From' number has exceeded the maximum number of queued messages",
        21612 => "Message cannot be sent with the current combination of 'To' and/or 'From' parameters",
        21614 => "'To' number is not a valid mobile number",
        21617 => "The concatenated message body exceeds the 1600 character limit",
        21620 => "Invalid media URL(s)",
        21623 => "Number of media files exceeds allowed limit",
        21659 => "'From' is not a Twilio phone number or short code country mismatch",
        21660 => "Mismatch between the 'From' number and the account",
        21703 => "The Messaging Service does not have a phone number available to send a message",
        21704 => "The Messaging Service contains no phone numbers",
        21705 => "The Messaging Service is invalid",
        30001 => "Queue overflow",
        30002 => "Account suspended",
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        30019 => "Content size exceeds carrier limit",
        30034 => "Message from an Unregistered Number",
        11200 => "HTTP retrieval failure",
        12300 => "Invalid Content-Type",
        _ => "Unknown error",
    }
}
