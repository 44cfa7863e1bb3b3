//! The parameters of webhooks about texts: <https://www.twilio.com/docs/messaging/guides/webhook-request>

use super::{Message, MessageStatus};
use crate::clock;
use crate::engine::{country, pair};
use crate::world::Stored;

type Pairs = Vec<(String, String)>;

/// Of a text that has arrived. Media are named by their addresses in the API.
pub(super) fn of_inbound(message: &Stored<Message>, base_url: &str) -> Pairs {
    let value = &message.value;
    let mut pairs = vec![
        pair("ToCountry", country(&value.to)),
        pair("ToState", ""),
        pair("ToCity", ""),
        pair("ToZip", ""),
        pair("FromCountry", country(&value.from)),
        pair("FromState", ""),
        pair("FromCity", ""),
        pair("FromZip", ""),
        pair("SmsMessageSid", &message.sid),
        pair("SmsSid", &message.sid),
        pair("MessageSid", &message.sid),
        pair("SmsStatus", "received"),
        pair("AccountSid", &value.account_sid),
        pair("From", &value.from),
        pair("To", &value.to),
        pair("Body", &value.body),
        pair("NumMedia", value.media.len().to_string()),
        pair("NumSegments", value.segments.to_string()),
        pair("ApiVersion", "2010-04-01"),
    ];
    for (at, media) in value.media.iter().enumerate() {
        let address = format!(
            "{base_url}/2010-04-01/Accounts/{}/Messages/{}/Media/{}",
            value.account_sid, message.sid, media.sid
        );
        pairs.push(pair(&format!("MediaUrl{at}"), address));
        pairs.push(pair(&format!("MediaContentType{at}"), &media.value.content_type));
    }
    if let Some(service) = &value.service_sid {
        pairs.push(pair("MessagingServiceSid", service));
        pairs.extend(value.opt_out.map(|word| pair("OptOutType", word.as_str())));
    }
    pairs
}

/// Of a text that is being sent.
pub(super) fn of_status(message: &Stored<Message>) -> Pairs {
    let value = &message.value;
    let status = value.status.as_str();
    let mut pairs = vec![
        pair("SmsSid", &message.sid),
        pair("SmsStatus", status),
        pair("MessageStatus", status),
        pair("To", &value.to),
        pair("MessageSid", &message.sid),
        pair("AccountSid", &value.account_sid),
        pair("From", &value.from),
        pair("ApiVersion", "2010-04-01"),
    ];
    pairs.extend(value.service_sid.as_ref().map(|sid| pair("MessagingServiceSid", sid)));
    pairs.extend(value.error.map(|code| pair("ErrorCode", code.to_string())));
    if matches!(value.status, MessageStatus::Delivered | MessageStatus::Undelivered) {
        let done = clock::now().strftime("%y%m%d%H%M").to_string();
        pairs.push(pair("RawDlrDoneDate", done));
    }
    pairs
}
