//! Texts that come in. Those that wait are written together: read at once, taken in one after the other, written at once.

use domain::call::Direction;
use domain::message::{MessageEventKind, MessageOrigin, MessageStatus};
use domain::time::UnixMillis;

use super::places::{Asked, Place, Places};
use super::save::{NewLine, add_texts, save_lines};
use super::{InboundAdded, Message, NewInbound};
use crate::bulk::Unit;
use crate::feed::Note;
use crate::group::{Batch, Written};
use crate::opt_outs::Change;
use crate::receipts::Receipts;
use crate::{Error, FeedKind, Receipt, Store, feed, opt_outs, threads};

/// A text, and how it was heard of.
#[derive(Debug)]
pub(crate) struct AddInbound {
    pub(crate) new: NewInbound,
    pub(crate) receipt: Option<Receipt>,
    /// When it came in, where it was only found later.
    pub(crate) found: Option<UnixMillis>,
    pub(crate) now: UnixMillis,
}

impl Store {
    /// Keeps a text that came in, once however often it is told. Once this has returned, it is durable.
    ///
    /// # Errors
    /// When the database fails; nothing is written then.
    pub async fn add_inbound(
        &self,
        new: &NewInbound,
        receipt: Option<&Receipt>,
        now: UnixMillis,
    ) -> Result<InboundAdded, Error> {
        self.write_together(AddInbound {
            new: new.clone(),
            receipt: receipt.cloned(),
            found: None,
            now,
        })
        .await
    }

    /// Keeps a text that came in at that moment, and of which nobody has told: it was found at the provider, so that it is the
    /// account's whatever others have told. It takes its place among the others.
    ///
    /// # Errors
    /// When the database fails; nothing is written then.
    pub async fn add_found(
        &self,
        new: &NewInbound,
        came_in: UnixMillis,
        now: UnixMillis,
    ) -> Result<InboundAdded, Error> {
        self.write_together(AddInbound {
            new: new.clone(),
            receipt: None,
            found: Some(came_in),
            now,
        })
        .await
    }
}

impl Batch for AddInbound {
    type Done = InboundAdded;

    /// The order of the locks is the same everywhere: thread, text, receipt, user.
    async fn write_all(unit: &mut Unit<'_>, group: &[&Self]) -> Result<Vec<Written<InboundAdded>>, Error> {
        let asked = group.iter().map(|member| Asked {
            sid: &member.new.provider_sid,
            id: None,
        });
        let mut places = Places::load(unit, asked).await?;
        let asked = group
            .iter()
            .filter_map(|member| Some((member.new.user_id, member.receipt.as_ref()?)));
        let mut receipts = Receipts::load(unit, asked).await?;
        let mut outcomes = Vec::with_capacity(group.len());
        let (mut texts, mut lines, mut changes, mut notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for member in group {
            if let Some(because) = member.stopped(&places, &receipts) {
                outcomes.push(Some(because));
                continue;
            }
            outcomes.push(None);
            texts.push(member.take_in(&mut places, &mut receipts));
            lines.extend(member.lines());
            changes.extend(member.change());
            notes.push(Note {
                user: member.new.user_id,
                kind: FeedKind::Message,
                id: member.new.id.0,
                at: member.now,
            });
        }
        threads::touch_by_messages(unit, &texts)?;
        add_texts(unit, &texts)?;
        save_lines(unit, &lines)?;
        opt_outs::change_all(unit, &changes)?;
        receipts.save(unit)?;
        let numbers = feed::note_all(unit, &notes).await?;
        let mut added = texts.into_iter().zip(numbers).map(|(text, line)| {
            let user = text.user_id;
            Written::told(InboundAdded::New(Box::new(text)), user, line)
        });
        Ok(outcomes
            .into_iter()
            .filter_map(|outcome| outcome.map(Written::void).or_else(|| added.next()))
            .collect())
    }
}

impl AddInbound {
    fn came_in(&self) -> UnixMillis {
        self.found.unwrap_or(self.now)
    }

    /// What stops it before it has changed anything.
    fn stopped(&self, places: &Places, receipts: &Receipts<'_>) -> Option<InboundAdded> {
        let new = &self.new;
        let known = || places.everywhere(&new.provider_sid);
        if self.found.is_none() && known().any(|(_, place)| place.account != new.account_sid) {
            return Some(InboundAdded::Foreign);
        }
        let asked = self.receipt.as_ref();
        let was_here = asked.is_some_and(|receipt| receipts.earlier(new.user_id, receipt).is_some());
        let is_known = known().any(|(_, place)| place.account == new.account_sid && place.provider == new.provider);
        (was_here || is_known).then_some(InboundAdded::Again)
    }

    /// The text; from now on it is known.
    fn take_in<'a>(&'a self, places: &mut Places, receipts: &mut Receipts<'a>) -> Message {
        let new = &self.new;
        if let Some(receipt) = &self.receipt {
            receipts.take(new.user_id, receipt, receipt.answer.clone(), self.now);
        }
        let place = Place {
            user: new.user_id,
            account: new.account_sid.clone(),
            peer: new.from.clone(),
            provider: new.provider.clone(),
        };
        places.add(new.id, new.provider_sid.clone(), place);
        self.message()
    }

    fn message(&self) -> Message {
        let (new, came_in) = (&self.new, self.came_in());
        Message {
            id: new.id,
            user_id: new.user_id,
            account_sid: new.account_sid.clone(),
            origin: MessageOrigin::User,
            direction: Direction::Inbound,
            from: new.from.clone(),
            to: new.to.clone(),
            sender: new.sender.clone(),
            provider: new.provider.clone(),
            provider_sid: Some(new.provider_sid.clone()),
            body: new.body.clone(),
            media: new.media.clone(),
            status: MessageStatus::Received,
            segments: new.segments,
            error: None,
            created_at: came_in,
            at: came_in,
            send_at: None,
            sent_at: None,
            delivered_at: None,
            attempts: 0,
            updated_at: came_in,
        }
    }

    /// That it came in, and that it was found where nobody told.
    fn lines(&self) -> impl Iterator<Item = NewLine<'static>> {
        let received = (MessageEventKind::Received, self.came_in());
        let found = self.found.map(|_| (MessageEventKind::Found, self.now));
        let id = self.new.id;
        [received].into_iter().chain(found).map(move |(kind, at)| NewLine {
            id,
            kind,
            status: None,
            sid: None,
            detail: None,
            at,
        })
    }

    fn change(&self) -> Option<Change> {
        let change = self.new.opt_change?;
        Some(Change {
            user: self.new.user_id,
            sender: self.new.sender.clone(),
            peer: self.new.from.clone(),
            change,
            at: self.came_in(),
        })
    }
}
