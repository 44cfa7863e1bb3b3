//! Texts: the threads, `/messages`, and what was said and written with one person, `/messages/{peer}`.

mod composer;
mod entry;
mod list;
mod new_text;
mod row;
mod status;
mod thread;
mod words;

use domain::message::ThreadView;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::location::Url;
use services::messages::Conversation;
use services::{Caller, ServiceError, Services};

use super::zone::{reader_zone, zoned};
use super::{loaded, redirect};
use list::{List, Shown};
use thread::Thread;

/// Threads on a page.
const THREADS: u32 = 50;
/// Calls and texts on a page.
const ENTRIES: u32 = 50;
/// Longest text that is searched for, in characters.
const SEARCH_MAX: usize = 80;

/// The address of what was said and written with somebody.
pub fn thread_path(peer: &str) -> String {
    format!("/messages/{}", Url::escape(peer).replace("%2B", "+"))
}

/// How somebody is called: by the name that the user gave him, else by his number.
fn title(thread: &ThreadView) -> String {
    thread.name.clone().unwrap_or_else(|| thread.formatted.clone())
}

/// What the address says.
fn asked(name: &str) -> Option<String> {
    let value = use_query_map().with_untracked(|query| query.get(name))?;
    let value: String = value.trim().chars().take(SEARCH_MAX).collect();
    Some(value).filter(|value| !value.is_empty())
}

/// The threads; with `?to=`, the way to the thread with that number.
#[component]
pub fn Messages() -> impl IntoView {
    let (to, search) = (asked("to"), asked("q"));
    let before = use_query_map().with_untracked(|query| query.get("before"));
    let cursor = before.filter(|cursor| !cursor.is_empty());
    let zone = reader_zone();
    let (wanted, text, page) = (to.clone(), search.clone(), cursor.clone());
    loaded(
        move |services, caller| async move {
            let fault = match &wanted {
                Some(to) => match way_to(&services, &caller, to).await? {
                    Ok(peer) => return Ok(Err(peer)),
                    Err(sentence) => Some(sentence),
                },
                None => None,
            };
            let page = services
                .messages
                .threads(&caller, text.as_deref(), page.as_deref(), THREADS)
                .await?;
            let phone = services.phone.view(&caller).await?;
            Ok(Ok((page, phone, fault, services.calls.now())))
        },
        move |shown| match shown {
            Err(peer) => {
                redirect(&thread_path(&peer));
                ().into_any()
            }
            Ok((page, phone, fault, now)) => {
                let today = zoned(now, &zone).date();
                let shown = Shown {
                    threads: page.threads,
                    next: page.next,
                    search,
                    first: cursor.is_none(),
                    number: phone.map(|phone| phone.formatted),
                    to: to.unwrap_or_default(),
                    fault,
                };
                view! { <List shown zone today /> }.into_any()
            }
        },
    )
}

/// The thread with a number; or why there can be none, as a sentence.
async fn way_to(services: &Services, caller: &Caller, to: &str) -> Result<Result<String, String>, ServiceError> {
    let Conversation { thread, composer } = match services.messages.conversation(caller, to).await {
        Ok(found) => found,
        Err(ServiceError::NotFound(problem) | ServiceError::Invalid(problem)) => return Ok(Err(problem.message)),
        Err(error) => return Err(error),
    };
    // Where something was said before, the thread itself says why no more can be written.
    let fault = composer.why_not.filter(|_| thread.last.is_none());
    Ok(match fault.and_then(|problem| problem.fields.get("to").cloned()) {
        Some(sentence) => Err(sentence),
        None => Ok(thread.peer),
    })
}

/// What was said and written with one person.
#[component]
pub fn OneThread() -> impl IntoView {
    let peer = use_params_map().with_untracked(|params| params.get("peer").unwrap_or_default());
    let before = use_query_map().with_untracked(|query| query.get("before"));
    let cursor = before.filter(|cursor| !cursor.is_empty());
    let latest = cursor.is_none();
    let zone = reader_zone();
    loaded(
        move |services, caller| async move {
            let conversation = services.messages.conversation(&caller, &peer).await?;
            let peer = &conversation.thread.peer;
            let timeline = services
                .messages
                .timeline(&caller, peer, cursor.as_deref(), ENTRIES)
                .await?;
            let connected = services.phone.view(&caller).await?.is_some();
            Ok((conversation, timeline, connected, services.calls.now()))
        },
        move |(conversation, timeline, connected, now)| {
            let today = zoned(now, &zone).date();
            view! { <Thread conversation timeline connected latest zone today /> }.into_any()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_an_address_that_people_can_read() {
        assert_eq!(thread_path("+442071838750"), "/messages/+442071838750");
        assert_eq!(thread_path("72727"), "/messages/72727");
        assert_eq!(thread_path("My Bank/1?"), "/messages/My%20Bank%2F1%3F");
    }
}
