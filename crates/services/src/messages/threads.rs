//! What two people have told each other, with the name that the user gave the other.

use std::collections::HashMap;

use domain::id::UserId;
use domain::message::ThreadView;
use domain::problem::Problem;
use domain::time::UnixMillis;
use domain::voice::VoiceSettings;
use store::{Cursor, MessageFilter, Thread, ThreadCursor, ThreadFilter};

use super::send::{not_connected, opted_out};
use super::view::{thread, view};
use super::{Composer, Conversation, Entry, MessagePage, MessageQuery, Messages, ThreadPage, Timeline};
use crate::voice::dialling;
use crate::{Caller, ServiceError, numbers};

/// Most rows in one piece.
const PIECE_MAX: u32 = 100;
/// Most pieces that are looked through for words in one request.
const SEARCHED_MAX: usize = 10;
/// Longest name and draft, in characters.
const NAME_MAX: usize = 80;
const DRAFT_MAX: usize = 5_000;
/// Longest text that can be a party, in characters.
const PARTY_MAX: usize = 64;

impl Messages {
    /// A piece of the caller's texts, newest first; `cursor` is where an earlier piece says that this one begins.
    ///
    /// # Errors
    /// `Invalid` for a cursor that was not ours.
    pub async fn list(
        &self,
        caller: &Caller,
        query: &MessageQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<MessagePage, ServiceError> {
        let mut cursor = cursor_of::<Cursor>(cursor)?;
        let filter = MessageFilter {
            peer: match query.peer.as_deref().map(str::trim).filter(|peer| !peer.is_empty()) {
                Some(peer) => match self.peer(caller.user_id, peer).await {
                    Ok(peer) => Some(peer),
                    Err(_) => {
                        return Ok(MessagePage {
                            messages: Vec::new(),
                            next: None,
                        });
                    }
                },
                None => None,
            },
            direction: query.direction,
        };
        let words = query.text.as_deref().map(|text| text.trim().to_lowercase());
        let words = words.filter(|words| !words.is_empty());
        let limit = limit.clamp(1, PIECE_MAX);
        let mut found = Vec::new();
        for _ in 0..SEARCHED_MAX {
            let page = self
                .parts
                .store
                .list_messages(caller.user_id, &filter, cursor.as_ref(), limit)
                .await?;
            cursor = page.next;
            let matching = page.messages.into_iter().filter(|message| {
                let in_it = |words: &String| message.body.to_lowercase().contains(words);
                words.as_ref().is_none_or(in_it)
            });
            found.extend(matching.map(view));
            if !found.is_empty() || cursor.is_none() {
                break;
            }
        }
        Ok(MessagePage {
            messages: found,
            next: cursor.map(|next| next.to_string()),
        })
    }

    /// A piece of the caller's threads, newest first; of those with that name or number, where it is searched.
    ///
    /// # Errors
    /// `Invalid` for a cursor that was not ours.
    pub async fn threads(
        &self,
        caller: &Caller,
        search: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<ThreadPage, ServiceError> {
        let cursor = cursor_of::<ThreadCursor>(cursor)?;
        let search = search.map(str::trim).filter(|text| !text.is_empty());
        let filter = ThreadFilter {
            search: match search {
                Some(text) => Some(self.searched(caller.user_id, text).await?),
                None => None,
            },
            unread: false,
        };
        let limit = limit.clamp(1, PIECE_MAX);
        let page = self
            .parts
            .store
            .threads(caller.user_id, &filter, cursor.as_ref(), limit)
            .await?;
        let mut rows = page.threads;
        let lasts = rows.iter_mut().filter_map(|row| row.last.take()).collect();
        let mut lasts: HashMap<String, Entry> = self.entries(lasts).await?.into_iter().collect();
        let with_last = |row: Thread| {
            let last = lasts.remove(&row.peer);
            thread(row, last, None)
        };
        Ok(ThreadPage {
            threads: rows.into_iter().map(with_last).collect(),
            next: page.next.map(|next| next.to_string()),
        })
    }

    /// With whom it is, and whether and how he can be written to; nobody needs to have written before.
    ///
    /// # Errors
    /// `NotFound` for what is no number.
    pub async fn conversation(&self, caller: &Caller, peer: &str) -> Result<Conversation, ServiceError> {
        let user = caller.user_id;
        let peer = self.peer(user, peer).await?;
        let outlet = self.outlet(user).await?;
        let stopped = match &outlet {
            Some(outlet) => self.parts.store.opted_out(user, &outlet.sender, &peer).await?,
            None => None,
        };
        let settings = self.parts.store.voice_settings(user).await?.unwrap_or_default();
        let why_not = match &outlet {
            None => Some(not_connected().problem()),
            Some(_) if stopped.is_some() => Some(opted_out()),
            Some(_) if is_name(&peer) => Some(unanswerable(
                "number_invalid",
                "This sender is a name and not a number, so it cannot be answered.",
            )),
            Some(outlet) => {
                super::send::to_number(&peer, outlet, &settings)
                    .err()
                    .map(|problem| match problem.code.as_str() {
                        "number_short" => unanswerable(
                            "number_short",
                            "This is a short number, which cannot be answered from here.",
                        ),
                        _ => problem,
                    })
            }
        };
        let from = outlet.as_ref().map(|outlet| outlet.sender.clone()).unwrap_or_default();
        let own = outlet.map(|outlet| outlet.own_number).unwrap_or_default();
        let landline = dialling::describe(&peer, &own).is_some_and(|number| number.kind.ends_with(", landline"));
        let row = self
            .parts
            .store
            .thread(user, &peer)
            .await?
            .unwrap_or_else(|| nothing_yet(&peer));
        Ok(Conversation {
            thread: self.thread_view(row, stopped).await?,
            composer: Composer {
                can_send: why_not.is_none(),
                hint: landline.then(|| "This is a landline, which most often cannot receive texts.".to_owned()),
                why_not,
                from_formatted: if from.starts_with('+') {
                    numbers::formatted(&from)
                } else if from.starts_with("MG") {
                    "your Messaging Service".to_owned()
                } else {
                    from.clone()
                },
                from,
                formatted_peer: numbers::party(&peer),
            },
        })
    }

    /// A piece of what the caller and that other party have told each other, newest first.
    ///
    /// # Errors
    /// `NotFound` for what is no number; `Invalid` for a cursor that was not ours.
    pub async fn timeline(
        &self,
        caller: &Caller,
        peer: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Timeline, ServiceError> {
        let cursor = cursor_of::<Cursor>(before)?;
        let peer = self.peer(caller.user_id, peer).await?;
        let limit = limit.clamp(1, PIECE_MAX);
        let page = self
            .parts
            .store
            .timeline(caller.user_id, &peer, cursor.as_ref(), limit)
            .await?;
        let entries = self.entries(page.entries).await?;
        Ok(Timeline {
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
            next: page.next.map(|next| next.to_string()),
        })
    }

    /// Notes that the caller has read all that came from that other party.
    ///
    /// # Errors
    /// `NotFound` for what is no number.
    pub async fn seen(&self, caller: &Caller, peer: &str) -> Result<(), ServiceError> {
        let peer = self.peer(caller.user_id, peer).await?;
        let now = self.parts.clock.now();
        self.parts
            .store
            .mark_thread_seen(caller.user_id, &peer, now, now)
            .await?;
        Ok(())
    }

    /// Keeps what the caller has begun to write; an empty text forgets it.
    ///
    /// # Errors
    /// `NotFound` for what is no number.
    pub async fn draft(&self, caller: &Caller, peer: &str, text: &str) -> Result<(), ServiceError> {
        let peer = self.peer(caller.user_id, peer).await?;
        let text: String = super::content::tidied(text).chars().take(DRAFT_MAX).collect();
        let text = Some(text.as_str()).filter(|text| !text.trim().is_empty());
        let now = self.parts.clock.now();
        self.parts.store.set_draft(caller.user_id, &peer, text, now).await?;
        Ok(())
    }

    /// Gives the other party a name, or takes it away.
    ///
    /// # Errors
    /// `NotFound` for what is no number; `Invalid` for a name that is too long.
    pub async fn name(&self, caller: &Caller, peer: &str, name: Option<&str>) -> Result<(), ServiceError> {
        let peer = self.peer(caller.user_id, peer).await?;
        let name: Option<String> = name.map(|name| name.chars().filter(|c| !c.is_control()).collect());
        let name = name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        if name.is_some_and(|name| name.chars().count() > NAME_MAX) {
            let sentence = format!("A name has at most {NAME_MAX} characters.");
            return Err(ServiceError::Invalid(
                Problem::new("invalid_name", sentence.clone()).field("name", sentence),
            ));
        }
        let now = self.parts.clock.now();
        self.parts
            .store
            .set_thread_name(caller.user_id, &peer, name, now)
            .await?;
        Ok(())
    }

    /// How many texts came in that the caller has not read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unread(&self, caller: &Caller) -> Result<u32, ServiceError> {
        Ok(self.parts.store.unread_messages(caller.user_id).await?)
    }

    /// The other party as it is stored, from any way of writing it.
    pub(super) async fn peer(&self, user: UserId, text: &str) -> Result<String, ServiceError> {
        let text = text.trim();
        // A short code, the name of a company, or a number that nobody knows.
        let plain = (1..=PARTY_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        // Some names can be read as numbers, since telephones have letters on their keys.
        if plain && is_name(text) && self.parts.store.thread(user, text).await?.is_some() {
            return Ok(text.to_owned());
        }
        let own = self.home(user).await?;
        if let Some(number) = dialling::describe(text, &own) {
            return Ok(number.number);
        }
        if plain {
            return Ok(text.to_owned());
        }
        Err(ServiceError::NotFound(Problem::new(
            "peer_not_found",
            "This is neither a number nor a name that texts come from.",
        )))
    }

    /// The user's own number, by which others are understood; empty where he has none.
    async fn home(&self, user: UserId) -> Result<String, ServiceError> {
        let connection = self.connection_of(user).await?;
        Ok(connection.map(|connection| connection.phone_number).unwrap_or_default())
    }

    /// What is searched: a whole number in the one way of writing it, or the words as they are.
    async fn searched(&self, user: UserId, text: &str) -> Result<String, ServiceError> {
        let own = self.home(user).await?;
        let whole = dialling::check(text, &own, &anywhere(text, &own)).ok();
        let words = || text.chars().filter(|c| !c.is_control()).take(PARTY_MAX).collect();
        Ok(whole.map_or_else(words, |number| number.number))
    }

    async fn thread_view(&self, mut row: Thread, opted_out_at: Option<UnixMillis>) -> Result<ThreadView, ServiceError> {
        let last = self.entries(row.last.take().into_iter().collect()).await?;
        Ok(thread(
            row,
            last.into_iter().next().map(|(_, entry)| entry),
            opted_out_at,
        ))
    }

    /// The lines in their order, each with its other party; calls with their recordings, which are read at once.
    async fn entries(&self, rows: Vec<store::Entry>) -> Result<Vec<(String, Entry)>, ServiceError> {
        let calls = rows.iter().filter_map(|row| match row {
            store::Entry::Call(call) => Some((**call).clone()),
            store::Entry::Message(_) => None,
        });
        let mut views = self.calls.views(calls.collect()).await?.into_iter();
        Ok(rows
            .into_iter()
            .filter_map(|row| match row {
                store::Entry::Call(call) => {
                    let view = views.next()?;
                    Some((call.peer().to_owned(), Entry::Call(Box::new(view))))
                }
                store::Entry::Message(message) => {
                    Some((message.peer().to_owned(), Entry::Message(Box::new(view(*message)))))
                }
            })
            .collect())
    }
}

fn anywhere(text: &str, own: &str) -> VoiceSettings {
    let country = dialling::describe(text, own).map(|number| number.country);
    VoiceSettings {
        countries: country.into_iter().collect(),
        ..VoiceSettings::default()
    }
}

/// Whether it can be what a company calls itself.
fn is_name(peer: &str) -> bool {
    peer.chars().any(char::is_alphabetic) && !peer.starts_with("tel:")
}

fn unanswerable(code: &str, sentence: &str) -> Problem {
    Problem::new(code, sentence).field("to", sentence)
}

fn nothing_yet(peer: &str) -> Thread {
    Thread {
        peer: peer.to_owned(),
        name: None,
        last_at: None,
        last: None,
        unread: 0,
        draft: None,
    }
}

fn cursor_of<C: std::str::FromStr>(text: Option<&str>) -> Result<Option<C>, ServiceError> {
    let text = text.filter(|text| !text.is_empty());
    text.map(str::parse).transpose().map_err(|_| {
        let sentence = "This is not where a page of this list begins.";
        ServiceError::Invalid(Problem::new("invalid_filter", sentence).field("cursor", sentence))
    })
}
