//! Where a text is, in words.

use domain::call::Direction;
use domain::message::{MessageStatus, MessageView};

use crate::components::icon::Glyph;

/// Where a text is: the words, the drawing beside them, and how much they stand out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// "Delivered", "Not delivered: …"
    pub words: String,
    /// Says the same to those who skim.
    pub glyph: Glyph,
    /// `failed`, `doubtful`, or nothing.
    pub look: &'static str,
}

/// Where a text is; nothing for one that came in.
pub fn told(message: &MessageView) -> Option<Told> {
    if message.direction == Direction::Inbound {
        return None;
    }
    let (words, glyph, look) = match message.status {
        MessageStatus::Scheduled => ("Scheduled".to_owned(), Glyph::Circle, ""),
        MessageStatus::Queued if message.attempts > 0 => (again(message), Glyph::Circle, "doubtful"),
        MessageStatus::Queued => ("Queued".to_owned(), Glyph::Circle, ""),
        MessageStatus::Sending | MessageStatus::Accepted => ("Sending…".to_owned(), Glyph::Circle, ""),
        MessageStatus::Unknown => (
            "Not known whether it was sent: Twilio did not answer".to_owned(),
            Glyph::Warning,
            "doubtful",
        ),
        MessageStatus::Sent => ("Sent".to_owned(), Glyph::Outgoing, ""),
        MessageStatus::Undelivered => (with_reason("Not delivered", message), Glyph::Warning, "failed"),
        MessageStatus::Failed => (with_reason("Failed", message), Glyph::Warning, "failed"),
        MessageStatus::Canceled => ("Cancelled".to_owned(), Glyph::Cross, ""),
        MessageStatus::Delivered | MessageStatus::Received => ("Delivered".to_owned(), Glyph::Check, ""),
        MessageStatus::Read => ("Read".to_owned(), Glyph::Check, ""),
    };
    Some(Told { words, glyph, look })
}

fn with_reason(what: &str, message: &MessageView) -> String {
    match &message.error {
        Some(error) => format!("{what}: {}", error.message),
        None => what.to_owned(),
    }
}

fn again(message: &MessageView) -> String {
    with_reason("Queued, is tried again", message)
}

/// Whether it can be sent once more.
pub const fn can_retry(message: &MessageView) -> bool {
    matches!(message.direction, Direction::Outbound)
        && matches!(
            message.status,
            MessageStatus::Failed | MessageStatus::Undelivered | MessageStatus::Unknown
        )
}

/// Whether there is time to call it off.
pub const fn can_cancel(message: &MessageView) -> bool {
    match message.status {
        MessageStatus::Scheduled => true,
        MessageStatus::Queued => message.attempts > 0,
        _ => false,
    }
}

/// What a screen reader is told when the entry appears or changes; nothing for what is of no note.
pub fn announcement(message: &MessageView, who: &str) -> Option<String> {
    match message.direction {
        Direction::Inbound if message.body.is_empty() => Some(format!("{who} sent a picture")),
        Direction::Inbound => Some(format!("{who} wrote: {}", message.body)),
        Direction::Outbound => told(message)
            .filter(|told| !told.look.is_empty())
            .map(|told| told.words),
    }
}

#[cfg(test)]
pub mod tests {
    use domain::id::MessageId;
    use domain::message::MessageError;
    use domain::time::UnixMillis;

    use super::*;

    pub fn message(direction: Direction, status: MessageStatus) -> MessageView {
        MessageView {
            id: "01890a5d-ac96-774b-bcce-b302099a8057".parse::<MessageId>().unwrap(),
            direction,
            from: "+14155550198".to_owned(),
            to: "+442079460199".to_owned(),
            peer: "+44 20 7946 0199".to_owned(),
            body: "Hello".to_owned(),
            status,
            segments: 1,
            provider: "twilio".to_owned(),
            provider_sid: None,
            error: None,
            media: Vec::new(),
            created_at: UnixMillis(0),
            send_at: None,
            sent_at: None,
            delivered_at: None,
            attempts: 0,
        }
    }

    fn words(status: MessageStatus) -> String {
        told(&message(Direction::Outbound, status)).unwrap().words
    }

    #[test]
    fn every_status_has_words() {
        for (status, expected) in [
            (MessageStatus::Queued, "Queued"),
            (MessageStatus::Sending, "Sending…"),
            (MessageStatus::Accepted, "Sending…"),
            (MessageStatus::Sent, "Sent"),
            (MessageStatus::Delivered, "Delivered"),
            (MessageStatus::Canceled, "Cancelled"),
            (MessageStatus::Failed, "Failed"),
            (MessageStatus::Undelivered, "Not delivered"),
        ] {
            assert_eq!(words(status), expected);
        }
        assert!(words(MessageStatus::Unknown).starts_with("Not known"));
        assert_eq!(told(&message(Direction::Inbound, MessageStatus::Received)), None);
    }

    #[test]
    fn a_failure_says_why() {
        let mut failed = message(Direction::Outbound, MessageStatus::Undelivered);
        failed.error = Some(MessageError {
            code: Some(30_003),
            message: "The phone is switched off.".to_owned(),
        });
        assert_eq!(
            told(&failed).unwrap().words,
            "Not delivered: The phone is switched off."
        );
        assert_eq!(
            announcement(&failed, "Maria").as_deref(),
            Some("Not delivered: The phone is switched off.")
        );
    }

    #[test]
    fn only_what_failed_or_is_unknown_is_sent_again_and_only_what_waits_is_called_off() {
        for status in MessageStatus::ALL {
            let message = message(Direction::Outbound, *status);
            assert!(!(can_retry(&message) && can_cancel(&message)));
        }
        assert!(can_retry(&message(Direction::Outbound, MessageStatus::Unknown)));
        assert!(!can_retry(&message(Direction::Inbound, MessageStatus::Received)));
        assert!(
            !can_cancel(&message(Direction::Outbound, MessageStatus::Queued)),
            "it is gone at once"
        );
    }

    #[test]
    fn only_news_are_announced() {
        let said = |direction, status| announcement(&message(direction, status), "Maria");
        assert_eq!(said(Direction::Outbound, MessageStatus::Delivered), None);
        assert_eq!(
            said(Direction::Inbound, MessageStatus::Received).as_deref(),
            Some("Maria wrote: Hello")
        );
    }
}
