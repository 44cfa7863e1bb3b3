//! Twilio, by the credentials that come with each text.

use std::time::Duration;

use ::twilio::{Client, Error, Message, MessageFilter, NewMessage, Transport, explain};
use async_trait::async_trait;
use domain::message::{MessageError, MessageStatus};
use jiff::{SignedDuration, Timestamp};

use super::MAX_SEGMENTS;
use crate::outcome::{LookupError, Outcome, Rejection, RejectionKind, Report};
use crate::provider::{Capabilities, Provider, Settings, SettingsError, SmsProvider};
use crate::text::{Credentials, OutgoingText, Sender};

pub(crate) const NAME: &str = "twilio";

/// What Twilio puts before the texts of trial accounts.
const TRIAL_NOTICE: &str = "Sent from your Twilio trial account - ";
/// How long the queue of a number stays full at least, when it is.
const FULL_QUEUE: Duration = Duration::from_secs(60);
/// How many texts to one person are looked through for one.
const LOOKED_THROUGH: usize = 200;
/// By how much Twilio's clock may differ from ours. Its dates are in whole seconds, too.
const SKEW: SignedDuration = SignedDuration::from_secs(120);

/// Sends through Twilio's Messages.
#[derive(Clone, Debug)]
pub struct Twilio(Transport);

impl Twilio {
    /// Over these connections.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        Self(transport)
    }

    fn client(&self, credentials: Option<&Credentials>) -> Option<Client> {
        let Credentials { account, secret } = credentials?;
        Some(self.0.client(account.parse().ok()?, secret.clone()))
    }
}

pub(crate) fn from_settings(settings: &Settings) -> Result<Provider, SettingsError> {
    let transport = settings.twilio.clone();
    transport
        .map(|transport| Provider::new(Twilio(transport)))
        .ok_or(SettingsError::Disabled(NAME, "SMS_TWILIO_ENABLED=true"))
}

#[async_trait]
impl SmsProvider for Twilio {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            credentials: true,
            media: true,
            max_media: 10,
            status_callbacks: true,
            lookup: true,
            max_segments: MAX_SEGMENTS,
        }
    }

    async fn send(&self, text: &OutgoingText) -> Outcome {
        let Some(client) = self.client(text.credentials.as_ref()) else {
            return rejected(
                RejectionKind::Credentials,
                "The text has no Twilio account to be sent by.",
            );
        };
        let Some(message) = new_message(text) else {
            return rejected(
                RejectionKind::Sender,
                "The text has no Messaging Service to be sent by.",
            );
        };
        match client.create_message(&message).await {
            Ok(message) => Outcome::Accepted(report(message)),
            Err(error) => outcome(&error),
        }
    }

    async fn status(
        &self,
        credentials: Option<&Credentials>,
        provider_sid: &str,
    ) -> Result<Option<Report>, LookupError> {
        let (Some(client), Ok(sid)) = (self.client(credentials), provider_sid.parse()) else {
            return Ok(None);
        };
        match client.fetch_message(&sid).await {
            Ok(message) => Ok(Some(report(message))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(lookup_error(&error)),
        }
    }

    /// The day that a text was sent is no filter here: one that still waits at Twilio has none.
    async fn find(&self, text: &OutgoingText, since: Timestamp) -> Result<Vec<Report>, LookupError> {
        let Some(client) = self.client(text.credentials.as_ref()) else {
            return Ok(Vec::new());
        };
        let filter = MessageFilter {
            to: Some(text.to.clone()),
            from: text.sender.number().map(str::to_owned),
            sent_since: None,
            limit: Some(LOOKED_THROUGH),
        };
        let messages = client
            .list_messages(&filter)
            .await
            .map_err(|error| lookup_error(&error))?;
        let since = since.saturating_sub(SKEW).unwrap_or(Timestamp::MIN);
        let fitting = messages.into_iter().filter(|message| is_same(message, text));
        let reports = fitting.map(report);
        let recent = reports.filter(|report| report.created_at.is_none_or(|created| created >= since));
        Ok(recent.collect::<Vec<_>>().into_iter().rev().collect())
    }
}

fn new_message(text: &OutgoingText) -> Option<NewMessage> {
    let messaging_service_sid = match &text.sender {
        Sender::Number(_) => None,
        Sender::Service { service, .. } => Some(service.parse().ok()?),
    };
    Some(NewMessage {
        to: text.to.clone(),
        from: text.sender.number().map(str::to_owned),
        messaging_service_sid,
        body: text.body.clone(),
        media_urls: text.media.iter().map(ToString::to_string).collect(),
        status_callback: text.status_callback.as_ref().map(ToString::to_string),
        validity_period: None,
    })
}

/// Whether what Twilio has may be this text.
fn is_same(message: &Message, text: &OutgoingText) -> bool {
    let body = message.body.strip_prefix(TRIAL_NOTICE).unwrap_or(&message.body);
    let service = message.messaging_service_sid.as_ref().map(|sid| sid.as_str());
    let by_sender = match &text.sender {
        Sender::Number(_) => true,
        Sender::Service { service: wanted, .. } => service == Some(wanted.as_str()),
    };
    let goes_out = message.direction.as_deref() != Some("inbound");
    // Some networks' ways of writing the end of a line, and blanks at the end, do not survive.
    let plain = |text: &str| text.replace("\r\n", "\n").trim().to_owned();
    // Twilio counts media only once it has fetched them.
    let media_fit = !text.media.is_empty() || message.num_media.unwrap_or_default() == 0;
    goes_out && by_sender && media_fit && plain(body) == plain(&text.body)
}

fn report(message: Message) -> Report {
    Report {
        provider_sid: message.sid.to_string(),
        status: twilio_status(&message.status),
        segments: message.num_segments.filter(|count| *count > 0),
        from: message.from,
        error: error_of_twilio(message.error_code, message.error_message.as_deref()),
        created_at: moment(message.date_created.as_deref()),
        sent_at: moment(message.date_sent.as_deref()),
    }
}

fn moment(text: Option<&str>) -> Option<Timestamp> {
    ::twilio::webhook::rfc2822(text?)
}

/// Twilio's word for how far a text is, in ours. None for a word that this version does not know.
#[must_use]
pub fn twilio_status(status: &::twilio::MessageStatus) -> Option<MessageStatus> {
    use ::twilio::MessageStatus as Word;
    Some(match status {
        Word::Accepted | Word::Scheduled | Word::Queued | Word::Sending => MessageStatus::Accepted,
        Word::Sent => MessageStatus::Sent,
        Word::Delivered | Word::PartiallyDelivered => MessageStatus::Delivered,
        Word::Read => MessageStatus::Read,
        Word::Undelivered => MessageStatus::Undelivered,
        Word::Failed => MessageStatus::Failed,
        Word::Canceled => MessageStatus::Canceled,
        Word::Receiving | Word::Received => MessageStatus::Received,
        Word::Unknown(_) => return None,
    })
}

/// What Twilio says is wrong with a text, in plain words where we have them.
#[must_use]
pub fn error_of_twilio(code: Option<u32>, message: Option<&str>) -> Option<MessageError> {
    let words = code.and_then(explain).or(message);
    if code.is_none() && words.is_none() {
        return None;
    }
    Some(MessageError {
        code,
        message: words.unwrap_or("Twilio could not deliver the text.").to_owned(),
    })
}

fn outcome(error: &Error) -> Outcome {
    // Numbers and words of Twilio are not in it.
    tracing::debug!(%error, "a text was not accepted");
    if error.outcome_unknown() {
        return Outcome::Unknown;
    }
    if error.code() == Some(21611) {
        return Outcome::NotSent {
            retry_after: Some(FULL_QUEUE),
        };
    }
    if error.is_transient() || error.is_unavailable() {
        return Outcome::NotSent {
            retry_after: error.retry_after(),
        };
    }
    Outcome::Rejected(Rejection {
        kind: kind(error),
        error: refusal(error),
    })
}

fn refusal(error: &Error) -> MessageError {
    error_of_twilio(error.code(), error.twilio_message()).unwrap_or_else(|| MessageError {
        code: None,
        message: match error.status() {
            Some(status) => format!("Twilio refused the text (HTTP {status})."),
            None => "The text could not be handed to Twilio.".to_owned(),
        },
    })
}

fn lookup_error(error: &Error) -> LookupError {
    if error.is_transient() || error.is_unavailable() {
        LookupError::Unavailable
    } else {
        LookupError::Refused(refusal(error))
    }
}

fn kind(error: &Error) -> RejectionKind {
    if error.is_opted_out() {
        return RejectionKind::OptedOut;
    }
    if error.is_credentials_rejected() || error.is_test_credentials() || error.is_account_inactive() {
        return RejectionKind::Credentials;
    }
    match error.code() {
        Some(21212 | 21603 | 21606 | 21607 | 21659..=21661 | 21703..=21705 | 21712) => RejectionKind::Sender,
        Some(21211 | 21214 | 21217 | 21265 | 21266 | 21408 | 21604 | 21608 | 21612 | 21614 | 21635) => {
            RejectionKind::Recipient
        }
        Some(21602 | 21617 | 21619 | 21620 | 21623) => RejectionKind::Content,
        _ => RejectionKind::Other,
    }
}

fn rejected(kind: RejectionKind, message: &str) -> Outcome {
    Outcome::Rejected(Rejection {
        kind,
        error: MessageError {
            code: None,
            message: message.to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_twilio_has_is_never_one_that_waits_for_us() {
        for word in [
            "accepted",
            "scheduled",
            "queued",
            "sending",
            "sent",
            "delivered",
            "undelivered",
            "failed",
            "read",
        ] {
            let status = twilio_status(&::twilio::MessageStatus::from(word.to_owned())).unwrap();
            assert!(status >= MessageStatus::Accepted, "{word}");
        }
        assert_eq!(
            twilio_status(&::twilio::MessageStatus::from("teleported".to_owned())),
            None
        );
    }

    #[test]
    fn an_error_is_told_in_plain_words() {
        assert_eq!(error_of_twilio(None, None), None);
        let known = error_of_twilio(Some(30007), Some("Carrier violation")).unwrap();
        assert!(known.message.contains("spam"), "{}", known.message);
        let other = error_of_twilio(Some(63999), Some("Channel trouble")).unwrap();
        assert_eq!((other.code, other.message.as_str()), (Some(63999), "Channel trouble"));
        assert!(error_of_twilio(Some(63999), None).unwrap().message.ends_with('.'));
    }
}
