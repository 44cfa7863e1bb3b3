//! What was said and written with one person: who it is, the timeline, and where the next text is written.

use domain::message::{ThreadView, TimelineItem};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::location::Url;
use services::messages::{Conversation, Timeline};

use super::composer::Compose;
use super::entry::{Around, EntryLine, moment};
use super::{thread_path, title};
use crate::components::icon::{Glyph, Icon};
use crate::islands::SubmitButton;
use crate::pages::days::{Day, days};
use crate::pages::forms::PostButton;
use crate::pages::notice::DoneNote;
use crate::pages::refusal::RefusalNote;

/// Longest name, in characters.
const NAME_MAX: usize = 80;

/// The page.
#[component]
pub fn Thread(
    /// With whom, and whether he can be texted.
    conversation: Conversation,
    /// What was said and written.
    timeline: Timeline,
    /// Whether there is a phone to call with.
    connected: bool,
    /// Whether these are the latest entries.
    latest: bool,
    /// The reader's.
    zone: TimeZone,
    /// The reader's day.
    today: Date,
) -> impl IntoView {
    let Conversation { thread, composer } = conversation;
    let (who, path) = (title(&thread), thread_path(&thread.peer));
    let here = format!("{path}#latest");
    let around = Around {
        who: who.clone(),
        can_send: composer.can_send,
        zone: zone.clone(),
        here: here.clone(),
    };
    let earlier = timeline
        .next
        .as_ref()
        .map(|cursor| format!("{path}?before={}", Url::escape(cursor)));
    let (peer, draft, unread) = (
        thread.peer.clone(),
        thread.draft.clone().unwrap_or_default(),
        thread.unread,
    );
    let id = peer.clone();
    let newest = (!latest).then(|| here.clone());
    view! {
        <Title text=format!("Texts with {who}") />
        <section class="page thread-page">
            <p>
                <a href="/messages">"All texts"</a>
            </p>
            <DoneNote />
            <RefusalNote />
            <Head thread connected />
            <div class="thread" data-thread=id data-latest=latest>
                <Unread peer=peer.clone() unread here=here.clone() />
                <Earlier earlier />
                <div class="talk" data-talk role="group" aria-label=format!("Calls and texts with {who}")>
                    <Talk timeline zone=zone.clone() today around />
                </div>
                <p class="unseen" role="status" data-said></p>
                <div id="latest" tabindex="-1">
                    {newest.map(|href| view! { <p class="thread-more"><a class="button quiet" href=href>"Newest"</a></p> })}
                </div>
                <Compose peer who draft composer zone here />
            </div>
        </section>
    }
}

/// How many are unread; without JavaScript a button says that they are read now.
#[component]
fn Unread(peer: String, unread: u32, here: String) -> impl IntoView {
    let fields = vec![("peer", peer), ("next", here)];
    view! {
        <div data-alone="unread">
            <div data-part="unread" data-unread=unread>
                {(unread > 0)
                    .then(|| {
                        view! {
                            <noscript>
                                <PostButton
                                    action="/messages/seen"
                                    label=format!("Mark as read ({unread} unread)")
                                    busy_label="Marking…"
                                    look="quiet small"
                                    fields
                                />
                            </noscript>
                        }
                    })}
            </div>
        </div>
    }
}

#[component]
fn Earlier(earlier: Option<String>) -> impl IntoView {
    earlier.map(|href| {
        view! {
            <p class="thread-more">
                <a class="button quiet small" rel="prev" href=href>
                    "Earlier"
                </a>
            </p>
        }
    })
}

/// Who it is, and what can be done beside writing.
#[component]
fn Head(thread: ThreadView, connected: bool) -> impl IntoView {
    let who = title(&thread);
    let ThreadView {
        peer, formatted, name, ..
    } = thread;
    let is_number = peer.starts_with('+');
    let number = name
        .is_some()
        .then(|| view! { <p class="fine">{formatted.clone()}</p> });
    view! {
        <section class="card thread-head" aria-labelledby="thread-title">
            <h1 id="thread-title">{who.clone()}</h1>
            {number}
            <div class="actions">
                {(connected && is_number)
                    .then(|| {
                        view! {
                            <button type="button" class="button quiet small live-only" data-call=peer.clone()>
                                <Icon glyph=Glyph::Phone />
                                "Call"
                                <span class="unseen">{format!(" {who}")}</span>
                            </button>
                        }
                    })}
                <button type="button" class="button quiet small live-only" data-copy=peer.clone()>
                    "Copy number"
                </button>
            </div>
            <Name peer name />
        </section>
    }
}

/// Gives the other party a name, in place.
#[component]
fn Name(peer: String, name: Option<String>) -> impl IntoView {
    let what = if name.is_some() {
        "Change the name"
    } else {
        "Give a name"
    };
    let next = thread_path(&peer);
    view! {
        <details>
            <summary>{what}</summary>
            <form method="post" action="/messages/name">
                <input type="hidden" name="peer" value=peer />
                <input type="hidden" name="next" value=next />
                <div class="field">
                    <label for="name">"Name"</label>
                    <p class="hint" id="name-hint">
                        "Only you see it. Empty shows the number."
                    </p>
                    <input
                        id="name"
                        name="name"
                        type="text"
                        autocomplete="off"
                        maxlength=NAME_MAX
                        value=name
                        aria-describedby="name-hint"
                    />
                </div>
                <div class="actions">
                    <SubmitButton
                        label="Save name".to_owned()
                        busy_label="Saving…".to_owned()
                        class="button small".to_owned()
                    />
                </div>
            </form>
        </details>
    }
}

/// The entries, day by day, oldest first.
#[component]
fn Talk(timeline: Timeline, zone: TimeZone, today: Date, around: Around) -> impl IntoView {
    let mut entries: Vec<TimelineItem> = timeline.entries;
    entries.reverse();
    if entries.is_empty() {
        return view! {
            <div class="empty">
                <p>
                    <strong>"Nothing here yet"</strong>
                </p>
                <p>"Write the first text below."</p>
            </div>
        }
        .into_any();
    }
    let days = days(entries, moment, &zone, today)
        .into_iter()
        .map(|Day { date, name, items }| {
            let around = around.clone();
            let lines = items
                .into_iter()
                .map(move |entry| view! { <EntryLine entry around=around.clone() /> });
            let heading = format!("day-{date}-title");
            let named = heading.clone();
            view! {
                <section class="talk-day" id=format!("day-{date}") aria-labelledby=named>
                    <h2 id=heading>{name}</h2>
                    <ol>{lines.collect_view()}</ol>
                </section>
            }
        });
    days.collect_view().into_any()
}
