//! What can be done to texts, and seen of them: for tests in Rust, and behind the control API.

use super::incoming::receive;
use super::{Media, MessageSnapshot, MessagesBehaviour, MessagingServiceSettings, Service};
use crate::shared::Shared;
use crate::sid;
use crate::simulator::{Simulator, known};
use crate::world::Stored;

impl Shared {
    /// A phone texts a number of the account. `None` when the account has no such number that takes texts.
    pub(crate) fn text(
        &self,
        account_sid: &str,
        (from, to): (&str, &str),
        body: &str,
        media: Vec<(String, Vec<u8>)>,
    ) -> Option<String> {
        let media = media.into_iter().map(|(content_type, bytes)| {
            let media = Media {
                content_type,
                bytes: bytes.into(),
                token: sid::new(""),
            };
            Stored::new(sid::new("ME"), media)
        });
        let media = media.collect();
        self.change(|world| receive(world, account_sid, (from, to), body, media))
    }
}

/// Texts.
impl Simulator {
    /// A phone texts a number of the account; the text's SID. Media are a content type and bytes each.
    ///
    /// # Panics
    /// When the account has no such number that takes texts.
    pub fn text(&self, account_sid: &str, from: &str, to: &str, body: &str, media: &[(&str, &[u8])]) -> String {
        let media = media.iter().map(|(kind, bytes)| ((*kind).to_owned(), bytes.to_vec()));
        known(to, self.shared.text(account_sid, (from, to), body, media.collect()))
    }

    /// All texts, in the order in which they were made.
    #[must_use]
    pub fn messages(&self) -> Vec<MessageSnapshot> {
        let world = self.shared.world();
        world.texts.messages.iter().map(MessageSnapshot::of).collect()
    }

    /// One text.
    #[must_use]
    pub fn message(&self, message_sid: &str) -> Option<MessageSnapshot> {
        self.shared.world().texts.message(message_sid).map(MessageSnapshot::of)
    }

    /// How texts fare from now on.
    pub fn set_messages_behaviour(&self, behaviour: MessagesBehaviour) {
        self.shared.change(|world| world.texts.behaviour = behaviour);
    }

    /// Adds a Messaging Service with these numbers, and returns its SID.
    pub fn add_messaging_service(
        &self,
        account_sid: &str,
        settings: MessagingServiceSettings,
        number_sids: &[&str],
    ) -> String {
        let pool = number_sids.iter().map(|number| Stored::new((*number).to_owned(), ()));
        let service = Service {
            settings,
            pool: pool.collect(),
        };
        let service = Stored::new(sid::new("MG"), service);
        let service_sid = service.sid.clone();
        let added = self.shared.change(|world| {
            world.account_mut(account_sid)?.services.push(service);
            Some(service_sid)
        });
        known(account_sid, added)
    }

    /// Whether a person has stopped texts of a number, or of a Messaging Service.
    #[must_use]
    pub fn is_opted_out(&self, sender: &str, phone: &str) -> bool {
        self.shared.world().texts.is_opted_out(sender, phone)
    }
}
