//! The part of the world that is about texts.

use std::collections::{BTreeSet, VecDeque};

use super::{Media, Message, MessageStatus, MessagesBehaviour};
use crate::calls::Notice;
use crate::world::Stored;
use crate::{clock, sid};

/// The oldest texts are forgotten when there are more than so many.
const CAPACITY: usize = 20_000;

#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) messages: VecDeque<Stored<Message>>,
    pub(crate) behaviour: MessagesBehaviour,
    /// Who is not to be texted any more (second) by a number or Messaging Service (first).
    pub(crate) opted_out: BTreeSet<(String, String)>,
}

impl Texts {
    /// Keeps a text and returns its SID.
    pub(crate) fn add(&mut self, message: Message) -> String {
        if self.messages.len() == CAPACITY {
            self.messages.pop_front();
        }
        let message_sid = sid::new(message.prefix());
        self.messages.push_back(Stored::new(message_sid.clone(), message));
        message_sid
    }

    pub(crate) fn message(&self, message_sid: &str) -> Option<&Stored<Message>> {
        self.messages.iter().rev().find(|message| message.sid == message_sid)
    }

    pub(crate) fn message_mut(&mut self, message_sid: &str) -> Option<&mut Stored<Message>> {
        self.messages
            .iter_mut()
            .rev()
            .find(|message| message.sid == message_sid)
    }

    /// Moves a text on; a final state is never left.
    pub(crate) fn set_status(&mut self, message_sid: &str, status: MessageStatus, error: Option<u32>) -> bool {
        let message = self.message_mut(message_sid);
        let Some(message) = message.filter(|message| !message.value.status.is_final()) else {
            return false;
        };
        message.updated = clock::now();
        message.value.status = status;
        message.value.error = error;
        if matches!(status, MessageStatus::Sending | MessageStatus::Sent) {
            message.value.sent = Some(message.updated);
        }
        true
    }

    pub(crate) fn notice(&mut self, message_sid: &str, code: u32, sentence: impl Into<String>) {
        if let Some(message) = self.message_mut(message_sid) {
            message.value.notices.push(Notice {
                code,
                message: sentence.into(),
            });
        }
    }

    /// What the storage has under this name.
    pub(crate) fn stored(&self, token: &str) -> Option<&Media> {
        let media = self.messages.iter().rev().flat_map(|message| &message.value.media);
        media.map(|media| &media.value).find(|media| media.token == token)
    }

    pub(crate) fn is_opted_out(&self, sender: &str, phone: &str) -> bool {
        self.opted_out.contains(&(sender.to_owned(), phone.to_owned()))
    }

    /// Where this service's last text to this person came from.
    pub(crate) fn last_sender(&self, service_sid: &str, to: &str) -> Option<&str> {
        let mut texts = self.messages.iter().rev();
        let last = texts
            .find(|message| message.value.to == to && message.value.service_sid.as_deref() == Some(service_sid))?;
        Some(&last.value.from)
    }
}
